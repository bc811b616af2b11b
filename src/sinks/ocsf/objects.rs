//! People, requests and who acted, as objects of the schema.

use serde_json::{Value, json};

use crate::access::people::AccountKind;
use crate::audit::event::{Actor, PersonFacts, RequestFacts};

/// A user of the schema.
pub(super) fn user(person: &PersonFacts) -> Value {
    let kind = match person.account.kind {
        AccountKind::Slack => "Slack",
        AccountKind::Issuer => "OpenID Connect",
    };
    let mut user = json!({
        "account": { "type": kind, "type_id": 99, "uid": person.account.id },
        "full_name": person.name,
        "name": person.email.as_ref().unwrap_or(&person.name),
        "type": "User",
        "type_id": 1,
        "uid": person.id,
    });
    if let Some(email) = person.email.as_ref().filter(|email| is_address(email)) {
        user["email_addr"] = email.as_str().into();
    }
    user
}

/// Whether the schema takes it for an e-mail address.
fn is_address(email: &str) -> bool {
    let in_name = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    let in_domain = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
    email.split_once('@').is_some_and(|(name, domain)| {
        let has_dot = domain
            .split_once('.')
            .is_some_and(|(first, rest)| !first.is_empty() && !rest.is_empty());
        !name.is_empty() && name.chars().all(in_name) && has_dot && domain.chars().all(in_domain)
    })
}

/// Somebody that only a target or another system knows.
pub(super) fn unknown(name: &str) -> Value {
    json!({ "name": name, "type": "Unknown", "type_id": 0 })
}

/// Who acted, as a user.
pub(super) fn acting(actor: &Actor) -> Value {
    match actor {
        Actor::Person(person) => user(person),
        Actor::Apono => json!({ "name": "apono", "type": "System", "type_id": 3 }),
        Actor::Stranger { account, .. } => unknown(&account.id),
    }
}

/// Who acted.
pub(super) fn actor(actor: &Actor) -> Value {
    json!({ "app_name": "apono", "user": acting(actor) })
}

/// What was asked for: the integration first, then what is on it.
pub(super) fn resources(request: &RequestFacts) -> Vec<Value> {
    let integration = json!({ "name": request.integration, "type": "integration" });
    let units = request.resources.iter();
    let units = units.map(|name| json!({ "name": name, "type": request.resource_type }));
    [integration].into_iter().chain(units).collect()
}
