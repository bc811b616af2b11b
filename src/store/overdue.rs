//! Access that should be gone: past its end, or being taken away for longer than that takes.

use std::time::Duration;

use sea_orm::{ConnectionTrait, QueryResult, Statement};

use crate::access::ids::RequestId;
use crate::access::request::{Request, RevokeCause, State};
use crate::access::time::Timestamp;
use crate::integrations::Granted;

use super::error::StoreError;
use super::grants::Grant;
use super::{Store, Tx};

/// Access that is not confirmed gone this long after it should be counts as overdue.
const OVERDUE_AFTER: Duration = Duration::from_mins(1);

impl Grant {
    /// When it should have ended, or should end: at its time, or when somebody began to take it away before that, unless
    /// something had been shown that nobody can call back.
    pub fn due(&self, request: &Request) -> Timestamp {
        due(
            request.state,
            request.changed_at,
            self.until,
            self.granted.credentials_until,
        )
    }

    /// Whether it is not confirmed gone long after it should be.
    pub fn is_overdue(&self, request: &Request, now: Timestamp) -> bool {
        self.ended_at.is_none() && self.due(request).plus(OVERDUE_AFTER) < now
    }
}

fn due(
    state: State,
    changed_at: Timestamp,
    until: Timestamp,
    credentials_until: Option<Timestamp>,
) -> Timestamp {
    match state {
        State::Revoking(
            RevokeCause::GivenBack
            | RevokeCause::ByAdmin
            | RevokeCause::Left
            | RevokeCause::Blocked
            | RevokeCause::Changed
            | RevokeCause::SelfApproved
            | RevokeCause::Undo(_),
        ) => credentials_until.map_or(changed_at, |end| end.max(changed_at)),
        State::Revoking(RevokeCause::TimeOver)
        | State::Pending
        | State::Approved
        | State::Granted
        | State::Rejected(_)
        | State::Cancelled
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => until,
    }
}

impl Store {
    /// Every request whose access is overdue, the oldest request first.
    pub async fn overdue(&self, now: Timestamp) -> Result<Vec<RequestId>, StoreError> {
        // Two looks, each by its index, because all that is live would be read for one with OR.
        let sql = "SELECT r.id, r.state, r.reason_kind, r.changed_at, g.until, g.granted, r.number
                   FROM access_grant g JOIN request r ON r.id = g.request_id
                   WHERE g.ended_at IS NULL AND g.confirmed_at IS NOT NULL AND g.until < $1
                   UNION SELECT r.id, r.state, r.reason_kind, r.changed_at, g.until, g.granted, r.number
                   FROM request r JOIN access_grant g ON g.request_id = r.id
                   WHERE g.ended_at IS NULL AND r.state = 'revoking' AND r.changed_at < $1 ORDER BY 7";
        let db = self.reader();
        let latest = now.minus(OVERDUE_AFTER);
        let values = [latest.micros().into()];
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        let mut overdue = Vec::new();
        for row in db.query_all_raw(statement).await? {
            let (id, due) = read(&row)?;
            if due < latest {
                overdue.push(id);
            }
        }
        Ok(overdue)
    }
}

fn read(row: &QueryResult) -> Result<(RequestId, Timestamp), StoreError> {
    let id: String = row.try_get_by_index(0)?;
    let (state, reason): (String, Option<String>) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
    let state = State::from_stored(&state, reason.as_deref())
        .ok_or_else(|| StoreError::inconsistent("request", &id, "a state that is none"))?;
    let granted: String = row.try_get_by_index(5)?;
    let granted: Granted = serde_json::from_str(&granted)
        .map_err(|error| StoreError::inconsistent("access_grant", &id, error))?;
    let due = due(
        state,
        Timestamp::from_micros(row.try_get_by_index(3)?),
        Timestamp::from_micros(row.try_get_by_index(4)?),
        granted.credentials_until,
    );
    Ok((RequestId::new(id), due))
}

/// The alarms that stand on an integration: of access that is not gone yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    pub count: u64,
    /// Whose alarm is the oldest, and speaks for the others.
    pub first: Option<RequestId>,
}

impl Tx {
    pub async fn standing_alarms(&mut self, integration: &str) -> Result<Standing, StoreError> {
        let sql = "SELECT COUNT(*) OVER (), r.id FROM request r JOIN access_grant g ON g.request_id = r.id
                   WHERE g.ended_at IS NULL AND g.integration = $1 AND EXISTS
                     (SELECT 1 FROM message m WHERE m.request_id = r.id AND m.surface = 'overdue_alarm')
                   ORDER BY r.number LIMIT 1";
        let Some(row) = self.query_one(sql, [integration.into()]).await? else {
            return Ok(Standing::default());
        };
        let (count, first): (i64, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        Ok(Standing {
            count: count.unsigned_abs(),
            first: Some(RequestId::new(first)),
        })
    }
}
