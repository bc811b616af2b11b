//! First posts that can be sent: it is known where, and that they are not there yet. One that got no answer is looked for
//! by its metadata before it is posted again.

use serde_json::{Value, json};

use crate::slack::actions;
use crate::slack::lookup::{Tried, look_for};
use crate::slack::views::kit::Post;
use crate::store::{KnownPerson, Message, MessageState, StoreError};

use super::alarm::Destination;
use super::outcome::Outcome;
use super::place::place;
use super::run::Run;
use super::update::update;

/// A post that can be sent.
pub(super) struct Ready {
    /// The row as committed before the call.
    pub(super) sending: Message,
    pub(super) thread: Option<String>,
    pub(super) post: Post,
    pub(super) is_first_attempt: bool,
}

/// Finds out where a message is posted, and whether it is already there.
pub(super) async fn make_ready(
    run: &Run<'_>,
    accounts: &[KnownPerson],
    mut message: Message,
    post: Post,
) -> Result<Result<Ready, Outcome>, StoreError> {
    let Destination { channel, thread } = match place(run, accounts, &message).await? {
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

/// Where a first post that got no answer is.
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
            why: "its first post got no answer".to_owned(),
        }));
    }
    Ok(match look_for(run.bot, tried).await {
        // Found as it was posted, which may be older than the present state.
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

/// The metadata by which a post is found again.
pub(super) fn metadata(run: &Run<'_>, message: &Message) -> Value {
    json!({
        "event_type": actions::METADATA_MESSAGE,
        "event_payload": { "install": run.bot.core.install.as_str(), "message": message.id },
    })
}
