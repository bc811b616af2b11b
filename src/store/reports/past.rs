//! The requests of a span of time, as plots and figures need them: no names, no words.

use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use crate::access::filter::DecidedBy;
use crate::access::ids::PersonId;
use crate::access::reader::Reader;
use crate::access::request::State;
use crate::access::time::Timestamp;

use super::super::Store;
use super::super::error::StoreError;

/// A request, as far as figures count it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    pub integration: String,
    pub state: State,
    pub duration_us: i64,
    pub created_at: Timestamp,
    pub decided_at: Option<Timestamp>,
    pub decided_by: Option<DecidedBy>,
    pub granted_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// When its access should end or should have ended, if granting it was tried.
    pub until: Option<Timestamp>,
}

/// How often a resource was requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub integration: String,
    pub resource: String,
    pub times: u64,
}

/// An answer that counts: by whom, and how long after the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub by: PersonId,
    pub asked_at: Timestamp,
    pub answered_at: Timestamp,
}

/// What of the reader's requests lies in the span, from the first value on and before the second.
const IN_SPAN: &str = "r.created_at >= $1 AND r.created_at < $2";

impl Store {
    /// The requests made in the span that the reader may see, the newest first, at most `limit`.
    pub async fn past(
        &self,
        reader: &Reader,
        (from, to): (Timestamp, Timestamp),
        limit: u64,
    ) -> Result<Vec<Past>, StoreError> {
        let sql = format!(
            "SELECT r.integration, r.state, r.reason_kind, r.duration_us, r.created_at, r.decided_at, r.decided_by,
               r.granted_at, r.ended_at, g.until, r.id
             FROM request r LEFT JOIN access_grant g ON g.request_id = r.id
             WHERE {IN_SPAN}{} ORDER BY r.created_at DESC LIMIT {limit}",
            seen_by(reader)
        );
        let rows = self.read_past(reader, (from, to), &sql).await?;
        rows.iter().map(past).collect()
    }

    /// When access began in the span, whenever it was requested.
    pub async fn granted_in(
        &self,
        reader: &Reader,
        span: (Timestamp, Timestamp),
    ) -> Result<Vec<Timestamp>, StoreError> {
        let sql = format!(
            "SELECT r.granted_at FROM request r WHERE r.granted_at >= $1 AND r.granted_at < $2{}",
            seen_by(reader)
        );
        let rows = self.read_past(reader, span, &sql).await?;
        let times = rows
            .iter()
            .map(|row| Ok(Timestamp::from_micros(row.try_get_by_index(0)?)));
        times.collect()
    }

    /// The resources that were requested most often in the span, at most `limit`.
    pub async fn asked_most(
        &self,
        reader: &Reader,
        span: (Timestamp, Timestamp),
        limit: u64,
    ) -> Result<Vec<Asked>, StoreError> {
        let sql = format!(
            "SELECT r.integration, u.resource_name, COUNT(DISTINCT r.id) FROM request r
             JOIN request_unit u ON u.request_id = r.id
             WHERE {IN_SPAN}{} GROUP BY r.integration, u.resource_name ORDER BY 3 DESC, 1, 2 LIMIT {limit}",
            seen_by(reader)
        );
        let rows = self.read_past(reader, span, &sql).await?;
        let asked = rows.iter().map(|row| {
            let times: i64 = row.try_get_by_index(2)?;
            Ok(Asked {
                integration: row.try_get_by_index(0)?,
                resource: row.try_get_by_index(1)?,
                times: u64::try_from(times).unwrap_or(0),
            })
        });
        asked.collect()
    }

    /// The answers that count to requests made in the span.
    pub async fn answers_in(
        &self,
        reader: &Reader,
        span: (Timestamp, Timestamp),
    ) -> Result<Vec<Answer>, StoreError> {
        let sql = format!(
            "SELECT d.person_id, r.created_at, d.decided_at FROM request r JOIN decision d ON d.request_id = r.id
             WHERE {IN_SPAN} AND d.counts{}",
            seen_by(reader)
        );
        let rows = self.read_past(reader, span, &sql).await?;
        let answers = rows.iter().map(|row| {
            let by: String = row.try_get_by_index(0)?;
            Ok(Answer {
                by: PersonId::new(by),
                asked_at: Timestamp::from_micros(row.try_get_by_index(1)?),
                answered_at: Timestamp::from_micros(row.try_get_by_index(2)?),
            })
        });
        answers.collect()
    }

    async fn read_past(
        &self,
        reader: &Reader,
        (from, to): (Timestamp, Timestamp),
        sql: &str,
    ) -> Result<Vec<QueryResult>, StoreError> {
        let db = self.reader();
        let mut values: Vec<Value> = vec![from.micros().into(), to.micros().into()];
        values.extend(reader.limited_to().map(|person| person.as_str().into()));
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
        Ok(db.query_all_raw(statement).await?)
    }
}

/// What limits the rows to those that the reader may see.
const fn seen_by(reader: &Reader) -> &'static str {
    match reader.limited_to() {
        Some(_) => " AND (r.requester_id = $3 OR r.grantee_id = $3)",
        None => "",
    }
}

fn past(row: &QueryResult) -> Result<Past, StoreError> {
    let id: String = row.try_get_by_index(10)?;
    let (state, reason): (String, Option<String>) = (row.try_get_by_index(1)?, row.try_get_by_index(2)?);
    let state = State::from_stored(&state, reason.as_deref())
        .ok_or_else(|| StoreError::inconsistent("request", &id, "unknown state"))?;
    let decided_by: Option<String> = row.try_get_by_index(6)?;
    let decided_by = decided_by.map(|name| {
        DecidedBy::named(&name)
            .ok_or_else(|| StoreError::inconsistent("request", &id, "unknown way to decide"))
    });
    let time = |index| -> Result<Option<Timestamp>, StoreError> {
        let micros: Option<i64> = row.try_get_by_index(index)?;
        Ok(micros.map(Timestamp::from_micros))
    };
    Ok(Past {
        integration: row.try_get_by_index(0)?,
        state,
        duration_us: row.try_get_by_index(3)?,
        created_at: Timestamp::from_micros(row.try_get_by_index(4)?),
        decided_at: time(5)?,
        decided_by: decided_by.transpose()?,
        granted_at: time(7)?,
        ended_at: time(8)?,
        until: time(9)?,
    })
}
