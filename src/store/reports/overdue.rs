//! Access that should be gone: past its end, or being taken away for longer than that should take.

use sea_orm::{ConnectionTrait, QueryResult, Statement};

use crate::access::grant::{Granted, due, overdue_before};
use crate::access::ids::RequestId;
use crate::access::request::State;
use crate::access::time::Timestamp;

use super::super::Store;
use super::super::error::StoreError;

impl Store {
    /// Every request whose access is overdue, the oldest request first.
    pub async fn overdue(&self, now: Timestamp) -> Result<Vec<RequestId>, StoreError> {
        // Two queries, each with its own index, because one with OR would read all live access.
        let sql = "SELECT r.id, r.state, r.reason_kind, r.changed_at, g.until, g.granted, r.number
                   FROM access_grant g JOIN request r ON r.id = g.request_id
                   WHERE g.ended_at IS NULL AND g.confirmed_at IS NOT NULL AND g.until < $1
                   UNION SELECT r.id, r.state, r.reason_kind, r.changed_at, g.until, g.granted, r.number
                   FROM request r JOIN access_grant g ON g.request_id = r.id
                   WHERE g.ended_at IS NULL AND r.state = 'revoking' AND r.changed_at < $1 ORDER BY 7";
        let db = self.reader();
        let latest = overdue_before(now);
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
        .ok_or_else(|| StoreError::inconsistent("request", &id, "unknown state"))?;
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
