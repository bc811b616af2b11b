//! Runs of reports, and what came of them.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use crate::access::ids::PersonId;
use crate::access::reader::Reader;
use crate::access::time::Timestamp;
use crate::audit::exported::Format;

use super::entities::report_run;
use super::error::StoreError;
use super::saved_reports::format_of;
use super::{Store, Tx};

/// A run of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRun {
    pub id: String,
    /// The id of a saved report, or the name of a built-in one.
    pub report: String,
    /// Who asked for it, or whose report it is; `None` for an operator.
    pub by: Option<PersonId>,
    /// The moment that it was due, if it ran by itself.
    pub due_at: Option<Timestamp>,
    pub format: Format,
    pub started_at: Timestamp,
    /// What it came to; `None` until all of it left.
    pub result: Option<ReportResult>,
    /// Where it was delivered to.
    pub recipient: Option<String>,
}

/// A run that is on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRun {
    pub id: String,
    pub started_at: Timestamp,
    /// The channel of the message about it, and its `ts`, once it is there.
    pub message: Option<(String, String)>,
}

/// What left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportResult {
    pub ended_at: Timestamp,
    pub rows: u64,
    pub bytes: u64,
    /// SHA-256 of all bytes, in lower-case hex digits.
    pub digest: String,
}

impl Store {
    /// When each report ran last, of runs that the reader may see as in [`Self::runs_of`].
    pub async fn last_runs(&self, reader: &Reader) -> Result<HashMap<String, Timestamp>, StoreError> {
        let rows: Vec<(String, i64)> = runs_for(reader)
            .select_only()
            .column(report_run::Column::Report)
            .column_as(report_run::Column::StartedAt.max(), "started_at")
            .group_by(report_run::Column::Report)
            .into_tuple()
            .all(self.reader())
            .await?;
        let last = rows
            .into_iter()
            .map(|(report, at)| (report, Timestamp::from_micros(at)));
        Ok(last.collect())
    }

    /// The newest runs of a report that the caller may see; of one that is built in only the reader's own, unless they read
    /// everything.
    pub async fn runs_of(
        &self,
        reader: &Reader,
        report: &str,
        limit: u64,
    ) -> Result<Vec<ReportRun>, StoreError> {
        let rows = runs_for(reader)
            .filter(report_run::Column::Report.eq(report))
            .order_by_desc(report_run::Column::StartedAt)
            .order_by_desc(report_run::Column::Id)
            .limit(limit)
            .all(self.reader())
            .await?;
        rows.into_iter().map(ReportRun::try_from).collect()
    }
}

fn runs_for(reader: &Reader) -> Select<report_run::Entity> {
    let all = report_run::Entity::find();
    match reader.limited_to() {
        Some(person) => all.filter(report_run::Column::ById.eq(person.as_str())),
        None => all,
    }
}

impl Tx {
    /// Notes that a run begins; false if the report ran for this moment already.
    pub async fn insert_run(&mut self, run: &ReportRun) -> Result<bool, StoreError> {
        let row = report_run::ActiveModel {
            id: Set(run.id.clone()),
            report: Set(run.report.clone()),
            by_id: Set(run.by.as_ref().map(PersonId::to_string)),
            due_at: Set(run.due_at.map(Timestamp::micros)),
            format: Set(run.format.name().to_owned()),
            started_at: Set(run.started_at.micros()),
            ended_at: Set(None),
            rows: Set(None),
            bytes: Set(None),
            digest: Set(None),
            recipient: Set(run.recipient.clone()),
            channel: Set(None),
            message_ts: Set(None),
        };
        let key = [report_run::Column::Report, report_run::Column::DueAt];
        let done = report_run::Entity::insert(row)
            .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
            .exec_without_returning(self.db())
            .await?;
        Ok(done == 1)
    }

    /// The run for this moment that has not come to its end.
    pub async fn open_run(&mut self, report: &str, due: Timestamp) -> Result<Option<OpenRun>, StoreError> {
        let row = report_run::Entity::find()
            .filter(report_run::Column::Report.eq(report))
            .filter(report_run::Column::DueAt.eq(due.micros()))
            .filter(report_run::Column::EndedAt.is_null())
            .one(self.db())
            .await?;
        Ok(row.map(|row| OpenRun {
            id: row.id,
            started_at: Timestamp::from_micros(row.started_at),
            message: row.channel.zip(row.message_ts),
        }))
    }

    /// Notes in which channel the message about the run is, and its `ts`.
    pub async fn run_posted(&mut self, id: &str, channel: &str, ts: &str) -> Result<(), StoreError> {
        report_run::Entity::update_many()
            .col_expr(report_run::Column::Channel, Expr::value(channel))
            .col_expr(report_run::Column::MessageTs, Expr::value(ts))
            .filter(report_run::Column::Id.eq(id))
            .exec(self.db())
            .await?;
        Ok(())
    }

    /// Notes what the run came to; a conflict if it came to its end before.
    pub async fn end_run(&mut self, id: &str, result: &ReportResult) -> Result<(), StoreError> {
        let stored = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let done = report_run::Entity::update_many()
            .set(report_run::ActiveModel {
                ended_at: Set(Some(result.ended_at.micros())),
                rows: Set(Some(stored(result.rows))),
                bytes: Set(Some(stored(result.bytes))),
                digest: Set(Some(result.digest.clone())),
                ..Default::default()
            })
            .filter(report_run::Column::Id.eq(id))
            .filter(report_run::Column::EndedAt.is_null())
            .exec(self.db())
            .await?;
        match done.rows_affected {
            1 => Ok(()),
            _ => Err(StoreError::Conflict),
        }
    }
}

impl TryFrom<report_run::Model> for ReportRun {
    type Error = StoreError;

    fn try_from(row: report_run::Model) -> Result<Self, StoreError> {
        let read = |number: i64| u64::try_from(number).unwrap_or(0);
        let result = match (row.ended_at, row.rows, row.bytes, row.digest) {
            (Some(ended_at), Some(rows), Some(bytes), Some(digest)) => Some(ReportResult {
                ended_at: Timestamp::from_micros(ended_at),
                rows: read(rows),
                bytes: read(bytes),
                digest,
            }),
            _ => None,
        };
        Ok(Self {
            format: format_of("report_run", &row.id, &row.format)?,
            id: row.id,
            report: row.report,
            by: row.by_id.map(PersonId::new),
            due_at: row.due_at.map(Timestamp::from_micros),
            started_at: Timestamp::from_micros(row.started_at),
            result,
            recipient: row.recipient,
        })
    }
}
