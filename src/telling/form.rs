//! What a request form says: what is wrong with it, and what it leaves out of an earlier request.

use crate::access::request::Request;
use crate::usecases::form::Wrong;
use crate::usecases::offer::{Chosen, Offer};

use super::wording::some_of;
use crate::access::clean::clean;

/// Something was left empty, and has only one choice.
pub const ONLY_ONE: &str = "There was only one choice, so it is filled in. Check it and send again.";

/// How durations are written.
pub const DURATIONS: &str = "Write 30m, 2 hours, 1d or 1h30m.";

/// What is wrong with a field.
pub fn wrong(wrong: &Wrong) -> String {
    match wrong {
        Wrong::NoIntegration => "Choose an integration.".to_owned(),
        Wrong::NoResourceType => "Choose a resource type.".to_owned(),
        Wrong::NoResources => "Choose at least one resource.".to_owned(),
        Wrong::NoPermissions => "Choose at least one permission.".to_owned(),
        Wrong::NotOffered => "Part of this does not exist, or no access flow lets you request it. Open the form again to see what you can choose.".to_owned(),
        Wrong::Duration(error) => error.to_string(),
        Wrong::NoJustification => "Say what you need it for.".to_owned(),
        Wrong::JustificationTooLong => "That is longer than 2,000 characters.".to_owned(),
    }
}

/// There is nothing to fill in. `who_helps` says whom to ask.
pub fn nothing(who_helps: &str) -> String {
    format!("No access flow lets you request anything yet. {who_helps}")
}

/// Which parts of `request` can no longer be requested, in a sentence.
pub fn left_out(request: &Request, chosen: &Chosen, offer: &Offer) -> Option<String> {
    let is_taken = |resource: &str| offer.taken.iter().any(|entry| entry.resource.name == resource);
    let resources = request.resources().into_iter().filter(|name| !is_taken(name));
    let permissions = request
        .permissions()
        .into_iter()
        .filter(|name| !chosen.permissions.iter().any(|other| other == name));
    let gone: Vec<String> = resources.chain(permissions).map(str::to_owned).collect();
    (!gone.is_empty()).then(|| {
        format!(
            "You can no longer request all of it. Left out: {}.",
            clean(&some_of(&gone))
        )
    })
}
