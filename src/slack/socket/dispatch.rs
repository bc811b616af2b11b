//! One envelope's path through the handler and back.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use tracing::{Instrument, field};

use crate::chained::chained;
use crate::failpoint;

use super::frame;
use super::hub::{Hub, Line};
use super::{Ack, Envelope};

/// Slack gives up on an envelope after this time: <https://docs.slack.dev/interactivity/handling-user-interaction>.
const SLACK_WAITS: Duration = Duration::from_secs(3);

/// Starts the envelope's own task.
pub(super) fn take(hub: &Arc<Hub>, line: Line, mut envelope: Envelope) {
    envelope.app_id.clone_from(&hub.status.borrow().app_id);
    hub.count(|counts| counts.envelopes += 1);
    // The inbox records the envelope's key, and the handler records which request it is about. Enabled at every
    // log level, so a failure says that.
    let span = tracing::error_span!(
        "envelope",
        kind = envelope.kind,
        inbox = field::Empty,
        request = field::Empty
    );
    let handling = handle(Arc::clone(hub), line, envelope).instrument(span);
    let unless_given_up = hub.give_up.clone().run_until_cancelled_owned(handling);
    hub.work.spawn(unless_given_up);
}

async fn handle(hub: Arc<Hub>, line: Line, envelope: Envelope) {
    let id = envelope.id.clone();
    let kind = envelope.kind.clone();
    failpoint::passed(format_args!("envelope: {kind} taken"));
    let accepts_payload = envelope.accepts_response_payload;
    let arrived = Instant::now();

    let handled = AssertUnwindSafe(hub.handler.handle(envelope))
        .catch_unwind()
        .await;
    let Ack { payload, then } = match handled {
        Ok(Ok(ack)) => ack,
        Ok(Err(no_ack)) => {
            tracing::error!(error = %chained(no_ack.cause()), "an envelope is left unacknowledged");
            hub.count(|counts| counts.unacked += 1);
            return;
        }
        Err(panic) => {
            tracing::error!(panic = said(&*panic), "the handler of an envelope panicked");
            hub.count(|counts| {
                counts.panics += 1;
                counts.unacked += 1;
            });
            return;
        }
    };

    if payload.is_some() && !accepts_payload {
        tracing::warn!("Slack accepts no answer to this envelope");
    }
    failpoint::passed(format_args!("envelope: {kind} about to be acknowledged"));
    let text = frame::ack(&id, payload.filter(|_| accepts_payload));
    let sent = hub.send_ack(line, text, arrived + SLACK_WAITS).await;
    failpoint::passed(format_args!("envelope: {kind} acknowledged"));
    let took = arrived.elapsed();
    hub.count(|counts| {
        counts.acked += u64::from(sent);
        counts.unacked += u64::from(!sent);
        counts.late += u64::from(sent && took > SLACK_WAITS);
    });
    if sent {
        hub.handler.acknowledged(&kind, took);
    }
    if !sent {
        tracing::warn!("no socket was left to acknowledge an envelope");
    } else if took > SLACK_WAITS {
        tracing::warn!(?took, "acknowledged an envelope late");
    }

    if let Some(work) = then
        && let Err(panic) = AssertUnwindSafe(work).catch_unwind().await
    {
        tracing::error!(
            panic = said(&*panic),
            "the work after an acknowledgement panicked"
        );
        hub.count(|counts| counts.panics += 1);
    }
}

/// A panic's message.
fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or_default()
}

/// Reports a frame that is neither an envelope nor anything else we know.
pub(super) fn unreadable(hub: &Arc<Hub>, length: usize, why: &'static str) {
    tracing::warn!(length, "Slack sent a frame that is {why}");
    hub.count(|counts| counts.unreadable += 1);
    let handler = Arc::clone(&hub.handler);
    hub.work.spawn(async move { handler.unreadable(length).await });
}
