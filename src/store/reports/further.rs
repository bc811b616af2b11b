//! What a file about requests says that no list shows: its extensions, who ended it and why, and which events are about it.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbBackend};

use crate::access::extension::ExtensionState;
use crate::access::ids::{RequestId, TextId};
use crate::audit::event::{Actor, Event, PersonFacts, What};

use super::super::Store;
use super::super::at_once::{self, List};
use super::super::error::StoreError;

/// More about a request than [`Found`](super::Found) has.
#[derive(Clone, Debug, Default)]
pub struct Further {
    /// How many extensions it got.
    pub extensions: u64,
    /// The numbers of the events about it, in order.
    pub seqs: Vec<u64>,
    /// Who ended the access or withdrew the request, if a person did.
    pub ended: Option<EndedBy>,
}

/// A person who ended something, as they were then.
#[derive(Clone, Debug)]
pub struct EndedBy {
    pub by: PersonFacts,
    pub reason: Option<TextId>,
}

impl Store {
    /// More about these requests. `ended` are those of them that a person may have ended.
    pub async fn further(
        &self,
        ids: &[&str],
        ended: &[&str],
    ) -> Result<HashMap<RequestId, Further>, StoreError> {
        let db = self.reader();
        let list = List::texts(db, ids);
        let (json, numbers) = match db.get_database_backend() {
            DbBackend::Sqlite => ("json", "json_group_array(e.seq)"),
            _ => ("", "COALESCE(json_agg(e.seq), '[]')"),
        };
        let counts = ExtensionState::ALL.into_iter().filter(|state| state.counts());
        let counts: Vec<String> = counts.map(|state| format!("'{}'", state.name())).collect();
        let columns = format!(
            "r.id,
             (SELECT COUNT(*) FROM extension x WHERE x.request_id = r.id AND x.state IN ({})),
             {json}((SELECT {numbers} FROM audit_event e WHERE e.request_id = r.id))",
            counts.join(", ")
        );
        let from = format!("request r WHERE r.id IN {}", list.sql);
        let rows: Vec<(String, u64, Vec<u64>)> = at_once::rows(db, &columns, &from, list.values()).await?;
        let further = rows.into_iter().map(|(id, extensions, mut seqs)| {
            seqs.sort_unstable();
            let one = Further {
                extensions,
                seqs,
                ..Further::default()
            };
            (RequestId::new(id), one)
        });
        let mut further: HashMap<RequestId, Further> = further.collect();
        if !ended.is_empty() {
            ended_by(db, &List::texts(db, ended), &mut further).await?;
        }
        Ok(further)
    }
}

/// Adds who ended these. What they said is in the event alone.
async fn ended_by(
    db: &impl ConnectionTrait,
    these: &List,
    further: &mut HashMap<RequestId, Further>,
) -> Result<(), StoreError> {
    let from = format!(
        "audit_event e WHERE e.request_id IN {} AND e.kind IN ('revoking', 'cancelled')",
        these.sql
    );
    let columns = "e.seq, e.request_id, e.payload";
    let rows: Vec<(i64, String, String)> = at_once::rows(db, columns, &from, these.values()).await?;
    for (seq, request, payload) in rows {
        let event = Event::from_canonical(&payload)
            .map_err(|error| StoreError::inconsistent("audit_event", seq, error))?;
        let (Actor::Person(by), What::Revoking { reason, .. } | What::Cancelled { reason, .. }) =
            (event.actor, event.what)
        else {
            continue;
        };
        let one = further.entry(RequestId::new(request)).or_default();
        one.ended = Some(EndedBy {
            by,
            reason: reason.map(|reason| reason.id),
        });
    }
    Ok(())
}
