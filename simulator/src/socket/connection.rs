//! One socket, from the upgrade to its end.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::hub::{self, Entered, MAX_SOCKETS, Outgoing};
use crate::clock::micros;
use crate::shared::Shared;
use crate::trouble::{SocketMishap, Wire};

/// How often the server pings; Slack's clients expect one within 30 s.
const PING_EVERY: Duration = Duration::from_secs(5);
/// How long closing a socket may take.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);
/// How long a socket stays open and keeps getting envelopes after a warning. Source: docs.slack.dev, "Using Socket Mode".
const GRACE: Duration = Duration::from_secs(10);

pub(crate) async fn upgrade(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    Query(query): Query<HashMap<String, String>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if shared.troubles.is_outage() {
        wire.cut();
    }
    let mishap = shared.troubles.of_socket();
    let is_fresh = query
        .get("ticket")
        .is_some_and(|ticket| shared.hub.redeem(ticket));
    if !is_fresh || mishap == Some(SocketMishap::TicketRefused) {
        return (StatusCode::FORBIDDEN, "the ticket is unknown or used").into_response();
    }
    let keeper = Arc::clone(&shared);
    upgrade.on_upgrade(async move |socket| {
        keeper.spawn(greet(Arc::clone(&keeper), socket, wire, mishap));
    })
}

/// Admits the socket, unless there are too many or trouble affects it.
async fn greet(shared: Arc<Shared>, mut socket: WebSocket, wire: Wire, mishap: Option<SocketMishap>) {
    if mishap == Some(SocketMishap::NoHello) {
        while let Some(Ok(_)) = socket.recv().await {}
        return;
    }
    let entered = match mishap {
        Some(SocketMishap::TooManyWebsockets) => None,
        Some(SocketMishap::NoHello | SocketMishap::TicketRefused) | None => shared.hub.enter(wire),
    };
    let Some(entered) = entered else {
        let mut frame = hub::disconnect("too_many_websockets");
        frame["num_connections"] = json!(MAX_SOCKETS);
        let _ = socket.send(Message::text(frame.to_string())).await;
        let _ = socket.send(Message::Close(None)).await;
        return;
    };
    serve(shared, socket, entered).await;
}

async fn serve(shared: Arc<Shared>, mut socket: WebSocket, (number, mut orders, open): Entered) {
    let app_id = shared.look(|world| world.app.id.clone());
    let mut alive = socket
        .send(Message::text(hub::hello(&app_id, open).to_string()))
        .await
        .is_ok();
    let mut pings = tokio::time::interval(PING_EVERY);
    while alive {
        alive = tokio::select! {
            order = orders.recv() => match order {
                Some(Outgoing::Text(text)) => socket.send(Message::text(text)).await.is_ok(),
                Some(Outgoing::Close) | None => {
                    // Nothing more is sent on it; what the app had no time to ack is lost because of Slack, not the app.
                    shared.hub.leave(number);
                    shared.journal.lost_on(&[number]);
                    let _ = socket.send(Message::Close(None)).await;
                    false
                }
            },
            incoming = socket.recv() => match incoming {
                Some(Ok(Message::Text(text))) => {
                    take_frame(&shared, &text);
                    true
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_))) => true,
                Some(Ok(Message::Close(_)) | Err(_)) | None => false,
            },
            _ = pings.tick() => socket.send(Message::Ping(Vec::new().into())).await.is_ok(),
        };
    }
    shared.hub.leave(number);
    // Keeps reading so the close handshake can finish.
    let _ = tokio::time::timeout(CLOSE_WITHIN, async {
        while let Some(Ok(_)) = socket.recv().await {}
    })
    .await;
}

/// An ack is `{"envelope_id": ..., "payload": ...}`; anything else from the app is ignored, as Slack does.
fn take_frame(shared: &Shared, text: &str) {
    let frame: Value = serde_json::from_str(text).unwrap_or_default();
    let Some(id) = frame["envelope_id"].as_str() else {
        tracing::warn!(frame = text, "a frame that is not an ack");
        return;
    };
    let payload = frame.get("payload").filter(|payload| !payload.is_null()).cloned();
    if shared.journal.acked(id, payload, shared.clock.now()) {
        shared.hub.wake(id);
    } else {
        tracing::warn!(id, "an ack for an envelope that is unknown or already acked");
    }
}

/// Sends a `disconnect` frame to every socket. After `warning` and `refresh_requested` the sockets stay open for ten more
/// seconds; after any other reason they are closed at once.
pub(crate) fn disconnect_all(shared: &Arc<Shared>, reason: &str) {
    let numbers = shared.hub.send_to_all(&hub::disconnect(reason).to_string());
    let grace = if ["warning", "refresh_requested"].contains(&reason) {
        GRACE
    } else {
        Duration::ZERO
    };
    let end = shared.clock.now() + micros(grace);
    let keeper = Arc::clone(shared);
    shared.spawn(async move {
        keeper.clock.sleep_until(end).await;
        keeper.hub.close(&numbers);
    });
}

/// Sends a text as it is to every socket.
pub(crate) fn send_raw(shared: &Shared, text: &str) {
    shared.hub.send_to_all(text);
}
