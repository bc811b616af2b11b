//! Health and metrics, on an address of their own: for orchestrators, monitors and Prometheus.
//!
//! Invariant: what is read here names no person, no resource and no request.

use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderName, StatusCode, header};
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
        .with_state(vitals);
    listener.answer(router, MONITOR, stop).await;
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
