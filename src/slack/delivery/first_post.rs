//! First posts: each is sent once. Those of a run are committed as `sending` together, before the first of them is made,
//! and what had no answer is looked for by its metadata before it is posted again.

use serde_json::{Value, json};

use crate::failpoint;
use crate::slack::actions;
use crate::slack::lookup::{JUST_NOW, SETTLE, Tried, look_for};
use crate::slack::views::kit::Post;
use crate::slack::web::{NewMessage, Posted, WebError};
use crate::store::{KnownPerson, Message, MessageState, StoreError};
use crate::usecases::UseCaseError;

use super::alarm::{Place, is_about_the_channel};
use super::outcome::{Outcome, is_final};
use super::place::{accounts, place};
use super::update::update;
use super::{Run, at_once, boxed};

/// A post that can be made.
struct Ready {
    /// As it is committed before the call.
    sending: Message,
    thread: Option<String>,
    post: Post,
    is_first_attempt: bool,
}

/// Posts messages that are not known to be there.
pub(super) async fn first_posts(
    run: &Run<'_>,
    new: Vec<(Message, Post)>,
) -> Result<Vec<Outcome>, UseCaseError> {
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
    if ready.is_empty() {
        return Ok(outcomes);
    }
    // Just before the calls, which cannot be taken back.
    if !begin(run, &ready).await? && !run.bot.core.store.still_mine(run.job).await? {
        return Err(StoreError::Stale.into());
    }
    outcomes.extend(at_once(ready.into_iter().map(|post| boxed(send(run, post)))).await);
    Ok(outcomes)
}

/// Commits that they are being sent, unless the change that wanted them did so just now. Whether something was committed: then the
/// job is ours.
async fn begin(run: &Run<'_>, ready: &[Ready]) -> Result<bool, StoreError> {
    let is_just_begun = run.bot.core.now().since(run.begun_at) <= JUST_NOW;
    let begun = ready.iter().filter(|post| {
        post.is_first_attempt && !(is_just_begun && run.begun_before.contains(&post.sending.id))
    });
    let begun: Vec<Message> = begun.map(|post| post.sending.clone()).collect();
    if begun.is_empty() {
        return Ok(false);
    }
    commit_as_sending(run, &begun).await?;
    Ok(true)
}

async fn commit_as_sending(run: &Run<'_>, begun: &[Message]) -> Result<(), StoreError> {
    let mut tx = run.bot.core.store.write().await?;
    tx.put_messages(begun).await?;
    tx.hold(run.job).await?;
    tx.seal(Vec::new()).await
}

/// Commits that it is being sent only now, where it waited for others since that was committed.
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

/// Finds out where a message is posted, and whether it is there already.
async fn make_ready(
    run: &Run<'_>,
    accounts: &[KnownPerson],
    mut message: Message,
    post: Post,
) -> Result<Result<Ready, Outcome>, StoreError> {
    let Place { channel, thread } = match place(run, accounts, &message).await? {
        Ok(place) => place,
        Err(outcome) => return Ok(Err(outcome)),
    };
    let is_first_attempt = message.first_attempt_at.is_none();
    message.channel = Some(channel);
    if message.state == MessageState::Sending && !is_first_attempt {
        match find(run, message, thread.as_deref()).await? {
            Found::Nowhere(lost) => message = lost,
            Found::There(shown) => return Ok(Err(update(run, shown, post).await)),
            Found::Unknown(outcome) => return Ok(Err(outcome)),
        }
    }
    Ok(Ok(Ready {
        sending: Message {
            state: MessageState::Sending,
            first_attempt_at: message.first_attempt_at.or(Some(run.bot.core.now())),
            ..message
        },
        thread,
        post,
        is_first_attempt,
    }))
}

/// Where a first post is that had no answer.
enum Found {
    Nowhere(Message),
    There(Message),
    Unknown(Outcome),
}

async fn find(run: &Run<'_>, message: Message, thread: Option<&str>) -> Result<Found, StoreError> {
    let core = &run.bot.core;
    let (Some(channel), Some(first_attempt_at)) = (&message.channel, message.first_attempt_at) else {
        return Ok(Found::Nowhere(message));
    };
    let after = core.store.last_post_before(channel, first_attempt_at).await?;
    let tried = Tried {
        channel,
        thread,
        after: after.as_deref(),
        metadata: &metadata(run, &message),
        first_attempt_at,
    };
    let settles_in = tried.settles_in(core.now());
    if !settles_in.is_zero() {
        return Ok(Found::Unknown(Outcome::Later {
            message,
            after: settles_in,
            why: "its first post had no answer".to_owned(),
        }));
    }
    Ok(match look_for(run.bot, tried).await {
        // Found as it was posted, which may be older than what is committed now.
        Ok(Some(ts)) => Found::There(Message {
            ts: Some(ts),
            shown_version: Some(0),
            state: MessageState::Shown,
            ..message
        }),
        Ok(None) => Found::Nowhere(message),
        Err(error) => Found::Unknown(Outcome::later(message, &error)),
    })
}

async fn send(run: &Run<'_>, ready: Ready) -> Outcome {
    let Ready {
        mut sending,
        thread,
        post,
        is_first_attempt,
    } = ready;
    if !run.has_time() {
        return Outcome::too_late(if is_first_attempt {
            sending.unsent(MessageState::Wanted)
        } else {
            sending
        });
    }
    if is_first_attempt && let Err(error) = begin_anew(run, &mut sending).await {
        return Outcome::next_run(sending.unsent(MessageState::Wanted), error.to_string());
    }
    match call(run, &sending, thread.as_deref(), &post).await {
        Ok(posted) => {
            failpoint::passed("delivery: card posted");
            Outcome::Shown(Message {
                channel: Some(posted.channel),
                ts: Some(posted.ts),
                shown_version: Some(run.view.request.version),
                state: MessageState::Shown,
                ..sending
            })
        }
        Err(error) if error.is_ambiguous() => Outcome::Later {
            message: Message {
                first_attempt_at: Some(run.bot.core.now()),
                ..sending
            },
            after: SETTLE,
            why: error.to_string(),
        },
        // An earlier attempt may still have left something to be found.
        Err(error) if !is_first_attempt && !is_final(&error) => Outcome::later(sending, &error),
        // Slack said no, or was never reached: nothing was posted, so there is nothing to look for.
        Err(error) => not_posted(run, sending.unsent(MessageState::Wanted), &error).await,
    }
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
        // Somebody deleted what it answers.
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

fn metadata(run: &Run<'_>, message: &Message) -> Value {
    json!({
        "event_type": actions::METADATA_MESSAGE,
        "event_payload": { "install": run.bot.core.install.as_str(), "message": message.id },
    })
}
