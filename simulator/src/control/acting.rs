//! `POST /control/people/{handle}/{act}`.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Outcome, found, named, person};
use crate::simulator::Simulator;

#[derive(Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
enum Act {
    Command {
        command: String,
        #[serde(default)]
        text: String,
        #[serde(default = "general")]
        channel: String,
    },
    Say {
        text: String,
        #[serde(default = "bot")]
        channel: String,
    },
    Shortcut {
        callback_id: String,
    },
    OpenHome {},
    Fill {
        label: String,
        value: String,
    },
    Choose {
        label: String,
        options: Vec<String>,
    },
    Options {
        label: String,
    },
    Type {
        label: String,
        query: String,
    },
    Submit {},
    Close {},
    Click {
        message: String,
        button: String,
    },
    ClickInModal {
        button: String,
    },
    ClickInHome {
        button: String,
    },
    MarkAllRead {},
    Interaction {
        payload: Value,
    },
}

fn general() -> String {
    "#general".to_owned()
}

fn bot() -> String {
    "@bot".to_owned()
}

pub(super) async fn act(
    State(simulator): State<Simulator>,
    Path((handle, act)): Path<(String, String)>,
    body: Result<Json<Value>, JsonRejection>,
) -> Outcome {
    let actor = person(&simulator, &handle)?;
    match named(&act, body?.0)? {
        Act::Command {
            command,
            text,
            channel,
        } => {
            return Ok(found(
                "answer",
                actor.command_in(&channel, &command, &text).await?,
            ));
        }
        Act::Options { label } => return Ok(found("options", actor.options(&label).await?)),
        Act::Type { label, query } => {
            return Ok(found("options", actor.type_in(&label, &query).await?));
        }
        Act::Submit {} => return Ok(found("submitted", actor.submit().await?)),
        Act::Interaction { payload } => {
            return Ok(found("envelope", actor.raw_interaction(payload).await?));
        }
        Act::Say { text, channel } => actor.say(&channel, &text).await?,
        Act::Shortcut { callback_id } => actor.shortcut(&callback_id).await?,
        Act::OpenHome {} => actor.open_home().await?,
        Act::Fill { label, value } => actor.fill(&label, &value).await?,
        Act::Choose { label, options } => {
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            actor.choose(&label, &options).await?;
        }
        Act::Close {} => actor.close_modal().await?,
        Act::Click { message, button } => actor.click(&message, &button).await?,
        Act::ClickInModal { button } => actor.click_in_modal(&button).await?,
        Act::ClickInHome { button } => actor.click_in_home(&button).await?,
        Act::MarkAllRead {} => actor.mark_all_read(),
    }
    Ok(Json(json!({"ok": true})))
}
