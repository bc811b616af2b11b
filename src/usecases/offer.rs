//! What the form offers a person: exactly what the policy function would let them ask for.

use std::sync::Arc;
use std::time::Duration;

use crate::access::flows::Policy;
use crate::access::people::Person;
use crate::access::policy::first_match;
use crate::access::request::{Request, Unit};

use super::Core;
use super::catalogue::Entry;

/// What has been chosen in the form so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    pub integration: Option<String>,
    pub resource_type: Option<String>,
    /// Values of [`Entry`].
    pub resources: Vec<String>,
    pub permissions: Vec<String>,
}

/// What can be chosen next.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    pub integrations: Vec<String>,
    pub resource_types: Vec<String>,
    pub resources: Vec<Entry>,
    pub permissions: Vec<String>,
    /// The longest the choice so far may last; `None` until resources and permissions are chosen.
    pub max_duration: Option<Duration>,
}

/// Narrows step by step; where there is only one choice it counts as chosen.
pub fn offer(core: &Core, person: &Person, chosen: &Chosen) -> (Chosen, Offer) {
    let policy = core.policy();
    let mut chosen = chosen.clone();
    let mut offer = Offer {
        integrations: integrations(core, &policy, person),
        ..Offer::default()
    };
    settle(&mut chosen.integration, &offer.integrations);
    let Some(integration) = chosen.integration.clone() else {
        return (chosen, offer);
    };

    let entries = requestable(core, &policy, person, &integration);
    for entry in &entries {
        if !offer.resource_types.contains(&entry.resource.resource_type) {
            offer.resource_types.push(entry.resource.resource_type.clone());
        }
    }
    settle(&mut chosen.resource_type, &offer.resource_types);
    let Some(resource_type) = chosen.resource_type.clone() else {
        return (chosen, offer);
    };
    offer.resources = entries
        .into_iter()
        .filter(|entry| entry.resource.resource_type == resource_type)
        .collect();
    chosen
        .resources
        .retain(|value| offer.resources.iter().any(|entry| entry.value == *value));
    if chosen.resources.is_empty() {
        return (chosen, offer);
    }

    let resources: Vec<&Entry> = offer
        .resources
        .iter()
        .filter(|entry| chosen.resources.contains(&entry.value))
        .collect();
    let order = core
        .integrations()
        .get(&integration)
        .map(|known| known.permissions())
        .unwrap_or_default();
    offer.permissions = order
        .into_iter()
        .filter(|permission| {
            resources
                .iter()
                .all(|entry| max_of(&policy, person, &integration, entry, permission).is_some())
        })
        .collect();
    chosen
        .permissions
        .retain(|permission| offer.permissions.contains(permission));
    offer.max_duration = chosen
        .permissions
        .iter()
        .flat_map(|permission| resources.iter().map(move |entry| (entry, permission)))
        .filter_map(|(entry, permission)| max_of(&policy, person, &integration, entry, permission))
        .min();
    (chosen, offer)
}

/// What would have to be chosen to ask for the same as `request`; what is no longer there is left out.
pub fn like(core: &Core, request: &Request) -> Chosen {
    let entries = core.catalogue.of(&request.integration);
    let wanted = |entry: &&Entry| {
        entry.resource.resource_type == request.resource_type
            && request
                .units
                .iter()
                .any(|unit| unit.resource_id == entry.resource.id)
    };
    Chosen {
        integration: Some(request.integration.clone()),
        resource_type: Some(request.resource_type.clone()),
        resources: entries
            .iter()
            .filter(wanted)
            .map(|entry| entry.value.clone())
            .collect(),
        permissions: request.permissions().into_iter().map(str::to_owned).collect(),
    }
}

/// The units of a complete choice; `None` if one of its resources is no longer there.
pub fn units(core: &Core, integration: &str, chosen: &Chosen) -> Option<Vec<Unit>> {
    let entries = core.catalogue.of(integration);
    let mut units = Vec::new();
    for value in &chosen.resources {
        let entry = entries.iter().find(|entry| entry.value == *value)?;
        for permission in &chosen.permissions {
            if !entry.resource.permissions.contains(permission) {
                return None;
            }
            units.push(unit(entry, permission));
        }
    }
    Some(units)
}

fn integrations(core: &Core, policy: &Policy, person: &Person) -> Vec<String> {
    let integrations = core.integrations();
    let names = integrations.iter().map(|(name, _)| name);
    names
        .filter(|name| !requestable(core, policy, person, name).is_empty())
        .map(str::to_owned)
        .collect()
}

fn requestable(core: &Core, policy: &Policy, person: &Person, integration: &str) -> Vec<Entry> {
    let entries: Arc<Vec<Entry>> = core.catalogue.of(integration);
    let can = |entry: &Entry| {
        let mut permissions = entry.resource.permissions.iter();
        permissions.any(|permission| max_of(policy, person, integration, entry, permission).is_some())
    };
    entries.iter().filter(|entry| can(entry)).cloned().collect()
}

/// How long this unit may last for this person; `None` if they cannot ask for it.
fn max_of(
    policy: &Policy,
    person: &Person,
    integration: &str,
    entry: &Entry,
    permission: &str,
) -> Option<Duration> {
    if !entry.resource.permissions.iter().any(|known| known == permission) {
        return None;
    }
    first_match(policy, person, integration, &unit(entry, permission)).map(|flow| flow.max_duration)
}

fn unit(entry: &Entry, permission: &str) -> Unit {
    Unit {
        resource_id: entry.resource.id.clone(),
        resource_name: entry.resource.name.clone(),
        permission: permission.to_owned(),
    }
}

/// Drops a choice that is no longer offered, and takes the only one there is.
fn settle(choice: &mut Option<String>, offered: &[String]) {
    if let [only] = offered {
        *choice = Some(only.clone());
    } else if choice.as_ref().is_some_and(|choice| !offered.contains(choice)) {
        *choice = None;
    }
}
