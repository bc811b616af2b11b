//! What became of saved reports.

use serde::{Deserialize, Serialize};

use super::exported::Format;
use crate::access::time::Timestamp;

/// A saved report changed, ran, or no longer runs by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Reporting {
    Saved {
        report: ReportFacts,
    },
    Changed {
        was: ReportFacts,
        now: ReportFacts,
    },
    Deleted {
        report: ReportFacts,
    },
    /// All of it left. That it begins to leave is an event of its own, before its first row.
    Ran {
        report: String,
        format: Format,
        rows: u64,
        bytes: u64,
        /// SHA-256 of all bytes, in lower-case hex digits.
        digest: String,
        /// The moment that it was due, if it ran by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        due: Option<Timestamp>,
        /// The channel or account in Slack that has it now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        /// Why they have no file.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        no_file: Option<NoFile>,
    },
    /// It no longer runs by itself, until somebody resumes it.
    Halted {
        report: String,
        why: WhyHalted,
    },
    /// A run that was due did not arrive, and is not tried again.
    NotDelivered {
        report: String,
        to: String,
        due: Timestamp,
        /// What went wrong last, in apono's words.
        why: String,
    },
}

/// A report as it is saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportFacts {
    pub name: String,
    pub shared: bool,
    /// The filter as the address of a page has it.
    pub filter: String,
    pub format: Format,
    pub columns: Vec<String>,
    /// When it runs by itself, as in `0 9 * * 1-5 Europe/Berlin`, and for whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    pub paused: bool,
}

/// Why a report no longer runs by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyHalted {
    /// Its owner is no longer one of ours, or is blocked.
    OwnerGone,
    /// Its owner no longer reads everything, and it goes to others.
    OwnerReadsLess,
    /// The person that it goes to is no longer a full member, or is blocked.
    RecipientGone,
    /// The config no longer lets reports go to its address.
    AddressNotAllowed,
    /// This version does not read its filter, or knows none of its columns.
    Unreadable,
}

/// Why a message about a run has no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoFile {
    /// It is larger than what is sent.
    TooLarge,
    /// It has no rows, and a file of this format would be empty.
    Empty,
}

impl Reporting {
    /// As stored beside the payload for queries.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Saved { .. } => "report_saved",
            Self::Changed { .. } => "report_changed",
            Self::Deleted { .. } => "report_deleted",
            Self::Ran { .. } => "report_ran",
            Self::Halted { .. } => "report_paused",
            Self::NotDelivered { .. } => "report_not_delivered",
        }
    }
}
