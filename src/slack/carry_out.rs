//! Carries out the acts in the inbox: at once by the process that stored them, or later by one that takes them over.

use std::sync::Arc;
use std::time::Duration;

use tracing::{Instrument, field};

use crate::chained::chained;
use crate::store::{InboxLease, StoreError};
use crate::usecases::{UseCaseError, refuse};

use super::act::{Act, Incoming};
use super::handlers::clicks::Click;
use super::handlers::{Bot, HandlerError, kept};
use super::views::answers;

/// How long one process may work on an envelope before another takes it over.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// An act that was tried this often, in about a day, is put aside: it may be what kills the process each time.
const MOST_ATTEMPTS: u32 = 2_000;

/// Pauses between tries of an act that failed; together shorter than the lease.
const AGAIN_AFTER: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

/// How many abandoned envelopes are taken over at once.
const ADOPTED: u64 = 20;

/// Takes over acts that another process, or this one before a crash, left in the inbox. Returns how many.
pub async fn adopt(bot: &Arc<Bot>) -> Result<usize, StoreError> {
    let rows = bot
        .core
        .store
        .adopt_inbox(&bot.core.owner, LEASE, ADOPTED)
        .await?;
    let found = rows.len();
    for row in rows {
        if row.attempt > MOST_ATTEMPTS {
            tracing::error!(
                inbox = row.lease.key,
                "an action failed repeatedly and is put aside"
            );
            bot.core
                .store
                .not_understood(&row.lease, "failed too often")
                .await?;
            continue;
        }
        match serde_json::from_str::<Incoming>(&row.body) {
            Ok(incoming) => {
                let span = tracing::error_span!(
                    "envelope",
                    inbox = row.lease.key,
                    attempt = row.attempt,
                    request = field::Empty
                );
                carry_out(bot, &incoming, &row.lease).instrument(span).await;
            }
            Err(error) => {
                tracing::error!(inbox = row.lease.key, %error, "a stored envelope can no longer be read");
                bot.core.store.not_understood(&row.lease, "unreadable").await?;
            }
        }
    }
    Ok(found)
}

/// Carries out a stored act. If that fails it is tried again soon, and then whenever its lease has run out.
pub(super) async fn carry_out(bot: &Arc<Bot>, incoming: &Incoming, lease: &InboxLease) {
    for pause in AGAIN_AFTER {
        // Each try records its own request.
        let span = tracing::error_span!("try", request = field::Empty);
        let tried = async {
            let done = try_once(bot, incoming, lease).await;
            if let Err(error) = &done {
                log_failure(error);
            }
            done
        };
        if tried.instrument(span).await.is_ok() {
            return;
        }
        tokio::time::sleep(pause).await;
    }
    tracing::error!("an action stays in the inbox until it can be carried out");
    bot.core.wakes.inbox().notify_one();
}

/// A database failure is logged as an error: the database is ours, and somebody may have to fix it.
fn log_failure(error: &HandlerError) {
    let cause = chained(error);
    match error {
        HandlerError::UseCase(UseCaseError::Store(_)) => {
            tracing::error!(error = %cause, "the database failed during an action; it will be retried");
        }
        HandlerError::Refused(_) | HandlerError::Later(_) | HandlerError::UseCase(_) => {
            tracing::warn!(error = %cause, "an action could not be carried out; it will be retried");
        }
    }
}

async fn try_once(bot: &Arc<Bot>, incoming: &Incoming, lease: &InboxLease) -> Result<(), HandlerError> {
    let sender = &incoming.by;
    match &incoming.act {
        Act::Command(typed) => bot.command(sender, &typed.text, &typed.response_url, lease).await,
        Act::Click(pressed) => {
            let click = Click {
                sender,
                action: pressed.action,
                value: &pressed.value,
                place: &pressed.place,
                response_url: pressed.response_url.as_deref(),
            };
            bot.click(click, lease).await
        }
        Act::Said { channel } => bot.said(sender, channel, lease).await,
        Act::Shortcut { .. }
        | Act::Choice(_)
        | Act::Suggest { .. }
        | Act::Submit(_)
        | Act::Unknown { .. }
        | Act::ChannelChanged
        | Act::TokensRevoked
        | Act::PersonChanged { .. }
        | Act::Noise => {
            refuse::settle(&bot.core, kept(lease), answers::CLICK_AGAIN).await?;
            Ok(())
        }
    }
}
