//! The open sockets of the app, the tickets to open more, and the envelopes that wait for an ack.
//!
//! Invariant: a ticket opens one socket; an envelope goes to exactly one socket, taken in turn.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

/// How many sockets an app may have open. Source: docs.slack.dev, "Using Socket Mode".
pub(super) const MAX_SOCKETS: usize = 10;

/// What a socket's task is told to do.
#[derive(Debug)]
pub(super) enum Outgoing {
    Frame(Value),
    Close,
}

#[derive(Debug)]
struct Socket {
    number: u64,
    outgoing: mpsc::UnboundedSender<Outgoing>,
}

#[derive(Debug, Default)]
struct Inner {
    sockets: Vec<Socket>,
    tickets: HashSet<String>,
    waiting: HashMap<String, oneshot::Sender<()>>,
    /// Number of the latest socket.
    latest: u64,
    /// Whose turn it is.
    turn: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Hub {
    inner: Mutex<Inner>,
    open: watch::Sender<usize>,
}

impl Hub {
    pub(crate) fn issue_ticket(&self) -> String {
        let ticket = Uuid::new_v4().to_string();
        self.lock().tickets.insert(ticket.clone());
        ticket
    }

    /// True once for each ticket.
    pub(super) fn redeem(&self, ticket: &str) -> bool {
        self.lock().tickets.remove(ticket)
    }

    /// Takes a new socket in: its number, what it is to send, and how many are open now. None when ten are open.
    pub(super) fn enter(&self) -> Option<(u64, mpsc::UnboundedReceiver<Outgoing>, usize)> {
        let (outgoing, orders) = mpsc::unbounded_channel();
        let mut inner = self.lock();
        if inner.sockets.len() == MAX_SOCKETS {
            return None;
        }
        inner.latest += 1;
        let number = inner.latest;
        inner.sockets.push(Socket { number, outgoing });
        let open = inner.sockets.len();
        self.open.send_replace(open);
        Some((number, orders, open))
    }

    pub(super) fn leave(&self, number: u64) {
        let mut inner = self.lock();
        inner.sockets.retain(|socket| socket.number != number);
        self.open.send_replace(inner.sockets.len());
    }

    /// Whose turn it is to get an envelope; None when no socket is open.
    pub(super) fn next_socket(&self) -> Option<u64> {
        let mut inner = self.lock();
        if inner.sockets.is_empty() {
            return None;
        }
        inner.turn = (inner.turn + 1) % inner.sockets.len();
        Some(inner.sockets[inner.turn].number)
    }

    /// Sends an envelope on a socket; the receiver fires with the ack. The envelope is lost when the socket has gone meanwhile.
    pub(super) fn send(&self, number: u64, envelope_id: &str, frame: Value) -> oneshot::Receiver<()> {
        let (acked, ack) = oneshot::channel();
        let mut inner = self.lock();
        inner.waiting.insert(envelope_id.to_owned(), acked);
        if let Some(socket) = inner.sockets.iter().find(|socket| socket.number == number) {
            // The task of the socket may have ended; then Slack, too, hears of it only by the missing ack.
            let _ = socket.outgoing.send(Outgoing::Frame(frame));
        }
        ack
    }

    /// Wakes whoever waits for this ack.
    pub(super) fn wake(&self, envelope_id: &str) {
        if let Some(acked) = self.lock().waiting.remove(envelope_id) {
            // Nobody waits any more when the ack is late.
            let _ = acked.send(());
        }
    }

    /// Sends a frame without an envelope to every socket and returns their numbers.
    pub(super) fn send_to_all(&self, frame: &Value) -> Vec<u64> {
        let inner = self.lock();
        for socket in &inner.sockets {
            let _ = socket.outgoing.send(Outgoing::Frame(frame.clone()));
        }
        inner.sockets.iter().map(|socket| socket.number).collect()
    }

    pub(super) fn close(&self, numbers: &[u64]) {
        for socket in self
            .lock()
            .sockets
            .iter()
            .filter(|socket| numbers.contains(&socket.number))
        {
            let _ = socket.outgoing.send(Outgoing::Close);
        }
    }

    pub(crate) fn open_sockets(&self) -> usize {
        *self.open.borrow()
    }

    /// The number of open sockets, to be watched.
    pub(crate) fn watch_open(&self) -> watch::Receiver<usize> {
        self.open.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first frame on a socket.
pub(super) fn hello(app_id: &str, open: usize) -> Value {
    json!({
        "type": "hello", "num_connections": open, "connection_info": {"app_id": app_id},
        "debug_info": {"host": "applink-simulator", "build_number": 1, "approximate_connection_time": 18060},
    })
}

/// Tells the app that the socket is about to close.
pub(super) fn disconnect(reason: &str) -> Value {
    json!({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-simulator"}})
}
