//! The requests of a span of time, as plots and figures need them: no names, no words.

use sea_orm::Value;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::access::filter::DecidedBy;
use crate::access::ids::{PersonId, RequestNumber};
use crate::access::reader::Reader;
use crate::access::request::State;
use crate::access::time::Timestamp;
use crate::access::usage::Used;

use super::super::error::StoreError;
use super::super::{Store, at_once};

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
    /// What is known about its use.
    pub used: Option<Used>,
}

/// How often a resource was requested.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Asked {
    pub integration: String,
    pub resource: String,
    pub times: u64,
}

/// How much of the access to a resource was not used, as far as that is known.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Unused {
    pub integration: String,
    pub resource: String,
    /// Requests whose access ended, and whose use is known.
    pub ended: u64,
    pub never: u64,
    pub not_seen: u64,
}

/// An answer that counts: by whom, and how long after the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub by: PersonId,
    pub asked_at: Timestamp,
    pub answered_at: Timestamp,
}

/// The newest requests that were made in a span of time.
#[derive(Clone, Copy, Debug)]
pub struct Newest {
    /// From then on.
    pub from: Timestamp,
    /// Before then.
    pub to: Timestamp,
    pub most: u64,
}

impl Newest {
    /// Those that the reader may see and for which this holds, as a table `r`. As a table of its own, it is found first: databases would
    /// otherwise walk all requests in the order of what is counted.
    fn that(&self, reader: &Reader, are_so: &str) -> String {
        format!(
            "(SELECT * FROM request r WHERE r.created_at >= $1 AND r.created_at < $2{}{are_so}
              ORDER BY r.created_at DESC LIMIT {}) r",
            seen_by(reader),
            self.most
        )
    }
}

impl Store {
    /// The requests, the newest first.
    pub async fn past(&self, reader: &Reader, newest: Newest) -> Result<Vec<Past>, StoreError> {
        let those = newest.that(reader, "");
        let from = format!("{those} LEFT JOIN access_grant g ON g.request_id = r.id");
        let rows: Vec<Row> = self.read_past(reader, newest, Row::COLUMNS, &from).await?;
        rows.into_iter().map(Past::try_from).collect()
    }

    /// When access began in the span, whenever it was requested.
    pub async fn granted_in(&self, reader: &Reader, span: Newest) -> Result<Vec<Timestamp>, StoreError> {
        let from = format!(
            "request r WHERE r.granted_at >= $1 AND r.granted_at < $2{}",
            seen_by(reader)
        );
        let times: Vec<(i64,)> = self.read_past(reader, span, "r.granted_at", &from).await?;
        Ok(times
            .into_iter()
            .map(|(micros,)| Timestamp::from_micros(micros))
            .collect())
    }

    /// The resources that were requested most often, at most `limit`.
    pub async fn asked_most(
        &self,
        reader: &Reader,
        newest: Newest,
        limit: u64,
    ) -> Result<Vec<Asked>, StoreError> {
        let those = newest.that(reader, "");
        let from = format!(
            "(SELECT r.integration, u.resource_name, COUNT(DISTINCT r.id) AS times FROM {those}
               JOIN request_unit u ON u.request_id = r.id
               GROUP BY r.integration, u.resource_name ORDER BY 3 DESC, 1, 2 LIMIT {limit}) a"
        );
        let columns = "a.integration, a.resource_name, a.times";
        let mut asked: Vec<Asked> = self.read_past(reader, newest, columns, &from).await?;
        asked.sort_by(|a, b| {
            let name = |asked: &Asked| (asked.integration.clone(), asked.resource.clone());
            b.times.cmp(&a.times).then_with(|| name(a).cmp(&name(b)))
        });
        Ok(asked)
    }

    /// The resources whose access was most often not used, at most `limit`.
    pub async fn unused_most(
        &self,
        reader: &Reader,
        newest: Newest,
        limit: u64,
    ) -> Result<Vec<Unused>, StoreError> {
        let those = newest.that(reader, " AND r.ended_at IS NOT NULL AND r.used IS NOT NULL");
        let from = format!(
            "(SELECT r.integration, u.resource_name, COUNT(DISTINCT r.id) AS ended,
               COUNT(DISTINCT CASE WHEN r.used = 'never' THEN r.id END) AS never,
               COUNT(DISTINCT CASE WHEN r.used = 'not_seen' THEN r.id END) AS not_seen
             FROM {those} JOIN request_unit u ON u.request_id = r.id
             GROUP BY r.integration, u.resource_name
             HAVING COUNT(DISTINCT CASE WHEN r.used IN ('never', 'not_seen') THEN r.id END) > 0
             ORDER BY COUNT(DISTINCT CASE WHEN r.used IN ('never', 'not_seen') THEN r.id END) DESC, 1, 2 LIMIT {limit}) a"
        );
        let columns = "a.integration, a.resource_name, a.ended, a.never, a.not_seen";
        let mut unused: Vec<Unused> = self.read_past(reader, newest, columns, &from).await?;
        unused.sort_by(|a, b| {
            let known = |unused: &Unused| unused.never + unused.not_seen;
            let name = |unused: &Unused| (unused.integration.clone(), unused.resource.clone());
            known(b).cmp(&known(a)).then_with(|| name(a).cmp(&name(b)))
        });
        Ok(unused)
    }

    /// The answers that count to these requests.
    pub async fn answers_to(&self, reader: &Reader, newest: Newest) -> Result<Vec<Answer>, StoreError> {
        let those = newest.that(reader, "");
        let from = format!("{those} JOIN decision d ON d.request_id = r.id WHERE d.counts");
        let columns = "d.person_id, r.created_at, d.decided_at";
        let rows: Vec<(String, i64, i64)> = self.read_past(reader, newest, columns, &from).await?;
        let answers = rows.into_iter().map(|(by, asked_at, answered_at)| Answer {
            by: PersonId::new(by),
            asked_at: Timestamp::from_micros(asked_at),
            answered_at: Timestamp::from_micros(answered_at),
        });
        Ok(answers.collect())
    }

    async fn read_past<T: DeserializeOwned>(
        &self,
        reader: &Reader,
        Newest { from, to, .. }: Newest,
        columns: &str,
        rows: &str,
    ) -> Result<Vec<T>, StoreError> {
        let mut values: Vec<Value> = vec![from.micros().into(), to.micros().into()];
        values.extend(reader.limited_to().map(|person| person.as_str().into()));
        at_once::rows(self.reader(), columns, rows, values).await
    }
}

/// What limits the rows to those that the reader may see.
const fn seen_by(reader: &Reader) -> &'static str {
    match reader.limited_to() {
        Some(_) => " AND (r.requester_id = $3 OR r.grantee_id = $3)",
        None => "",
    }
}

/// A request as it is read.
#[derive(Deserialize)]
struct Row {
    number: i64,
    integration: String,
    state: String,
    reason: Option<String>,
    duration_us: i64,
    created_at: i64,
    decided_at: Option<i64>,
    decided_by: Option<String>,
    granted_at: Option<i64>,
    ended_at: Option<i64>,
    until: Option<i64>,
    used: Option<String>,
}

impl Row {
    const COLUMNS: &str = "r.number, r.integration, r.state, r.reason_kind, r.duration_us, r.created_at, r.decided_at, \
                           r.decided_by, r.granted_at, r.ended_at, g.until, r.used";
}

impl TryFrom<Row> for Past {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let inconsistent = |what: &str| StoreError::inconsistent("request", RequestNumber(row.number), what);
        let state = State::from_stored(&row.state, row.reason.as_deref())
            .ok_or_else(|| inconsistent("unknown state"))?;
        let decided_by = row
            .decided_by
            .map(|name| DecidedBy::named(&name).ok_or_else(|| inconsistent("unknown way to decide")));
        let used = row
            .used
            .map(|name| Used::named(&name).ok_or_else(|| inconsistent("unknown use")));
        let time = |micros: Option<i64>| micros.map(Timestamp::from_micros);
        Ok(Self {
            integration: row.integration,
            state,
            duration_us: row.duration_us,
            created_at: Timestamp::from_micros(row.created_at),
            decided_at: time(row.decided_at),
            decided_by: decided_by.transpose()?,
            granted_at: time(row.granted_at),
            ended_at: time(row.ended_at),
            until: time(row.until),
            used: used.transpose()?,
        })
    }
}
