//! files.getUploadURLExternal, files.completeUploadExternal, and the address between them that takes the bytes.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::error::ApiError;
use super::{Answer, Call};
use crate::shared::Shared;
use crate::world::messages::Draft;

pub(super) fn get_upload_url(call: &mut Call<'_>) -> Answer {
    let name = call.args.required("filename")?.to_owned();
    let length = call
        .args
        .number("length")?
        .filter(|length| *length > 0)
        .ok_or_else(|| ApiError::new("invalid_arguments"))?;
    let upload = call.world.expect_file(&name, length);
    let base = call.shared.base();
    Ok(json!({"upload_url": format!("{base}/upload/v1/{}", upload.secret), "file_id": upload.id}))
}

/// Takes the bytes, without a token: who knows the address may send them.
pub(crate) async fn upload(
    State(shared): State<Arc<Shared>>,
    Path(secret): Path<String>,
    bytes: Bytes,
) -> (StatusCode, String) {
    let length = bytes.len();
    if shared.change(|world, _| world.take_file(&secret, bytes.to_vec())) {
        (StatusCode::OK, format!("OK - {length}"))
    } else {
        (StatusCode::BAD_REQUEST, "not expected".to_owned())
    }
}

pub(super) fn complete_upload(call: &mut Call<'_>) -> Answer {
    let bot = call.world.app.bot_user.clone();
    let place = call.args.required("channel_id")?.to_owned();
    let channel = call.world.channels.iter().find(|channel| channel.id == place);
    let is_in = channel
        .ok_or_else(|| ApiError::new("channel_not_found"))?
        .members
        .contains(&bot);
    if !is_in {
        return Err(ApiError::new("not_in_channel"));
    }
    let listed: Vec<Value> = call
        .args
        .get("files")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let mut files = Vec::new();
    for file in &listed {
        let id = file["id"]
            .as_str()
            .ok_or_else(|| ApiError::new("invalid_arguments"))?;
        files.push(call.world.share_file(id, file["title"].as_str())?);
    }
    if files.is_empty() {
        return Err(ApiError::new("invalid_arguments"));
    }
    let text = |name: &str| call.args.get(name).and_then(Value::as_str).map(str::to_owned);
    let draft = Draft {
        text: text("initial_comment").unwrap_or_default(),
        thread_ts: text("thread_ts"),
        files,
        ..Draft::default()
    };
    call.world.post(&place, &bot, draft, call.now)?;
    Ok(json!({"files": listed}))
}
