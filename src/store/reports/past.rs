//! The requests of a span of time, as plots and figures need them: no names, no words.

use std::borrow::Cow;
use std::time::Duration;

use sea_orm::Value;
use serde::Deserialize;

use crate::access::filter::DecidedBy;
use crate::access::ids::PersonId;
use crate::access::reader::Reader;
use crate::access::request::State;
use crate::access::time::{Timestamp, micros_of};
use crate::access::usage::Used;

use super::super::Store;
use super::super::at_once::{self, Rows};
use super::super::error::StoreError;

const DAY: Duration = Duration::from_hours(24);

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
    pub took: Duration,
}

/// How often access began on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Began {
    /// The first day of the span is 0.
    pub day: u64,
    pub times: u64,
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
    const fn span(self) -> (Timestamp, Timestamp) {
        (self.from, self.to)
    }

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
        let rows = self.read_past(reader, newest.span(), Row::COLUMNS, &from).await?;
        rows.each::<Row<'_>>()?.into_iter().map(Past::try_from).collect()
    }

    /// How often access began on each day from `from` on and before `to`, whenever it was requested.
    pub async fn began_by_day(
        &self,
        reader: &Reader,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Began>, StoreError> {
        let days = format!(
            "(SELECT (r.granted_at - $1) / {} AS day, COUNT(*) AS times FROM request r
               WHERE r.granted_at >= $1 AND r.granted_at < $2{} GROUP BY 1) d",
            micros_of(DAY),
            seen_by(reader)
        );
        self.read_past(reader, (from, to), "d.day, d.times", &days)
            .await?
            .each()
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
        let asked = self.read_past(reader, newest.span(), columns, &from).await?;
        let mut asked: Vec<Asked> = asked.each()?;
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
        let unused = self.read_past(reader, newest.span(), columns, &from).await?;
        let mut unused: Vec<Unused> = unused.each()?;
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
        let columns = "d.person_id, d.decided_at - r.created_at";
        let rows = self.read_past(reader, newest.span(), columns, &from).await?;
        let answers = rows
            .each::<(String, i64)>()?
            .into_iter()
            .map(|(by, took)| Answer {
                by: PersonId::new(by),
                took: Duration::from_micros(u64::try_from(took).unwrap_or(0)),
            });
        Ok(answers.collect())
    }

    async fn read_past(
        &self,
        reader: &Reader,
        (from, to): (Timestamp, Timestamp),
        columns: &str,
        rows: &str,
    ) -> Result<Rows, StoreError> {
        let mut values: Vec<Value> = vec![from.micros().into(), to.micros().into()];
        values.extend(reader.limited_to().map(|person| person.as_str().into()));
        at_once::text(self.reader(), columns, rows, values).await
    }
}

/// What limits the rows to those that the reader may see.
const fn seen_by(reader: &Reader) -> &'static str {
    match reader.limited_to() {
        Some(_) => " AND (r.requester_id = $3 OR r.grantee_id = $3)",
        None => "",
    }
}

/// A request as it is read. What is borrowed is one of our own names.
#[derive(Deserialize)]
struct Row<'t> {
    #[serde(borrow)]
    integration: Cow<'t, str>,
    state: &'t str,
    reason: Option<&'t str>,
    duration_us: i64,
    created_at: i64,
    decided_at: Option<i64>,
    decided_by: Option<&'t str>,
    granted_at: Option<i64>,
    ended_at: Option<i64>,
    until: Option<i64>,
    used: Option<&'t str>,
}

impl Row<'_> {
    const COLUMNS: &'static str = "r.integration, r.state, r.reason_kind, r.duration_us, r.created_at, r.decided_at, r.decided_by, \
                           r.granted_at, r.ended_at, g.until, r.used";
}

impl TryFrom<Row<'_>> for Past {
    type Error = StoreError;

    fn try_from(row: Row<'_>) -> Result<Self, StoreError> {
        let inconsistent = |what: &str, name: &str| {
            let made = Timestamp::from_micros(row.created_at).to_rfc3339();
            StoreError::inconsistent(
                "request",
                format!("of {made}"),
                format!("unknown {what} {name:?}"),
            )
        };
        let state =
            State::from_stored(row.state, row.reason).ok_or_else(|| inconsistent("state", row.state))?;
        let decided_by = row
            .decided_by
            .map(|name| DecidedBy::named(name).ok_or_else(|| inconsistent("way to decide", name)));
        let used = row
            .used
            .map(|name| Used::named(name).ok_or_else(|| inconsistent("use", name)));
        let time = |micros: Option<i64>| micros.map(Timestamp::from_micros);
        Ok(Self {
            state,
            duration_us: row.duration_us,
            created_at: Timestamp::from_micros(row.created_at),
            decided_at: time(row.decided_at),
            decided_by: decided_by.transpose()?,
            granted_at: time(row.granted_at),
            ended_at: time(row.ended_at),
            until: time(row.until),
            used: used.transpose()?,
            integration: row.integration.into_owned(),
        })
    }
}
