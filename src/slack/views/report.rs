//! What people read about reports: which there are, and that one ran by itself.

use crate::audit::report::NoFile;
use crate::store::SavedReport;
use crate::telling::arrived;
use crate::telling::phrase::phrase;
use crate::usecases::reports::{BuiltIn, Running};

use super::kit::{Post, PostBuilder};
use super::text::escape;

/// Above the file, or instead of it.
pub fn delivered(
    report: &SavedReport,
    running: &Running,
    no_file: Option<NoFile>,
    origin: Option<&str>,
) -> Post {
    let page = origin.map(|origin| format!("{origin}/reports/{}", report.id));
    let file = match no_file {
        None => "The file comes in the thread.".to_owned(),
        Some(why) => arrived::without_file(why, page.as_deref()),
    };
    let headline = arrived::headline(&report.name, running.rows(), report.format);
    PostBuilder::default()
        .line(phrase!("📑 {} {}", headline, file))
        .list(&arrived::bars(running.by_day()))
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
