//! Connections on which no answer is longer than those of Slack, which are the longest: a broken proxy or worse that sends more cannot fill the
//! memory.
//!
//! Invariant: at most [`LONGEST`] bytes are read after a write; then the connection ends with [`ErrorKind::FileTooLarge`].

use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Uri;
use hyper::rt::{Read, ReadBuf, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use tower_service::Service;

/// Slack's longest answers are pages of 200 messages or 1,000 channels, which stay under a few megabytes.
const LONGEST: usize = 16 << 20;

/// Read at a time.
const PIECE: usize = 16 << 10;

/// Bounds the answers on every connection that `C` makes.
#[derive(Clone)]
pub struct Bounded<C>(pub C);

impl<C> Service<Uri> for Bounded<C>
where
    C: Service<Uri>,
    C::Future: Send + 'static,
{
    type Response = BoundedStream<C::Response>;
    type Error = C::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, C::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), C::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        let connecting = self.0.call(server);
        Box::pin(async move {
            Ok(BoundedStream {
                stream: connecting.await?,
                unasked: 0,
            })
        })
    }
}

/// One such connection.
pub struct BoundedStream<S> {
    stream: S,
    /// Bytes read since something was written.
    unasked: usize,
}

impl<S: Read + Unpin> Read for BoundedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut into: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        if self.unasked > LONGEST {
            return Poll::Ready(Err(ErrorKind::FileTooLarge.into()));
        }
        // Into a buffer of our own first, because the given one does not tell how much went into it.
        let mut piece = [0; PIECE];
        let room = into.remaining().min(PIECE);
        let mut read = ReadBuf::new(&mut piece[..room]);
        std::task::ready!(Pin::new(&mut self.stream).poll_read(context, read.unfilled()))?;
        self.unasked += read.filled().len();
        into.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }
}

impl<S: Write + Unpin> Write for BoundedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.unasked = 0;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: Connection> Connection for BoundedStream<S> {
    fn connected(&self) -> Connected {
        self.stream.connected()
    }
}
