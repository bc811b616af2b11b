//! What all sockets share: the handler, the lines that acknowledgements go out on, the status, and the signals to stop.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::frame::Hello;
use super::settings::MOST_SOCKETS;
use super::{Counts, EnvelopeHandler, SocketSettings, SocketStatus, Trouble};
use crate::slack::web::WebApi;

pub(super) struct Hub {
    pub(super) web: WebApi,
    pub(super) handler: Arc<dyn EnvelopeHandler>,
    pub(super) settings: SocketSettings,
    pub(super) status: watch::Sender<SocketStatus>,
    /// No new envelopes and no new sockets.
    pub(super) stop: CancellationToken,
    /// The time for finishing has run out.
    pub(super) give_up: CancellationToken,
    /// One keeper is to replace its socket.
    pub(super) renew: Notify,
    /// One task for each socket, and one for each place that keeps a socket open.
    pub(super) sockets: TaskTracker,
    /// One task for each envelope.
    pub(super) work: TaskTracker,
    lines: Mutex<BTreeMap<u64, Open>>,
    next_id: AtomicU64,
    finish_by: OnceLock<Instant>,
}

/// Time for the last acknowledgements of a replaced socket, or of all sockets if nobody said otherwise.
const FINISH_WITHIN: Duration = Duration::from_secs(9);

/// Part of a shutdown's time that is kept for closing sockets after the last acknowledgement.
pub(super) const CLOSE_WITHIN: Duration = Duration::from_secs(1);

impl Hub {
    pub(super) fn new(web: WebApi, handler: Arc<dyn EnvelopeHandler>, settings: SocketSettings) -> Self {
        let hub = Self {
            web,
            handler,
            settings,
            status: watch::Sender::default(),
            stop: CancellationToken::new(),
            give_up: CancellationToken::new(),
            renew: Notify::new(),
            sockets: TaskTracker::new(),
            work: TaskTracker::new(),
            lines: Mutex::default(),
            next_id: AtomicU64::new(1),
            finish_by: OnceLock::new(),
        };
        hub.status
            .send_modify(|status| status.wanted = hub.sockets_wanted());
        hub
    }

    pub(super) fn sockets_wanted(&self) -> usize {
        self.settings.sockets.clamp(1, MOST_SOCKETS)
    }

    /// A number for a socket, to tell it from others in the log.
    pub(super) fn socket_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Slack greeted the socket.
    pub(super) fn opened(&self, id: u64, line: Line, hello: Hello) {
        let told = hello.num_connections.map_or(0, |count| count as usize);
        // Greetings may be read in a different order than Slack sent them, so the latest one may have an older count.
        let (open, most_told) = self.with_lines(|lines| {
            lines.insert(id, Open { line, told });
            (lines.len(), lines.values().map(|open| open.told).max())
        });
        self.status.send_modify(|status| {
            status.open = open;
            status.last_hello = Some(Instant::now());
            status.connections_told = hello.num_connections;
            status.others = most_told.unwrap_or(0).saturating_sub(open);
            status.app_id = hello.app_id.or(status.app_id.take());
            status.trouble = None;
            status.counts.opened += 1;
        });
    }

    /// Nothing more is sent on this socket, except what is already waiting for it.
    pub(super) fn ended(&self, id: u64) {
        let open = self.with_lines(|lines| {
            lines.remove(&id);
            lines.len()
        });
        self.status.send_modify(|status| status.open = open);
    }

    pub(super) fn count(&self, count: impl FnOnce(&mut Counts)) {
        self.status.send_modify(|status| count(&mut status.counts));
    }

    pub(super) fn trouble(&self, trouble: Trouble) {
        self.status.send_modify(|status| {
            status.trouble = Some(trouble);
            status.counts.setbacks += 1;
        });
    }

    /// Sends an acknowledgement on the socket the envelope came in on, or on any other if that is gone: Slack knows it by its id.
    /// If there is none at all, one that opens before `latest` will do.
    pub(super) async fn send_ack(&self, own: Line, text: String, latest: Instant) -> bool {
        let mut status = self.status.subscribe();
        if own.send(text.clone()).await {
            return true;
        }
        drop(own);
        loop {
            status.borrow_and_update();
            let others: Vec<Line> =
                self.with_lines(|lines| lines.values().map(|open| open.line.clone()).collect());
            for line in others {
                if line.send(text.clone()).await {
                    return true;
                }
            }
            // No more sockets are opened once everything stops.
            let another = self.stop.run_until_cancelled(status.changed());
            let in_time = tokio::time::timeout_at(latest.into(), another).await;
            if !matches!(in_time, Ok(Some(Ok(())))) {
                return false;
            }
        }
    }

    pub(super) fn finish_by(&self, deadline: Instant) {
        self.finish_by.get_or_init(|| deadline);
    }

    /// How long a socket that takes no more envelopes waits for the acknowledgements it still owes.
    pub(super) fn time_for_last_acks(&self) -> Duration {
        self.finish_by.get().map_or(FINISH_WITHIN, |deadline| {
            let left = deadline.saturating_duration_since(Instant::now());
            left.saturating_sub(CLOSE_WITHIN)
        })
    }

    fn with_lines<R>(&self, act: impl FnOnce(&mut BTreeMap<u64, Open>) -> R) -> R {
        act(&mut self.lines.lock())
    }
}

/// A socket that was greeted and has not ended.
struct Open {
    line: Line,
    /// How many sockets of this app Slack counted in its greeting.
    told: usize,
}

/// A handle to one socket's writer. A finishing socket waits until nobody holds a line to it.
#[derive(Clone)]
pub(super) struct Line(mpsc::UnboundedSender<Outgoing>);

/// A text to write, and the signal that it was written.
pub(super) struct Outgoing {
    pub(super) text: String,
    pub(super) written: oneshot::Sender<()>,
}

impl Line {
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Outgoing>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(sender), receiver)
    }

    /// Whether the text was written to the socket.
    async fn send(&self, text: String) -> bool {
        let (written, is_written) = oneshot::channel();
        self.0.send(Outgoing { text, written }).is_ok() && is_written.await.is_ok()
    }
}
