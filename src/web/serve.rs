//! The portal's connections: how many there may be, how long each may take, and how they end.

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
use url::Url;

use super::address::Peer;
use super::site::Site;
use super::tls::{Certificate, TlsError};
use super::{Portal, route};
use crate::config::WebConfig;

/// Connections at once; the next one waits for its turn.
const CONNECTIONS: usize = 512;

/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(5);

/// How long a browser may take to send the head of a request, the pause between two requests included.
const HEAD: Duration = Duration::from_secs(30);

/// How long one connection may last: then its last answer is finished, and the browser makes a new one.
const LONGEST: Duration = Duration::from_mins(10);

/// How long a connection that is to end may take for its last answer.
const DRAIN: Duration = Duration::from_secs(4);

/// How long to wait if no connection can be taken, for example because there are no more file handles.
const AGAIN: Duration = Duration::from_millis(200);

/// Why the portal cannot open.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    #[error("it cannot listen on {0}: {1}")]
    Taken(SocketAddr, #[source] io::Error),
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Where browsers connect to, before anybody is answered.
pub struct Door {
    listener: TcpListener,
    certificate: Option<Arc<Certificate>>,
    site: Site,
}

impl Door {
    /// Begins to listen.
    pub async fn open(config: &WebConfig) -> Result<Self, DoorError> {
        let certificate = config.tls.clone().map(Certificate::read).transpose()?;
        let taken = |error| DoorError::Taken(config.listen, error);
        let listener = TcpListener::bind(config.listen).await.map_err(taken)?;
        let here = listener.local_addr().map_err(taken)?;
        let origin = config.public_url.clone().unwrap_or_else(|| at(here));
        let site = Site::new(origin, config.trusted_proxies.clone(), certificate.is_some());
        Ok(Self {
            listener,
            certificate: certificate.map(Arc::new),
            site,
        })
    }

    /// Where browsers find it.
    pub fn site(&self) -> &Site {
        &self.site
    }
}

fn at(here: SocketAddr) -> Url {
    Url::parse(&format!("http://{here}")).expect("an address with a port is a host with a port")
}

/// Answers browsers until the stop, then finishes what is under way.
pub async fn serve(door: Door, portal: Arc<Portal>, stop: CancellationToken) {
    tracing::info!(at = door.site.origin(), "the portal is open");
    let router = route::router(portal);
    let connections = TaskTracker::new();
    let seats = Arc::new(Semaphore::new(CONNECTIONS));
    let taking = async {
        loop {
            let seat = Arc::clone(&seats).acquire_owned().await;
            let Ok(seat) = seat else { return };
            match door.listener.accept().await {
                Ok((stream, peer)) => {
                    let certificate = door.certificate.clone();
                    let connection = Connection {
                        router: router.clone(),
                        peer: Peer(peer.ip().to_canonical()),
                        stop: stop.clone(),
                        _seat: seat,
                    };
                    connections.spawn(connection.answer(stream, certificate));
                }
                Err(error) => {
                    tracing::debug!(%error, "a browser could not connect");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    };
    stop.run_until_cancelled(taking).await;
    drop(door.listener);
    connections.close();
    connections.wait().await;
}

type Connected<I, S> = http1::Connection<TokioIo<I>, S>;

struct Connection {
    router: Router,
    peer: Peer,
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
        let (peer, router) = (self.peer, self.router);
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            router.clone().call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .serve_connection(TokioIo::new(stream), answer);
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => finished(connection).await,
            () = tokio::time::sleep(LONGEST) => finished(connection).await,
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection of the portal ended early");
        }
    }
}

/// Lets a connection give the answer it is at, and no other.
async fn finished<I, S>(mut connection: Pin<&mut Connected<I, S>>) -> hyper::Result<()>
where
    I: AsyncRead + AsyncWrite + Unpin,
    S: HttpService<Incoming, ResBody = Body>,
    S::Error: Into<Box<dyn Error + Send + Sync>>,
{
    connection.as_mut().graceful_shutdown();
    tokio::time::timeout(DRAIN, connection).await.unwrap_or(Ok(()))
}
