//! What each kind promises and what not, in words: the README's table.

use super::kind::{self, Kind};

/// The promises of one way to set up a kind.
#[derive(Clone, Copy, Debug)]
pub struct Promises {
    /// What they are promises of: `PostgreSQL, account = "personal"`.
    pub of: &'static str,
    /// When an early revoke takes effect.
    pub early_revoke: &'static str,
    /// What becomes of open sessions at the end.
    pub open_sessions: &'static str,
    /// Whether the end is read back before it is reported.
    pub read_back: &'static str,
    /// What ends by itself while no bot runs.
    pub bot_dead: &'static str,
    /// What is left, and who removes it.
    pub afterwards: &'static str,
}

/// A row's heading, and what each kind says to it.
type Row = (&'static str, fn(&Promises) -> &'static str);

const ROWS: [Row; 5] = [
    ("An early revoke works", |it| it.early_revoke),
    ("Open sessions at the end", |it| it.open_sessions),
    (
        "The end is read back from the target before it is reported",
        |it| it.read_back,
    ),
    ("With the bot dead", |it| it.bot_dead),
    ("Afterwards", |it| it.afterwards),
];

/// The table of all kinds that documents tell of, as Markdown.
pub fn table() -> String {
    let all: Vec<&Promises> = kind::documented().flat_map(Kind::promises).collect();
    let line = |first: &str, cells: Vec<&str>| format!("| {first} | {} |", cells.join(" | "));
    let headings = format!(
        "| | {} |",
        all.iter().map(|it| it.of).collect::<Vec<_>>().join(" | ")
    );
    let rule = format!("|---{}|", "|---".repeat(all.len()));
    let rows = ROWS.map(|(heading, says)| line(heading, all.iter().map(|it| says(it)).collect()));
    [headings, rule]
        .into_iter()
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}
