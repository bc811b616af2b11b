//! Socket Mode: how Slack calls us. Several sockets; each envelope is handled in its own task and acknowledged on the socket it
//! came in on.
//!
//! Invariants: anything with an envelope id reaches the handler, whatever else it is; an acknowledgement is sent only after the
//! handler returned one; a socket that Slack wants replaced is served until its successor is up; nothing here panics because a
//! handler did.
//!
//! The protocol: <https://docs.slack.dev/apis/events-api/using-socket-mode>. Tested by `tests/it/socket/`.

mod backoff;
mod connection;
mod dispatch;
pub mod frame;
mod handler;
mod hub;
mod keeper;
mod settings;
mod status;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

pub use handler::{Ack, Envelope, EnvelopeHandler, NoAck};
pub use settings::SocketSettings;
pub use status::{Counts, SocketStatus, Trouble};

use super::web::WebApi;
use hub::Hub;

/// Where Socket Mode is started.
pub struct SocketMode;

impl SocketMode {
    /// Opens the sockets and keeps them open until [`SocketHandle::shutdown`]. Returns at once: the status says whether a
    /// socket is up.
    pub fn start(web: WebApi, handler: Arc<dyn EnvelopeHandler>, settings: SocketSettings) -> SocketHandle {
        let hub = Arc::new(Hub::new(web, handler, settings));
        for _ in 0..hub.sockets_wanted() {
            let keeper = keeper::keep_open(Arc::clone(&hub));
            let until_stopped = hub.stop.clone().run_until_cancelled_owned(keeper);
            hub.sockets.spawn(until_stopped);
        }
        SocketHandle { hub }
    }
}

/// The running sockets. Dropping it closes them without waiting.
pub struct SocketHandle {
    hub: Arc<Hub>,
}

/// How a shutdown went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DrainReport {
    /// Handlers that were still running when the time ran out, and were stopped.
    pub unfinished: usize,
}

impl SocketHandle {
    pub fn status(&self) -> SocketStatus {
        self.hub.status.borrow().clone()
    }

    /// The status, with notification of changes.
    pub fn watch(&self) -> watch::Receiver<SocketStatus> {
        self.hub.status.subscribe()
    }

    /// Replaces one of the sockets with a new one, whose greeting says how many there are; the old one serves until then.
    pub fn renew_one(&self) {
        self.hub.renew.notify_one();
    }

    /// Takes no more envelopes, lets the running handlers finish, sends their acknowledgements, closes the sockets; all within `within`.
    /// A socket closes as soon as its last acknowledgement is out; what handlers do after theirs continues meanwhile.
    pub async fn shutdown(self, within: Duration) -> DrainReport {
        self.hub.finish_by(Instant::now() + within);
        self.hub.stop.cancel();
        self.hub.sockets.close();
        self.hub.work.close();
        let all_done = async {
            self.hub.sockets.wait().await;
            self.hub.work.wait().await;
        };
        let in_time = tokio::time::timeout(within, all_done).await.is_ok();
        let unfinished = if in_time { 0 } else { self.hub.work.len() };
        self.hub.give_up.cancel();
        if unfinished > 0 {
            tracing::warn!(unfinished, "handlers were stopped before they had finished");
        }
        DrainReport { unfinished }
    }
}

impl Drop for SocketHandle {
    fn drop(&mut self) {
        self.hub.stop.cancel();
    }
}
