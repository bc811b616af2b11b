//! Reduces an envelope to what apono uses: the allow-list that everything from Slack passes before it is stored.
//!
//! No token, no `bot_access_token`, no view blocks and no unexpected inputs get past it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::act::{Act, ButtonPlace, Form, Incoming, Input, Pressed, Sender, Typed, Unknown};
use super::actions::{Button, FormKind};
use super::encoded::Words;
use crate::access::people::SlackAccount;

/// Events after which a channel may or may not be writable. The bot leaving a channel is an event of its own.
const CHANNEL_CHANGES: [&str; 10] = [
    "member_joined_channel",
    "member_left_channel",
    "channel_left",
    "group_left",
    "channel_archive",
    "channel_unarchive",
    "group_archive",
    "group_unarchive",
    "channel_shared",
    "channel_unshared",
];

/// The payload does not have the shape of its kind.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is missing or not a text")]
pub struct NotUnderstood(&'static str);

/// Reads an envelope's payload; `kind` is the envelope's type.
pub fn read(kind: &str, payload: &Value) -> Result<Incoming, NotUnderstood> {
    match kind {
        "slash_commands" => command(payload),
        "interactive" => interaction(payload),
        "events_api" => event(payload),
        _ => Err(NotUnderstood("a known envelope type")),
    }
}

/// The key that makes an envelope count only once: events are repeated under other envelope ids.
pub fn key(envelope_id: &str, payload: &Value) -> String {
    payload["event_id"].as_str().unwrap_or(envelope_id).to_owned()
}

/// What is stored of a payload that was not understood: its shape, for debugging.
pub fn skeleton(kind: &str, payload: &Value) -> String {
    let names: Vec<&str> = payload
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect();
    serde_json::json!({ "kind": kind, "type": payload["type"].as_str(), "members": names }).to_string()
}

fn command(payload: &Value) -> Result<Incoming, NotUnderstood> {
    let account = SlackAccount {
        enterprise: said(payload["enterprise_id"].as_str()),
        // On Grid it may be missing, and the organisation takes its place.
        team: said(payload["team_id"].as_str()),
        user: text(payload, "user_id")?,
    };
    let act = Act::Command(Typed {
        text: Words::decode(payload["text"].as_str().unwrap_or_default()),
        trigger_id: text(payload, "trigger_id")?,
        response_url: text(payload, "response_url")?,
    });
    Ok(Incoming {
        by: sender(account, payload),
        act,
    })
}

fn interaction(payload: &Value) -> Result<Incoming, NotUnderstood> {
    let account = SlackAccount {
        enterprise: said(payload["enterprise"]["id"].as_str()),
        // `team` is where it happened; `user.team_id` is whose account it is.
        team: said(
            payload["user"]["team_id"]
                .as_str()
                .or(payload["team"]["id"].as_str()),
        ),
        user: text(&payload["user"], "id")?,
    };
    let act = match payload["type"].as_str() {
        Some("block_actions") => block_action(payload)?,
        Some("block_suggestion") => match form(&payload["view"])? {
            Ok(form) => Act::Suggest {
                action: text(payload, "action_id")?,
                query: payload["value"].as_str().unwrap_or_default().to_owned(),
                form,
            },
            Err(name) => unknown(name, Unknown::Query),
        },
        Some("view_submission") => match form(&payload["view"])? {
            Ok(form) => Act::Submit(form),
            Err(name) => unknown(name, Unknown::Form),
        },
        Some("shortcut") => Act::Shortcut {
            callback_id: text(payload, "callback_id")?,
            trigger_id: text(payload, "trigger_id")?,
        },
        Some("view_closed") => Act::Noise,
        Some(_) | None => return Err(NotUnderstood("a known interaction type")),
    };
    Ok(Incoming {
        by: sender(account, payload),
        act,
    })
}

fn block_action(payload: &Value) -> Result<Act, NotUnderstood> {
    let action = &payload["actions"][0];
    if action["type"].as_str() != Some("button") {
        return Ok(match form(&payload["view"])? {
            Ok(form) => Act::Choice(form),
            Err(name) => unknown(name, Unknown::Choice),
        });
    }
    let place = match payload["view"]["id"].as_str() {
        Some(id) => ButtonPlace::View { id: id.to_owned() },
        None => ButtonPlace::Message {
            channel: text(&payload["container"], "channel_id")?,
            ts: text(&payload["container"], "message_ts")?,
        },
    };
    let response_url = payload["response_url"].as_str().map(str::to_owned);
    let trigger_id = text(payload, "trigger_id")?;
    let name = text(action, "action_id")?;
    let Some(button) = Button::named(&name) else {
        let what = Unknown::Button {
            response_url,
            trigger_id,
        };
        return Ok(unknown(name, what));
    };
    Ok(Act::Click(Pressed {
        action: button,
        value: carried(&action["value"]),
        place,
        trigger_id,
        response_url,
    }))
}

fn unknown(name: String, what: Unknown) -> Act {
    Act::Unknown { name, what }
}

/// The form that a view is, or the name of one that this version does not know.
fn form(view: &Value) -> Result<Result<Form, String>, NotUnderstood> {
    let name = view["callback_id"].as_str().unwrap_or_default();
    let Some(kind) = FormKind::named(name) else {
        return Ok(Err(name.to_owned()));
    };
    let mut inputs = BTreeMap::new();
    for (block_id, actions) in view["state"]["values"].as_object().into_iter().flatten() {
        for (action, state) in actions.as_object().into_iter().flatten() {
            inputs.insert(
                action.clone(),
                Input {
                    block_id: block_id.clone(),
                    values: values(state),
                },
            );
        }
    }
    Ok(Ok(Form {
        view_id: text(view, "id")?,
        hash: view["hash"].as_str().unwrap_or_default().to_owned(),
        kind,
        private_metadata: carried(&view["private_metadata"]),
        inputs,
    }))
}

fn values(state: &Value) -> Vec<String> {
    let many = state["selected_options"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|option| &option["value"]);
    let one = [&state["selected_option"]["value"], &state["value"]];
    many.chain(one)
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn event(payload: &Value) -> Result<Incoming, NotUnderstood> {
    let event = &payload["event"];
    let account = SlackAccount {
        enterprise: said(payload["enterprise_id"].as_str()),
        team: said(
            event["user_team"]
                .as_str()
                .or(event["team"].as_str())
                .or(payload["team_id"].as_str()),
        ),
        user: event["user"].as_str().unwrap_or_default().to_owned(),
    };
    let typed_by_a_person = event["subtype"].is_null() && event["bot_id"].is_null();
    let act = match (event["type"].as_str(), event["channel_type"].as_str()) {
        (Some("message"), Some("im")) if typed_by_a_person => Act::Said {
            channel: text(event, "channel")?,
        },
        (Some("user_change"), _) => Act::PersonChanged {
            user: text(&event["user"], "id")?,
        },
        (Some(kind), _) if CHANNEL_CHANGES.contains(&kind) => Act::ChannelChanged,
        (Some("tokens_revoked" | "app_uninstalled"), _) => Act::TokensRevoked,
        (Some(_), _) => Act::Noise,
        // Slack's own notices, such as app_rate_limited, have no inner event.
        (None, _) if payload["type"].is_string() => Act::Noise,
        (None, _) => return Err(NotUnderstood("the event's type")),
    };
    Ok(Incoming {
        by: sender(account, payload),
        act,
    })
}

fn sender(account: SlackAccount, payload: &Value) -> Sender {
    Sender {
        account,
        app_id: payload["api_app_id"].as_str().map(str::to_owned),
    }
}

/// The value of one of our buttons or windows. A forged one may contain a character that PostgreSQL does not accept in text.
fn carried(value: &Value) -> String {
    value.as_str().unwrap_or_default().replace('\0', "")
}

/// The name that Slack gives, if any.
fn said(name: Option<&str>) -> Option<String> {
    name.filter(|name| !name.is_empty()).map(str::to_owned)
}

fn text(value: &Value, name: &'static str) -> Result<String, NotUnderstood> {
    match value[name].as_str() {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        Some(_) | None => Err(NotUnderstood(name)),
    }
}

#[cfg(test)]
#[path = "incoming_tests.rs"]
mod tests;
