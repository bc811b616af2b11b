//! `POST /control/world/{change}`, `/control/disconnect` and `/control/advance`: what happens to the workspace and the connection.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, Refusal, named};
use crate::simulator::Simulator;

#[derive(Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
enum Change {
    Deactivate {
        person: String,
    },
    Reactivate {
        person: String,
    },
    SetEmail {
        person: String,
        email: String,
        confirmed: bool,
    },
    Join {
        channel: String,
        person: String,
    },
    Leave {
        channel: String,
        person: String,
    },
    Archive {
        channel: String,
    },
    Unarchive {
        channel: String,
    },
    Share {
        channel: String,
        teams: Vec<String>,
    },
    GrantScope {
        scope: String,
    },
    RemoveScope {
        scope: String,
    },
}

impl Change {
    fn person(&self) -> Option<&str> {
        match self {
            Self::Deactivate { person }
            | Self::Reactivate { person }
            | Self::SetEmail { person, .. }
            | Self::Join { person, .. }
            | Self::Leave { person, .. } => Some(person),
            Self::Archive { .. }
            | Self::Unarchive { .. }
            | Self::Share { .. }
            | Self::GrantScope { .. }
            | Self::RemoveScope { .. } => None,
        }
    }

    fn channel(&self) -> Option<&str> {
        match self {
            Self::Join { channel, .. }
            | Self::Leave { channel, .. }
            | Self::Archive { channel }
            | Self::Unarchive { channel }
            | Self::Share { channel, .. } => Some(channel),
            Self::Deactivate { .. }
            | Self::Reactivate { .. }
            | Self::SetEmail { .. }
            | Self::GrantScope { .. }
            | Self::RemoveScope { .. } => None,
        }
    }
}

pub(super) async fn change(
    State(simulator): State<Simulator>,
    Path(name): Path<String>,
    body: Result<Json<Value>, JsonRejection>,
) -> Outcome {
    let change: Change = named(&name, body?.0)?;
    simulator.change_world(|world| {
        if let Some(who) = change
            .person()
            .filter(|who| *who != "@bot" && world.person(who).is_none())
        {
            return Err(Refusal(
                StatusCode::NOT_FOUND,
                format!("there is no person {who}"),
            ));
        }
        if let Some(which) = change.channel().filter(|which| world.channel(which).is_none()) {
            return Err(Refusal(
                StatusCode::NOT_FOUND,
                format!("there is no channel {which}"),
            ));
        }
        match &change {
            Change::Deactivate { person } => world.deactivate(person),
            Change::Reactivate { person } => world.reactivate(person),
            Change::SetEmail {
                person,
                email,
                confirmed,
            } => world.set_email(person, email, *confirmed),
            Change::Join { channel, person } => world.join(channel, person),
            Change::Leave { channel, person } => world.leave(channel, person),
            Change::Archive { channel } => world.archive(channel),
            Change::Unarchive { channel } => world.unarchive(channel),
            Change::Share { channel, teams } => {
                world.share(channel, &teams.iter().map(String::as_str).collect::<Vec<_>>())
            }
            Change::GrantScope { scope } => world.grant_scope(scope),
            Change::RemoveScope { scope } => world.remove_scope(scope),
        }
        Ok(Json(json!({"ok": true})))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Disconnect {
    reason: String,
}

pub(super) async fn disconnect(
    State(simulator): State<Simulator>,
    body: Result<Json<Disconnect>, JsonRejection>,
) -> Outcome {
    simulator.disconnect_sockets(&body?.reason);
    Ok(Json(json!({"ok": true})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    seconds: u64,
}

pub(super) async fn advance(
    State(simulator): State<Simulator>,
    body: Result<Json<Advance>, JsonRejection>,
) -> Outcome {
    simulator.advance(Duration::from_secs(body?.seconds));
    Ok(Json(json!({"ok": true})))
}
