//! A server that takes events over HTTP, and fails as it is told.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::net::TcpListener;

/// How it answers one request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// With this status, these headers and this body.
    Says(u16, Vec<(&'static str, String)>, String),
    /// Never.
    Hangs,
}

impl Answer {
    pub(crate) fn status(status: u16) -> Self {
        Self::Says(status, Vec::new(), String::new())
    }
}

/// A request that it got.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// The status it was answered with; 0 if it was not.
    pub(crate) answered: u16,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

type Rule = Box<dyn Fn(&Got) -> Option<Answer> + Send + Sync>;

#[derive(Default)]
struct State {
    got: Mutex<Vec<Got>>,
    next: Mutex<VecDeque<Answer>>,
    rule: Mutex<Option<Rule>>,
}

/// The server; it is gone with this.
pub(crate) struct Receiver {
    port: u16,
    state: Arc<State>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    /// Answers everything with 200 until it is told otherwise.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let state = Arc::clone(&shared);
                let serving = service_fn(move |request| answer(Arc::clone(&state), request));
                // A caller that hangs up is no fault.
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), serving));
            }
        });
        Self { port, state, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Answers the next requests like this, one after the other.
    pub(crate) fn answers_next(&self, answers: impl IntoIterator<Item = Answer>) {
        self.state.next.lock().extend(answers);
    }

    /// Answers like this whatever it says something about, until the next call.
    pub(crate) fn answers(&self, rule: impl Fn(&Got) -> Option<Answer> + Send + Sync + 'static) {
        *self.state.rule.lock() = Some(Box::new(rule));
    }

    /// Everything that it got, in order.
    pub(crate) fn got(&self) -> Vec<Got> {
        self.state.got.lock().clone()
    }

    /// What it took: requests that it answered with success.
    pub(crate) fn took(&self) -> Vec<Got> {
        let mut got = self.got();
        got.retain(|got| (200..300).contains(&got.answered));
        got
    }
}

async fn answer(
    state: Arc<State>,
    request: Request<hyper::body::Incoming>,
) -> Result<Response<Body>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes);
    let mut got = Got {
        path: head.uri.to_string(),
        headers: head.headers,
        body: String::from_utf8(body.unwrap_or_default().to_vec()).unwrap(),
        answered: 0,
    };
    let next = state.next.lock().pop_front();
    let by_rule = || state.rule.lock().as_ref().and_then(|rule| rule(&got));
    let answer = next.or_else(by_rule).unwrap_or_else(|| Answer::status(200));
    let Answer::Says(status, headers, text) = answer else {
        state.got.lock().push(got);
        return std::future::pending().await;
    };
    got.answered = status;
    state.got.lock().push(got);
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    Ok(response.body(Body::from(text)).unwrap())
}
