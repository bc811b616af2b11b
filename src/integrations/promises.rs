//! What each kind promises and what it does not, in words: the tables of the README and of docs/guarantees.md.

use super::kind::{self, Kind};

/// One promise, for both pages. The brief one never says more than the full one.
#[derive(Clone, Copy, Debug)]
pub struct Promise {
    /// A few words, for the README.
    pub brief: &'static str,
    /// With every limit, for docs/guarantees.md.
    pub full: &'static str,
}

/// The promises of one way to set up a kind.
#[derive(Clone, Copy, Debug)]
pub struct Promises {
    /// What they are promises of: `PostgreSQL, account = "personal"`.
    pub of: &'static str,
    /// When an early revoke takes effect.
    pub early_revoke: Promise,
    /// What happens to open sessions at the end.
    pub open_sessions: Promise,
    /// Whether the end is read back before it is reported.
    pub read_back: Promise,
    /// What ends without the bot.
    pub bot_dead: Promise,
    /// What is left, and who removes it.
    pub afterwards: Promise,
}

/// A row's heading, and what each kind says to it.
type Row = (&'static str, fn(&Promises) -> Promise);

const ROWS: [Row; 5] = [
    ("An early revoke takes effect", |it| it.early_revoke),
    ("Open sessions at the end", |it| it.open_sessions),
    (
        "The end is read back from the target before it is reported",
        |it| it.read_back,
    ),
    ("If the bot is dead", |it| it.bot_dead),
    ("Afterwards", |it| it.afterwards),
];

/// The README's table, as Markdown: all kinds that the documents describe, in brief.
pub fn brief_table() -> String {
    table_of(|promise| promise.brief)
}

/// The table of docs/guarantees.md, as Markdown: the same with every limit.
pub fn table() -> String {
    table_of(|promise| promise.full)
}

fn table_of(words: fn(Promise) -> &'static str) -> String {
    let all: Vec<&Promises> = kind::documented().flat_map(Kind::promises).collect();
    let line = |first: &str, cells: Vec<&str>| format!("| {first} | {} |", cells.join(" | "));
    let headings = format!(
        "| | {} |",
        all.iter().map(|it| it.of).collect::<Vec<_>>().join(" | ")
    );
    let rule = format!("|---{}|", "|---".repeat(all.len()));
    let rows = ROWS.map(|(heading, says)| line(heading, all.iter().map(|it| words(says(it))).collect()));
    [headings, rule]
        .into_iter()
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}
