//! Saved reports, and what came of their runs.
//!
//! Invariant: a report that is not shared is its owner's alone; a shared one is seen by those who read everything.

use std::collections::HashMap;
use std::fmt;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use crate::access::ids::PersonId;
use crate::access::reader::Reader;
use crate::access::time::Timestamp;
use crate::audit::exported::Format;

use super::entities::{report, report_run};
use super::error::StoreError;
use super::{Store, Tx};

/// A list of requests that somebody keeps under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedReport {
    pub id: String,
    /// No two have the same.
    pub name: String,
    pub owner: PersonId,
    /// Whether everybody who reads everything may run it.
    pub is_shared: bool,
    /// The filter as the address of *Activity* has it: times that move with the present stay as they were written.
    pub query: String,
    pub format: Format,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// When it runs by itself.
    pub schedule: Option<Schedule>,
    /// Does not run by itself for now.
    pub is_paused: bool,
    /// The moment for which it runs by itself next, however often that has to be tried.
    pub due_at: Option<Timestamp>,
    /// Grows with each change.
    pub version: i64,
    pub changed_at: Timestamp,
}

/// When a report runs by itself, and who gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// In the language of cron: minute, hour, day of the month, month, day of the week.
    pub cron: String,
    /// The name of its time zone, as in `Europe/Berlin`.
    pub zone: String,
    /// A channel or an account in Slack.
    pub recipient: String,
}

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
    /// The report with this id, regardless of who may see it.
    pub async fn report(&self, id: &str) -> Result<Option<SavedReport>, StoreError> {
        let row = report::Entity::find_by_id(id).one(self.reader()).await?;
        row.map(SavedReport::try_from).transpose()
    }

    /// The reports that the reader may see, by name: their own, and the shared ones if they read everything.
    pub async fn reports_for(&self, reader: &Reader) -> Result<Vec<SavedReport>, StoreError> {
        let rows = report::Entity::find()
            .filter(seen_by(reader))
            .order_by_asc(report::Column::Name)
            .all(self.reader())
            .await?;
        rows.into_iter().map(SavedReport::try_from).collect()
    }

    /// One of these.
    pub async fn report_for(&self, reader: &Reader, id: &str) -> Result<Option<SavedReport>, StoreError> {
        let row = report::Entity::find_by_id(id)
            .filter(seen_by(reader))
            .one(self.reader())
            .await?;
        row.map(SavedReport::try_from).transpose()
    }

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

/// `0 9 * * 1-5, Europe/Berlin`.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.cron, self.zone)
    }
}

fn seen_by(reader: &Reader) -> Condition {
    let Some(person) = reader.person() else {
        return Condition::all();
    };
    let own = Condition::any().add(report::Column::OwnerId.eq(person.as_str()));
    if reader.reads_all() {
        own.add(report::Column::Shared.eq(true))
    } else {
        own
    }
}

impl Tx {
    /// Stores a new report; false if its name is taken.
    pub async fn insert_report(&mut self, new: &SavedReport) -> Result<bool, StoreError> {
        let row = row_of(new).into_active_model();
        let done = report::Entity::insert(report::ActiveModel {
            created_at: Set(new.changed_at.micros()),
            ..row
        })
        .on_conflict(OnConflict::column(report::Column::Name).do_nothing().to_owned())
        .exec_without_returning(self.db())
        .await?;
        Ok(done == 1)
    }

    /// Whether another report has this name.
    pub async fn is_report_name_taken(&mut self, name: &str, id: &str) -> Result<bool, StoreError> {
        let other = report::Entity::find()
            .filter(report::Column::Name.eq(name))
            .filter(report::Column::Id.ne(id))
            .one(self.db())
            .await?;
        Ok(other.is_some())
    }

    /// Writes a changed report, whose version is the next one; a conflict if somebody else changed it meanwhile.
    pub async fn update_report(&mut self, changed: &SavedReport) -> Result<(), StoreError> {
        let row = row_of(changed);
        let done = report::Entity::update_many()
            .set(report::ActiveModel {
                name: Set(row.name),
                shared: Set(row.shared),
                query: Set(row.query),
                format: Set(row.format),
                columns: Set(row.columns),
                cron: Set(row.cron),
                zone: Set(row.zone),
                recipient: Set(row.recipient),
                paused: Set(row.paused),
                version: Set(row.version),
                changed_at: Set(row.changed_at),
                ..Default::default()
            })
            .filter(report::Column::Id.eq(row.id))
            .filter(report::Column::Version.eq(row.version - 1))
            .exec(self.db())
            .await?;
        match done.rows_affected {
            1 => Ok(()),
            _ => Err(StoreError::Conflict),
        }
    }

    /// Notes for which moment it runs by itself next, if it does.
    pub async fn set_report_due(&mut self, id: &str, due: Option<Timestamp>) -> Result<(), StoreError> {
        report::Entity::update_many()
            .col_expr(report::Column::DueAt, Expr::value(due.map(Timestamp::micros)))
            .filter(report::Column::Id.eq(id))
            .exec(self.db())
            .await?;
        Ok(())
    }

    pub async fn delete_report(&mut self, id: &str) -> Result<(), StoreError> {
        report::Entity::delete_by_id(id).exec(self.db()).await?;
        Ok(())
    }

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
        };
        let key = [report_run::Column::Report, report_run::Column::DueAt];
        let done = report_run::Entity::insert(row)
            .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
            .exec_without_returning(self.db())
            .await?;
        Ok(done == 1)
    }

    /// The run for this moment that has not come to its end.
    pub async fn open_run(&mut self, report: &str, due: Timestamp) -> Result<Option<String>, StoreError> {
        let row = report_run::Entity::find()
            .filter(report_run::Column::Report.eq(report))
            .filter(report_run::Column::DueAt.eq(due.micros()))
            .filter(report_run::Column::EndedAt.is_null())
            .one(self.db())
            .await?;
        Ok(row.map(|row| row.id))
    }

    /// Notes what the run came to.
    pub async fn end_run(&mut self, id: &str, result: &ReportResult) -> Result<(), StoreError> {
        let stored = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        report_run::Entity::update_many()
            .set(report_run::ActiveModel {
                ended_at: Set(Some(result.ended_at.micros())),
                rows: Set(Some(stored(result.rows))),
                bytes: Set(Some(stored(result.bytes))),
                digest: Set(Some(result.digest.clone())),
                ..Default::default()
            })
            .filter(report_run::Column::Id.eq(id))
            .exec(self.db())
            .await?;
        Ok(())
    }
}

fn row_of(saved: &SavedReport) -> report::Model {
    let (cron, zone, recipient) = match saved.schedule.clone() {
        Some(schedule) => (Some(schedule.cron), Some(schedule.zone), Some(schedule.recipient)),
        None => (None, None, None),
    };
    report::Model {
        id: saved.id.clone(),
        name: saved.name.clone(),
        owner_id: saved.owner.to_string(),
        shared: saved.is_shared,
        query: saved.query.clone(),
        format: saved.format.name().to_owned(),
        columns: serde_json::to_string(&saved.columns).expect("texts are JSON"),
        cron,
        zone,
        recipient,
        paused: saved.is_paused,
        due_at: saved.due_at.map(Timestamp::micros),
        version: saved.version,
        created_at: saved.changed_at.micros(),
        changed_at: saved.changed_at.micros(),
    }
}

fn format_of(table: &'static str, id: &str, name: &str) -> Result<Format, StoreError> {
    Format::named(name).ok_or_else(|| StoreError::inconsistent(table, id, "unknown format"))
}

impl TryFrom<report::Model> for SavedReport {
    type Error = StoreError;

    fn try_from(row: report::Model) -> Result<Self, StoreError> {
        let columns = serde_json::from_str(&row.columns)
            .map_err(|error| StoreError::inconsistent("report", &row.id, error))?;
        let schedule = match (row.cron, row.zone, row.recipient) {
            (Some(cron), Some(zone), Some(recipient)) => Some(Schedule {
                cron,
                zone,
                recipient,
            }),
            (None, None, None) => None,
            _ => return Err(StoreError::inconsistent("report", &row.id, "half a schedule")),
        };
        Ok(Self {
            format: format_of("report", &row.id, &row.format)?,
            id: row.id,
            name: row.name,
            owner: PersonId::new(row.owner_id),
            is_shared: row.shared,
            query: row.query,
            columns,
            schedule,
            is_paused: row.paused,
            due_at: row.due_at.map(Timestamp::from_micros),
            version: row.version,
            changed_at: Timestamp::from_micros(row.changed_at),
        })
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
