//! One post: of an event, or of a run of them.

use serde_json::{Value, json};

use crate::audit::event::What;
use crate::failpoint;
use crate::store::{BegunPost, Store, StoreError, StoredEvent};
use crate::telling::{Place, told};

use super::super::actions;
use super::super::handlers::Bot;
use super::super::lookup::{Tried, look_for};
use super::super::views::audit_post::{self, digest};
use super::super::web::NewMessage;
use super::Stopped;
use super::desk::Desk;

/// Posts a run of events in one message, unless it is already there. Returns the message's timestamp, by which Slack names it;
/// `None` if another process has become the one that posts.
pub(super) async fn post(
    bot: &Bot,
    desk: &mut Desk,
    begun: &BegunPost,
    run: &[StoredEvent],
) -> Result<Option<String>, Stopped> {
    let store = &bot.core.store;
    let (Some(first), Some(stored)) = (run.first(), run.last()) else {
        return Ok(None);
    };
    let channel = begun.channel.as_str();
    let is_alone = run.len() == 1;
    let told = told(&stored.event);
    let thread = if is_alone {
        thread_of(store, channel, stored, told.place).await?
    } else {
        None
    };
    let metadata = metadata(bot, run, first, stored);
    desk.tries(begun);
    if !begun.fresh {
        let last = store.last_audit_post().await?;
        let last = last.filter(|post| post.channel == channel);
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
            return Ok(Some(ts));
        }
        if !desk.goes_on(&bot.core).await? {
            return Ok(None);
        }
    }
    let post = if is_alone {
        let words = match told.words {
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
        reply_broadcast: thread.is_some() && told.place == Place::Announced,
        metadata: Some(&metadata),
    };
    let posted = match bot.web.post_message(new).await {
        Err(error) if error.is_lost_thread() => {
            if !desk.goes_on(&bot.core).await? {
                return Ok(None);
            }
            // Its thread was deleted, by retention or by hand: the event is posted to the whole channel instead.
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
            store.forget_audit_post(begun).await?;
            return Err(error.into());
        }
        posted => posted?,
    };
    failpoint::passed("audit channel: event posted");
    Ok(Some(posted.ts))
}

/// The message whose thread an event is posted in.
async fn thread_of(
    store: &Store,
    channel: &str,
    stored: &StoredEvent,
    place: Place,
) -> Result<Option<String>, StoreError> {
    let opened = match (&stored.event.what, &stored.event.request, place) {
        (What::PolicyChangedFurther { part, .. }, ..) => {
            let first = stored.seq.saturating_sub(u64::from(part.saturating_sub(1)));
            store.audit_post_of(first).await?
        }
        (_, Some(about), Place::WithRequest | Place::Announced) => {
            store.audit_post_of_request(&about.id).await?
        }
        (..) => None,
    };
    Ok(opened.and_then(|post| post.ts.filter(|_| post.channel == channel)))
}

/// Names the event, or the last of a run with its first; the head commits to everything before it. Also holds the
/// highest request number in the run, which no database that is restored later may give out again. All values are strings,
/// because some clients lose numbers in metadata.
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
