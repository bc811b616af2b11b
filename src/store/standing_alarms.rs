//! The active alarms about overdue access on an integration.

use crate::access::ids::RequestId;

use super::Tx;
use super::error::StoreError;

/// The active alarms on an integration, about access that is not gone yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StandingAlarms {
    pub count: u64,
    /// The request with the oldest alarm, which represents the others.
    pub first: Option<RequestId>,
}

impl Tx {
    pub async fn standing_alarms(&mut self, integration: &str) -> Result<StandingAlarms, StoreError> {
        let sql = "SELECT COUNT(*) OVER (), r.id FROM request r JOIN access_grant g ON g.request_id = r.id
                   WHERE g.ended_at IS NULL AND g.integration = $1 AND EXISTS
                     (SELECT 1 FROM message m WHERE m.request_id = r.id AND m.surface = 'overdue_alarm')
                   ORDER BY r.number LIMIT 1";
        let Some(row) = self.query_one(sql, [integration.into()]).await? else {
            return Ok(StandingAlarms::default());
        };
        let (count, first): (i64, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        Ok(StandingAlarms {
            count: count.unsigned_abs(),
            first: Some(RequestId::new(first)),
        })
    }
}
