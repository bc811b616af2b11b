//! First posts: each is sent once. Those of a run are committed as `sending` together, before the first of them is sent.

use serde_json::json;

use crate::failpoint;
use crate::slack::lookup::{JUST_NOW, SETTLE};
use crate::slack::views::kit::Post;
use crate::slack::web::{NewMessage, Posted, WebError};
use crate::store::{Message, MessageState, StoreError};
use crate::usecases::UseCaseError;

use super::alarm::is_about_the_channel;
use super::outcome::{Outcome, is_final};
use super::place::accounts;
use super::ready::{Ready, make_ready, metadata};
use super::run::{Run, at_once, boxed};

/// Posts messages that are not known to be there.
pub(super) async fn first_posts(
    run: &Run<'_>,
    new: Vec<(Message, Post)>,
) -> Result<Vec<Outcome>, UseCaseError> {
    let (ready, mut outcomes) = all_ready(run, new).await?;
    if ready.is_empty() {
        return Ok(outcomes);
    }
    begin(run, &ready).await?;
    outcomes.extend(at_once(ready.into_iter().map(|post| boxed(send(run, post)))).await);
    Ok(outcomes)
}

/// The messages that can be posted, and the outcomes of the others.
async fn all_ready(
    run: &Run<'_>,
    new: Vec<(Message, Post)>,
) -> Result<(Vec<Ready>, Vec<Outcome>), StoreError> {
    let accounts = accounts(run, &new).await?;
    let looked_at = new
        .into_iter()
        .map(|(message, post)| boxed(make_ready(run, &accounts, message, post)));
    let (mut ready, mut outcomes) = (Vec::new(), Vec::new());
    for found in at_once(looked_at).await {
        match found? {
            Ok(post) => ready.push(post),
            Err(outcome) => outcomes.push(outcome),
        }
    }
    Ok((ready, outcomes))
}

/// Commits that they are being sent, unless the transaction that wanted them just did so. Either way the job is ours after it:
/// what follows cannot be undone.
async fn begin(run: &Run<'_>, ready: &[Ready]) -> Result<(), StoreError> {
    let is_just_begun = run.bot.core.now().since(run.begun_at) <= JUST_NOW;
    let begun = ready.iter().filter(|post| {
        post.is_first_attempt && !(is_just_begun && run.begun_before.contains(&post.sending.id))
    });
    let begun: Vec<Message> = begun.map(|post| post.sending.clone()).collect();
    if !begun.is_empty() {
        return commit_as_sending(run, &begun).await;
    }
    if run.bot.core.store.still_mine(run.job).await? {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}

async fn commit_as_sending(run: &Run<'_>, begun: &[Message]) -> Result<(), StoreError> {
    let mut tx = run.bot.core.store.write().await?;
    tx.put_messages(begun).await?;
    tx.hold(run.job).await?;
    tx.seal(Vec::new()).await
}

/// Commits again that it is being sent, if it waited for others since the first commit.
async fn begin_anew(run: &Run<'_>, sending: &mut Message) -> Result<(), StoreError> {
    let now = run.bot.core.now();
    if sending
        .first_attempt_at
        .is_none_or(|begun| now.since(begun) <= JUST_NOW)
    {
        return Ok(());
    }
    sending.first_attempt_at = Some(now);
    commit_as_sending(run, std::slice::from_ref(sending)).await
}

async fn send(run: &Run<'_>, ready: Ready) -> Outcome {
    if !run.has_time() {
        return Outcome::too_late(if ready.is_first_attempt {
            ready.sending.unsent(MessageState::Wanted)
        } else {
            ready.sending
        });
    }
    let Ready {
        mut sending,
        thread,
        post,
        is_first_attempt,
    } = ready;
    if is_first_attempt && let Err(error) = begin_anew(run, &mut sending).await {
        return Outcome::next_run(sending.unsent(MessageState::Wanted), error.to_string());
    }
    match call(run, &sending, thread.as_deref(), &post).await {
        Ok(posted) => {
            failpoint::passed("delivery: card posted");
            shown(run, sending, posted)
        }
        Err(error) => failed(run, sending, is_first_attempt, &error).await,
    }
}

fn shown(run: &Run<'_>, sending: Message, posted: Posted) -> Outcome {
    Outcome::Shown(Message {
        channel: Some(posted.channel),
        ts: Some(posted.ts),
        shown_version: Some(run.view.request.version),
        state: MessageState::Shown,
        ..sending
    })
}

async fn failed(run: &Run<'_>, sending: Message, is_first_attempt: bool, error: &WebError) -> Outcome {
    if error.is_ambiguous() {
        return Outcome::Later {
            message: Message {
                first_attempt_at: Some(run.bot.core.now()),
                ..sending
            },
            after: SETTLE,
            why: error.to_string(),
        };
    }
    // An earlier attempt may still have left something to find.
    if !is_first_attempt && !is_final(error) {
        return Outcome::later(sending, error);
    }
    // Slack refused, or was never reached: nothing was posted, so there is nothing to look for.
    not_posted(run, sending.unsent(MessageState::Wanted), error).await
}

async fn call(
    run: &Run<'_>,
    sending: &Message,
    thread: Option<&str>,
    post: &Post,
) -> Result<Posted, WebError> {
    let blocks = json!(post.blocks);
    let metadata = metadata(run, sending);
    let new = NewMessage {
        channel: sending.channel.as_deref().unwrap_or_default(),
        text: &post.text,
        blocks: Some(&blocks),
        thread_ts: thread,
        reply_broadcast: false,
        metadata: Some(&metadata),
    };
    match run.bot.web.post_message(new).await {
        // Somebody deleted the message it replies to.
        Err(error) if error.is_lost_thread() && run.has_time() => {
            let alone = NewMessage {
                thread_ts: None,
                ..new
            };
            run.bot.web.post_message(alone).await
        }
        posted => posted,
    }
}

async fn not_posted(run: &Run<'_>, unsent: Message, error: &WebError) -> Outcome {
    if unsent.surface.is_alarm() && is_about_the_channel(error) {
        run.bot.alerts.forget().await;
        let elsewhere = Message {
            channel: None,
            ..unsent
        };
        return Outcome::later(elsewhere, error);
    }
    if is_final(error) {
        return Outcome::given_up(run.bot, unsent, error);
    }
    Outcome::later(unsent, error)
}
