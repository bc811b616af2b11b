//! The note that Slack posts if the bot does not postpone it in time.

use crate::access::ids::{InstallId, RequestNumber};
use crate::access::time::Timestamp;

use super::answers::said;
use super::text::{clean, escape};
use crate::telling::phrase::phrase;
use crate::telling::wording::some_of;

/// Why the bot is no longer heard from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    Silent,
    /// It was told to stop while access was live.
    Stopped,
}

/// What was live when it was last heard from.
pub struct LastHeard<'a> {
    pub at: Timestamp,
    /// The first of them.
    pub live: &'a [RequestNumber],
    pub count: u64,
    /// Where it is live, by name.
    pub integrations: &'a [String],
}

/// Marks our notes, so they can be found again: notes of another install are not ours to delete.
pub fn mark(install: &InstallId) -> String {
    format!("(install {install})")
}

/// The note's text. Slack does not post scheduled messages with metadata, and this one has to make sense on its own.
pub fn note(why: Why, last: &LastHeard<'_>, install: &InstallId, mentioned: &[String]) -> String {
    let since = match why {
        Why::Silent => phrase!("has been silent since {}", last.at),
        Why::Stopped => phrase!("was stopped at {} and is not back", last.at),
    };
    let since = said(since);
    let mentions: Vec<String> = mentioned.iter().map(|user| format!(" <@{user}>")).collect();
    format!(
        "🔇 *SILENT* apono {since}. {} {}{}",
        what_was_live(last),
        mark(install),
        mentions.concat()
    )
}

fn what_was_live(last: &LastHeard<'_>) -> String {
    if last.count == 0 {
        return "No access was live then.".to_owned();
    }
    let named: Vec<String> = last.live.iter().map(ToString::to_string).collect();
    let more = last
        .count
        .saturating_sub(u64::try_from(named.len()).unwrap_or(u64::MAX));
    let rest = if more > 0 {
        format!(", +{more} more")
    } else {
        String::new()
    };
    let integrations = escape(&clean(&some_of(last.integrations)));
    format!(
        "Live at that time: {}{rest}, on {integrations}. Start apono again, or run `apono reap --integration NAME` for each integration.",
        named.join(", ")
    )
}
