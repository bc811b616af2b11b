//! Saved reports.
//!
//! Invariant: a report that is not shared is its owner's alone; a shared one is seen by those who read everything.

use std::fmt;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

use crate::access::ids::PersonId;
use crate::access::reader::Reader;
use crate::access::time::Timestamp;
use crate::audit::exported::Format;

use super::entities::report;
use super::error::StoreError;
use super::{Store, Tx};

/// A list of requests that somebody keeps under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedReport {
    pub id: String,
    /// No two of an owner have the same, unless they turned out to be one person.
    pub name: String,
    pub owner: PersonId,
    /// Whether everybody who reads everything may run it.
    pub is_shared: bool,
    /// The filter as the address of *Activity* has it, as it was typed.
    pub query: String,
    /// The same with the ids and names that the bot knows; times that move with the present stay as they were written.
    pub meant: String,
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
    /// Stores a new report.
    pub async fn insert_report(&mut self, new: &SavedReport) -> Result<(), StoreError> {
        report::Entity::insert(row_of(new).into_active_model())
            .exec_without_returning(self.db())
            .await?;
        Ok(())
    }

    /// All reports of this person. Nobody else saves one for them until the change ends.
    pub async fn hold_reports_of(&mut self, owner: &PersonId) -> Result<Vec<SavedReport>, StoreError> {
        self.hold_people(&[owner]).await?;
        let rows = report::Entity::find()
            .filter(report::Column::OwnerId.eq(owner.as_str()))
            .all(self.db())
            .await?;
        rows.into_iter().map(SavedReport::try_from).collect()
    }

    /// Writes a changed report, whose version is the next one; a conflict if somebody else changed it meanwhile.
    pub async fn update_report(&mut self, changed: &SavedReport) -> Result<(), StoreError> {
        let row = row_of(changed);
        let done = report::Entity::update_many()
            .set(report::ActiveModel {
                name: Set(row.name),
                shared: Set(row.shared),
                query: Set(row.query),
                meant: Set(row.meant),
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
            .col_expr(report::Column::FailedAt, Expr::value(None::<i64>))
            .filter(report::Column::Id.eq(id))
            .exec(self.db())
            .await?;
        Ok(())
    }

    /// Notes that the run that is due failed. Returns when it failed first.
    pub async fn report_failed(&mut self, id: &str, now: Timestamp) -> Result<Timestamp, StoreError> {
        report::Entity::update_many()
            .col_expr(report::Column::FailedAt, Expr::value(now.micros()))
            .filter(report::Column::Id.eq(id))
            .filter(report::Column::FailedAt.is_null())
            .exec(self.db())
            .await?;
        let row = report::Entity::find_by_id(id).one(self.db()).await?;
        let first = row.and_then(|row| row.failed_at);
        Ok(first.map_or(now, Timestamp::from_micros))
    }

    /// A conflict if it is no longer in this version.
    pub async fn delete_report(&mut self, id: &str, version: i64) -> Result<(), StoreError> {
        let done = report::Entity::delete_by_id(id)
            .filter(report::Column::Version.eq(version))
            .exec(self.db())
            .await?;
        match done.rows_affected {
            1 => Ok(()),
            _ => Err(StoreError::Conflict),
        }
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
        meant: Some(saved.meant.clone()),
        format: saved.format.name().to_owned(),
        columns: serde_json::to_string(&saved.columns).expect("texts are JSON"),
        cron,
        zone,
        recipient,
        paused: saved.is_paused,
        due_at: saved.due_at.map(Timestamp::micros),
        failed_at: None,
        version: saved.version,
        created_at: saved.changed_at.micros(),
        changed_at: saved.changed_at.micros(),
    }
}

pub(super) fn format_of(table: &'static str, id: &str, name: &str) -> Result<Format, StoreError> {
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
            meant: row.meant.unwrap_or_else(|| row.query.clone()),
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
