//! `GET /control/...`: what there is, what was sent, and what people see.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::{Outcome, Refusal, found, person};
use crate::api::methods::METHODS;
use crate::simulator::Simulator;

pub(super) async fn world(State(simulator): State<Simulator>) -> Outcome {
    let world = simulator.change_world(|world| {
        json!({
            "team": world.team, "scopes": world.app.scopes, "events": world.app.events, "people": world.people,
            "channels": world.channels, "groups": world.groups, "open_sockets": simulator.open_sockets(),
        })
    });
    Ok(found("world", world))
}

pub(super) async fn methods() -> Outcome {
    Ok(found("methods", METHODS))
}

pub(super) async fn calls(State(simulator): State<Simulator>) -> Outcome {
    Ok(found("calls", simulator.calls()))
}

pub(super) async fn envelopes(State(simulator): State<Simulator>) -> Outcome {
    Ok(found("envelopes", simulator.envelopes()))
}

#[derive(Deserialize)]
pub(super) struct Reader {
    channel: String,
    /// A handle; without one, everything stored is shown.
    #[serde(rename = "as")]
    reader: Option<String>,
}

pub(super) async fn messages(State(simulator): State<Simulator>, Query(query): Query<Reader>) -> Outcome {
    if let Some(handle) = query.reader {
        return Ok(found(
            "messages",
            person(&simulator, &handle)?.read_channel(&query.channel)?,
        ));
    }
    if simulator.change_world(|world| world.channel(&query.channel).is_none()) {
        return Err(Refusal(
            StatusCode::NOT_FOUND,
            format!("there is no channel {}", query.channel),
        ));
    }
    Ok(found("messages", simulator.channel_messages(&query.channel)))
}

#[derive(Deserialize)]
pub(super) struct Who {
    #[serde(rename = "as")]
    reader: String,
}

pub(super) async fn unread(State(simulator): State<Simulator>, Query(query): Query<Who>) -> Outcome {
    Ok(found("messages", person(&simulator, &query.reader)?.unread()))
}

/// Waits at most 10 s for a modal.
pub(super) async fn modal(State(simulator): State<Simulator>, Path(handle): Path<String>) -> Outcome {
    Ok(found("modal", person(&simulator, &handle)?.modal().await?))
}

pub(super) async fn ephemerals(State(simulator): State<Simulator>, Path(handle): Path<String>) -> Outcome {
    Ok(found("messages", person(&simulator, &handle)?.ephemerals()))
}

pub(super) async fn home(State(simulator): State<Simulator>, Path(handle): Path<String>) -> Outcome {
    Ok(found("home", person(&simulator, &handle)?.home()))
}
