//! `/control/trouble/...` and `/control/sockets/...`: what goes wrong between Slack and the app.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, Refusal, found, named};
use crate::simulator::Simulator;
use crate::trouble::{CallMishap, EnvelopeMishap, SocketMishap, Trouble};

#[derive(Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
enum Order {
    Calls { trouble: Trouble<CallMishap> },
    Envelopes { trouble: Trouble<EnvelopeMishap> },
    Sockets { trouble: Trouble<SocketMishap> },
    Outage { on: bool },
    Limits { enforce: bool },
    End { id: Option<u64> },
}

pub(super) async fn there_is(State(simulator): State<Simulator>) -> Outcome {
    Ok(found("trouble", simulator.shared.troubles.to_json()))
}

pub(super) async fn make(
    State(simulator): State<Simulator>,
    Path(name): Path<String>,
    body: Result<Json<Value>, JsonRejection>,
) -> Outcome {
    // For trouble, the whole body is the description; the other orders have their own fields.
    let Json(body) = body?;
    let body = match name.as_str() {
        "calls" | "envelopes" | "sockets" => json!({"trouble": body}),
        _ => body,
    };
    let ongoing = match named(&name, body)? {
        Order::Calls { trouble } => Some(simulator.calls_meet(trouble)),
        Order::Envelopes { trouble } => Some(simulator.envelopes_meet(trouble)),
        Order::Sockets { trouble } => Some(simulator.sockets_meet(trouble)),
        Order::Outage { on } => {
            if on {
                simulator.begin_outage();
            } else {
                simulator.end_outage();
            }
            None
        }
        Order::Limits { enforce } => {
            simulator.enforce_limits(enforce);
            None
        }
        Order::End { id } => {
            match id {
                None => simulator.end_troubles(),
                Some(id) if simulator.end_trouble(id) => {}
                Some(id) => {
                    let sentence = format!("there is no trouble {id}");
                    return Err(Refusal(StatusCode::NOT_FOUND, sentence));
                }
            }
            None
        }
    };
    Ok(ongoing.map_or_else(done, |ongoing| found("id", ongoing.id())))
}

#[derive(Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
enum ToSockets {
    Drop {},
    Silence {},
    Send { text: String },
}

pub(super) async fn sockets(
    State(simulator): State<Simulator>,
    Path(name): Path<String>,
    body: Result<Json<Value>, JsonRejection>,
) -> Outcome {
    match named(&name, body?.0)? {
        ToSockets::Drop {} => simulator.drop_sockets(),
        ToSockets::Silence {} => simulator.silence_sockets(),
        ToSockets::Send { text } => simulator.send_raw(&text),
    }
    Ok(done())
}

fn done() -> Json<Value> {
    Json(json!({"ok": true}))
}
