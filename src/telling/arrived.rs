//! What comes with a report that arrives.

use std::collections::BTreeMap;

use super::phrase::{Phrase, phrase};
use crate::access::time::Timestamp;
use crate::audit::exported::Format;
use crate::audit::report::NoFile;

/// So many days have a bar, the newest ones.
const DAYS: usize = 14;

/// The longest bar, in characters.
const WIDTH: u64 = 24;

/// What the report brings: `Report “Daily”: 12 requests, as CSV.`
pub fn headline(name: &str, rows: u64, format: Format) -> Phrase {
    let rows = match rows {
        1 => "1 request".to_owned(),
        rows => format!("{rows} requests"),
    };
    phrase!("Report “{}”: {}, as {}.", name, rows, format.word())
}

/// Why there is no file, and where its rows are: `page` is that of the report, if there is one.
pub fn without_file(why: NoFile, page: Option<&str>) -> String {
    match (why, page) {
        (NoFile::Empty, _) => "There is no file.".to_owned(),
        (NoFile::TooLarge, Some(page)) => format!("The file is too large to send; run it at {page}."),
        (NoFile::TooLarge, None) => "The file is too large to send; `apono report run` writes it.".to_owned(),
    }
}

/// A bar for each day on which something was requested: `2026-11-24 ▇▇▇▇▇▇ 12`.
pub fn bars(by_day: &BTreeMap<Timestamp, u64>) -> Vec<String> {
    let newest = by_day.iter().skip(by_day.len().saturating_sub(DAYS));
    let most = newest.clone().map(|(_, count)| *count).max().unwrap_or(1);
    let bar = |count: u64| "▇".repeat(usize::try_from((count * WIDTH).div_ceil(most)).unwrap_or(0));
    newest
        .map(|(day, count)| {
            let day: String = day.to_rfc3339().chars().take(10).collect();
            format!("{day} {} {count}", bar(*count))
        })
        .collect()
}
