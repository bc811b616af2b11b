//! users.info, users.list, users.lookupByEmail.

use serde_json::{Value, json};

use super::error::ApiError;
use super::paging::page;
use super::{Answer, Call};
use crate::world::people::Person;

pub(super) fn info(call: &mut Call<'_>) -> Answer {
    let id = call.args.required("user")?;
    let person = call
        .world
        .people
        .iter()
        .find(|person| person.has_id(id))
        .ok_or_else(|| ApiError::new("user_not_found"))?;
    let mut user = object(call, person);
    // A query by the organisation's id is answered with that id.
    user["id"] = json!(id);
    Ok(json!({"user": user}))
}

pub(super) fn list(call: &mut Call<'_>) -> Answer {
    let people: Vec<Value> = call
        .world
        .people
        .iter()
        .map(|person| object(call, person))
        .collect();
    let all = people.len().max(1);
    let (members, response_metadata) = page(call.args, people, all)?;
    Ok(json!({"members": members, "cache_ts": call.now / 1_000_000, "response_metadata": response_metadata}))
}

/// Finds only active accounts of the app's workspace, confirmed or not: the caller has to judge whether the address is proof.
pub(super) fn lookup_by_email(call: &mut Call<'_>) -> Answer {
    let email = call.args.required("email")?.to_lowercase();
    let own = &call.world.team.id;
    let person = call
        .world
        .people
        .iter()
        .filter(|person| !person.deactivated && person.team(own) == own)
        .find(|person| {
            person
                .email
                .as_ref()
                .is_some_and(|other| other.to_lowercase() == email)
        })
        .ok_or_else(|| ApiError::new("users_not_found"))?;
    Ok(json!({"user": object(call, person)}))
}

fn object(call: &Call<'_>, person: &Person) -> Value {
    let world = &call.world;
    let with_email = world.app.scopes.contains("users:read.email");
    person.to_json(&world.team.id, world.team_of(person), with_email)
}
