//! One WebSocket, from Slack's address to the close frame.
//!
//! Each is served by its own task. The [`Connection`] is the keeper's handle to that task: dropping it retires the socket,
//! which is then served a little longer and closed after its last acknowledgement.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::Uri;
use hyper_util::rt::TokioIo;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_util::sync::{CancellationToken, DropGuard};
use tower_service::Service;

use super::frame::{Frame, Reason};
use super::hub::{CLOSE_WITHIN, Hub, Line, Outgoing};
use super::{dispatch, frame};
use crate::network::Stream;
use crate::slack::web::{WebApi, WebError};

type WebSocket = WebSocketStream<TokioIo<Stream>>;

/// A write that takes longer means that nobody is reading at the other end.
const WRITE_WITHIN: Duration = Duration::from_secs(5);

/// A socket that Slack has greeted.
pub(super) struct Connection {
    opened_at: Instant,
    events: UnboundedReceiver<Event>,
    _retire_on_drop: DropGuard,
}

/// What the keeper has to know about a socket. When the channel ends, the socket has ended.
enum Event {
    Hello,
    Disconnect(Reason),
}

/// Why a socket did not come up.
#[derive(Debug)]
pub(super) enum OpenError {
    /// Slack gave no address.
    Address(WebError),
    /// Slack closed it before greeting it.
    Disconnected(Reason),
    /// There was no WebSocket, or no greeting.
    Failed(&'static str),
}

impl Connection {
    /// Returns once Slack has greeted the new socket, which is served even before that.
    pub(super) async fn open(hub: &Arc<Hub>) -> Result<Self, OpenError> {
        let url = hub.web.open_connection().await.map_err(OpenError::Address)?;
        timeout(hub.settings.connect_within, Self::connect(hub, &url))
            .await
            .unwrap_or(Err(OpenError::Failed("no greeting in time")))
    }

    async fn connect(hub: &Arc<Hub>, url: &SecretString) -> Result<Self, OpenError> {
        let socket = dial(&hub.web, url).await.map_err(OpenError::Failed)?;
        let (sender, mut events) = mpsc::unbounded_channel();
        let retire = CancellationToken::new();
        hub.sockets
            .spawn(serve(Arc::clone(hub), socket, sender, retire.clone()));
        let retire_on_drop = retire.drop_guard();
        match events.recv().await {
            Some(Event::Hello) => Ok(Self {
                opened_at: Instant::now(),
                events,
                _retire_on_drop: retire_on_drop,
            }),
            Some(Event::Disconnect(reason)) => Err(OpenError::Disconnected(reason)),
            None => Err(OpenError::Failed("closed before the greeting")),
        }
    }

    /// Waits until Slack wants the socket gone, and returns why; `None` if it is gone.
    pub(super) async fn until_unwanted(&mut self) -> Option<Reason> {
        loop {
            match self.events.recv().await? {
                Event::Hello => {}
                Event::Disconnect(reason) => return Some(reason),
            }
        }
    }

    pub(super) fn age(&self) -> Duration {
        self.opened_at.elapsed()
    }
}

/// Opens the WebSocket over the same route as the Web API. Errors are in our own words, because the library's
/// can contain the address with its ticket.
async fn dial(web: &WebApi, url: &SecretString) -> Result<WebSocket, &'static str> {
    let url = url.expose_secret();
    let server: Uri = url
        .replacen("ws", "http", 1)
        .parse()
        .map_err(|_| "the address is not a server's")?;
    let stream = web.connector().call(server).await.map_err(|_| "no connection")?;
    // The handshake's buffers would make every future above it large.
    Box::pin(tokio_tungstenite::client_async(url, TokioIo::new(stream)))
        .await
        .map(|(socket, _)| socket)
        .map_err(|error| match error {
            Error::Io(_) => "the connection was lost",
            Error::Http(_) => "the address was not accepted",
            _ => "the WebSocket handshake failed",
        })
}

/// How serving ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// We take no more envelopes, and may still owe acknowledgements.
    Finishing,
    /// The other side is gone.
    Gone,
}

async fn serve(
    hub: Arc<Hub>,
    mut socket: WebSocket,
    events: UnboundedSender<Event>,
    retire: CancellationToken,
) {
    let id = hub.socket_id();
    let (line, mut acks) = Line::new();
    let mut pings = interval(hub.settings.ping_every);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut heard = Instant::now();
    let retired = async {
        retire.cancelled().await;
        sleep(hub.settings.retire_after).await;
    };
    tokio::pin!(retired);

    let end = loop {
        let is_there = tokio::select! {
            biased;
            () = hub.stop.cancelled() => break End::Finishing,
            () = &mut retired => break End::Finishing,
            Some(ack) = acks.recv() => write_ack(&mut socket, ack).await,
            message = socket.next() => {
                heard = Instant::now();
                receive(&hub, id, &line, &events, message)
            }
            () = sleep_until(heard + hub.settings.idle_after) => {
                tracing::warn!(socket = id, "socket was silent for too long");
                false
            }
            _ = pings.tick() => write(&mut socket, Message::Ping(Bytes::new())).await,
        };
        if !is_there {
            break End::Gone;
        }
    };

    hub.ended(id);
    drop(line);
    if end == End::Finishing {
        let last_acks = send_last_acks(&hub, &mut socket, &mut acks);
        if timeout(hub.time_for_last_acks(), last_acks).await.is_err() {
            tracing::warn!(socket = id, "closing a socket that still owes acknowledgements");
        }
    }
    // Before this one says goodbye, waiting acknowledgements look for another socket, and the keeper looks for a new one.
    drop(acks);
    drop(events);
    close(&hub, socket).await;
    tracing::info!(socket = id, "socket closed");
}

/// Acts on what came in; false if nothing more can come.
fn receive(
    hub: &Arc<Hub>,
    id: u64,
    line: &Line,
    events: &UnboundedSender<Event>,
    message: Option<Result<Message, Error>>,
) -> bool {
    let Some(Ok(message)) = message else {
        return false;
    };
    let text = match &message {
        // The library answers pings, and a close, on the next read or write.
        Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => return true,
        Message::Close(_) => return false,
        Message::Text(_) | Message::Binary(_) => message.to_text(),
    };
    match text.map_or(Frame::Unreadable("not text"), frame::parse) {
        Frame::Hello(hello) => {
            tracing::info!(socket = id, told = hello.num_connections, "socket open");
            hub.opened(id, line.clone(), hello);
            // Nobody listens to a retired socket.
            let _ = events.send(Event::Hello);
        }
        Frame::Disconnect(reason) => {
            tracing::info!(socket = id, ?reason, "Slack wants the socket replaced");
            let _ = events.send(Event::Disconnect(reason));
        }
        Frame::Envelope(envelope) => dispatch::take(hub, line.clone(), envelope),
        Frame::Unreadable(why) => dispatch::unreadable(hub, message.len(), why),
    }
    true
}

/// Returns once every envelope taken from this socket was acknowledged or given up, or the other side is gone.
async fn send_last_acks(hub: &Hub, socket: &mut WebSocket, acks: &mut UnboundedReceiver<Outgoing>) {
    loop {
        tokio::select! {
            biased;
            ack = acks.recv() => {
                let Some(ack) = ack else { return };
                if !write_ack(socket, ack).await {
                    return;
                }
            }
            message = socket.next() => match message {
                Some(Ok(message)) => leave(hub, &message),
                Some(Err(_)) | None => return,
            },
        }
    }
}

async fn write_ack(socket: &mut WebSocket, ack: Outgoing) -> bool {
    let is_written = write(socket, Message::text(ack.text)).await;
    if is_written {
        // The envelope's task may have been given up meanwhile.
        let _ = ack.written.send(());
    }
    is_written
}

async fn write(socket: &mut WebSocket, message: Message) -> bool {
    matches!(timeout(WRITE_WITHIN, socket.send(message)).await, Ok(Ok(())))
}

/// Sends the close frame and waits for the answer, but not for long: Slack does not end the TCP connection.
async fn close(hub: &Hub, mut socket: WebSocket) {
    let goodbye = async {
        // A socket that is gone cannot be told.
        let _ = socket.close(None).await;
        while let Some(Ok(message)) = socket.next().await {
            leave(hub, &message);
        }
    };
    let _ = timeout(CLOSE_WITHIN, goodbye).await;
}

/// Logs an envelope that arrived when none were accepted any more: the person will click again, Slack resends events.
fn leave(hub: &Hub, message: &Message) {
    if let Ok(Frame::Envelope(envelope)) = message.to_text().map(frame::parse) {
        tracing::warn!(
            envelope_id = envelope.id,
            "an envelope arrived too late to be handled"
        );
        hub.count(|counts| counts.unacked += 1);
    }
}
