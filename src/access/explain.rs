//! Explains the policy's answers to people who ask. It decides nothing: `policy::decide` does.

use super::flows::{Approval, Flow, Policy};
use super::matching::{covers_resource, names_requester};
use super::people::{Because, Person};
use super::reader::Reader;
use super::request::Unit;

/// Why a flow does not match a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Miss {
    /// It does not name this person among its requesters.
    Requester,
    Resource,
    Permission,
}

/// A flow that was checked, and why it does not match; it matches if there is no reason against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried<'p> {
    pub flow: &'p Flow,
    pub misses: Vec<Miss>,
}

/// The flows on `integration` in file order, up to and including the first that matches; all of them if none does.
pub fn tried<'p>(policy: &'p Policy, person: &Person, integration: &str, unit: &Unit) -> Vec<Tried<'p>> {
    let mut tried = Vec::new();
    for flow in policy.flows.iter().filter(|flow| flow.integration == integration) {
        let against = [
            (Miss::Requester, names_requester(policy, flow, person)),
            (Miss::Resource, covers_resource(flow, &unit.resource_name)),
            (
                Miss::Permission,
                flow.permissions.is_empty() || flow.permissions.contains(&unit.permission),
            ),
        ];
        let misses: Vec<Miss> = against
            .into_iter()
            .filter_map(|(miss, fits)| (!fits).then_some(miss))
            .collect();
        let fits = misses.is_empty();
        tried.push(Tried { flow, misses });
        if fits {
            break;
        }
    }
    tried
}

/// A person's place in a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standpoint<'p> {
    pub admin: bool,
    pub auditor: bool,
    pub groups: Vec<&'p str>,
    /// Flows under which they may request access, in file order.
    pub asks: Vec<&'p Flow>,
    /// Flows under which they decide, and why.
    pub answers: Vec<(&'p Flow, Because)>,
}

/// Everything that `policy` says about `person`.
pub fn standpoint<'p>(policy: &'p Policy, person: &Person) -> Standpoint<'p> {
    let groups = policy
        .groups
        .iter()
        .filter(|(_, members)| members.iter().any(|member| policy.stands_for(person, member)));
    let asks = policy
        .flows
        .iter()
        .filter(|flow| names_requester(policy, flow, person));
    let answers = policy.flows.iter().filter_map(|flow| {
        let who = match &flow.approval {
            Approval::Automatic => return None,
            Approval::OneOf(who) => who,
        };
        let because = who.iter().find_map(|who| policy.means(who, person))?;
        Some((flow, because))
    });
    Standpoint {
        admin: policy.is_admin(person),
        auditor: policy.is_auditor(person),
        groups: groups.map(|(name, _)| name.as_str()).collect(),
        asks: asks.collect(),
        answers: answers.collect(),
    }
}

/// The flows that `person` may see: all for those who read everything, otherwise those under which they ask or answer.
pub fn visible<'p>(policy: &'p Policy, person: &Person) -> impl Iterator<Item = &'p Flow> {
    let own = standpoint(policy, person);
    let reads_all = Reader::of(policy, person).reads_all();
    policy.flows.iter().filter(move |flow| {
        let is_own = |other: &&Flow| other.name == flow.name;
        reads_all || own.asks.iter().any(is_own) || own.answers.iter().any(|(other, _)| is_own(other))
    })
}
