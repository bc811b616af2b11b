//! What people read about reports: which there are, and that one ran by itself.

use crate::store::SavedReport;
use crate::telling::phrase::phrase;
use crate::usecases::reports::BuiltIn;

use super::kit::{Post, PostBuilder};
use super::text::escape;

/// With the file, or with a link to the report if Slack does not get the file.
pub fn delivered(report: &SavedReport, rows: u64, is_too_large: bool, origin: Option<&str>) -> Post {
    let rows = match rows {
        1 => "1 request".to_owned(),
        rows => format!("{rows} requests"),
    };
    let name = report.name.as_str();
    let where_it_is = match (is_too_large, origin) {
        (false, _) => "The file is in the thread.".to_owned(),
        (true, Some(origin)) => {
            format!(
                "The file is too large for Slack; run it at {origin}/reports/{}.",
                report.id
            )
        }
        (true, None) => "The file is too large for Slack; `apono report run` writes it.".to_owned(),
    };
    PostBuilder::default()
        .line(phrase!(
            "📑 Report “{}”: {}, as {}. {}",
            name,
            rows,
            report.format.word(),
            where_it_is
        ))
        .build()
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
