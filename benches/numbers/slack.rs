//! A stand-in for Slack that is too lean to be the bottleneck: it greets sockets and hands them over, answers every Web API
//! call at once with only what the bot needs, and reports when each call came.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// Longest wait for anything that is expected; otherwise a measurement could wait forever.
const PATIENCE: Duration = Duration::from_secs(20);

/// A socket that the bot opened, after Slack's greeting.
pub(crate) type Socket = WebSocketStream<TcpStream>;

pub(crate) struct Slack {
    address: String,
    sockets: UnboundedReceiver<Socket>,
    pub(crate) calls: UnboundedReceiver<Call>,
}

/// A complete Web API call.
pub(crate) struct Call {
    pub(crate) method: String,
    pub(crate) arguments: Value,
    pub(crate) answer: Value,
    pub(crate) at: Instant,
}

impl Slack {
    pub(crate) async fn start() -> Self {
        let (calls_at, links_at) = (listen().await, listen().await);
        let address = calls_at.local_addr().unwrap().to_string();
        let link = format!("ws://{}/link/?ticket=1", links_at.local_addr().unwrap());
        let (new_socket, sockets) = mpsc::unbounded_channel();
        let (new_call, calls) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = calls_at.accept().await {
                stream.set_nodelay(true).unwrap();
                tokio::spawn(serve_calls(stream, link.clone(), new_call.clone()));
            }
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = links_at.accept().await {
                stream.set_nodelay(true).unwrap();
                tokio::spawn(greet(stream, new_socket.clone()));
            }
        });
        Self {
            address,
            sockets,
            calls,
        }
    }

    pub(crate) fn api_url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    /// The URL for the answer to a command.
    pub(crate) fn response_url(&self) -> String {
        format!("http://{}/commands/T0TEAM/1/AbCd", self.address)
    }

    /// Keeps the bot's sockets open when nothing is sent over them.
    pub(crate) fn attend(&mut self) {
        let (_, none) = mpsc::unbounded_channel();
        let mut sockets = std::mem::replace(&mut self.sockets, none);
        tokio::spawn(async move {
            while let Some(mut socket) = sockets.recv().await {
                tokio::spawn(async move { while socket.next().await.is_some() {} });
            }
        });
    }

    /// The next socket that the bot opens.
    pub(crate) async fn socket(&mut self) -> Socket {
        soon(self.sockets.recv()).await.unwrap()
    }
}

pub(crate) async fn soon<T>(expected: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(PATIENCE, expected).await;
    waited.expect("timed out waiting for the bot; its log is next to its config")
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

async fn greet(stream: TcpStream, sockets: UnboundedSender<Socket>) {
    let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
    let hello = json!({ "type": "hello", "num_connections": 2, "connection_info": { "app_id": "A0APONO" } });
    socket.send(Message::text(hello.to_string())).await.unwrap();
    // Nobody takes sockets after a measurement has ended.
    let _ = sockets.send(socket);
}

/// Until the bot closes it.
async fn serve_calls(stream: TcpStream, link: String, calls: UnboundedSender<Call>) {
    let mut stream = BufReader::new(stream);
    while let Some((path, body)) = read_request(&mut stream).await {
        let at = Instant::now();
        let (path, query) = path.split_once('?').unwrap_or((&path, ""));
        let method = path.trim_start_matches("/api/").to_owned();
        let arguments = if body.is_empty() {
            url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .map(|(name, value)| (name, Value::from(value)))
                .collect()
        } else {
            serde_json::from_slice(&body).unwrap_or_default()
        };
        let answer = answer(&method, &arguments, &link);
        let body = answer.to_string();
        let _ = calls.send(Call {
            method,
            arguments,
            answer,
            at,
        });
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ";
        let whole = format!("{head}{}\r\n\r\n{body}", body.len());
        if stream.get_mut().write_all(whole.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// Path with query, and body; `None` at the end of the connection.
async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((path, body))
}

fn answer(method: &str, arguments: &Value, link: &str) -> Value {
    let text = |name: &str| arguments[name].as_str().unwrap_or_default().to_owned();
    match method {
        "auth.test" => json!({
            "ok": true, "url": "https://example.slack.com/", "team": "Example", "user": "apono",
            "team_id": "T0TEAM", "user_id": "U0BOT", "bot_id": "B0BOT",
        }),
        "apps.connections.open" => json!({ "ok": true, "url": link }),
        "users.info" => json!({ "ok": true, "user": {
            "id": text("user"), "team_id": "T0TEAM", "name": "dana", "real_name": "Dana Ito",
            "is_email_confirmed": true, "profile": { "email": format!("{}@example.com", text("user").to_lowercase()) },
        } }),
        "conversations.info" => json!({ "ok": true, "channel": {
            "id": text("channel"), "name": "permissions-audit", "is_member": true,
        } }),
        "conversations.history" => json!({ "ok": true, "messages": [] }),
        "conversations.open" => json!({ "ok": true, "channel": { "id": format!("D{}", text("users")) } }),
        "chat.postMessage" => json!({ "ok": true, "channel": text("channel"), "ts": next_ts() }),
        "chat.update" => {
            json!({ "ok": true, "channel": text("channel"), "ts": text("ts"), "text": text("text") })
        }
        "views.open" | "views.update" => json!({ "ok": true, "view": { "id": "V0VIEW", "hash": "1.a" } }),
        _ => json!({ "ok": true }),
    }
}

/// Unique within a channel.
fn next_ts() -> String {
    static POSTED: AtomicU64 = AtomicU64::new(0);
    format!("1800000000.{:06}", POSTED.fetch_add(1, Ordering::Relaxed))
}

/// `/apono <text>`, as Slack sends it.
pub(crate) fn command(envelope: &str, text: &str) -> Message {
    let payload = json!({
        "token": "Zm9yIHRlc3RzIG9ubHkgMTIzNA", "team_id": "T0TEAM", "team_domain": "example",
        "channel_id": "C0GENERAL", "channel_name": "general", "user_id": "U0DANA", "user_name": "dana",
        "command": "/apono", "text": text, "api_app_id": "A0APONO", "is_enterprise_install": "false",
        "response_url": "https://hooks.slack.com/commands/T0TEAM/1234567890123/AbCdEfGhIjKlMnOpQrStUvWx",
        "trigger_id": envelope,
    });
    frame(envelope, "slash_commands", &payload)
}

pub(crate) fn frame(envelope: &str, kind: &str, payload: &Value) -> Message {
    let frame = json!({
        "envelope_id": envelope, "type": kind, "payload": payload, "accepts_response_payload": true,
    });
    Message::text(frame.to_string())
}

/// The envelope of an acknowledgement. Not parsed as JSON, because the load should be the bot's.
pub(crate) fn acked(message: &Message) -> Option<&str> {
    let (_, rest) = message.to_text().ok()?.split_once(r#""envelope_id":""#)?;
    rest.split('"').next()
}
