//! In which words an event is written where a sink takes any JSON.

use serde_json::Value;

use super::{Most, Record, columns, ocsf};
use crate::access::named::named;
use crate::document::{Document, Section, Value as Written, suggestion};

named! {
    /// What one event looks like.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub(super) enum Format {
        /// As `apono audit export` writes it, with the sentence and people's own words.
        #[default]
        Apono = "apono",
        /// As the Open Cybersecurity Schema Framework has it.
        Ocsf = "ocsf",
    }
}

impl Format {
    /// One JSON object on one line.
    pub(super) fn text(self, record: &Record) -> String {
        match self {
            Self::Apono => record.json(),
            Self::Ocsf => ocsf::event(record).to_string(),
        }
    }

    /// For a product that gives each field one type forever: the columns of the event, or the other format, which has types.
    pub(super) fn row(self, record: &Record) -> Value {
        match self {
            Self::Apono => Value::Object(columns::of(record)),
            Self::Ocsf => ocsf::event(record),
        }
    }

    /// What is taken at a time, if `most` is for [`Self::Apono`]: the other format says most things twice.
    pub(super) const fn most(self, most: Most) -> Most {
        match self {
            Self::Apono => most,
            Self::Ocsf => Most {
                bytes: most.bytes / 4,
                ..most
            },
        }
    }
}

/// Reads `format`.
pub(super) fn read(section: &Section<'_>) -> Format {
    section.or("format", Format::default(), |v| section.doc.format(v))
}

impl<'a> Document<'a> {
    fn format(&self, value: &'a Written<'a>) -> Option<Format> {
        let name = self.text(value)?;
        let found = Format::named(name);
        if found.is_none() {
            let known = Format::ALL.map(Format::name).into_iter();
            let problem = format!("There is no format {name:?}{}", suggestion(name, known));
            self.problem(value.span(), problem);
        }
        found
    }
}
