//! usergroups.list, usergroups.users.list.

use serde_json::{Value, json};

use super::error::ApiError;
use super::{Answer, Call};

pub(super) fn list(call: &mut Call<'_>) -> Answer {
    let disabled_too = call.args.flag("include_disabled")?;
    let with_users = call.args.flag("include_users")?;
    let team = &call.world.team.id;
    let groups: Vec<Value> = call
        .world
        .groups
        .iter()
        .filter(|group| disabled_too || !group.disabled)
        .map(|group| group.to_json(team, with_users))
        .collect();
    Ok(json!({"usergroups": groups}))
}

pub(super) fn users(call: &mut Call<'_>) -> Answer {
    let id = call.args.required("usergroup")?;
    let disabled_too = call.args.flag("include_disabled")?;
    let group = call
        .world
        .groups
        .iter()
        .find(|group| group.id == id && (disabled_too || !group.disabled))
        .ok_or_else(|| ApiError::new("no_such_subteam"))?;
    Ok(json!({"users": group.users}))
}
