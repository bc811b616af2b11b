//! One envelope's way through the handler and back.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::FutureExt;

use crate::failpoint;

use super::frame;
use super::hub::{Hub, Line};
use super::{Ack, Envelope, NoAck};

/// Slack gives up on an envelope after this time: <https://docs.slack.dev/interactivity/handling-user-interaction>.
const SLACK_WAITS: Duration = Duration::from_secs(3);

/// Starts the envelope's own task.
pub(super) fn take(hub: &Arc<Hub>, line: Line, mut envelope: Envelope) {
    envelope.app_id.clone_from(&hub.status.borrow().app_id);
    hub.count(|counts| counts.envelopes += 1);
    let handling = handle(Arc::clone(hub), line, envelope);
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
        Ok(Err(NoAck)) => {
            tracing::warn!(envelope_id = id, "left an envelope unacknowledged");
            hub.count(|counts| counts.unacked += 1);
            return;
        }
        Err(_panic) => {
            tracing::error!(envelope_id = id, "the handler of an envelope panicked");
            hub.count(|counts| {
                counts.panics += 1;
                counts.unacked += 1;
            });
            return;
        }
    };

    if payload.is_some() && !accepts_payload {
        tracing::warn!(envelope_id = id, "Slack takes no answer to this envelope");
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
    if !sent {
        tracing::warn!(envelope_id = id, "no socket was left to acknowledge an envelope");
    } else if took > SLACK_WAITS {
        tracing::warn!(envelope_id = id, ?took, "acknowledged an envelope late");
    }

    if let Some(work) = then
        && AssertUnwindSafe(work).catch_unwind().await.is_err()
    {
        tracing::error!(envelope_id = id, "the work after an acknowledgement panicked");
        hub.count(|counts| counts.panics += 1);
    }
}

/// Reports a frame that is no envelope and nothing else either.
pub(super) fn unreadable(hub: &Arc<Hub>, length: usize, why: &'static str) {
    tracing::warn!(length, "Slack sent a frame that is {why}");
    hub.count(|counts| counts.unreadable += 1);
    let handler = Arc::clone(&hub.handler);
    hub.work.spawn(async move { handler.unreadable(length).await });
}
