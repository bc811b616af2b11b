//! "Why can I, or can I not, request this?": the answer of the one policy function, with the flows that were checked.
//!
//! Invariant: it reveals nothing about targets that the person asking could not request anyway; an unknown resource and one
//! that no flow gives them get the same answer.

use std::collections::BTreeSet;

use crate::access::explain::{Tried, tried};
use crate::access::flows::Policy;
use crate::access::matching::first_match;
use crate::access::people::{Facts, Person};
use crate::access::policy::{Ask, Moment, Refusal, Verdict, decide};
use crate::access::request::Unit;
use crate::people::{Directory, LookUpError};

use super::Core;

/// What is asked about: `write` on `orders`, or on `orders-db/orders`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub permission: String,
    pub target: String,
}

/// The answer for one integration.
#[derive(Clone, Debug)]
pub struct Explained<'p> {
    pub integration: String,
    /// Whether the integration has such a resource, as far as the person asking may know.
    pub known: bool,
    pub tried: Vec<Tried<'p>>,
    pub outcome: Result<Verdict<'p>, Refusal>,
}

/// Answers for `person`: on the integration that the question names, or on each where a flow matches, or else on all.
pub fn why<'p>(
    core: &Core,
    policy: &'p Policy,
    facts: &Facts,
    person: &Person,
    question: &Question,
) -> Vec<Explained<'p>> {
    let (named, resource) = target(policy, &question.target);
    let unit = Unit {
        resource_id: resource.to_owned(),
        resource_name: resource.to_owned(),
        permission: question.permission.clone(),
    };
    let mut integrations: Vec<&str> = Vec::new();
    for flow in &policy.flows {
        let asked_about = named.is_none_or(|named| named == flow.integration);
        if asked_about && !integrations.contains(&flow.integration.as_str()) {
            integrations.push(&flow.integration);
        }
    }
    let fits = |integration: &&str| first_match(policy, person, integration, &unit).is_some();
    if integrations.iter().any(fits) {
        integrations.retain(fits);
    }
    integrations
        .into_iter()
        .map(|integration| explain(core, policy, facts, person, integration, &unit))
        .collect()
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

/// The integration before the first slash, if there is one of that name, and the resource.
fn target<'q>(policy: &Policy, text: &'q str) -> (Option<&'q str>, &'q str) {
    match text.split_once('/') {
        Some((integration, resource)) if policy.flows.iter().any(|flow| flow.integration == integration) => {
            (Some(integration), resource)
        }
        Some(_) | None => (None, text),
    }
}

fn explain<'p>(
    core: &Core,
    policy: &'p Policy,
    facts: &Facts,
    person: &Person,
    integration: &str,
    unit: &Unit,
) -> Explained<'p> {
    let entries = core.catalogue.of(integration);
    let exists = entries.all().any(|entry| {
        entry.resource.name == unit.resource_name && entry.resource.permissions.contains(&unit.permission)
    });
    let ask = Ask {
        requester: &person.id,
        grantee: &person.id,
        integration,
        units: std::slice::from_ref(unit),
        duration: None,
        moment: Moment::Form,
    };
    let outcome = decide(policy, facts, &ask, core.now());
    let fits = first_match(policy, person, integration, unit).is_some();
    Explained {
        known: exists || !fits,
        tried: tried(policy, person, integration, unit),
        outcome,
        integration: integration.to_owned(),
    }
}
