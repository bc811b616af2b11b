//! "Why can I, or can I not, request this?": the answer of the one policy function, with the flows that were checked.
//!
//! Invariant: it reveals nothing that the person asking may not see: no flow that does not include them, no integration without
//! such a flow, and about targets only what they could request anyway. What they may not see and what does not exist get the
//! same answer.

use std::collections::BTreeSet;

use crate::access::closest::closest;
use crate::access::explain::{Tried, tried, visible};
use crate::access::flows::{Flow, Policy};
use crate::access::matching::{OpenFlows, first_match};
use crate::access::people::{Facts, Person};
use crate::access::policy::{Ask, Moment, Refusal, Verdict, decide};
use crate::access::request::Unit;
use crate::people::{Directory, LookUpError};

use super::Core;
use super::catalogue::Entry;
use super::look::Onlooker;

/// What is asked about: `write` on `orders`, or on `orders-db/orders`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub permission: String,
    pub target: String,
}

/// The answer to a question.
#[derive(Clone, Debug)]
pub enum Answer<'p> {
    /// No integration that the person asking may see has this name; `close` is the target that was probably meant.
    NoIntegration { named: String, close: Option<String> },
    /// On each integration that the question is about; none if the person asking may see none.
    Explained(Vec<Explained<'p>>),
}

/// The answer for one integration.
#[derive(Clone, Debug)]
pub struct Explained<'p> {
    pub integration: String,
    /// What the integration does not have, as far as the person asking may know. Nothing can be requested then, whatever the
    /// flows say.
    pub missing: Option<Missing>,
    /// A name that was probably meant and that the person asking may know.
    pub close: Option<String>,
    /// Of the flows that were checked, those that the person asking may see.
    pub tried: Vec<Tried<'p>>,
    pub outcome: Result<Verdict<'p>, Refusal>,
}

/// What an integration does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    Resource(String),
    Permission { permission: String, resource: String },
}

/// Answers `by`, about `person`: on the integration that the question names, or on each where a flow matches, or else on all
/// that `by` may see.
pub fn why<'p>(
    core: &Core,
    policy: &'p Policy,
    facts: &Facts,
    (by, person): (&Person, &Person),
    question: &Question,
) -> Answer<'p> {
    let eye = Eye::of(core, policy, by);
    let (named, resource) = match question.target.split_once('/') {
        Some((named, resource)) if eye.integrations.iter().any(|known| known == named) => {
            (Some(named), resource)
        }
        Some((named, resource)) if !(named.is_empty() || eye.has_names_with_a_slash()) => {
            return no_integration(&eye, named, resource, &question.target);
        }
        Some(_) | None => (None, question.target.as_str()),
    };
    let unit = Unit {
        resource_id: resource.to_owned(),
        resource_name: resource.to_owned(),
        permission: question.permission.clone(),
    };
    let asked_about = eye.integrations.iter().map(String::as_str);
    let mut shelves: Vec<Shelf<'_>> = asked_about
        .filter(|integration| named.is_none_or(|named| named == *integration))
        .map(|integration| Shelf::of(&eye, policy, person, integration, &unit))
        .collect();
    // A flow for every resource fits those that are not there, too.
    for is_better in [
        |shelf: &Shelf<'_>| shelf.fits && shelf.has_unit,
        |shelf: &Shelf<'_>| shelf.has_unit,
        |shelf: &Shelf<'_>| shelf.has_resource,
        |shelf: &Shelf<'_>| shelf.fits,
    ] {
        if shelves.iter().any(is_better) {
            shelves.retain(is_better);
            break;
        }
    }
    for shelf in &mut shelves {
        shelf.close = eye.close(shelf, &unit);
    }
    let is_close = |shelf: &Shelf<'_>| shelf.close.is_some();
    if shelves.iter().any(is_close) && !shelves.iter().any(|shelf| shelf.fits || shelf.has_resource) {
        shelves.retain(is_close);
    }
    let explained = shelves
        .into_iter()
        .map(|shelf| explain(&eye, policy, facts, person, shelf, &unit));
    Answer::Explained(explained.collect())
}

fn no_integration<'p>(eye: &Eye<'_>, named: &str, resource: &str, target: &str) -> Answer<'p> {
    let close = closest(named, eye.integrations.iter().map(String::as_str));
    let close = close.map(|close| format!("{close}/{resource}"));
    Answer::NoIntegration {
        named: named.to_owned(),
        close: close.or_else(|| eye.closest_resource(target)),
    }
}

/// Everybody who may have to answer under some flow.
pub async fn all_who_answer(directory: &dyn Directory, policy: &Policy) -> Result<Facts, LookUpError> {
    let integrations: BTreeSet<&str> = policy
        .flows
        .iter()
        .map(|flow| flow.integration.as_str())
        .collect();
    let mut facts = directory.known().facts();
    for integration in integrations {
        facts = directory.who_answers(integration, policy).await?;
    }
    Ok(facts)
}

/// What the person asking may see.
struct Eye<'a> {
    core: &'a Core,
    policy: &'a Policy,
    by: &'a Person,
    reads_all: bool,
    flows: Vec<&'a Flow>,
    integrations: Vec<String>,
}

impl<'a> Eye<'a> {
    fn of(core: &'a Core, policy: &'a Policy, by: &'a Person) -> Self {
        let flows: Vec<&Flow> = visible(policy, by).collect();
        let reads_all = Onlooker::of(core, by).reads_all();
        let mut integrations: Vec<String> = Vec::new();
        let others: Vec<String> = if reads_all {
            let known = core.integrations();
            known.iter().map(|(name, _)| name.to_owned()).collect()
        } else {
            Vec::new()
        };
        for name in flows.iter().map(|flow| flow.integration.clone()).chain(others) {
            if !integrations.contains(&name) {
                integrations.push(name);
            }
        }
        Self {
            core,
            policy,
            by,
            reads_all,
            flows,
            integrations,
        }
    }

    /// Whether they may know of a resource: they read everything, or could request something on it.
    fn may_know(&self, own: &OpenFlows<'_>, entry: &Entry) -> bool {
        self.reads_all || own.any(&entry.resource.name, &entry.resource.permissions)
    }

    /// The permissions on a resource that they may know of.
    fn permissions<'e>(&self, own: &OpenFlows<'_>, entry: &'e Entry) -> impl Iterator<Item = &'e str> {
        let resource = &entry.resource;
        let permissions = resource.permissions.iter().map(String::as_str);
        permissions
            .filter(move |permission| self.reads_all || own.first(&resource.name, permission).is_some())
    }

    /// Then what is before a slash may be a part of a resource's name.
    fn has_names_with_a_slash(&self) -> bool {
        self.integrations.iter().any(|integration| {
            let own = OpenFlows::new(self.policy, self.by, integration);
            let entries = self.core.catalogue.of(integration);
            let mut named = entries.all().filter(|entry| entry.resource.name.contains('/'));
            named.any(|entry| self.may_know(&own, entry))
        })
    }

    /// What was probably meant on an integration that lacks the resource or the permission.
    fn close(&self, on: &Shelf<'_>, unit: &Unit) -> Option<String> {
        if on.has_unit {
            return None;
        }
        if !on.has_resource {
            return self.closest_on(on.integration, &unit.resource_name);
        }
        let own = OpenFlows::new(self.policy, self.by, on.integration);
        let entries = self.core.catalogue.of(on.integration);
        let named = entries
            .all()
            .filter(|entry| entry.resource.name == unit.resource_name && self.may_know(&own, entry));
        let offered = named.flat_map(|entry| self.permissions(&own, entry));
        closest(&unit.permission, offered).map(str::to_owned)
    }

    fn closest_resource(&self, name: &str) -> Option<String> {
        self.integrations
            .iter()
            .find_map(|integration| self.closest_on(integration, name))
    }

    fn closest_on(&self, integration: &str, name: &str) -> Option<String> {
        let own = OpenFlows::new(self.policy, self.by, integration);
        let entries = self.core.catalogue.of(integration);
        let known = entries.all().filter(|entry| self.may_know(&own, entry));
        closest(name, known.map(|entry| entry.resource.name.as_str())).map(str::to_owned)
    }
}

/// What one integration has of what is asked about.
struct Shelf<'a> {
    integration: &'a str,
    /// A flow lets the person request it.
    fits: bool,
    has_resource: bool,
    has_unit: bool,
    /// A name that was probably meant.
    close: Option<String>,
}

impl<'a> Shelf<'a> {
    fn of(eye: &Eye<'_>, policy: &Policy, person: &Person, integration: &'a str, unit: &Unit) -> Self {
        let own = OpenFlows::new(policy, eye.by, integration);
        let entries = eye.core.catalogue.of(integration);
        let named = entries
            .all()
            .filter(|entry| entry.resource.name == unit.resource_name);
        let known: Vec<&Entry> = named.filter(|entry| eye.may_know(&own, entry)).collect();
        let has_unit = known
            .iter()
            .any(|entry| entry.resource.permissions.contains(&unit.permission));
        Self {
            integration,
            fits: first_match(policy, person, integration, unit).is_some(),
            has_resource: !known.is_empty(),
            has_unit,
            close: None,
        }
    }
}

fn explain<'p>(
    eye: &Eye<'_>,
    policy: &'p Policy,
    facts: &Facts,
    person: &Person,
    shelf: Shelf<'_>,
    unit: &Unit,
) -> Explained<'p> {
    let ask = Ask {
        requester: &person.id,
        grantee: &person.id,
        integration: shelf.integration,
        units: std::slice::from_ref(unit),
        duration: None,
        moment: Moment::Form,
    };
    let resource = unit.resource_name.clone();
    let missing = match (eye.reads_all || shelf.fits, shelf.has_resource, shelf.has_unit) {
        (false, ..) | (true, _, true) => None,
        (true, false, false) => Some(Missing::Resource(resource)),
        (true, true, false) => Some(Missing::Permission {
            permission: unit.permission.clone(),
            resource,
        }),
    };
    let is_visible = |tried: &Tried<'_>| eye.flows.contains(&tried.flow);
    let mut tried = tried(policy, person, shelf.integration, unit);
    // Flows say nothing about what is not there.
    tried.retain(|tried| missing.is_none() && is_visible(tried));
    Explained {
        missing,
        close: shelf.close,
        tried,
        outcome: decide(policy, facts, &ask, eye.core.now()),
        integration: shelf.integration.to_owned(),
    }
}
