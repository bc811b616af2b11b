//! What a row of a list shows, read for the numbers of one page.

use std::cmp::Reverse;
use std::collections::HashMap;

use sea_orm::ConnectionTrait;

use crate::access::filter::DecidedBy;
use crate::access::ids::{PersonId, TextId};
use crate::access::people::Because;
use crate::access::progress::DecisionVerdict;
use crate::access::request::{Request, State};
use crate::access::time::Timestamp;
use crate::access::usage::Used;

use super::super::super::at_once::{self, List};
use super::super::super::entities::request;
use super::super::super::error::StoreError;
use super::super::super::requests::with_units;

/// A request as lists have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub request: Request,
    pub became: Stamps,
    /// When the access ends or should have ended, from the first attempt to grant it on.
    pub until: Option<Timestamp>,
    /// What is known about its use.
    pub used: Option<Used>,
    /// The last look at which there was a session.
    pub last_used: Option<Timestamp>,
    /// The account on the target, from the first attempt to grant it on.
    pub account: Option<String>,
    /// The answers that count, the first one first.
    pub answers: Vec<GivenAnswer>,
}

/// An answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenAnswer {
    pub by: PersonId,
    pub verdict: DecisionVerdict,
    pub decided_as: Because,
    pub reason: Option<TextId>,
}

/// When and how a request was decided, and when its access began and ended; `None` for what has not happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamps {
    pub decided_at: Option<Timestamp>,
    pub decided_by: Option<DecidedBy>,
    pub granted_at: Option<Timestamp>,
    /// When it was read back that the access is gone.
    pub ended_at: Option<Timestamp>,
}

impl Stamps {
    /// Since when the request is in its state. Extensions and messages change a request and not its state.
    pub fn since(&self, request: &Request) -> Timestamp {
        let changed = request.changed_at;
        match request.state {
            State::Pending => request.created_at,
            State::Approved => self.decided_at.unwrap_or(changed),
            State::Granted => self.granted_at.unwrap_or(changed),
            State::Expired | State::Revoked(_) => self.ended_at.unwrap_or(changed),
            State::Revoking(_) | State::Rejected(_) | State::Cancelled | State::Failed(_) => changed,
        }
    }
}

/// The requests with these numbers, newest first.
pub(super) async fn numbered(db: &impl ConnectionTrait, numbers: &[i64]) -> Result<Vec<Found>, StoreError> {
    which(db, "number", &List::numbers(db, numbers)).await
}

/// The requests with these ids, newest first.
pub(super) async fn of(db: &impl ConnectionTrait, ids: &[&str]) -> Result<Vec<Found>, StoreError> {
    which(db, "id", &List::texts(db, ids)).await
}

/// The requests that have one of these in this column, newest first.
async fn which(db: &impl ConnectionTrait, column: &str, these: &List) -> Result<Vec<Found>, StoreError> {
    let from = format!("request r WHERE r.{column} IN {}", these.sql);
    let columns = at_once::columns::<request::Column>("r");
    let mut rows: Vec<request::Model> = at_once::rows(db, &columns, &from, these.values()).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    rows.sort_unstable_by_key(|row| Reverse(row.number));
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let list = List::texts(db, &ids);
    let from = format!(
        "access_grant g LEFT JOIN grant_use u ON u.request_id = g.request_id WHERE g.request_id IN {}",
        list.sql
    );
    let columns = "g.request_id, g.until, u.last_seen, g.principal";
    let grants: Vec<(String, i64, Option<i64>, String)> =
        at_once::rows(db, columns, &from, list.values()).await?;
    let mut grants: HashMap<String, (i64, Option<i64>, String)> = grants
        .into_iter()
        .map(|(id, until, seen, account)| (id, (until, seen, account)))
        .collect();
    let mut answers = answers(db, &list).await?;
    let known: Vec<(Stamps, Option<Used>)> = rows.iter().map(known_of).collect::<Result<_, _>>()?;
    let requests = with_units(db, rows).await?;
    let found = known.into_iter().zip(requests).map(|((became, used), request)| {
        let (until, seen, account) = match grants.remove(request.id.as_str()) {
            Some((until, seen, account)) => (Some(until), seen, Some(account)),
            None => (None, None, None),
        };
        Found {
            became,
            used,
            last_used: seen.map(Timestamp::from_micros),
            until: until.map(Timestamp::from_micros),
            account,
            answers: answers.remove(request.id.as_str()).unwrap_or_default(),
            request,
        }
    });
    Ok(found.collect())
}

/// A decision: when, its id, the request, who, what, as what, and why.
type DecisionRow = (i64, String, String, String, String, String, Option<String>);

/// The answers that count to these requests, by request.
async fn answers(
    db: &impl ConnectionTrait,
    these: &List,
) -> Result<HashMap<String, Vec<GivenAnswer>>, StoreError> {
    let from = format!("decision d WHERE d.counts AND d.request_id IN {}", these.sql);
    let columns = "d.decided_at, d.id, d.request_id, d.person_id, d.verdict, d.decided_as, d.reason_id";
    let mut rows: Vec<DecisionRow> = at_once::rows(db, columns, &from, these.values()).await?;
    rows.sort_unstable();
    let mut answers: HashMap<String, Vec<GivenAnswer>> = HashMap::new();
    for (_, id, request, person, verdict, decided_as, reason) in rows {
        let decided_as = serde_json::from_str(&decided_as)
            .map_err(|error| StoreError::inconsistent("decision", &id, error))?;
        let verdict = DecisionVerdict::named(&verdict)
            .ok_or_else(|| StoreError::inconsistent("decision", &id, "unknown verdict"))?;
        answers.entry(request).or_default().push(GivenAnswer {
            by: PersonId::new(person),
            verdict,
            decided_as,
            reason: reason.map(TextId::new),
        });
    }
    Ok(answers)
}

/// What a row says besides the request itself.
fn known_of(row: &request::Model) -> Result<(Stamps, Option<Used>), StoreError> {
    let decided_by = row.decided_by.as_deref().map(|name| {
        DecidedBy::named(name)
            .ok_or_else(|| StoreError::inconsistent("request", &row.id, "unknown way to decide"))
    });
    let used = row.used.as_deref().map(|name| {
        Used::named(name).ok_or_else(|| StoreError::inconsistent("request", &row.id, "unknown use"))
    });
    let time = |micros: Option<i64>| micros.map(Timestamp::from_micros);
    let became = Stamps {
        decided_at: time(row.decided_at),
        decided_by: decided_by.transpose()?,
        granted_at: time(row.granted_at),
        ended_at: time(row.ended_at),
    };
    Ok((became, used.transpose()?))
}
