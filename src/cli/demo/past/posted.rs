//! What Slack gets of the past: one message in the audit channel, and no cards.
//!
//! Invariant: the message names the whole run of events and carries its head, like every post of the trail. So what the channel
//! shows commits to the past as well, and nothing counts as posted that is not in it.

use serde_json::json;

use crate::access::ids::{RequestId, RequestNumber};
use crate::audit::chain::Head;
use crate::slack::actions::METADATA_AUDIT;
use crate::slack::web::{NewMessage, WebApi};
use crate::store::{JobKind, MessageState, ReadMessages};
use crate::usecases::Core;

use super::super::audit_channel::CHANNEL;
use super::super::error::DemoError;

/// How many events are marked as posted at once; a statement of SQLite takes a limited number of values.
const EVENTS_AT_ONCE: u64 = 1_000;

/// Requests whose messages are dropped in one commit.
const REQUESTS_AT_ONCE: usize = 50;

/// Cards and notices about requests that are over were never sent, and never will be.
pub(super) async fn silence(core: &Core, requests: &[RequestId]) -> Result<(), DemoError> {
    for some in requests.chunks(REQUESTS_AT_ONCE) {
        let mut tx = core.store.write().await?;
        for id in some {
            let is_over = tx
                .request(id)
                .await?
                .is_some_and(|request| request.state.is_final());
            if is_over {
                let messages = tx.messages_of(id).await?.into_iter();
                let dead = messages.map(|message| message.unsent(MessageState::Dead));
                tx.put_messages(&dead.collect::<Vec<_>>()).await?;
                tx.unschedule(JobKind::Message, id.as_str()).await?;
            }
        }
        tx.seal(Vec::new()).await?;
    }
    Ok(())
}

/// Posts the message about all events so far, and marks them as posted with it. `highest` is the last request's number.
pub(super) async fn post(core: &Core, web: &WebApi, highest: RequestNumber) -> Result<Head, DemoError> {
    let head = core.store.head().await?;
    let channel = web.find_channel_by_name(CHANNEL.trim_start_matches('#')).await?;
    let channel = channel.ok_or_else(|| DemoError::waited_for(CHANNEL))?.id;
    let Head { seq, hash } = head;
    let text = format!(
        "📚 *{seq} EVENTS* #1-#{seq} of a made-up history\nThe demo made them before the bot started, and posts none of them one by one. All of them are in the portal.\n#1-#{seq} · {} · {}",
        hash.short(),
        core.now()
    );
    let metadata = json!({
        "event_type": METADATA_AUDIT,
        "event_payload": {
            "install": core.install.as_str(),
            "first": "1",
            "seq": seq.to_string(),
            "head": hash.to_string(),
            "request": highest.0.to_string(),
        },
    });
    let message = NewMessage {
        channel: &channel,
        text: &text,
        blocks: None,
        thread_ts: None,
        reply_broadcast: false,
        metadata: Some(&metadata),
    };
    let posted = web.post_message(message).await?;
    let mut first = 1;
    while first <= seq {
        let last = seq.min(first + EVENTS_AT_ONCE - 1);
        let begun = core
            .store
            .begin_audit_posts(first, last, &channel, core.now())
            .await?;
        core.store
            .finish_audit_post(&begun, &posted.ts, None, core.now())
            .await?;
        first = last + 1;
    }
    Ok(head)
}
