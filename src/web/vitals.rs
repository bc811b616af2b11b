//! Health and metrics, on an address of their own: for orchestrators, monitors and Prometheus.
//!
//! Invariant: what is read here names no person, no resource and no request. On this machine alone it is read by no page of a browser.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::uri::Authority;
use http::{HeaderMap, HeaderName, StatusCode, header};
use tokio_util::sync::CancellationToken;

use super::listener::{Listener, MONITOR, Taken};
use crate::metrics::OPEN_METRICS;

/// What is said of the running bot.
#[async_trait]
pub trait Vitals: Send + Sync {
    /// What is wrong, one sentence each; empty if the bot is working.
    async fn troubles(&self) -> Vec<String>;

    /// Everything that is counted, in the text format of `OpenMetrics`.
    async fn metrics(&self) -> String;
}

/// Begins to listen.
pub async fn open(at: SocketAddr) -> Result<Listener, Taken> {
    Listener::open(at, None).await
}

/// Answers until the stop.
pub async fn serve(listener: Listener, vitals: Arc<dyn Vitals>, stop: CancellationToken) {
    tracing::info!(at = %listener.address(), "health and metrics can be read");
    let router = Router::new()
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .layer(from_fn_with_state(listener.address(), guard))
        .with_state(vitals);
    listener.answer(router, MONITOR, stop).await;
}

/// On loopback, a page in a browser of this machine could read what is here under a name of its own that leads here (DNS rebinding).
async fn guard(State(here): State<SocketAddr>, request: Request, next: Next) -> Response {
    if here.ip().to_canonical().is_loopback() && !is_asked_by_address(request.headers()) {
        let said = "This is answered only at an IP address or localhost.\n";
        return text(StatusCode::MISDIRECTED_REQUEST, said.to_owned());
    }
    next.run(request).await
}

/// Whether the host that was asked for is an address or `localhost`, which nobody can let lead elsewhere.
fn is_asked_by_address(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let Ok(asked) = Authority::try_from(host.as_bytes()) else {
        return false;
    };
    let name = asked.host();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

type Vital = State<Arc<dyn Vitals>>;

/// The process answers, whatever else is wrong: starting it again would help nothing that it does not do itself.
async fn alive() -> Response {
    text(StatusCode::OK, "ok\n".to_owned())
}

async fn ready(State(vitals): Vital) -> Response {
    let troubles = vitals.troubles().await;
    if troubles.is_empty() {
        return text(StatusCode::OK, "ready\n".to_owned());
    }
    text(StatusCode::SERVICE_UNAVAILABLE, troubles.join("\n") + "\n")
}

async fn metrics(State(vitals): Vital) -> Response {
    answer(StatusCode::OK, OPEN_METRICS, vitals.metrics().await)
}

fn text(status: StatusCode, said: String) -> Response {
    answer(status, "text/plain; charset=utf-8", said)
}

fn answer(status: StatusCode, kind: &'static str, said: String) -> Response {
    let headers: [(HeaderName, &str); 3] = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (status, headers, said).into_response()
}
