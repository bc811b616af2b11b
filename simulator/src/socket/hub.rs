//! The app's open sockets, the tickets to open more, and the envelopes waiting for an ack.
//!
//! Invariant: a ticket opens one socket; an envelope goes to exactly one socket, in turn.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

use crate::trouble::Wire;

/// How many sockets an app may have open. Source: docs.slack.dev, "Using Socket Mode".
pub(super) const MAX_SOCKETS: usize = 10;

/// What a socket's task is told to do.
#[derive(Debug)]
pub(super) enum Outgoing {
    Text(String),
    Close,
}

#[derive(Debug)]
struct Socket {
    number: u64,
    outgoing: mpsc::UnboundedSender<Outgoing>,
    wire: Wire,
}

/// A new socket: its number, what it should send, and how many are open now.
pub(super) type Entered = (u64, mpsc::UnboundedReceiver<Outgoing>, usize);

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

    /// True only once for each ticket.
    pub(super) fn redeem(&self, ticket: &str) -> bool {
        self.lock().tickets.remove(ticket)
    }

    /// Admits a new socket; None if ten are open.
    pub(super) fn enter(&self, wire: Wire) -> Option<Entered> {
        let (outgoing, orders) = mpsc::unbounded_channel();
        let mut inner = self.lock();
        if inner.sockets.len() == MAX_SOCKETS {
            return None;
        }
        inner.latest += 1;
        let number = inner.latest;
        inner.sockets.push(Socket {
            number,
            outgoing,
            wire,
        });
        let open = inner.sockets.len();
        self.open.send_replace(open);
        Some((number, orders, open))
    }

    pub(super) fn leave(&self, number: u64) {
        let mut inner = self.lock();
        inner.sockets.retain(|socket| socket.number != number);
        self.open.send_replace(inner.sockets.len());
    }

    /// Whose turn it is to get an envelope; None if no socket is open.
    pub(super) fn next_socket(&self) -> Option<u64> {
        let mut inner = self.lock();
        if inner.sockets.is_empty() {
            return None;
        }
        inner.turn = (inner.turn + 1) % inner.sockets.len();
        Some(inner.sockets[inner.turn].number)
    }

    /// Whether anything sent on this socket can arrive.
    pub(super) fn is_whole(&self, number: u64) -> bool {
        let inner = self.lock();
        let socket = inner.sockets.iter().find(|socket| socket.number == number);
        socket.is_some_and(|socket| socket.wire.is_whole())
    }

    /// Starts waiting for the ack of this envelope; the receiver fires with it.
    pub(super) fn expect(&self, envelope_id: &str) -> oneshot::Receiver<()> {
        let (acked, ack) = oneshot::channel();
        self.lock().waiting.insert(envelope_id.to_owned(), acked);
        ack
    }

    /// Sends a frame on a socket. It is lost if the socket is gone by then.
    pub(super) fn send(&self, number: u64, frame: &Value) {
        let inner = self.lock();
        if let Some(socket) = inner.sockets.iter().find(|socket| socket.number == number) {
            // The socket's task may have ended; then the real Slack would also notice only by the missing ack.
            let _ = socket.outgoing.send(Outgoing::Text(frame.to_string()));
        }
    }

    /// Wakes the task waiting for this ack.
    pub(super) fn wake(&self, envelope_id: &str) {
        if let Some(acked) = self.lock().waiting.remove(envelope_id) {
            // Nobody is waiting any more if the ack is late.
            let _ = acked.send(());
        }
    }

    /// Sends a text that is not an envelope to every socket and returns their numbers.
    pub(super) fn send_to_all(&self, text: &str) -> Vec<u64> {
        let inner = self.lock();
        for socket in &inner.sockets {
            let _ = socket.outgoing.send(Outgoing::Text(text.to_owned()));
        }
        inner.sockets.iter().map(|socket| socket.number).collect()
    }

    /// Cuts every socket; returns their numbers. They leave on their own, and are not used for anything from now on.
    pub(crate) fn cut_all(&self) -> Vec<u64> {
        let mut inner = self.lock();
        let cut = std::mem::take(&mut inner.sockets);
        self.open.send_replace(0);
        for socket in &cut {
            socket.wire.cut();
        }
        cut.iter().map(|socket| socket.number).collect()
    }

    /// Silences every socket; returns their numbers.
    pub(crate) fn silence_all(&self) -> Vec<u64> {
        let inner = self.lock();
        for socket in &inner.sockets {
            socket.wire.silence();
        }
        inner.sockets.iter().map(|socket| socket.number).collect()
    }

    pub(crate) fn close(&self, numbers: &[u64]) {
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
