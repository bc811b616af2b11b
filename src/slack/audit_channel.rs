//! The audit channel: a cursor over the trail. Every event is posted once, in order, alone or in the digest of a run, by the
//! one process that holds the lease; one whose fate is unknown is looked for by its metadata before it is posted again.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::audit::event::What;
use crate::failpoint;
use crate::store::{StoreError, StoredEvent};
use crate::usecases::Core;

use super::actions;
use super::handlers::Bot;
use super::lookup::{SETTLE, Tried, look_for};
use super::room::{Room, RoomError};
use super::views::audit_post::{self, Place, digest};
use super::web::{NewMessage, WebError};
use super::witness::Witness;

const LEASE: &str = "audit_channel";
const LEASE_FOR: Duration = Duration::from_secs(45);

/// Events taken from the trail at once: as many as one message can cover.
const PAGE: u64 = digest::MOST as u64;

/// Posts the trail.
pub struct AuditChannel {
    room: Arc<Room>,
    witness: Witness,
}

/// Why posting stopped; the queue stays as it is.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    #[error("{0}")]
    Channel(String),
    /// It was tried a moment ago, and Slack may still be storing it.
    #[error("a post had no answer and is looked for in {} s", .0.as_secs_f64().ceil())]
    Unsettled(Duration),
    #[error(transparent)]
    Slack(#[from] WebError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<RoomError> for Stopped {
    fn from(error: RoomError) -> Self {
        match error {
            RoomError::Unfit(sentence) => Self::Channel(sentence),
            RoomError::Slack(error) => Self::Slack(error),
            RoomError::Store(error) => Self::Store(error),
        }
    }
}

impl Stopped {
    /// How long until it is worth trying again.
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
    pub fn new(room: Arc<Room>) -> Self {
        Self {
            room,
            witness: Witness::default(),
        }
    }

    /// Posts whatever is in the trail and not yet in the channel, but begins no post after `stop`. Returns how many
    /// events.
    pub async fn tick(&self, bot: &Bot, stop: &CancellationToken) -> Result<u64, Stopped> {
        let store = &bot.core.store;
        let heard = stop.run_until_cancelled(self.witness.hear(bot, &self.room)).await;
        let Some(heard) = heard else { return Ok(0) };
        heard?;
        let mut posted = 0;
        loop {
            if store.lease(LEASE, &bot.core.owner, LEASE_FOR).await?.is_none() {
                return Ok(posted);
            }
            let cursor = store.audit_cursor().await?;
            let events = store.events_after(cursor, PAGE).await?;
            if events.is_empty() {
                return Ok(posted);
            }
            let Some(channel) = stop.run_until_cancelled(self.room.channel(bot)).await else {
                return Ok(posted);
            };
            let channel = channel?;
            let next = match store.begun_audit_post().await? {
                // What it covers is settled, however many wait by now.
                Some(begun) => usize::try_from(begun.last - cursor).unwrap_or(usize::MAX),
                None => digest::run_of(&events, store.head().await?.seq.saturating_sub(cursor)),
            };
            let run = &events[..next.min(events.len())];
            if store.lease(LEASE, &bot.core.owner, LEASE_FOR).await?.is_none() {
                return Ok(posted);
            }
            if let Err(error) = post(bot, &channel, run).await {
                if let Stopped::Slack(WebError::Api { .. }) = error {
                    // If it is the channel that is wrong, this says so at once.
                    self.room.forget().await;
                    self.room.channel(bot).await?;
                }
                return Err(error);
            }
            posted += u64::try_from(run.len()).unwrap_or(u64::MAX);
        }
    }

    /// Whether every event of the trail is in the channel.
    pub async fn has_all(&self, core: &Core) -> bool {
        let store = &core.store;
        match (store.audit_cursor().await, store.head().await) {
            (Ok(cursor), Ok(head)) => cursor == head.seq,
            (_, _) => false,
        }
    }

    /// The channel may have changed. If it cannot be written to, the admins hear of it now.
    pub async fn look_again(&self, bot: &Bot) {
        self.room.forget().await;
        self.look(bot).await;
    }

    /// The state of the channel is looked at; if it cannot be written to, the admins hear of it.
    pub async fn look(&self, bot: &Bot) {
        if let Err(error) = self.room.channel(bot).await {
            tracing::warn!(%error, "the audit channel cannot be written to");
        }
    }
}

/// Posts a run of events, in one message.
async fn post(bot: &Bot, channel: &str, run: &[StoredEvent]) -> Result<(), Stopped> {
    let store = &bot.core.store;
    let (Some(first), Some(stored)) = (run.first(), run.last()) else {
        return Ok(());
    };
    let is_alone = run.len() == 1;
    let place = audit_post::place(&stored.event);
    let opened = match (&stored.event.what, &stored.event.request, place) {
        _ if !is_alone => None,
        (What::PolicyChangedFurther { part, .. }, ..) => {
            let first = stored.seq.saturating_sub(u64::from(part.saturating_sub(1)));
            store.audit_post_of(first).await?
        }
        (_, Some(about), Place::Thread | Place::Broadcast) => store.audit_post_of_request(&about.id).await?,
        (..) => None,
    };
    let thread = opened.and_then(|post| post.ts.filter(|_| post.channel == channel));
    let last = store
        .last_audit_post()
        .await?
        .filter(|post| post.channel == channel);
    let begun = store
        .begin_audit_posts(first.seq, stored.seq, channel, bot.core.now())
        .await?;
    let metadata = metadata(bot, run, first, stored);
    if !begun.fresh {
        let tried = Tried {
            channel,
            thread: thread.as_deref(),
            after: last.as_ref().and_then(|post| post.ts.as_deref()),
            metadata: &metadata,
            first_attempt_at: begun.first_attempt_at,
        };
        let settles_in = tried.settles_in(bot.core.now());
        if !settles_in.is_zero() {
            return Err(Stopped::Unsettled(settles_in));
        }
        if let Some(ts) = look_for(bot, tried).await? {
            return Ok(store.finish_audit_post(&begun, &ts, bot.core.now()).await?);
        }
    }
    let post = if is_alone {
        let words = match audit_post::quotes(&stored.event) {
            Some(id) => store.words_one(id).await?,
            None => None,
        };
        audit_post::post(stored.seq, &stored.hash, &stored.event, words.as_deref())
    } else {
        digest::digest(run, bot.core.now())
    };
    let blocks = json!(post.blocks);
    let new = NewMessage {
        channel,
        text: &post.text,
        blocks: Some(&blocks),
        thread_ts: thread.as_deref(),
        reply_broadcast: thread.is_some() && place == Place::Broadcast,
        metadata: Some(&metadata),
    };
    let posted = match bot.web.post_message(new).await {
        Err(error) if error.is_lost_thread() => {
            // Its thread was deleted, by retention or by hand: the event is shown to the whole channel instead.
            let alone = NewMessage {
                thread_ts: None,
                reply_broadcast: false,
                ..new
            };
            bot.web.post_message(alone).await
        }
        posted => posted,
    };
    let posted = match posted {
        Err(error) if begun.fresh && !error.is_ambiguous() => {
            // Nothing was posted, so there is nothing to look for.
            store.forget_audit_post(&begun).await?;
            return Err(error.into());
        }
        posted => posted?,
    };
    failpoint::passed("audit channel: event posted");
    Ok(store
        .finish_audit_post(&begun, &posted.ts, bot.core.now())
        .await?)
}

/// Names the event, or the last of a run with its first; the head commits to all that came before. With it the
/// highest request number in it, which no database that is restored later may give out again. Strings throughout,
/// because numbers in metadata are lost on the way through some clients.
fn metadata(bot: &Bot, run: &[StoredEvent], first: &StoredEvent, last: &StoredEvent) -> Value {
    let mut payload = json!({
        "install": bot.core.install.as_str(),
        "seq": last.seq.to_string(),
        "head": last.hash.to_string(),
    });
    if first.seq < last.seq {
        payload["first"] = json!(first.seq.to_string());
    }
    let requests = run.iter().filter_map(|stored| stored.event.request.as_ref());
    if let Some(highest) = requests.map(|about| about.number.0).max() {
        payload["request"] = json!(highest.to_string());
    }
    json!({ "event_type": actions::METADATA_AUDIT, "event_payload": payload })
}
