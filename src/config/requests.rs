//! `[requests]`: how short access may be, how long a request may wait at each step, and which links justifications may have.

use std::time::Duration;

use super::keys;
use crate::document::{Document, Section, Value};

const MIN_DURATION: Duration = Duration::from_mins(1);
const PROVISION_FOR: Duration = Duration::from_mins(15);
const PENDING_FOR: Duration = Duration::from_hours(24);

/// What holds for every request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestsConfig {
    /// The shortest access that can be requested.
    pub min_duration: Duration,
    /// How long the bot tries the target after the approval before it undoes everything and the request fails.
    pub provision_for: Duration,
    /// How long a request waits for its approvers before it lapses.
    pub pending_for: Duration,
    /// Hosts that justifications may link to, in lower case, each with its port if that is not the usual one.
    pub link_hosts: Vec<String>,
}

/// The defaults, for when the section is missing or wrong.
impl Default for RequestsConfig {
    fn default() -> Self {
        Self {
            min_duration: MIN_DURATION,
            provision_for: PROVISION_FOR,
            pending_for: PENDING_FOR,
            link_hosts: Vec::new(),
        }
    }
}

pub(super) fn read(root: &Section<'_>) -> RequestsConfig {
    let Some(section) = root.section("requests", "[requests]", keys::REQUESTS) else {
        return RequestsConfig::default();
    };
    RequestsConfig {
        min_duration: section.or("min_duration", MIN_DURATION, |v| section.doc.duration(v)),
        provision_for: section.or("provision_for", PROVISION_FOR, |v| section.doc.duration(v)),
        pending_for: section.or("pending_for", PENDING_FOR, |v| section.doc.duration(v)),
        link_hosts: section.or("link_hosts", Vec::new(), |v| {
            section.doc.list(v, |item| section.doc.link_host(item))
        }),
    }
}

impl<'a> Document<'a> {
    /// `tickets.example.com`, or `tickets.example.com:8443`.
    fn link_host(&self, value: &'a Value<'a>) -> Option<String> {
        let text = self.text(value)?;
        let (name, port) = text.split_once(':').unwrap_or((text, "443"));
        let is_label =
            |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !name.split('.').all(is_label) || port.parse::<u16>().is_err() {
            self.problem(
                value.span(),
                "Write a host's name alone, such as \"tickets.example.com\", with a port if it has one: \"tickets.example.com:8443\".",
            );
            return None;
        }
        Some(text.to_ascii_lowercase())
    }
}
