//! What the sockets hand to the bot, and what they want back.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use serde_json::Value;

/// Something that happened in Slack, as it arrived.
#[derive(Clone, PartialEq)]
pub struct Envelope {
    /// Slack's id for this delivery. The same event can arrive again under the same id or another one.
    pub id: String,
    /// `slash_commands`, `interactive` or `events_api`; any other word as Slack sent it, `other` if there was none.
    pub kind: String,
    /// Null if there was none.
    pub payload: Value,
    /// The acknowledgement may carry an answer.
    pub accepts_response_payload: bool,
    /// For repeated events: which attempt this is. A repeated event may well be the first to arrive.
    pub retry_attempt: Option<i64>,
    /// The app that the sockets belong to, according to Slack's hello; a payload's app is compared with it.
    pub app_id: Option<String>,
}

/// The payload contains people's words and Slack's tokens, so it is not printed.
impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("retry_attempt", &self.retry_attempt)
            .finish_non_exhaustive()
    }
}

/// "We have it": Slack will not send the envelope again, and the person sees that it worked.
#[derive(Default)]
pub struct Ack {
    /// The answer, for envelopes that accept one.
    pub payload: Option<Value>,
    /// What remains to be done. It starts after the acknowledgement was sent, even if sending failed, and a shutdown waits for
    /// it.
    pub then: Option<BoxFuture<'static, ()>>,
}

impl Ack {
    /// Without an answer.
    pub fn bare() -> Self {
        Self::default()
    }

    pub fn with(payload: Value) -> Self {
        Self {
            payload: Some(payload),
            then: None,
        }
    }

    /// This acknowledgement, and `work` after it.
    #[must_use]
    pub fn then(self, work: impl Future<Output = ()> + Send + 'static) -> Self {
        Self {
            then: Some(Box::pin(work)),
            ..self
        }
    }
}

/// Leave the envelope unacknowledged, because it could not be stored, and why: Slack resends events and tells people that a click
/// did not work.
#[derive(Debug)]
pub struct NoAck(Box<dyn Error + Send + Sync>);

impl NoAck {
    pub fn because(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }

    /// For the log.
    pub(super) fn cause(&self) -> &(dyn Error + 'static) {
        &*self.0
    }
}

/// The bot's side of the sockets.
#[async_trait]
pub trait EnvelopeHandler: Send + Sync {
    /// Called in a separate task for each envelope. Slack waits 3 s for the acknowledgement.
    /// A panic is logged and counts as [`NoAck`].
    async fn handle(&self, envelope: Envelope) -> Result<Ack, NoAck>;

    /// An envelope of this kind was acknowledged after this time. Slack waits 3 s.
    fn acknowledged(&self, kind: &str, took: Duration);

    /// Slack sent a frame of `length` bytes in which not even an envelope id could be found. It is already logged and counted.
    async fn unreadable(&self, length: usize);
}
