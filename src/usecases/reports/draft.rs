//! A report as somebody wrote it, and what is wrong with that.

use crate::access::address::{self, AddressError};
use crate::access::clean::clean;
use crate::access::people::Person;
use crate::access::recipient::Recipient;
use crate::access::schedule::{self, ScheduleError};
use crate::access::time::Timestamp;
use crate::audit::exported::Format;
use crate::store::{Schedule, StoreError};

use super::super::export::Column;
use super::super::{Core, UseCaseError};
use super::BuiltIn;

/// Longest name, in characters.
const LONGEST_NAME: usize = 80;

/// Longest filter, in bytes of its address: so much says everything that a person types.
pub const LONGEST_QUERY: usize = 2_000;

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
    /// The filter as an address, as it was typed.
    pub query: String,
    /// The same with ids and names as the bot knows them.
    pub meant: String,
    pub format: String,
    /// Names of columns, in the order of the file.
    pub columns: Vec<String>,
    /// Empty if it does not run by itself.
    pub cron: String,
    pub zone: String,
    /// The channel or person that it goes to; empty for its owner.
    pub recipient: String,
}

/// A report that can be saved.
#[derive(Clone, Debug)]
pub struct Drafted {
    pub(super) name: String,
    pub(super) is_shared: bool,
    pub(super) query: String,
    pub(super) meant: String,
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
        "\"{0}\" is neither a channel nor a person. Write an ID, such as C0123456789 or U0123456789, or an e-mail address, or leave it empty: then its owner gets it."
    )]
    Recipient(String),
    #[error("{}", not_by_mail(.0))]
    Address(String),
    #[error(
        "Only admins and auditors share reports, and send them to others: a report about your own requests is for you alone."
    )]
    OwnOnly,
    #[error("One person has at most {MOST_REPORTS} reports. Delete one first.")]
    TooMany,
    #[error(
        "At most {MOST_SCHEDULED} reports of one person run by themselves. Take the schedule off one first."
    )]
    TooManyScheduled,
    #[error("Somebody changed this report meanwhile. Saving it again replaces what they wrote.")]
    Changed,
    #[error(transparent)]
    UseCase(#[from] UseCaseError),
}

/// How many reports one person has at most.
pub(super) const MOST_REPORTS: usize = 100;

/// How many of them run by themselves at most.
pub(super) const MOST_SCHEDULED: usize = 20;

fn not_by_mail(domains: &str) -> String {
    match domains {
        "" => "This bot sends no e-mail. Write a channel or a person.".to_owned(),
        domains => format!("Reports go by e-mail to these domains alone: {domains}."),
    }
}

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
        let is_built_in = |report: BuiltIn| name.eq_ignore_ascii_case(report.name());
        if BuiltIn::ALL.into_iter().any(is_built_in) {
            return Err(ReportError::Taken(name));
        }
        if self.query.len() > LONGEST_QUERY || self.meant.len() > LONGEST_QUERY {
            return Err(ReportError::LongFilter);
        }
        if address::read(&self.meant, now)?.filter.is_backwards() {
            return Err(ReportError::Backwards);
        }
        let policy = core.policy();
        let reads_all = policy.is_admin(by) || policy.is_auditor(by);
        let to = self.recipient.trim().to_lowercase();
        let is_own = to.is_empty() || by.email.as_ref() == Some(&to);
        if !reads_all && (self.is_shared || !is_own) {
            return Err(ReportError::OwnOnly);
        }
        Ok(Drafted {
            name,
            is_shared: self.is_shared,
            query: self.query.clone(),
            meant: self.meant.clone(),
            format: Format::named(&self.format).ok_or_else(|| ReportError::Format(self.format.clone()))?,
            columns: self.checked_columns()?,
            schedule: self.checked_schedule(core, owner)?,
        })
    }

    /// Each once.
    fn checked_columns(&self) -> Result<Vec<String>, ReportError> {
        let mut chosen: Vec<String> = Vec::new();
        for name in &self.columns {
            if Column::named(name).is_none() {
                return Err(ReportError::Column(clean(name)));
            }
            if !chosen.contains(name) {
                chosen.push(name.clone());
            }
        }
        if chosen.is_empty() {
            return Err(ReportError::NoColumn);
        }
        Ok(chosen)
    }

    fn checked_schedule(&self, core: &Core, owner: &str) -> Result<Option<Schedule>, ReportError> {
        if self.cron.trim().is_empty() {
            return Ok(None);
        }
        let parsed = schedule::Schedule::parse(&self.cron, self.zone.trim())?;
        let written = self.recipient.trim();
        let recipient = match Recipient::of(written) {
            _ if written.is_empty() => owner.to_owned(),
            Some(Recipient::Channel(id) | Recipient::Person(id)) => id.to_owned(),
            Some(Recipient::Address(address)) => {
                let rules = core.rules();
                if !rules.may_get_mail(address) {
                    return Err(ReportError::Address(rules.email_domains.join(", ")));
                }
                // As the directory has it.
                address.to_lowercase()
            }
            None => return Err(ReportError::Recipient(clean(written))),
        };
        Ok(Some(Schedule {
            cron: parsed.cron().to_owned(),
            zone: parsed.zone().to_owned(),
            recipient,
        }))
    }
}
