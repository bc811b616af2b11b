//! Posts to response urls: five in half an hour, without a token.

use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::content;
use super::error::ApiError;
use crate::clock::Micros;
use crate::shared::Shared;
use crate::trouble::{self, Wire};
use crate::world::World;
use crate::world::messages::{Draft, Edit};
use crate::world::reading::SeenMessage;
use crate::world::tickets::Origin;

pub(crate) async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    uri: Uri,
    Json(post): Json<Value>,
) -> Response {
    let sent = post.clone();
    let run = move |shared: &Arc<Shared>| answer(shared, uri.path(), sent);
    trouble::carry_out(&shared, &wire, "response_url", post, run).await
}

fn answer(shared: &Arc<Shared>, path: &str, post: Value) -> Response {
    let answer = shared.change(|world, now| {
        let answer = respond(world, path, &post, now);
        shared.journal.call(
            "response_url",
            post,
            answer.as_ref().err().map(|error| error.code.clone()),
            now,
        );
        answer
    });
    match answer {
        Ok(()) => Json(json!({"ok": true})).into_response(),
        Err(error) if ["invalid_url", "expired_url", "used_url"].contains(&error.code.as_str()) => {
            (StatusCode::NOT_FOUND, Json(error.body())).into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, Json(error.body())).into_response(),
    }
}

fn respond(world: &mut World, path: &str, post: &Value, now: Micros) -> Result<(), ApiError> {
    let url = world.use_response_url(path, now)?;
    if post["delete_original"] == true {
        match &url.origin {
            Origin::Command => return Err(ApiError::new("message_not_found")),
            Origin::Message { ts } => world.delete_message(&url.channel, ts, now)?,
            Origin::Ephemeral { ts } => world.replace_ephemeral(&url.person, ts, None, now),
        }
        return Ok(());
    }
    let draft = content::draft_from(post)?;
    if post["replace_original"] == true {
        match &url.origin {
            Origin::Command => {}
            Origin::Message { ts } => {
                world.edit(&url.channel, ts, replacement(draft), now)?;
                return Ok(());
            }
            Origin::Ephemeral { ts } => {
                world.replace_ephemeral(&url.person, ts, Some(draft), now);
                return Ok(());
            }
        }
    }
    show(world, &url.person, &url.channel, post, draft, now)?;
    Ok(())
}

/// Shows the answer to a command or click: to one person, or to the channel when `response_type` is `in_channel`.
pub(crate) fn show(
    world: &mut World,
    person: &str,
    channel: &str,
    post: &Value,
    draft: Draft,
    now: Micros,
) -> Result<SeenMessage, ApiError> {
    let draft = Draft {
        thread_ts: post["thread_ts"].as_str().map(str::to_owned),
        ..draft
    };
    if post["response_type"] == "in_channel" {
        let bot = world.app.bot_user.clone();
        let message = world.post(channel, &bot, draft, now)?;
        return Ok(world.seen(&message, false));
    }
    let message = world.post_ephemeral(person, channel, draft, now);
    Ok(world.seen(&message, true))
}

fn replacement(draft: Draft) -> Edit {
    Edit {
        text: Some(draft.text),
        blocks: Some(draft.blocks),
        attachments: Some(draft.attachments),
        metadata: draft.metadata,
        broadcast: false,
    }
}
