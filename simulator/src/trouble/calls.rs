//! A call that meets trouble, or does not.
//!
//! Invariant: a call that is lost on its way to Slack leaves no record; one that Slack has read leaves one.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::{CallMishap, Verdict, Wire};
use crate::clock::micros;
use crate::shared::Shared;

const MEGABYTE: usize = 1 << 20;

/// What a proxy answers if it gets no answer itself.
const PROXY_PAGE: &str =
    "<html><head><title>Bad gateway</title></head><body>The server is not available.</body></html>";

/// Carries a call out with `run`, which makes the record and the answer, unless it meets trouble.
pub(crate) async fn carry_out(
    shared: &Arc<Shared>,
    wire: &Wire,
    call: &str,
    arguments: Value,
    run: impl FnOnce(&Arc<Shared>) -> Response + Send + 'static,
) -> Response {
    let now = shared.clock.now();
    let mishap = match shared.troubles.of_call(call, &arguments, now) {
        Verdict::Fine => return run(shared),
        Verdict::Unreachable => return hang_up(wire),
        Verdict::Mishap(mishap) => mishap,
    };
    let refused = |code: &str| {
        shared
            .journal
            .call(call, arguments.clone(), Some(code.to_owned()), now);
        Json(json!({"ok": false, "error": code})).into_response()
    };
    match mishap {
        CallMishap::RateLimited { retry_after } => {
            let mut response = refused("ratelimited");
            *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            if let Some(seconds) = retry_after {
                response
                    .headers_mut()
                    .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            }
            response
        }
        CallMishap::Status(status) => {
            refused(&format!("http_{status}"));
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, Html(PROXY_PAGE)).into_response()
        }
        CallMishap::Error(code) => refused(&code),
        CallMishap::LostRequest => hang_up(wire),
        CallMishap::LostResponse => {
            run(shared);
            hang_up(wire)
        }
        CallMishap::SlowAnswer { seconds } => {
            let response = run(shared);
            sleep(shared, seconds).await;
            response
        }
        CallMishap::KeptBack { seconds } => {
            let (done, answer) = oneshot::channel();
            let keeper = Arc::clone(shared);
            shared.spawn(async move {
                sleep(&keeper, seconds).await;
                // The caller may be gone by now; the call is carried out anyway.
                let _ = done.send(run(&keeper));
            });
            answer.await.unwrap_or_else(|_| hang_up(wire))
        }
        CallMishap::HtmlPage => {
            run(shared);
            Html(PROXY_PAGE).into_response()
        }
        CallMishap::HalfAnswer => {
            let whole = bytes_of(run(shared)).await;
            let half = whole.slice(..whole.len() / 2);
            ([(header::CONTENT_TYPE, "application/json")], half).into_response()
        }
        CallMishap::CutAnswer => cut(&bytes_of(run(shared)).await),
        CallMishap::Enormous { megabytes } => {
            let start = stream::iter([bytes_of(run(shared)).await]);
            let spaces = Bytes::from(vec![b' '; MEGABYTE]);
            let rest = stream::iter((0..megabytes).map(move |_| spaces.clone()));
            let body = Body::from_stream(start.chain(rest).map(Ok::<_, Infallible>));
            ([(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
    }
}

/// Half of an answer whose full length was announced.
fn cut(whole: &Bytes) -> Response {
    let half = whole.slice(..whole.len() / 2);
    let end = stream::once(async {
        // What was written so far has to be sent before the connection ends.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionReset))
    });
    let body = Body::from_stream(stream::iter([Ok(half)]).chain(end));
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_LENGTH, whole.len().to_string()),
    ];
    (headers, body).into_response()
}

/// The answer is never sent, because the connection is gone first.
fn hang_up(wire: &Wire) -> Response {
    wire.cut();
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

async fn sleep(shared: &Shared, seconds: u32) {
    let end = shared.clock.now() + micros(Duration::from_secs(seconds.into()));
    shared.clock.sleep_until(end).await;
}

async fn bytes_of(response: Response) -> Bytes {
    axum::body::to_bytes(response.into_body(), usize::MAX)
        .await
        .unwrap_or_default()
}
