//! What the form offers a person: exactly what the policy function would let them request.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::access::flows::Policy;
use crate::access::matching::OpenFlows;
use crate::access::people::Person;
use crate::access::request::{Request, Unit};

use super::Core;
use super::catalogue::{Entries, Entry};

/// How many options are listed at most; beyond that, people search. Slack allows 100 options in a select.
pub const MOST_LISTED: usize = 100;

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
    /// At most one more than [`MOST_LISTED`], which says that there are more.
    pub resources: Vec<Entry>,
    /// The chosen resources, wherever they are in the list.
    pub taken: Vec<Entry>,
    pub permissions: Vec<String>,
    /// Those of the permissions that the config calls sensitive.
    pub sensitive: Vec<String>,
    /// The longest the choice so far may last; `None` until resources and permissions are chosen.
    pub max_duration: Option<Duration>,
    /// Durations to choose from: those of the flows, or the usual ones. Shortest first.
    pub usual: Vec<Duration>,
}

/// What is offered if the flows say nothing, as far as it is allowed; the longest that is allowed comes last.
const USUAL: [Duration; 3] = [
    Duration::from_mins(30),
    Duration::from_hours(1),
    Duration::from_hours(4),
];

/// Narrows step by step; if there is only one choice, it counts as chosen.
pub fn offer(core: &Core, person: &Person, chosen: &Chosen) -> (Chosen, Offer) {
    let policy = core.policy();
    let mut chosen = chosen.clone();
    let mut offer = Offer::default();
    let Some(shelf) = narrow(core, &policy, person, &mut chosen, &mut offer) else {
        return (chosen, offer);
    };
    offer.resources = shelf.of_type().take(MOST_LISTED + 1).cloned().collect();
    let entries = Arc::clone(&shelf.entries);
    let resources: Vec<&Entry> = chosen
        .resources
        .iter()
        .filter_map(|value| entries.with_value(value))
        .filter(|entry| shelf.has(entry))
        .collect();
    chosen.resources = resources.iter().map(|entry| entry.value.clone()).collect();
    offer.taken = resources.iter().copied().cloned().collect();
    if resources.is_empty() {
        return (chosen, offer);
    }

    let order = core
        .integrations()
        .get(&shelf.integration)
        .map(|known| known.permissions())
        .unwrap_or_default();
    offer.permissions = order
        .into_iter()
        .filter(|permission| {
            resources
                .iter()
                .all(|entry| shelf.max_of(entry, permission).is_some())
        })
        .collect();
    offer.sensitive = core
        .rules()
        .offered
        .sensitive(&shelf.integration, offer.permissions.iter().map(String::as_str));
    chosen
        .permissions
        .retain(|permission| offer.permissions.contains(permission));
    offer.max_duration = chosen
        .permissions
        .iter()
        .flat_map(|permission| resources.iter().map(move |entry| (entry, permission)))
        .filter_map(|(entry, permission)| shelf.max_of(entry, permission))
        .min();
    let flows = chosen
        .permissions
        .iter()
        .flat_map(|permission| resources.iter().map(move |entry| (entry, permission)))
        .filter_map(|(entry, permission)| shelf.flows.first(&entry.resource.name, permission));
    let named: BTreeSet<Duration> = flows.flat_map(|flow| flow.durations.iter().copied()).collect();
    if let Some(max) = offer.max_duration {
        let min = core.rules().min_duration;
        let usual = if named.is_empty() {
            USUAL.into_iter().chain([max]).collect()
        } else {
            named
        };
        offer.usual = usual
            .into_iter()
            .filter(|span| (min..=max).contains(span))
            .take(MOST_LISTED)
            .collect();
    }
    (chosen, offer)
}

/// What would have to be chosen to request the same as `request`; what no longer exists is left out.
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
            .all()
            .filter(wanted)
            .map(|entry| entry.value.clone())
            .collect(),
        permissions: request.permissions().into_iter().map(str::to_owned).collect(),
    }
}

/// The resources that fit the choice so far and whose names contain what was typed, closest first.
pub fn search(core: &Core, person: &Person, chosen: &Chosen, typed: &str) -> Vec<Entry> {
    let policy = core.policy();
    let narrowed = narrow(core, &policy, person, &mut chosen.clone(), &mut Offer::default());
    let Some(shelf) = narrowed else {
        return Vec::new();
    };
    let typed = &typed.to_lowercase();
    let found = Closeness::ALL.into_iter().flat_map(|closeness| {
        // The text first: it costs less than the patterns of the flows.
        let as_close = shelf
            .candidates()
            .filter(move |entry| closeness.is_of(entry.lower_name(), typed));
        as_close.filter(|entry| shelf.has(entry))
    });
    found.take(MOST_LISTED).cloned().collect()
}

/// The `names` that contain what was typed, closest first, as many as a menu allows.
pub fn search_names<'n>(names: &'n [String], typed: &str) -> Vec<&'n str> {
    let typed = &typed.to_lowercase();
    let found = Closeness::ALL.into_iter().flat_map(|closeness| {
        names
            .iter()
            .map(String::as_str)
            .filter(move |name| closeness.is_of(&name.to_lowercase(), typed))
    });
    found.take(MOST_LISTED).collect()
}

/// How a name contains what was typed. An exact match comes first: otherwise it would be out of reach behind a
/// hundred names that contain it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closeness {
    Whole,
    Start,
    Inside,
}

impl Closeness {
    const ALL: [Self; 3] = [Self::Whole, Self::Start, Self::Inside];

    /// Both in lower case.
    fn is_of(self, name: &str, typed: &str) -> bool {
        match self {
            Self::Whole => name == typed,
            Self::Start => name != typed && name.starts_with(typed),
            Self::Inside => !name.starts_with(typed) && name.contains(typed),
        }
    }
}

/// Chooses integration and resource type; `None` while the person still has to.
fn narrow<'p>(
    core: &Core,
    policy: &'p Policy,
    person: &Person,
    chosen: &mut Chosen,
    offer: &mut Offer,
) -> Option<Shelf<'p>> {
    let integrations = core.integrations();
    let shelves: Vec<Shelf<'_>> = integrations
        .iter()
        .filter_map(|(name, _)| Shelf::of(core, policy, person, name))
        .collect();
    offer.integrations = shelves.iter().map(|shelf| shelf.integration.clone()).collect();
    settle(&mut chosen.integration, &offer.integrations);
    let Some(wanted) = chosen.integration.as_deref() else {
        // What an address named may be of an integration that is not theirs to know.
        chosen.resource_type = None;
        return None;
    };
    let mut shelf = shelves.into_iter().find(|shelf| shelf.integration == wanted)?;
    offer.resource_types = shelf.types();
    settle(&mut chosen.resource_type, &offer.resource_types);
    shelf.resource_type.clone_from(chosen.resource_type.as_ref()?);
    Some(shelf)
}

/// What one person can request on one integration.
struct Shelf<'p> {
    integration: String,
    entries: Arc<Entries>,
    flows: OpenFlows<'p>,
    /// The position of the first entry that can be requested: with many resources of others, finding it takes most of the time.
    first: usize,
    /// The type that was chosen; empty before.
    resource_type: String,
}

impl<'p> Shelf<'p> {
    /// `None` if they can request nothing.
    fn of(core: &Core, policy: &'p Policy, person: &Person, integration: &str) -> Option<Self> {
        let mut shelf = Self {
            integration: integration.to_owned(),
            entries: core.catalogue.of(integration),
            flows: OpenFlows::new(policy, person, integration),
            first: 0,
            resource_type: String::new(),
        };
        shelf.first = shelf.entries.all().position(|entry| shelf.can_ask_for(entry))?;
        Some(shelf)
    }

    fn can_ask_for(&self, entry: &Entry) -> bool {
        self.flows.any(&entry.resource.name, &entry.resource.permissions)
    }

    /// Everything that can be requested is among these.
    fn candidates(&self) -> impl Iterator<Item = &Entry> {
        self.entries.all().skip(self.first)
    }

    fn types(&self) -> Vec<String> {
        let of = |resource_type: &str| {
            let mut entries = self.candidates();
            entries.any(|entry| entry.resource.resource_type == resource_type && self.can_ask_for(entry))
        };
        let types = self.entries.types().iter();
        types.filter(|resource_type| of(resource_type)).cloned().collect()
    }

    /// Whether the resource is of the chosen type and can be requested.
    fn has(&self, entry: &Entry) -> bool {
        entry.resource.resource_type == self.resource_type && self.can_ask_for(entry)
    }

    fn of_type(&self) -> impl Iterator<Item = &Entry> {
        self.candidates().filter(|entry| self.has(entry))
    }

    /// How long this unit may last; `None` if it cannot be requested.
    fn max_of(&self, entry: &Entry, permission: &str) -> Option<Duration> {
        if !entry.resource.permissions.iter().any(|known| known == permission) {
            return None;
        }
        let flow = self.flows.first(&entry.resource.name, permission);
        flow.map(|flow| flow.max_duration)
    }
}

/// Whether the person can request anything on the integration.
pub fn is_offered(core: &Core, person: &Person, integration: &str) -> bool {
    Shelf::of(core, &core.policy(), person, integration).is_some()
}

/// The units of a complete choice; `None` if one of its resources no longer exists.
pub fn units(core: &Core, integration: &str, chosen: &Chosen) -> Option<Vec<Unit>> {
    let entries = core.catalogue.of(integration);
    let mut units = Vec::new();
    for value in &chosen.resources {
        let entry = entries.with_value(value)?;
        if chosen.resource_type.as_ref() != Some(&entry.resource.resource_type) {
            return None;
        }
        for permission in &chosen.permissions {
            if !entry.resource.permissions.contains(permission) {
                return None;
            }
            units.push(unit(entry, permission));
        }
    }
    Some(units)
}

fn unit(entry: &Entry, permission: &str) -> Unit {
    Unit {
        resource_id: entry.resource.id.clone(),
        resource_name: entry.resource.name.clone(),
        permission: permission.to_owned(),
    }
}

/// Drops a choice that is no longer offered, and takes the option if there is only one.
fn settle(choice: &mut Option<String>, offered: &[String]) {
    if let [only] = offered {
        *choice = Some(only.clone());
    } else if choice.as_ref().is_some_and(|choice| !offered.contains(choice)) {
        *choice = None;
    }
}
