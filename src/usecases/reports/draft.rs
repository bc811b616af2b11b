//! A report as somebody wrote it, and what is wrong with that.

use crate::access::address::{self, AddressError};
use crate::access::channel::is_id;
use crate::access::clean::clean;
use crate::access::people::Person;
use crate::access::schedule::{self, ScheduleError};
use crate::access::time::Timestamp;
use crate::audit::exported::Format;
use crate::store::{Schedule, StoreError};

use super::super::export::Column;
use super::super::{Core, UseCaseError};

/// Longest name, in characters.
const LONGEST_NAME: usize = 80;

/// Longest filter, in bytes of its address: so much says everything that a person types.
const LONGEST_QUERY: usize = 2_000;

/// Longest id of a channel, in characters.
const LONGEST_CHANNEL: usize = 21;

/// What a new report has: what most people look at, on a page's width.
pub const DEFAULT_COLUMNS: [Column; 12] = [
    Column::RequestId,
    Column::RequestDate,
    Column::RequestorName,
    Column::GranteeName,
    Column::Integration,
    Column::Resources,
    Column::Permissions,
    Column::Status,
    Column::ApproverNames,
    Column::RequestGrantDate,
    Column::RequestRevokeDate,
    Column::Used,
];

/// What somebody wrote into the form of a report.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub name: String,
    pub is_shared: bool,
    /// The filter as an address, with times as they were written.
    pub query: String,
    pub format: String,
    /// Names of columns, in any order.
    pub columns: Vec<String>,
    /// Empty if it does not run by itself.
    pub cron: String,
    pub zone: String,
    /// The channel that it goes to; empty for its owner.
    pub channel: String,
}

/// A report that can be saved.
#[derive(Clone, Debug)]
pub struct Drafted {
    pub(super) name: String,
    pub(super) is_shared: bool,
    pub(super) query: String,
    pub(super) format: Format,
    pub(super) columns: Vec<String>,
    pub(super) schedule: Option<Schedule>,
}

/// Why a report is not saved. Its message is shown to people.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("Give the report a name.")]
    NoName,
    #[error("A name has at most {LONGEST_NAME} characters.")]
    LongName,
    #[error("There is a report \"{0}\" already. Choose another name.")]
    Taken(String),
    #[error(transparent)]
    Filter(#[from] AddressError),
    #[error("The filter is too long. Leave something out.")]
    LongFilter,
    #[error("A range ends before it begins. Write the earlier time first.")]
    Backwards,
    #[error("There is no format \"{0}\". Use one of: {names}.", names = Format::ALL.map(Format::name).join(", "))]
    Format(String),
    #[error("Choose at least one column.")]
    NoColumn,
    #[error("There is no column \"{0}\".")]
    Column(String),
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    #[error(
        "\"{0}\" is not a channel. Write the ID of a channel, such as C0123456789, or leave it empty to get it yourself."
    )]
    Channel(String),
    #[error(
        "Only admins and auditors share reports, and send them to channels: a report about your own requests is for you alone."
    )]
    OwnOnly,
    #[error("You have {MOST_REPORTS} reports. Delete one first.")]
    TooMany,
    #[error("Somebody changed this report meanwhile. Look at it again.")]
    Changed,
    #[error(transparent)]
    UseCase(#[from] UseCaseError),
}

/// How many reports one person has at most.
pub(super) const MOST_REPORTS: usize = 100;

impl From<StoreError> for ReportError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Changed,
            error => Self::UseCase(error.into()),
        }
    }
}

impl Draft {
    /// Checks what `by` wrote. `owner` is the account in Slack of whom the report is.
    pub fn checked(
        &self,
        core: &Core,
        by: &Person,
        owner: &str,
        now: Timestamp,
    ) -> Result<Drafted, ReportError> {
        let name = clean(&self.name);
        match name.chars().count() {
            0 => return Err(ReportError::NoName),
            1..=LONGEST_NAME => {}
            _ => return Err(ReportError::LongName),
        }
        if self.query.len() > LONGEST_QUERY {
            return Err(ReportError::LongFilter);
        }
        if address::read(&self.query, now)?.filter.is_backwards() {
            return Err(ReportError::Backwards);
        }
        let policy = core.policy();
        let reads_all = policy.is_admin(by) || policy.is_auditor(by);
        if !reads_all && (self.is_shared || !self.channel.trim().is_empty()) {
            return Err(ReportError::OwnOnly);
        }
        Ok(Drafted {
            name,
            is_shared: self.is_shared,
            query: self.query.clone(),
            format: Format::named(&self.format).ok_or_else(|| ReportError::Format(self.format.clone()))?,
            columns: self.checked_columns()?,
            schedule: self.checked_schedule(owner)?,
        })
    }

    /// In the order of files, whatever order they were chosen in.
    fn checked_columns(&self) -> Result<Vec<String>, ReportError> {
        if let Some(unknown) = self.columns.iter().find(|name| Column::named(name).is_none()) {
            return Err(ReportError::Column(clean(unknown)));
        }
        let chosen = Column::ALL.map(Column::name).into_iter();
        let chosen = chosen.filter(|name| self.columns.iter().any(|other| other == name));
        let chosen: Vec<String> = chosen.map(str::to_owned).collect();
        if chosen.is_empty() {
            return Err(ReportError::NoColumn);
        }
        Ok(chosen)
    }

    fn checked_schedule(&self, owner: &str) -> Result<Option<Schedule>, ReportError> {
        if self.cron.trim().is_empty() {
            return Ok(None);
        }
        let parsed = schedule::Schedule::parse(&self.cron, self.zone.trim())?;
        let channel = self.channel.trim();
        let recipient = match channel {
            "" => owner.to_owned(),
            channel if is_id(channel) && channel.len() <= LONGEST_CHANNEL => channel.to_owned(),
            other => return Err(ReportError::Channel(clean(other))),
        };
        Ok(Some(Schedule {
            cron: parsed.cron().to_owned(),
            zone: parsed.zone().to_owned(),
            recipient,
        }))
    }
}
