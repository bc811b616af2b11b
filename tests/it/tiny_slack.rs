//! The smallest server that Web API and Socket Mode can be tried against, frame by frame and byte by byte.
//! For what only a misbehaving Slack does; how people use the bot is tested against the simulator.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use apono::network::{Network, install_crypto_provider};
use apono::slack::web::{ApiUrl, Pacing, Tokens, WebApi, WebSettings};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message;

/// Longest wait for anything that is expected.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub(crate) struct TinySlack {
    address: String,
    state: Arc<watch::Sender<State>>,
    answers: Arc<Mutex<HashMap<String, VecDeque<Answer>>>>,
}

/// What was seen, in order.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) requests: Vec<Request>,
    pub(crate) sockets: Vec<Socket>,
    /// Acknowledgements: the number of the socket they came by, and the frame.
    pub(crate) acks: Vec<(usize, Value)>,
    /// How many sockets the next greetings count; 1 where there is none left.
    pub(crate) counted: VecDeque<u32>,
}

#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Value,
}

pub(crate) struct Socket {
    orders: mpsc::UnboundedSender<Order>,
    /// The client sent a close frame.
    pub(crate) said_goodbye: bool,
    pub(crate) pings: usize,
}

enum Order {
    Send(String),
    /// Stop reading and writing, but keep the TCP connection.
    Freeze,
    Close,
}

/// How to answer a request.
#[derive(Clone)]
pub(crate) enum Answer {
    /// Status, further header lines, body.
    Http(u16, &'static str, String),
    /// End the connection without an answer.
    HangUp,
    /// Never answer.
    Silence,
}

impl TinySlack {
    pub(crate) async fn start() -> Self {
        install_crypto_provider();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let slack = Self {
            address: listener.local_addr().unwrap().to_string(),
            state: Arc::default(),
            answers: Arc::default(),
        };
        let server = slack.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(server.clone().serve(stream));
            }
        });
        slack
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn api_url(&self) -> ApiUrl {
        ApiUrl::parse(&format!("{}/api", self.origin()), false).unwrap()
    }

    pub(crate) fn web(&self) -> WebApi {
        self.web_with(Pacing::Off)
    }

    pub(crate) fn web_with(&self, pacing: Pacing) -> WebApi {
        WebApi::new(WebSettings {
            api_url: self.api_url(),
            tokens: Some(Tokens::new(
                &"xoxb-very-secret".to_owned().into(),
                &"xapp-very-secret".to_owned().into(),
            )),
            network: Network::default(),
            pacing,
        })
        .unwrap()
    }

    /// How many sockets of the app the next greetings count.
    pub(crate) fn count_sockets(&self, counted: impl Into<VecDeque<u32>>) {
        let counted = counted.into();
        self.state.send_modify(|state| state.counted = counted);
    }

    /// The next request to `path` is answered like this; without such an order, with `{"ok": true}`.
    pub(crate) fn answer_next(&self, path: &str, answer: Answer) {
        let mut answers = self.answers.lock().unwrap();
        answers.entry(path.to_owned()).or_default().push_back(answer);
    }

    pub(crate) fn answer_json(&self, path: &str, body: &Value) {
        self.answer_next(path, Answer::Http(200, "", body.to_string()));
    }

    /// Returns what `look` makes of the state as soon as it makes something.
    pub(crate) async fn wait_for<R>(&self, what: &str, look: impl Fn(&State) -> Option<R>) -> R {
        let mut changes = self.state.subscribe();
        let seen = async {
            loop {
                if let Some(result) = look(&changes.borrow_and_update()) {
                    return result;
                }
                changes.changed().await.unwrap();
            }
        };
        tokio::time::timeout(PATIENCE, seen)
            .await
            .unwrap_or_else(|_| panic!("never saw {what}"))
    }

    pub(crate) fn requests(&self, path: &str) -> Vec<Request> {
        let state = self.state.borrow();
        let of_path = state
            .requests
            .iter()
            .filter(|request| request.path.starts_with(path));
        of_path.cloned().collect()
    }

    pub(crate) async fn wait_for_sockets(&self, opened: usize) {
        self.wait_for(&format!("{opened} sockets opened"), |state| {
            (state.sockets.len() >= opened).then_some(())
        })
        .await;
    }

    pub(crate) fn sockets_opened(&self) -> usize {
        self.state.borrow().sockets.len()
    }

    /// The socket by which the envelope was acknowledged, and the frame.
    pub(crate) async fn wait_for_ack(&self, envelope_id: &str) -> (usize, Value) {
        self.wait_for(&format!("an ack of {envelope_id}"), |state| {
            let ack = state
                .acks
                .iter()
                .find(|(_, ack)| ack["envelope_id"] == envelope_id);
            ack.cloned()
        })
        .await
    }

    pub(crate) fn is_acked(&self, envelope_id: &str) -> bool {
        let state = self.state.borrow();
        state
            .acks
            .iter()
            .any(|(_, ack)| ack["envelope_id"] == envelope_id)
    }

    /// Sends a frame by the socket that was opened as number `socket`, counted from 0.
    pub(crate) fn send(&self, socket: usize, frame: &Value) {
        self.order(socket, Order::Send(frame.to_string()));
    }

    pub(crate) fn send_text(&self, socket: usize, text: &str) {
        self.order(socket, Order::Send(text.to_owned()));
    }

    pub(crate) fn send_click(&self, socket: usize, envelope_id: &str) {
        let frame = json!({
            "type": "interactive", "envelope_id": envelope_id,
            "payload": { "type": "block_actions" }, "accepts_response_payload": false,
        });
        self.send(socket, &frame);
    }

    pub(crate) fn freeze(&self, socket: usize) {
        self.order(socket, Order::Freeze);
    }

    pub(crate) fn close(&self, socket: usize) {
        self.order(socket, Order::Close);
    }

    fn order(&self, socket: usize, order: Order) {
        // A closed socket does not accept orders.
        let _ = self.state.borrow().sockets[socket].orders.send(order);
    }

    async fn serve(self, stream: TcpStream) {
        let mut start = [0; 9];
        while stream.peek(&mut start).await.unwrap_or(0) < start.len() {
            tokio::task::yield_now().await;
        }
        if &start == b"GET /link" {
            self.serve_socket(stream).await;
        } else {
            // A client that went away is its own business.
            let _ = self.serve_request(stream).await;
        }
    }

    async fn serve_request(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let request = read_request(&mut stream).await?;
        let path = request.path.split('?').next().unwrap_or_default().to_owned();
        self.state.send_modify(|state| state.requests.push(request));
        let ordered = {
            let mut answers = self.answers.lock().unwrap();
            answers.get_mut(&path).and_then(VecDeque::pop_front)
        };
        let answer = ordered.unwrap_or_else(|| {
            let body = match path.as_str() {
                "/api/apps.connections.open" => json!({
                    "ok": true,
                    "url": format!("ws://{}/link/?ticket=hush-hush", self.address),
                }),
                _ => json!({ "ok": true }),
            };
            Answer::Http(200, "", body.to_string())
        });
        match answer {
            Answer::Http(status, headers, body) => {
                let head = format!(
                    "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
                    body.len()
                );
                stream.write_all(format!("{head}{body}").as_bytes()).await
            }
            Answer::HangUp => Ok(()),
            Answer::Silence => std::future::pending().await,
        }
    }

    async fn serve_socket(&self, stream: TcpStream) {
        let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else {
            return;
        };
        let (sender, mut orders) = mpsc::unbounded_channel();
        let mut counted = 1;
        self.state
            .send_modify(|state| counted = state.counted.pop_front().unwrap_or(1));
        let hello = json!({ "type": "hello", "num_connections": counted, "connection_info": { "app_id": "A0APONO" } });
        if socket.send(Message::text(hello.to_string())).await.is_err() {
            return;
        }
        let mut number = 0;
        self.state.send_modify(|state| {
            number = state.sockets.len();
            state.sockets.push(Socket {
                orders: sender,
                said_goodbye: false,
                pings: 0,
            });
        });
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Send(text)) => { let _ = socket.send(Message::text(text)).await; }
                    Some(Order::Freeze) => std::future::pending().await,
                    Some(Order::Close) | None => break,
                },
                message = socket.next() => match message {
                    Some(Ok(Message::Text(text))) => {
                        let ack = serde_json::from_str(&text).unwrap();
                        self.state.send_modify(|state| state.acks.push((number, ack)));
                    }
                    Some(Ok(Message::Close(_))) => {
                        self.state.send_modify(|state| state.sockets[number].said_goodbye = true);
                    }
                    Some(Ok(Message::Ping(_))) => {
                        self.state.send_modify(|state| state.sockets[number].pings += 1);
                    }
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => break,
                },
            }
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> std::io::Result<Request> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    let length: usize = header("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < head_end + length {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(Request {
        path: head.split(' ').nth(1).unwrap_or_default().to_owned(),
        authorization: header("authorization"),
        body: serde_json::from_slice(&bytes[head_end..]).unwrap_or_default(),
    })
}
