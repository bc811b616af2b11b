//! A hand-written test app: a Web API client and a Socket Mode loop whose answers a closure decides.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use slack_simulator::{Simulator, World};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message;

const PATIENCE: Duration = Duration::from_secs(10);

/// What the app does with an envelope.
pub(crate) enum Reply {
    Ack,
    AckWith(Value),
    Silence,
}

/// The workspace and an app in it.
pub(crate) struct Setup {
    pub(crate) slack: Simulator,
    pub(crate) app: TestApp,
}

/// Starts the example workspace, without an open socket.
pub(crate) async fn start() -> Setup {
    start_in(World::example()).await
}

pub(crate) async fn start_in(world: World) -> Setup {
    let slack = Simulator::start(world).await.unwrap();
    let app = TestApp {
        api_url: slack.api_url(),
        app_token: slack.app_token(),
        bot_token: slack.bot_token(),
    };
    Setup { slack, app }
}

/// Starts the example workspace with an app that answers every envelope as `reply` says.
pub(crate) async fn start_answering(
    reply: impl Fn(&TestApp, &Value) -> Reply + Send + Sync + 'static,
) -> (Setup, Socket) {
    let setup = start().await;
    let socket = setup.app.connect(reply).await;
    (setup, socket)
}

#[derive(Clone)]
pub(crate) struct TestApp {
    pub(crate) api_url: String,
    pub(crate) app_token: String,
    pub(crate) bot_token: String,
}

/// One open socket of the app: the frames that came, and a way to close it.
pub(crate) struct Socket {
    pub(crate) frames: Arc<Mutex<Vec<Value>>>,
    outgoing: mpsc::UnboundedSender<Message>,
    arrived: watch::Receiver<usize>,
}

impl Socket {
    /// Acks an envelope that the app has left unanswered.
    pub(crate) fn ack(&self, envelope_id: &str) {
        let ack = json!({"envelope_id": envelope_id});
        self.outgoing.send(Message::text(ack.to_string())).unwrap();
    }

    /// Closes the socket, and waits until Slack has closed it too.
    pub(crate) async fn close(mut self) {
        self.outgoing.send(Message::Close(None)).unwrap();
        self.wait_until_closed().await;
    }

    /// Waits until the socket is closed, by whichever side.
    pub(crate) async fn wait_until_closed(&mut self) {
        let closed = async { while self.arrived.changed().await.is_ok() {} };
        tokio::time::timeout(PATIENCE, closed).await.unwrap();
    }

    /// The frames of this type so far.
    pub(crate) fn of_type(&self, kind: &str) -> Vec<Value> {
        self.frames
            .lock()
            .unwrap()
            .iter()
            .filter(|frame| frame["type"] == kind)
            .cloned()
            .collect()
    }

    /// Waits until a frame suits and returns it.
    pub(crate) async fn wait_for(&mut self, suits: impl Fn(&Value) -> bool) -> Value {
        let frames = Arc::clone(&self.frames);
        let found = || frames.lock().unwrap().iter().find(|frame| suits(frame)).cloned();
        let search = self.arrived.wait_for(|_| found().is_some());
        let waited = tokio::time::timeout(PATIENCE, search).await;
        assert!(
            waited.is_ok(),
            "waited 10 s for a frame; got {:?}",
            frames.lock().unwrap()
        );
        found().unwrap()
    }
}

impl TestApp {
    /// Calls a method with the bot token and a JSON body.
    pub(crate) async fn call(&self, method: &str, arguments: Value) -> Value {
        self.call_as(Some(&self.bot_token), method, arguments).await
    }

    pub(crate) async fn call_as(&self, token: Option<&str>, method: &str, arguments: Value) -> Value {
        let body = arguments.to_string();
        request(
            Method::POST,
            &format!("{}/{method}", self.api_url),
            token,
            "application/json; charset=utf-8",
            body,
        )
        .await
        .1
    }

    /// Calls a method with GET and a query string, as slack-morphism does for reads.
    pub(crate) async fn get(&self, method: &str, query: &str) -> Value {
        request(
            Method::GET,
            &format!("{}/{method}?{query}", self.api_url),
            Some(&self.bot_token),
            "",
            String::new(),
        )
        .await
        .1
    }

    pub(crate) async fn open_url(&self) -> String {
        let answer = self
            .call_as(Some(&self.app_token), "apps.connections.open", json!({}))
            .await;
        answer["url"].as_str().unwrap().to_owned()
    }

    /// Opens a socket and waits for its hello.
    pub(crate) async fn connect(
        &self,
        reply: impl Fn(&TestApp, &Value) -> Reply + Send + Sync + 'static,
    ) -> Socket {
        let (stream, _) = tokio_tungstenite::connect_async(self.open_url().await)
            .await
            .unwrap();
        let (mut write, mut read) = stream.split();
        let frames = Arc::new(Mutex::new(Vec::new()));
        let (outgoing, mut orders) = mpsc::unbounded_channel();
        let (arrival, arrived) = watch::channel(0);
        let (app, log) = (self.clone(), Arc::clone(&frames));
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    message = read.next() => {
                        let Some(Ok(message)) = message else { break };
                        let Message::Text(text) = message else { continue };
                        let frame: Value = serde_json::from_str(&text).unwrap();
                        let ack = match frame["envelope_id"].as_str() {
                            None => None,
                            Some(id) => match reply(&app, &frame) {
                                Reply::Ack => Some(json!({"envelope_id": id})),
                                Reply::AckWith(payload) => Some(json!({"envelope_id": id, "payload": payload})),
                                Reply::Silence => None,
                            },
                        };
                        log.lock().unwrap().push(frame);
                        arrival.send_modify(|count| *count += 1);
                        if let Some(ack) = ack {
                            write.send(Message::text(ack.to_string())).await.unwrap();
                        }
                    }
                    order = orders.recv() => match order {
                        Some(message) => write.send(message).await.unwrap(),
                        None => break,
                    },
                }
            }
        });
        let mut socket = Socket {
            frames,
            outgoing,
            arrived,
        };
        socket
            .wait_for(|frame| frame["type"] == "hello" || frame["type"] == "disconnect")
            .await;
        socket
            .wait_for(|frame| frame["type"] == "hello" || frame["type"] == "disconnect")
            .await;
        socket
    }
}

/// One HTTP request: the status and the JSON body.
pub(crate) async fn request(
    method: Method,
    url: &str,
    token: Option<&str>,
    content_type: &str,
    body: String,
) -> (StatusCode, Value) {
    let mut request = Request::builder().method(method).uri(url);
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if !content_type.is_empty() {
        request = request.header("content-type", content_type);
    }
    let (status, body) = send(request.body(Full::new(Bytes::from(body))).unwrap()).await;
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

/// Gets a page of text.
pub(crate) async fn request_text(url: &str) -> (StatusCode, String) {
    let (status, body) = send(Request::get(url).body(Full::default()).unwrap()).await;
    (status, String::from_utf8(body.to_vec()).unwrap())
}

/// What came back over HTTP.
pub(crate) struct Exchange {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: String,
}

/// One HTTP request with a JSON body that may stay without an answer: None when the connection ended first.
pub(crate) async fn exchange(
    method: Method,
    url: &str,
    token: Option<&str>,
    body: String,
) -> Option<Exchange> {
    let request = Request::builder()
        .method(method)
        .uri(url)
        .header("authorization", format!("Bearer {}", token.unwrap_or_default()))
        .header("content-type", "application/json; charset=utf-8")
        .body(Full::new(Bytes::from(body)))
        .unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let response = client.request(request).await.ok()?;
    let retry_after = response.headers().get("retry-after");
    let retry_after = retry_after.map(|seconds| seconds.to_str().unwrap().to_owned());
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.ok()?.to_bytes();
    Some(Exchange {
        status,
        retry_after,
        body: String::from_utf8(body.to_vec()).unwrap(),
    })
}

async fn send(request: Request<Full<Bytes>>) -> (StatusCode, Bytes) {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let response = client.request(request).await.unwrap();
    let status = response.status();
    (status, response.into_body().collect().await.unwrap().to_bytes())
}

/// A `plain_text` object.
pub(crate) fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text})
}

/// A modal with these blocks.
pub(crate) fn modal(title: &str, blocks: &Value) -> Value {
    json!({"type": "modal", "title": plain(title), "submit": plain("Send"), "blocks": blocks})
}

/// An input block with a text input; `key` is both `block_id` and `action_id`.
pub(crate) fn text_input(key: &str, label: &str) -> Value {
    json!({"type": "input", "block_id": key, "label": plain(label), "element": {"type": "plain_text_input", "action_id": key}})
}

pub(crate) fn option(text: &str) -> Value {
    json!({"text": plain(text), "value": text.to_lowercase()})
}
