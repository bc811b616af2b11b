//! The audit channel: a cursor over the trail. Every event is posted once, in order, alone or in the digest of a run, by the
//! one process that holds the lease; a post with an unknown outcome is looked for by its metadata before it is posted again.
//! Only reads of others' data get no post: the cursor passes over them, and the daily line sums them up.
//!
//! While the poster has nothing to do, the next event's post is begun by the commit of the event (`store/next_post.rs`).

mod desk;
mod post;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::store::{BegunPost, StoreError, WaitingPosts};
use crate::usecases::Core;

use super::channel::{Channel, ChannelError};
use super::handlers::Bot;
use super::lookup::{JUST_NOW, SETTLE};
use super::views::audit_post::digest;
use super::web::WebError;
use super::witness::Witness;

use desk::Desk;

/// Events read from the trail at once: as many as one message can cover.
const PAGE: u64 = digest::MOST as u64;

/// Posts the trail.
pub struct AuditChannel {
    channel: Arc<Channel>,
    witness: Witness,
    desk: Mutex<Desk>,
}

/// Why posting stopped; the queue stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    #[error("{0}")]
    Channel(String),
    /// It was tried a moment ago, and Slack may still be storing it.
    #[error("a post got no answer and will be looked for in {} s", .0.as_secs_f64().ceil())]
    Unsettled(Duration),
    #[error(transparent)]
    Slack(#[from] WebError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ChannelError> for Stopped {
    fn from(error: ChannelError) -> Self {
        match error {
            ChannelError::Unfit(sentence) => Self::Channel(sentence),
            ChannelError::Slack(error) => Self::Slack(error),
            ChannelError::Store(error) => Self::Store(error),
        }
    }
}

impl Stopped {
    /// How long until another try is worthwhile.
    pub fn pause(&self) -> Duration {
        match self {
            Self::Slack(WebError::RateLimited { retry_after, .. }) => *retry_after,
            Self::Unsettled(settles_in) => *settles_in,
            Self::Slack(WebError::Ambiguous { .. }) => SETTLE,
            Self::Slack(WebError::Unreachable { .. }) | Self::Store(_) => Duration::from_secs(2),
            Self::Channel(_) | Self::Slack(WebError::Api { .. } | WebError::Refused(_)) => {
                Duration::from_secs(15)
            }
        }
    }
}

impl AuditChannel {
    pub fn new(channel: Arc<Channel>) -> Self {
        Self {
            channel,
            witness: Witness::default(),
            desk: Mutex::default(),
        }
    }

    /// Posts everything in the trail that is not yet in the channel, but begins no post after `stop`. Returns how many
    /// events.
    pub async fn tick(&self, bot: &Bot, stop: &CancellationToken) -> Result<u64, Stopped> {
        let mut desk = self.desk.lock().await;
        let posted = self.work_off(bot, &mut desk, stop).await;
        if posted.is_err() {
            // The outcome of a post is read and looked for again.
            *desk = Desk::default();
        }
        bot.core.store.expect_post(desk.next_post(&bot.core));
        posted
    }

    async fn work_off(&self, bot: &Bot, desk: &mut Desk, stop: &CancellationToken) -> Result<u64, Stopped> {
        let core = &bot.core;
        let mut posted = 0;
        let mut in_hand: Option<WaitingPosts> = None;
        loop {
            let cursor = desk.cursor(core).await?;
            let waiting = match in_hand.take() {
                Some(waiting) => Some(waiting),
                None => core.store.waiting_posts(cursor, PAGE).await?,
            };
            let last = match &waiting {
                Some(waiting) => waiting.head,
                None => core.store.head().await?.seq,
            };
            let hearing = self.witness.hear(bot, &self.channel, last);
            let Some(heard) = stop.run_until_cancelled(hearing).await else {
                return Ok(posted);
            };
            heard?;
            let Some(waiting) = waiting else {
                if last > cursor {
                    // An event came between the two looks.
                    continue;
                }
                desk.has_nothing_to_do(core, cursor, last);
                return Ok(posted);
            };
            let Some(channel) = stop.run_until_cancelled(self.channel.id(bot)).await else {
                return Ok(posted);
            };
            let channel = channel?;
            if !desk.hold(core).await? {
                return Ok(posted);
            }
            if !desk.sit_down(core, &channel).await? {
                continue;
            }
            if let Some(last) = waiting.unposted_until() {
                let (first, now) = (waiting.cursor + 1, core.now());
                core.store.pass_audit_posts(first, last, &channel, now).await?;
                desk.passes(last);
                continue;
            }
            let begun = self.begin(core, desk, &waiting, &channel).await?;
            let run = waiting.of(&begun);
            let ts = match post::post(bot, desk, &begun, run).await {
                Ok(Some(ts)) => ts,
                Ok(None) => return Ok(posted),
                Err(error) => {
                    if let Stopped::Slack(WebError::Api { .. }) = error {
                        // If the channel is the problem, this reports it at once.
                        self.channel.forget().await;
                        self.channel.id(bot).await?;
                    }
                    return Err(error);
                }
            };
            posted += begun.last + 1 - begun.first;
            in_hand = self.finish(core, desk, &begun, &ts, stop).await?;
            if in_hand.is_none() {
                // Whatever is committed from now on wakes the poster.
                desk.has_nothing_to_do(core, begun.last, begun.last);
                return Ok(posted);
            }
        }
    }

    /// The next post: once it was begun, what it covers is settled, however many events are waiting by now.
    async fn begin(
        &self,
        core: &Core,
        desk: &Desk,
        waiting: &WaitingPosts,
        channel: &str,
    ) -> Result<BegunPost, StoreError> {
        let now = core.now();
        let Some(begun) = waiting.begun.clone() else {
            let (first, last) = next_run(waiting);
            return core.store.begin_audit_posts(first, last, channel, now).await;
        };
        let begun = BegunPost {
            channel: channel.to_owned(),
            fresh: desk.was_not_tried(&begun),
            ..begun
        };
        if begun.fresh && now.since(begun.first_attempt_at) > JUST_NOW {
            return core.store.begin_audit_post_anew(&begun, now).await;
        }
        Ok(begun)
    }

    /// The post is there: moves the cursor on, and begins the next post with it. Returns what is waiting.
    async fn finish(
        &self,
        core: &Core,
        desk: &mut Desk,
        begun: &BegunPost,
        ts: &str,
        stop: &CancellationToken,
    ) -> Result<Option<WaitingPosts>, Stopped> {
        let store = &core.store;
        let waiting = store.waiting_posts(begun.last, PAGE).await?;
        let goes_on = !stop.is_cancelled() && desk.has_time(core);
        let next = waiting
            .as_ref()
            .filter(|waiting| goes_on && waiting.begun.is_none() && waiting.unposted_until().is_none())
            .map(next_run);
        let next = store.finish_audit_post(begun, ts, next, core.now()).await?;
        desk.passes(begun.last);
        Ok(waiting.map(|mut waiting| {
            waiting.begun = next.or(waiting.begun);
            waiting
        }))
    }

    /// Whether the channel has every event of the trail that it gets.
    pub async fn has_all(&self, core: &Core) -> bool {
        matches!(core.store.oldest_unposted().await, Ok(None))
    }

    /// The channel may have changed. If it cannot be posted to, the admins are told now.
    pub async fn look_again(&self, bot: &Bot) {
        self.channel.forget().await;
        self.look(bot).await;
    }

    /// Checks the state of the channel; if it cannot be posted to, the admins are told.
    pub async fn look(&self, bot: &Bot) {
        if let Err(error) = self.channel.id(bot).await {
            tracing::warn!(%error, "the audit channel cannot be posted to");
        }
    }
}

/// The first and the last event of the next message.
fn next_run(waiting: &WaitingPosts) -> (u64, u64) {
    let (cursor, events) = (waiting.cursor, waiting.unbegun());
    let next = digest::run_of(events, waiting.head.saturating_sub(cursor));
    (
        cursor + 1,
        cursor + u64::try_from(next.min(events.len())).unwrap_or(1),
    )
}
