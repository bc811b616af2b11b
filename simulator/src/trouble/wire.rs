//! The TCP connections, each of which can be cut or silenced.
//!
//! Invariant: a connection that is cut ends at once for both sides; on a silent one what the app writes is never read, and what is written
//! to it never arrives, while TCP itself seems fine.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

const WHOLE: u8 = 0;
const SILENT: u8 = 1;
const CUT: u8 = 2;

/// A handle to one connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wire(Arc<State>);

#[derive(Debug, Default)]
struct State {
    condition: AtomicU8,
    reader: AtomicWaker,
}

impl Wire {
    /// Ends the connection.
    pub(crate) fn cut(&self) {
        self.become_(CUT);
    }

    /// Silences the connection in both directions.
    pub(crate) fn silence(&self) {
        self.become_(SILENT);
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.condition() == WHOLE
    }

    fn become_(&self, condition: u8) {
        self.0.condition.fetch_max(condition, Ordering::SeqCst);
        self.0.reader.wake();
    }

    fn condition(&self) -> u8 {
        self.0.condition.load(Ordering::SeqCst)
    }
}

/// Accepts connections and keeps a handle to each.
pub(crate) struct Gate(pub(crate) TcpListener);

impl Listener for Gate {
    type Io = Line;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Line, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.0).await;
        let wire = Wire::default();
        (Line { stream, wire }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl Connected<IncomingStream<'_, Gate>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Gate>) -> Self {
        stream.io().wire.clone()
    }
}

/// One connection.
pub(crate) struct Line {
    stream: TcpStream,
    wire: Wire,
}

fn is_cut() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // Registered before the check, so a change between the two still wakes it.
        self.wire.0.reader.register(context.waker());
        match self.wire.condition() {
            CUT => Poll::Ready(Err(is_cut())),
            SILENT => Poll::Pending,
            _whole => Pin::new(&mut self.stream).poll_read(context, into),
        }
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.wire.condition() {
            CUT => Poll::Ready(Err(is_cut())),
            SILENT => Poll::Ready(Ok(bytes.len())),
            _whole => Pin::new(&mut self.stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.wire.condition() {
            CUT => Poll::Ready(Err(is_cut())),
            SILENT => Poll::Ready(Ok(())),
            _whole => Pin::new(&mut self.stream).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
