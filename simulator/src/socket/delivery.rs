//! How an envelope gets to the app: interactions once, events with retries.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::clock::{Micros, micros};
use crate::journal::{ACK_DEADLINE, EnvelopeRecord};
use crate::shared::Shared;
use crate::trouble::EnvelopeMishap;

/// How long after a missing ack an event is sent again. Source: docs.slack.dev, Events API, "Retries".
const RETRIES: [Duration; 3] = [Duration::ZERO, Duration::from_mins(1), Duration::from_mins(5)];

/// An envelope on its way.
struct Sent {
    id: String,
    at: Micros,
    /// None if no ack can be received.
    ack: Option<oneshot::Receiver<()>>,
}

/// Why an interaction fails for the person who made it. There is no retry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum DeliveryError {
    /// No socket is open.
    NotConnected,
    /// No ack within 3 s.
    NotAcked,
}

/// Sends a slash command or an interaction and waits for its ack.
pub(crate) async fn deliver_interaction(
    shared: &Shared,
    kind: &str,
    payload: Value,
) -> Result<EnvelopeRecord, DeliveryError> {
    let accepts = accepts_response_payload(kind, &payload);
    let frame = json!({"type": kind, "payload": payload, "accepts_response_payload": accepts});
    let sent = send(shared, frame, None)
        .await
        .ok_or(DeliveryError::NotConnected)?;
    acked(shared, sent).await.ok_or(DeliveryError::NotAcked)
}

/// Sends an event until it is acked, at most four times.
pub(crate) async fn deliver_event(shared: Arc<Shared>, payload: Value) {
    for attempt in 0.. {
        let frame = json!({
            "type": "events_api", "payload": payload, "accepts_response_payload": false,
            "retry_attempt": attempt, "retry_reason": if attempt == 0 { "" } else { "timeout" },
        });
        let started = shared.clock.now();
        let missed = match send(&shared, frame, Some(attempt)).await {
            None => started,
            Some(sent) => {
                let deadline = sent.at + micros(ACK_DEADLINE);
                if acked(&shared, sent).await.is_some() {
                    return;
                }
                deadline
            }
        };
        let Some(pause) = RETRIES.get(attempt as usize) else {
            return;
        };
        // Counted from the deadline, so a clock that jumps past several of them misses none.
        shared.clock.sleep_until(missed + micros(*pause)).await;
    }
}

/// What Slack says about the kinds of envelope: commands, submissions and suggestions accept a payload in the ack.
fn accepts_response_payload(kind: &str, payload: &Value) -> bool {
    kind == "slash_commands"
        || ["view_submission", "block_suggestion"]
            .iter()
            .any(|word| payload["type"] == *word)
}

/// Sends the frame, with its own id, on the socket whose turn it is; None if none is open.
async fn send(shared: &Shared, mut frame: Value, retry_attempt: Option<u32>) -> Option<Sent> {
    let kind = frame["type"].as_str().unwrap_or_default().to_owned();
    let wanted_at = shared.clock.now();
    let mishap = shared.troubles.of_envelope(&kind, &frame["payload"]);
    if let Some(EnvelopeMishap::Late { seconds }) = mishap {
        let delay = Duration::from_secs(seconds.into());
        shared.clock.sleep_until(wanted_at + micros(delay)).await;
    }
    let socket = shared.hub.next_socket()?;
    let id = Uuid::new_v4().to_string();
    frame["envelope_id"] = json!(id);
    let at = shared.clock.now();
    shared.journal.sent(EnvelopeRecord {
        id: id.clone(),
        kind,
        socket,
        sent_at: at,
        acked_after: None,
        ack: None,
        payload: frame["payload"].clone(),
        retry_attempt,
        mishap,
    });
    let ack = match mishap {
        Some(EnvelopeMishap::Lost | EnvelopeMishap::AckLost) => None,
        Some(EnvelopeMishap::Twice | EnvelopeMishap::Late { .. }) | None => Some(shared.hub.expect(&id)),
    };
    if mishap != Some(EnvelopeMishap::Lost) {
        shared.hub.send(socket, &frame);
    }
    if mishap == Some(EnvelopeMishap::Twice)
        && let Some(other) = shared.hub.next_socket()
    {
        shared.hub.send(other, &frame);
    }
    if !shared.hub.is_whole(socket) {
        shared.journal.lost_on(&[socket]);
    }
    Some(Sent { id, at, ack })
}

/// The record of the envelope once it is acked; None if the ack does not come in time.
async fn acked(shared: &Shared, sent: Sent) -> Option<EnvelopeRecord> {
    let ack = async {
        match sent.ack {
            Some(ack) => ack.await.ok(),
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        biased;
        acked = ack => acked?,
        () = shared.clock.sleep_until(sent.at + micros(ACK_DEADLINE)) => return None,
    }
    shared.journal.envelope(&sent.id)
}
