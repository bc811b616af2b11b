//! Acting and reading over HTTP, for people with curl and for scripts in any language.
//!
//! Invariant: a request does exactly what the library's method of that name does; JSON in, JSON out, and every error is a sentence.

mod acting;
mod changing;
mod looking;
mod troubling;

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::act::{ActError, Actor};
use crate::simulator::Simulator;

const HELP: &str = include_str!("help.txt");

pub(crate) fn router(simulator: Simulator) -> Router {
    Router::new()
        .route("/", get(help))
        .route("/world", get(looking::world))
        .route("/methods", get(looking::methods))
        .route("/calls", get(looking::calls))
        .route("/envelopes", get(looking::envelopes))
        .route("/messages", get(looking::messages))
        .route("/unread", get(looking::unread))
        .route("/people/{handle}/modal", get(looking::modal))
        .route("/people/{handle}/ephemerals", get(looking::ephemerals))
        .route("/people/{handle}/home", get(looking::home))
        .route("/people/{handle}/{act}", post(acting::act))
        .route("/world/{change}", post(changing::change))
        .route("/disconnect", post(changing::disconnect))
        .route("/advance", post(changing::advance))
        .route("/trouble", get(troubling::there_is))
        .route("/trouble/{order}", post(troubling::make))
        .route("/sockets/{order}", post(troubling::sockets))
        .with_state(simulator)
}

async fn help(State(simulator): State<Simulator>) -> String {
    HELP.replace("CONTROL", &simulator.control_url())
}

/// What every handler gives back: `{"ok": true, ...}` or a sentence.
type Outcome = Result<Json<Value>, Refusal>;

/// `{"ok": false, "error": sentence}`.
struct Refusal(StatusCode, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"ok": false, "error": self.1}))).into_response()
    }
}

impl From<ActError> for Refusal {
    fn from(error: ActError) -> Self {
        Self(StatusCode::CONFLICT, error.to_string())
    }
}

impl From<JsonRejection> for Refusal {
    fn from(rejection: JsonRejection) -> Self {
        Self(StatusCode::BAD_REQUEST, rejection.body_text())
    }
}

/// `{"ok": true, key: value}`.
fn found(key: &str, value: impl Serialize) -> Json<Value> {
    Json(json!({"ok": true, key: value}))
}

fn person(simulator: &Simulator, handle: &str) -> Result<Actor, Refusal> {
    simulator
        .find_person(handle)
        .ok_or_else(|| Refusal(StatusCode::NOT_FOUND, format!("there is no person {handle}")))
}

/// Reads a request whose last path segment says what it is: the body's fields, with the segment as the name of a variant of
/// `T`.
fn named<T: DeserializeOwned>(name: &str, mut body: Value) -> Result<T, Refusal> {
    if let Some(body) = body.as_object_mut() {
        body.insert("what".to_owned(), json!(name));
    }
    serde_json::from_value(body).map_err(|error| Refusal(StatusCode::BAD_REQUEST, format!("{name}: {error}")))
}
