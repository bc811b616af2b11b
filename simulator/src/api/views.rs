//! views.open, views.push, views.update, views.publish.

use serde_json::{Value, json};

use super::error::ApiError;
use super::{Answer, Call};
use crate::validate;
use crate::world::views::View;

pub(super) fn open(call: &mut Call<'_>) -> Answer {
    let view = checked(call, "modal")?;
    let person = call
        .world
        .exchange_trigger(call.args.required("trigger_id")?, call.now)?;
    let view = call.world.open_modal(&person, &view)?;
    Ok(answer(call, &view))
}

pub(super) fn push(call: &mut Call<'_>) -> Answer {
    let view = checked(call, "modal")?;
    let person = call
        .world
        .exchange_trigger(call.args.required("trigger_id")?, call.now)?;
    let view = call.world.push_modal(&person, &view)?;
    Ok(answer(call, &view))
}

pub(super) fn update(call: &mut Call<'_>) -> Answer {
    let new = call.args.get("view").cloned().unwrap_or_default();
    validate::view(&new)?;
    let hash = call.args.text("hash")?;
    let id = call.args.text("view_id")?;
    let external = call.args.text("external_id")?;
    if id.is_none() && external.is_none() {
        return Err(ApiError::with_messages(
            "invalid_arguments",
            ["[ERROR] view_id or external_id is required".to_owned()],
        ));
    }
    let matches = |view: &View| match id {
        Some(id) => view.id == id,
        None => external.is_some_and(|external| view.definition["external_id"] == external),
    };
    let view = call.world.update_view(matches, hash, &new)?;
    Ok(answer(call, &view))
}

pub(super) fn publish(call: &mut Call<'_>) -> Answer {
    let view = checked(call, "home")?;
    let person = call.args.required("user_id")?;
    if call.world.people.iter().all(|other| other.id != person) {
        return Err(ApiError::new("user_not_found"));
    }
    let view = call.world.publish_home(person, call.args.text("hash")?, &view)?;
    Ok(answer(call, &view))
}

/// The view argument, if it is a sound view of this type.
fn checked(call: &Call<'_>, kind: &str) -> Result<Value, ApiError> {
    let view = call.args.get("view").cloned().unwrap_or_default();
    if view["type"] != kind {
        let message = format!("[ERROR] must be a view of type {kind} [json-pointer:/view/type]");
        return Err(ApiError::with_messages("invalid_arguments", [message]));
    }
    validate::view(&view)?;
    Ok(view)
}

fn answer(call: &Call<'_>, view: &View) -> Value {
    json!({"view": call.world.view_json(view)})
}
