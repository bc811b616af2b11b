//! Somebody took a part of the history with them.

use serde::{Deserialize, Serialize};

use crate::access::named::named;
use crate::access::time::Timestamp;

/// What left: recorded before the first row is read, so an export that breaks off is in the trail too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exported {
    pub rows: Rows,
    pub format: Format,
    /// Rows from this time on; `None` from the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Rows before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The saved or built-in report whose file it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// The filter as the address of a page has it; empty if there was none.
    pub filter: String,
}

named! {
    /// What the rows are.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Rows {
        Events = "events",
        Requests = "requests",
    }
}

named! {
    /// How they are written.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Format {
        Csv = "csv",
        /// One JSON object a line.
        Jsonl = "jsonl",
        /// A page by itself, to read and to print.
        Html = "html",
        Pdf = "pdf",
    }
}

impl Format {
    /// What people call it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Jsonl => "JSON Lines",
            Self::Html => "HTML",
            Self::Pdf => "PDF",
        }
    }

    /// The media type of its files.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Jsonl => "application/jsonl; charset=utf-8",
            Self::Html => "text/html; charset=utf-8",
            Self::Pdf => "application/pdf",
        }
    }
}
