//! Envelopes that arrive together share one commit: while one group is being written, the next one is collected.
//!
//! Invariants: a member is told its outcome only after the commit of its group; a member that arrives while nothing is being
//! written is written at once; a member that the database refuses does not affect the others.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use parking_lot::{Mutex, MutexGuard};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};
use serde::Serialize;
use tokio::sync::oneshot;

use crate::access::time::{Timestamp, micros_of};

use super::error::StoreError;
use super::inbox::{HANDLED, InboxLease, NEW, Received};
use super::{Store, Tx, database_clock};

/// The maximum number of members in a group; it bounds a transaction's size, and more would gain nothing.
const MOST: usize = 256;

/// The members waiting for the next group.
#[derive(Debug, Default)]
pub(super) struct InboxGroup {
    gathering: Mutex<Gathering>,
}

#[derive(Debug, Default)]
struct Gathering {
    waiting: Group,
    /// Whether a task is writing groups, which it does until nobody is waiting.
    is_writing: bool,
}

#[derive(Debug, Default)]
struct Group {
    arrivals: Vec<Member<Arrival, Received>>,
    settlements: Vec<Member<Settlement, ()>>,
}

#[derive(Debug)]
struct Member<T, R> {
    what: T,
    tell: oneshot::Sender<Result<R, StoreError>>,
}

/// A new row; [`arrive`] uses the names of the fields.
#[derive(Clone, Debug, Serialize)]
struct Arrival {
    key: String,
    class: String,
    /// `None` if the row arrives handled.
    body: Option<String>,
    received_at: i64,
    owner: Option<String>,
    /// Microseconds; `None` if the row arrives handled.
    lease: Option<i64>,
}

/// The outcome of a row; [`settle`] uses the names of the fields.
#[derive(Clone, Debug, Serialize)]
struct Settlement {
    key: String,
    fence: i64,
    outcome: String,
}

impl Store {
    /// Stores an envelope under a lease of `owner`; once this returns it survives any crash.
    pub async fn receive(
        &self,
        key: &str,
        class: &str,
        body: &str,
        now: Timestamp,
        owner: &str,
        lease: Duration,
    ) -> Result<Received, StoreError> {
        let arrival = Arrival {
            key: key.to_owned(),
            class: class.to_owned(),
            body: Some(body.to_owned()),
            received_at: now.micros(),
            owner: Some(owner.to_owned()),
            lease: Some(micros_of(lease)),
        };
        self.join_group(
            |group, what, tell| group.arrivals.push(Member { what, tell }),
            arrival,
        )
        .await
    }

    /// Records an envelope whose whole effect is its answer; false if it came before.
    pub async fn receive_handled(&self, key: &str, class: &str, now: Timestamp) -> Result<bool, StoreError> {
        let arrival = Arrival {
            key: key.to_owned(),
            class: class.to_owned(),
            body: None,
            received_at: now.micros(),
            owner: None,
            lease: None,
        };
        let received = self
            .join_group(
                |group, what, tell| group.arrivals.push(Member { what, tell }),
                arrival,
            )
            .await?;
        Ok(matches!(received, Received::New(_)))
    }

    /// Settles the row and changes nothing else; its payload is deleted at once.
    ///
    /// [`StoreError::Stale`] if somebody else took it.
    pub async fn settle(&self, lease: &InboxLease, outcome: &str) -> Result<(), StoreError> {
        let settlement = Settlement {
            key: lease.key.clone(),
            fence: lease.fence,
            outcome: outcome.to_owned(),
        };
        self.join_group(
            |group, what, tell| group.settlements.push(Member { what, tell }),
            settlement,
        )
        .await
    }

    async fn join_group<T, R>(
        &self,
        join: impl FnOnce(&mut Group, T, oneshot::Sender<Result<R, StoreError>>),
        what: T,
    ) -> Result<R, StoreError> {
        let (tell, told) = oneshot::channel();
        let nobody_writes = {
            let mut gathering = self.gathering();
            join(&mut gathering.waiting, what, tell);
            !mem::replace(&mut gathering.is_writing, true)
        };
        if nobody_writes {
            // A separate task, because a waiting caller may be cancelled, and that must not cancel the others.
            tokio::spawn(self.clone().write_groups());
        }
        let given_up = || StoreError::Unavailable("the group was cancelled".to_owned());
        told.await.map_err(|_| given_up())?
    }

    fn gathering(&self) -> MutexGuard<'_, Gathering> {
        self.shared.inbox_group.gathering.lock()
    }

    async fn write_groups(self) {
        while let Some(group) = self.next_group() {
            // After a panic its members are told that they were cancelled, and the next group is still written.
            if AssertUnwindSafe(self.write_group(group))
                .catch_unwind()
                .await
                .is_err()
            {
                tracing::error!("writing a group of envelopes panicked");
            }
        }
    }

    fn next_group(&self) -> Option<Group> {
        let mut gathering = self.gathering();
        let group = gathering.waiting.take();
        gathering.is_writing = group.is_some();
        group
    }

    async fn write_group(&self, group: Group) {
        match self.try_group(&group).await {
            Ok(outcomes) => group.tell(outcomes),
            // One of them caused this; the others must not suffer for it.
            Err(StoreError::Refused(_)) if group.len() > 1 => {
                for one in group.each_alone() {
                    let outcome = self.try_group(&one).await;
                    one.tell_result(outcome);
                }
            }
            Err(error) => group.tell_result(Err(error)),
        }
    }

    async fn try_group(&self, group: &Group) -> Result<Outcomes, StoreError> {
        let mut tx = self.write().await?;
        let outcomes = Outcomes {
            received: arrive(&mut tx, &group.arrivals).await?,
            settled: settle(&mut tx, &group.settlements).await?,
        };
        tx.commit().await?;
        Ok(outcomes)
    }
}

/// The members' outcomes, in order.
struct Outcomes {
    received: Vec<Received>,
    settled: Vec<Result<(), StoreError>>,
}

impl Group {
    /// Those that came first; `None` if nobody is waiting.
    fn take(&mut self) -> Option<Self> {
        let first = |waiting: usize| ..waiting.min(MOST);
        let group = Self {
            arrivals: self.arrivals.drain(first(self.arrivals.len())).collect(),
            settlements: self.settlements.drain(first(self.settlements.len())).collect(),
        };
        (group.len() > 0).then_some(group)
    }

    fn len(&self) -> usize {
        self.arrivals.len() + self.settlements.len()
    }

    fn each_alone(self) -> impl Iterator<Item = Self> {
        let arrivals = self.arrivals.into_iter().map(|member| Self {
            arrivals: vec![member],
            settlements: Vec::new(),
        });
        let settlements = self.settlements.into_iter().map(|member| Self {
            arrivals: Vec::new(),
            settlements: vec![member],
        });
        arrivals.chain(settlements)
    }

    fn tell_result(self, result: Result<Outcomes, StoreError>) {
        match result {
            Ok(outcomes) => self.tell(outcomes),
            Err(error) => {
                self.arrivals
                    .into_iter()
                    .for_each(|member| member.tell(Err(error.clone())));
                self.settlements
                    .into_iter()
                    .for_each(|member| member.tell(Err(error.clone())));
            }
        }
    }

    fn tell(self, outcomes: Outcomes) {
        for (member, received) in self.arrivals.into_iter().zip(outcomes.received) {
            member.tell(Ok(received));
        }
        for (member, settled) in self.settlements.into_iter().zip(outcomes.settled) {
            member.tell(settled);
        }
    }
}

impl<T, R> Member<T, R> {
    fn tell(self, outcome: Result<R, StoreError>) {
        // A receiver that is gone was cancelled; the row is stored anyway.
        let _ = self.tell.send(outcome);
    }
}

/// Inserts the new ones in one statement.
async fn arrive(tx: &mut Tx, members: &[Member<Arrival, Received>]) -> Result<Vec<Received>, StoreError> {
    if members.is_empty() {
        return Ok(Vec::new());
    }
    let mut arrivals: Vec<&Arrival> = members.iter().map(|member| &member.what).collect();
    // Replicas that receive the same envelopes take their locks in the same order.
    arrivals.sort_by(|a, b| a.key.cmp(&b.key));
    let backend = tx.backend();
    let rows = match backend {
        DbBackend::Sqlite => {
            "(SELECT value ->> 'key' AS key, value ->> 'class' AS class, value ->> 'body' AS body,
               value ->> 'received_at' AS received_at, value ->> 'owner' AS owner, value ->> 'lease' AS lease
              FROM json_each($1)) AS arrival WHERE TRUE"
        }
        _ => {
            "json_to_recordset($1::json) AS arrival(key text, class text, body text, received_at bigint,
               owner text, lease bigint)"
        }
    };
    let sql = format!(
        "INSERT INTO inbox (key, class, body, received_at, state, lease_until, owner, fence, attempt, handled_at)
         SELECT key, class, body, received_at, CASE WHEN lease IS NULL THEN '{HANDLED}' ELSE '{NEW}' END,
           {now} + lease, owner, CASE WHEN lease IS NULL THEN 0 ELSE 1 END, 1,
           CASE WHEN lease IS NULL THEN received_at END
         FROM {rows} ON CONFLICT (key) DO NOTHING RETURNING key",
        now = database_clock::now(backend),
    );
    let mut new: HashSet<String> = HashSet::new();
    for row in query_json(tx, sql, &arrivals).await? {
        new.insert(row.try_get_by_index(0)?);
    }
    let known = if new.len() == members.len() {
        HashMap::new()
    } else {
        states_of(tx, &arrivals).await?
    };
    Ok(members
        .iter()
        .map(
            |Member {
                 what: Arrival { key, .. },
                 ..
             }| {
                // If a group contains equal ones, the first is new and takes the key.
                if let Some(key) = new.take(key) {
                    return Received::New(InboxLease { key, fence: 1 });
                }
                Received::Known {
                    handled: known.get(key).is_some_and(|state| state == HANDLED),
                }
            },
        )
        .collect())
}

async fn states_of(tx: &mut Tx, arrivals: &[&Arrival]) -> Result<HashMap<String, String>, StoreError> {
    let keys: Vec<&str> = arrivals.iter().map(|arrival| arrival.key.as_str()).collect();
    let keys_of = match tx.backend() {
        DbBackend::Sqlite => "SELECT value FROM json_each($1)",
        _ => "SELECT json_array_elements_text($1::json)",
    };
    let sql = format!("SELECT key, state FROM inbox WHERE key IN ({keys_of})");
    let mut states = HashMap::new();
    for row in query_json(tx, sql, &keys).await? {
        states.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    }
    Ok(states)
}

/// Settles those still held under their fence, in one statement.
async fn settle(
    tx: &mut Tx,
    members: &[Member<Settlement, ()>],
) -> Result<Vec<Result<(), StoreError>>, StoreError> {
    if members.is_empty() {
        return Ok(Vec::new());
    }
    let settlements: Vec<&Settlement> = members.iter().map(|member| &member.what).collect();
    let backend = tx.backend();
    let rows = match backend {
        DbBackend::Sqlite => {
            "(SELECT value ->> 'key' AS key, value ->> 'fence' AS fence, value ->> 'outcome' AS outcome
              FROM json_each($1)) AS settled"
        }
        _ => "json_to_recordset($1::json) AS settled(key text, fence bigint, outcome text)",
    };
    let sql = format!(
        "UPDATE inbox SET state = '{HANDLED}', body = NULL, outcome = settled.outcome, handled_at = {now},
           lease_until = NULL, owner = NULL
         FROM {rows}
         WHERE inbox.key = settled.key AND inbox.fence = settled.fence AND inbox.state = '{NEW}'
         RETURNING inbox.key, inbox.fence",
        now = database_clock::now(backend),
    );
    let mut settled: HashSet<(String, i64)> = HashSet::new();
    for row in query_json(tx, sql, &settlements).await? {
        settled.insert((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    }
    Ok(settlements
        .into_iter()
        .map(|settlement| {
            let was_ours = settled.remove(&(settlement.key.clone(), settlement.fence));
            if was_ours { Ok(()) } else { Err(StoreError::Stale) }
        })
        .collect())
}

/// Runs a statement with one value, a JSON array, so groups of every size use the same statement.
async fn query_json(tx: &mut Tx, sql: String, rows: &impl Serialize) -> Result<Vec<QueryResult>, StoreError> {
    let json = serde_json::to_string(rows).expect("texts and numbers can be written as JSON");
    let statement = Statement::from_sql_and_values(tx.backend(), sql, [json.into()]);
    Ok(tx.db().query_all_raw(statement).await?)
}
