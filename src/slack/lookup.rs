//! Looking for a post whose answer was lost, by its metadata, before it is posted again.
//!
//! Invariant: a post is repeated only if it was not found, or if Slack does not let us look for it: an exact duplicate is
//! better than a gap.

use std::time::Duration;

use serde_json::Value;

use crate::access::time::Timestamp;
use crate::lasting::Matter;

use super::handlers::Bot;
use super::web::{HistoryMessage, HistoryQuery, WebError};

/// How long to wait before looking for a post whose answer was lost: Slack may still be storing it.
pub(super) const SETTLE: Duration = Duration::from_secs(10);

/// A post committed as being sent is usually tried at once. If it was not, it is committed again before the call: the time
/// Slack may take to store it counts from then.
pub(super) const JUST_NOW: Duration = Duration::from_secs(2);

/// How far Slack's clock may differ from ours.
pub(super) const SKEW: Duration = Duration::from_hours(24);

const ALARM: Matter = Matter::History;

/// The timestamp that Slack would give a message at that moment.
pub(super) fn slack_ts(at: Timestamp) -> String {
    let micros = at.micros();
    format!(
        "{}.{:06}",
        micros.div_euclid(1_000_000),
        micros.rem_euclid(1_000_000)
    )
}

/// A post that was tried and whose outcome is unknown.
#[derive(Clone, Copy)]
pub(super) struct Tried<'a> {
    pub(super) channel: &'a str,
    /// The message whose thread it replies in.
    pub(super) thread: Option<&'a str>,
    /// The `ts` of the last message known to be before it.
    pub(super) after: Option<&'a str>,
    pub(super) metadata: &'a Value,
    pub(super) first_attempt_at: Timestamp,
}

impl Tried<'_> {
    /// How long until it is worth looking.
    pub(super) fn settles_in(&self, now: Timestamp) -> Duration {
        SETTLE.saturating_sub(now.since(self.first_attempt_at))
    }
}

/// Where our bot's post is; `None` if it has to be posted again. An error if the history has to be read again later.
pub(super) async fn look_for(bot: &Bot, tried: Tried<'_>) -> Result<Option<String>, WebError> {
    match history(bot, tried).await {
        Ok(found) => {
            bot.calm(&ALARM).await;
            Ok(found.map(|posted| posted.ts))
        }
        Err(error @ (WebError::Api { .. } | WebError::Refused(_))) => {
            let sentence = format!(
                "I cannot read back what I posted ({error}), so a message whose answer was lost may appear twice. Give me the missing scope or channel membership."
            );
            bot.raise(ALARM, &sentence).await;
            Ok(None)
        }
        Err(
            error
            @ (WebError::RateLimited { .. } | WebError::Ambiguous { .. } | WebError::Unreachable { .. }),
        ) => Err(error),
    }
}

async fn history(bot: &Bot, tried: Tried<'_>) -> Result<Option<HistoryMessage>, WebError> {
    let begun = slack_ts(tried.first_attempt_at.minus(SKEW));
    let query = HistoryQuery {
        channel: tried.channel,
        oldest: Some(tried.after.unwrap_or(&begun)),
    };
    let ours = bot.web.auth_test().await?;
    let payload = &tried.metadata["event_payload"];
    let is_it = |posted: &HistoryMessage| posted.is_by(&ours) && posted.metadata["event_payload"] == *payload;
    let found = |messages: &[HistoryMessage]| messages.iter().any(is_it);
    let messages = match tried.thread {
        Some(thread) => match bot.web.replies(thread, query, found).await {
            Err(error) if error.is_lost_thread() => bot.web.history(query, found).await?,
            replies => replies?,
        },
        None => bot.web.history(query, found).await?,
    };
    Ok(messages.into_iter().find(is_it))
}
