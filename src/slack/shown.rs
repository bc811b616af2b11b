//! What the audit channel shows of a trail, read from outside the bot: nothing is posted or stored.

use super::channel::unfit;
use super::check::{WantedChannel, look};
use super::web::{HistoryMessage, HistoryQuery, Installation, WebApi, WebError};
use super::witness::said;
use crate::store::Ahead;

/// Why the channel cannot be compared; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    #[error(
        "the audit channel {0} cannot be found: create it, or type `/invite @apono` there if it is private"
    )]
    NoChannel(String),
    #[error("the audit channel {channel} {problem}: {fix}")]
    Unfit {
        channel: String,
        problem: &'static str,
        fix: &'static str,
    },
    #[error(
        "the audit channel cannot be read back ({0}): give the app the scopes of `apono manifest`, among them channels:history and groups:history, and install it again"
    )]
    Refused(WebError),
    #[error(transparent)]
    Slack(WebError),
}

impl From<WebError> for Unread {
    fn from(error: WebError) -> Self {
        match error {
            WebError::Api { .. } | WebError::Refused(_) => Self::Refused(error),
            WebError::RateLimited { .. } | WebError::Ambiguous { .. } | WebError::Unreachable { .. } => {
                Self::Slack(error)
            }
        }
    }
}

/// What the channel shows of one install's trail.
pub struct Shown<'a> {
    web: &'a WebApi,
    channel: String,
    ours: Installation,
    install: &'a str,
    messages: Vec<HistoryMessage>,
}

impl<'a> Shown<'a> {
    /// Reads the channel, without the replies in threads.
    pub async fn read(web: &'a WebApi, wanted: &WantedChannel<'_>, install: &'a str) -> Result<Self, Unread> {
        let info = look(web, wanted).await?;
        let info = info.ok_or_else(|| Unread::NoChannel(wanted.wanted.to_owned()))?;
        if let Some((problem, fix)) = unfit(&info) {
            let channel = wanted.wanted.to_owned();
            return Err(Unread::Unfit {
                channel,
                problem,
                fix,
            });
        }
        let ours = web.auth_test().await?;
        let mut shown = Self {
            web,
            channel: info.id,
            ours,
            install,
            messages: Vec::new(),
        };
        shown.messages = web.history(shown.whole(), |_| false).await?;
        Ok(shown)
    }

    const fn whole(&self) -> HistoryQuery<'_> {
        HistoryQuery {
            channel: self.channel.as_str(),
            oldest: None,
        }
    }

    /// Reads the replies in threads that go on after the message `ts`: each message commits to all events before it, so older
    /// replies say nothing more.
    pub async fn read_threads_after(&mut self, ts: &str) -> Result<(), Unread> {
        let goes_on = |message: &&HistoryMessage| {
            let latest = message.latest_reply.as_deref();
            message.is_by(&self.ours) && latest.is_some_and(|reply| reply > ts)
        };
        let threads = self.messages.iter().filter(goes_on);
        let threads: Vec<String> = threads.map(|message| message.ts.clone()).collect();
        for thread in threads {
            let replies = self.web.replies(&thread, self.whole(), |_| false).await?;
            self.messages.extend(replies);
        }
        Ok(())
    }

    /// Every place in the trail that a message names, in the order of the trail.
    pub fn places(&self) -> Vec<Ahead> {
        let ours = self.messages.iter().filter(|message| message.is_by(&self.ours));
        let mut places: Vec<Ahead> = ours.filter_map(|message| said(message, self.install)).collect();
        places.sort_by(|a, b| (a.seq, &a.ts).cmp(&(b.seq, &b.ts)));
        places.dedup_by(|a, b| a.ts == b.ts);
        places
    }
}
