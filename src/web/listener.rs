//! Connections: how many there may be, how long each may take, and how they end.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_service::Service;

use super::address::Peer;
use super::tls::Certificate;

/// Connections at once; the next one waits for its turn.
const CONNECTIONS: usize = 512;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// How long things may take on a connection.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    /// The head of a request, the pause between two requests included.
    head: Duration,
    /// One connection, whatever it sends: then its last answer is finished, and the client makes a new one.
    connection: Duration,
    /// That last answer.
    last_answer: Duration,
}

/// With browsers, which keep a connection open, and whose last answer can be a file of the whole history.
pub(super) const BROWSER: Patience = Patience {
    head: Duration::from_secs(30),
    connection: Duration::from_mins(10),
    last_answer: Duration::from_hours(2),
};

/// With monitors, so that nobody can keep all others out: neither by saying nothing, nor by asking again and again.
pub(super) const MONITOR: Patience = Patience {
    head: Duration::from_secs(3),
    connection: Duration::from_secs(3),
    last_answer: Duration::from_secs(10),
};

/// How long a connection that is to end may take for its last answer.
const DRAIN: Duration = Duration::from_secs(4);

/// How long to wait if no connection can be taken, for example because there are no more file handles.
const AGAIN: Duration = Duration::from_millis(200);

/// Nothing can be served there.
#[derive(Debug, thiserror::Error)]
#[error("it cannot listen on {0}: {1}")]
pub struct Taken(SocketAddr, #[source] io::Error);

/// An address that can be connected to, before anybody is answered.
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    certificate: Option<Arc<Certificate>>,
}

impl Listener {
    /// Begins to listen; with a certificate, for TLS.
    pub(super) async fn open(at: SocketAddr, certificate: Option<Certificate>) -> Result<Self, Taken> {
        let taken = |error| Taken(at, error);
        let socket = TcpListener::bind(at).await.map_err(taken)?;
        Ok(Self {
            address: socket.local_addr().map_err(taken)?,
            socket,
            certificate: certificate.map(Arc::new),
        })
    }

    /// Where it listens, with the port that it got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until the stop, then finishes what is under way.
    pub(super) async fn answer(self, router: Router, patience: Patience, stop: CancellationToken) {
        let connections = TaskTracker::new();
        let seats = Arc::new(Semaphore::new(CONNECTIONS));
        let taking = async {
            loop {
                let seat = Arc::clone(&seats).acquire_owned().await;
                let Ok(seat) = seat else { return };
                match self.socket.accept().await {
                    Ok((stream, peer)) => {
                        let connection = Connection {
                            router: router.clone(),
                            peer: Peer(peer.ip().to_canonical()),
                            patience,
                            stop: stop.clone(),
                            _seat: seat,
                        };
                        connections.spawn(connection.answer(stream, self.certificate.clone()));
                    }
                    Err(error) => {
                        tracing::debug!(%error, "somebody could not connect");
                        tokio::time::sleep(AGAIN).await;
                    }
                }
            }
        };
        stop.run_until_cancelled(taking).await;
        drop(self.socket);
        connections.close();
        connections.wait().await;
    }
}

type Connected<I, S> = http1::Connection<TokioIo<I>, S>;

struct Connection {
    router: Router,
    peer: Peer,
    patience: Patience,
    stop: CancellationToken,
    /// Free again once the connection is closed.
    _seat: OwnedSemaphorePermit,
}

impl Connection {
    async fn answer(self, stream: TcpStream, certificate: Option<Arc<Certificate>>) {
        // Without it an answer may be a moment later.
        let _ = stream.set_nodelay(true);
        match certificate {
            None => self.speak(stream).await,
            Some(certificate) => {
                let handshake = tokio::time::timeout(HANDSHAKE, certificate.acceptor().accept(stream));
                if let Some(Ok(Ok(stream))) = self.stop.run_until_cancelled(handshake).await {
                    self.speak(stream).await;
                }
            }
        }
    }

    async fn speak(self, stream: impl AsyncRead + AsyncWrite + Unpin) {
        let (peer, router, patience) = (self.peer, self.router, self.patience);
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            router.clone().call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(patience.head)
            .serve_connection(TokioIo::new(stream), answer);
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => finished(connection, DRAIN).await,
            () = tokio::time::sleep(patience.connection) => tokio::select! {
                ended = finished(connection.as_mut(), patience.last_answer) => ended,
                () = self.stop.cancelled() => finished(connection, DRAIN).await,
            },
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

/// Lets a connection give the answer it is at, and no other.
async fn finished<I, S>(mut connection: Pin<&mut Connected<I, S>>, within: Duration) -> hyper::Result<()>
where
    I: AsyncRead + AsyncWrite + Unpin,
    S: HttpService<Incoming, ResBody = Body>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
{
    connection.as_mut().graceful_shutdown();
    if let Ok(ended) = tokio::time::timeout(within, connection).await {
        return ended;
    }
    tracing::warn!("an answer took too long, and was cut off");
    Ok(())
}
