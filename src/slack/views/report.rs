//! What people read about reports: which there are, and that one ran by itself.

use std::collections::BTreeMap;

use crate::access::time::Timestamp;
use crate::audit::report::NoFile;
use crate::store::SavedReport;
use crate::telling::phrase::phrase;
use crate::usecases::reports::{BuiltIn, Running};

use super::kit::{Post, PostBuilder};
use super::text::escape;

/// Above the file, or with a link to the report if Slack does not get the file.
pub fn delivered(
    report: &SavedReport,
    running: &Running,
    no_file: Option<NoFile>,
    origin: Option<&str>,
) -> Post {
    let rows = match running.rows() {
        1 => "1 request".to_owned(),
        rows => format!("{rows} requests"),
    };
    let name = report.name.as_str();
    let where_it_is = match (no_file, origin) {
        (None, _) => "The file comes in the thread.".to_owned(),
        (Some(NoFile::Empty), _) => "There is no file.".to_owned(),
        (Some(NoFile::TooLarge), Some(origin)) => {
            format!(
                "The file is too large for Slack; run it at {origin}/reports/{}.",
                report.id
            )
        }
        (Some(NoFile::TooLarge), None) => {
            "The file is too large for Slack; `apono report run` writes it.".to_owned()
        }
    };
    PostBuilder::default()
        .line(phrase!(
            "📑 Report “{}”: {}, as {}. {}",
            name,
            rows,
            report.format.word(),
            where_it_is
        ))
        .list(&bars(running.by_day()))
        .build()
}

/// So many days have a bar, the newest ones.
const DAYS: usize = 14;

/// The longest bar, in characters.
const WIDTH: u64 = 24;

/// A bar for each day on which something was requested: `2026-11-24 ▇▇▇▇▇▇ 12`.
fn bars(by_day: &BTreeMap<Timestamp, u64>) -> Vec<String> {
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

/// So many saved reports have a line; the portal lists all of them.
const LINES: usize = 20;

/// Those that somebody may run, each with its address in the portal.
pub fn listed(origin: &str, saved: &[SavedReport]) -> String {
    let line = |id: &str, name: &str| format!("• <{origin}/reports/{id}|{}>", escape(name));
    let mut lines = Vec::new();
    if !saved.is_empty() {
        lines.push("*Saved reports*".to_owned());
        lines.extend(
            saved
                .iter()
                .take(LINES)
                .map(|report| line(&report.id, &report.name)),
        );
    }
    if saved.len() > LINES {
        lines.push(format!("and {} more", saved.len() - LINES));
    }
    lines.push("*Built in*".to_owned());
    lines.extend(BuiltIn::ALL.map(|report| line(report.name(), report.title())));
    lines.push(format!(
        "They run in the portal: <{origin}/reports|all reports>. `/apono portal` signs you in."
    ));
    lines.join("\n")
}
