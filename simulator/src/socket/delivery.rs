//! How an envelope gets to the app: interactions once, events with retries.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::journal::{ACK_DEADLINE, EnvelopeRecord};
use crate::shared::Shared;

/// When an event without an ack is sent again. Source: docs.slack.dev, Events API, "Retries".
const RETRIES: [Duration; 3] = [Duration::ZERO, Duration::from_mins(1), Duration::from_mins(5)];

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
    let (id, ack) = send(shared, frame, None).ok_or(DeliveryError::NotConnected)?;
    acked(shared, &id, ack).await.ok_or(DeliveryError::NotAcked)
}

/// Sends an event until it is acked, four times at most.
pub(crate) async fn deliver_event(shared: Arc<Shared>, payload: Value) {
    let mut attempt = 0;
    for pause in std::iter::once(Duration::ZERO).chain(RETRIES) {
        shared.clock.sleep(pause).await;
        let frame = json!({
            "type": "events_api", "payload": payload, "accepts_response_payload": false,
            "retry_attempt": attempt, "retry_reason": if attempt == 0 { "" } else { "timeout" },
        });
        if let Some((id, ack)) = send(&shared, frame, Some(attempt)) {
            if acked(&shared, &id, ack).await.is_some() {
                return;
            }
        }
        attempt += 1;
    }
}

/// What Slack says of the sorts of envelope: commands, submissions and suggestions take a payload in the ack.
fn accepts_response_payload(kind: &str, payload: &Value) -> bool {
    kind == "slash_commands"
        || ["view_submission", "block_suggestion"]
            .iter()
            .any(|word| payload["type"] == *word)
}

/// Sends the frame, with an id of its own, on the socket whose turn it is; None when none is open.
fn send(
    shared: &Shared,
    mut frame: Value,
    retry_attempt: Option<u32>,
) -> Option<(String, oneshot::Receiver<()>)> {
    let socket = shared.hub.next_socket()?;
    let id = Uuid::new_v4().to_string();
    frame["envelope_id"] = json!(id);
    shared.journal.sent(EnvelopeRecord {
        id: id.clone(),
        kind: frame["type"].as_str().unwrap_or_default().to_owned(),
        socket,
        sent_at: shared.clock.now(),
        acked_after: None,
        ack: None,
        payload: frame["payload"].clone(),
        retry_attempt,
    });
    let ack = shared.hub.send(socket, &id, frame);
    Some((id, ack))
}

/// The record of the envelope once it is acked; None when the ack does not come in time.
async fn acked(shared: &Shared, id: &str, ack: oneshot::Receiver<()>) -> Option<EnvelopeRecord> {
    tokio::select! {
        biased;
        result = ack => result.ok()?,
        () = shared.clock.sleep(ACK_DEADLINE) => return None,
    }
    shared.journal.envelope(id)
}
