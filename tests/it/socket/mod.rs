//! The Socket Mode loop, frame by frame.

mod handling;
mod reconnecting;
mod shutdown;
pub(crate) mod simulated;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use apono::slack::socket::{
    Ack, Envelope, EnvelopeHandler, NoAck, SocketHandle, SocketMode, SocketSettings, SocketStatus,
};
use async_trait::async_trait;
use serde_json::json;
use tokio::sync::{Notify, Semaphore};

use crate::tiny_slack::{PATIENCE, TinySlack};

/// Settings for tests: nothing waits longer than it must.
fn hasty() -> SocketSettings {
    SocketSettings {
        sockets: 1,
        backoff_base: Duration::from_millis(20),
        retire_after: Duration::from_millis(200),
        ..SocketSettings::default()
    }
}

fn start(slack: &TinySlack, bot: &Arc<Bot>, settings: SocketSettings) -> SocketHandle {
    SocketMode::start(slack.web(), Arc::clone(bot) as Arc<dyn EnvelopeHandler>, settings)
}

/// Waits until the status is as wanted.
async fn wait_until(handle: &SocketHandle, wanted: impl Fn(&SocketStatus) -> bool) -> SocketStatus {
    let mut status = handle.watch();
    let seen = tokio::time::timeout(PATIENCE, status.wait_for(wanted)).await;
    let Ok(status) = seen else {
        panic!("the status stayed at {:?}", handle.status())
    };
    status.unwrap().clone()
}

/// A handler that does what the envelope's id says: `slow...` waits for `go`, `panic...`, `refuse...`, `answer...`,
/// `then...` acknowledges at once and waits for `go` after that; all others are acknowledged.
struct Bot {
    seen: Mutex<Vec<Envelope>>,
    unreadable: Mutex<Vec<usize>>,
    /// One permit lets one waiting envelope continue.
    go: Arc<Semaphore>,
    then_done: Arc<Notify>,
}

impl Bot {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            seen: Mutex::default(),
            unreadable: Mutex::default(),
            go: Arc::new(Semaphore::new(0)),
            then_done: Arc::default(),
        })
    }

    fn seen(&self) -> Vec<Envelope> {
        self.seen.lock().unwrap().clone()
    }

    fn unreadable_lengths(&self) -> Vec<usize> {
        self.unreadable.lock().unwrap().clone()
    }
}

#[async_trait]
impl EnvelopeHandler for Bot {
    async fn handle(&self, envelope: Envelope) -> Result<Ack, NoAck> {
        let id = envelope.id.clone();
        self.seen.lock().unwrap().push(envelope);
        if id.starts_with("slow") {
            self.go.acquire().await.unwrap().forget();
        }
        assert!(!id.starts_with("panic"), "as ordered");
        if id.starts_with("refuse") {
            return Err(NoAck::because("as ordered"));
        }
        if id.starts_with("answer") {
            return Ok(Ack::with(json!({ "response_action": "clear" })));
        }
        if id.starts_with("then") {
            let go = Arc::clone(&self.go);
            let done = Arc::clone(&self.then_done);
            return Ok(Ack::bare().then(async move {
                go.acquire().await.unwrap().forget();
                done.notify_one();
            }));
        }
        Ok(Ack::bare())
    }

    fn acknowledged(&self, _kind: &str, _took: Duration) {}

    async fn unreadable(&self, length: usize) {
        self.unreadable.lock().unwrap().push(length);
    }
}
