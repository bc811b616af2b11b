//! An event as a message of RFC 5424.

use std::fs;
use std::process;

use crate::sinks::Record;
use crate::sinks::severity::Severity;

/// Log audit.
const FACILITY: u8 = 13;

const WARNING: u8 = 4;
const NOTICE: u8 = 5;

/// The largest `sequenceId`; the next one is 1 again.
const LAST_SEQUENCE: u64 = 2_147_483_647;

/// Longer names are cut.
const LONGEST_HOST: usize = 255;

/// Who writes the messages.
pub(super) struct Sender {
    host: String,
    process: u32,
}

impl Sender {
    /// This process on this machine.
    pub(super) fn new() -> Self {
        let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host: String = name
            .chars()
            .filter(char::is_ascii_graphic)
            .take(LONGEST_HOST)
            .collect();
        Self {
            host: if host.is_empty() { "-".to_owned() } else { host },
            process: process::id(),
        }
    }

    /// One event. The text is JSON in UTF-8 without a byte order mark, which would keep receivers from reading it as JSON.
    pub(super) fn message(&self, record: &Record) -> String {
        let kind = record.event.what.name();
        let severity = match Severity::of(&record.event.what) {
            Severity::Informational => NOTICE,
            Severity::Low | Severity::Medium | Severity::High | Severity::Critical => WARNING,
        };
        format!(
            "<{priority}>1 {at} {host} apono {process} {kind} [meta sequenceId=\"{sequence}\"][origin software=\"apono\" swVersion=\"{version}\"] {json}",
            priority = FACILITY * 8 + severity,
            at = record.event.at.to_rfc3339(),
            host = self.host,
            process = self.process,
            sequence = (record.seq - 1) % LAST_SEQUENCE + 1,
            version = env!("CARGO_PKG_VERSION"),
            json = record.json(),
        )
    }
}
