//! What happened on the wire: every Web API call and every envelope.
//!
//! Invariant: each gets a record, in order; records are later only completed (the ack), never removed. All traffic passes
//! through the methods that create records.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use crate::clock::Micros;
use crate::trouble::EnvelopeMishap;

/// How long the app has for an ack. Source: docs.slack.dev, "Acknowledging requests".
pub const ACK_DEADLINE: Duration = Duration::from_secs(3);

/// One call of the Web API, or one post to a response url (method `response_url`).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ApiCall {
    pub method: String,
    /// Without the token.
    pub arguments: Value,
    pub ok: bool,
    pub error: Option<String>,
    /// Microseconds since the Unix epoch, by the simulator's clock.
    pub at: u64,
}

/// One envelope sent to the app.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EnvelopeRecord {
    pub id: String,
    /// `slash_commands`, `interactive` or `events_api`.
    pub kind: String,
    /// Number of the socket that got it.
    pub socket: u64,
    /// Microseconds since the Unix epoch, by the simulator's clock.
    pub sent_at: u64,
    /// None until the app has acked.
    pub acked_after: Option<Duration>,
    /// The payload of the ack.
    pub ack: Option<Value>,
    pub payload: Value,
    /// How often the event was sent before; only on `events_api`.
    pub retry_attempt: Option<u32>,
    /// What went wrong with it on the way there or back.
    pub mishap: Option<EnvelopeMishap>,
}

impl EnvelopeRecord {
    /// Whether it never reached the app, as far as Slack can know.
    pub fn is_lost(&self) -> bool {
        self.mishap == Some(EnvelopeMishap::Lost) && self.acked_after.is_none()
    }

    /// Whether the app can still be expected to ack it.
    pub fn is_owed(&self) -> bool {
        self.acked_after.is_none() && !self.is_lost()
    }

    /// Whether the ack came in time.
    pub fn acked_in_time(&self) -> bool {
        self.acked_after.is_some_and(|after| after <= ACK_DEADLINE)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Journal {
    calls: Mutex<Vec<ApiCall>>,
    envelopes: Mutex<Vec<EnvelopeRecord>>,
}

impl Journal {
    pub(crate) fn call(&self, method: &str, arguments: Value, error: Option<String>, at: Micros) {
        tracing::debug!(method, error, "web api call");
        lock(&self.calls).push(ApiCall {
            method: method.to_owned(),
            arguments,
            ok: error.is_none(),
            error,
            at,
        });
    }

    pub(crate) fn sent(&self, record: EnvelopeRecord) {
        tracing::debug!(
            id = record.id,
            kind = record.kind,
            socket = record.socket,
            "envelope"
        );
        lock(&self.envelopes).push(record);
    }

    /// Records the first ack of an envelope; false if there is no such envelope or it is already acked.
    pub(crate) fn acked(&self, id: &str, payload: Option<Value>, now: Micros) -> bool {
        let mut envelopes = lock(&self.envelopes);
        let Some(record) = envelopes
            .iter_mut()
            .rev()
            .find(|record| record.id == id && record.acked_after.is_none())
        else {
            return false;
        };
        record.acked_after = Some(Duration::from_micros(now.saturating_sub(record.sent_at)));
        record.ack = payload;
        true
    }

    /// Anything sent on these sockets and not acked yet may never have arrived.
    pub(crate) fn lost_on(&self, sockets: &[u64]) {
        for record in lock(&self.envelopes).iter_mut() {
            if sockets.contains(&record.socket) && record.acked_after.is_none() {
                record.mishap = Some(EnvelopeMishap::Lost);
            }
        }
    }

    pub(crate) fn calls(&self) -> Vec<ApiCall> {
        lock(&self.calls).clone()
    }

    pub(crate) fn envelopes(&self) -> Vec<EnvelopeRecord> {
        lock(&self.envelopes).clone()
    }

    pub(crate) fn envelope(&self, id: &str) -> Option<EnvelopeRecord> {
        lock(&self.envelopes)
            .iter()
            .rev()
            .find(|record| record.id == id)
            .cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
