//! A request form as somebody filled it in so far, and what is missing before it can go on.

use crate::access::people::Person;
use crate::usecases::Core;
use crate::usecases::form::{Field, Wrong};
use crate::usecases::offer::{Chosen, Offer, offer};
use crate::web::sent::Fields;

/// The form as it stands.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) chosen: Chosen,
    /// Part of the name of a resource.
    pub(super) sought: String,
    pub(super) duration: String,
    pub(super) justification: String,
}

impl Draft {
    /// As a browser sent it.
    pub(super) fn sent(fields: &Fields) -> Self {
        let one = |field: Field| Some(fields.one(field.name()).to_owned()).filter(|value| !value.is_empty());
        let all = |field: Field| {
            let named = fields.pairs().filter(|(name, _)| *name == field.name());
            let mut values: Vec<String> = named.map(|(_, value)| value.to_owned()).collect();
            values.sort();
            values.dedup();
            values
        };
        Self {
            chosen: Chosen {
                integration: one(Field::Integration),
                resource_type: one(Field::ResourceType),
                resources: all(Field::Resources),
                permissions: all(Field::Permissions),
            },
            sought: fields.one("find").to_owned(),
            duration: fields.one(Field::Duration.name()).to_owned(),
            justification: fields.one(Field::Justification.name()).to_owned(),
        }
    }

    /// What an address names, resources by their names.
    pub(super) fn named(core: &Core, query: &Fields) -> Self {
        let mut draft = Self::sent(query);
        let entries = core
            .catalogue
            .of(draft.chosen.integration.as_deref().unwrap_or_default());
        let wanted = std::mem::take(&mut draft.chosen.resources);
        for entry in entries
            .all()
            .filter(|entry| wanted.contains(&entry.resource.name))
        {
            let of_type = &entry.resource.resource_type;
            if draft.chosen.resource_type.get_or_insert_with(|| of_type.clone()) == of_type {
                draft.chosen.resources.push(entry.value.clone());
            }
        }
        draft
    }

    /// What counts as chosen, and what can be chosen next. If there is only one choice, it is made.
    pub(super) fn offered(&self, core: &Core, person: &Person) -> (Chosen, Offer) {
        let (mut chosen, mut offered) = offer(core, person, &self.chosen);
        // A choice that is not offered is never replaced by another.
        if let ([], [only]) = (self.chosen.resources.as_slice(), offered.resources.as_slice()) {
            chosen.resources = vec![only.value.clone()];
            (chosen, offered) = offer(core, person, &chosen);
        }
        if let ([], [only]) = (self.chosen.permissions.as_slice(), offered.permissions.as_slice()) {
            chosen.permissions = vec![only.clone()];
            (chosen, offered) = offer(core, person, &chosen);
        }
        (chosen, offered)
    }
}

/// What has to be chosen before there are permissions to choose.
pub(super) fn missing(chosen: &Chosen) -> Option<Wrong> {
    if chosen.integration.is_none() {
        Some(Wrong::NoIntegration)
    } else if chosen.resource_type.is_none() {
        Some(Wrong::NoResourceType)
    } else if chosen.resources.is_empty() {
        Some(Wrong::NoResources)
    } else {
        None
    }
}

/// The same for the next form to say: what is missing, and of what.
pub(super) fn waits_for(chosen: &Chosen) -> String {
    let missing = missing(chosen).map(|wrong| wrong.field().name());
    let of = [
        missing,
        chosen.integration.as_deref(),
        chosen.resource_type.as_deref(),
    ];
    of.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
