//! The terms under which a request is in the index: for each thing that people filter by, a short text.
//!
//! Names become digests, so a term is short however long its names are. A pair of names that people filter by together has
//! a term of its own: each of them can be frequent, and both together be nowhere.

use std::collections::BTreeSet;

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

use crate::access::ids::PersonId;
use crate::access::request::Request;
use crate::access::search;

/// What a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NameOf {
    Flow,
    Integration,
    Permission,
    Resource,
}

impl NameOf {
    const fn letter(self) -> char {
        match self {
            Self::Flow => 'f',
            Self::Integration => 'i',
            Self::Permission => 'm',
            Self::Resource => 'r',
        }
    }
}

/// Requests by or for this person.
pub(super) fn of_person(person: &PersonId) -> String {
    format!("p:{person}")
}

/// Requests that this person decided.
pub(super) fn of_approver(person: &PersonId) -> String {
    format!("a:{person}")
}

/// Requests with all of these: one name, or two of different kinds.
pub(super) fn of_names(names: &[(NameOf, &str)]) -> String {
    let mut names = names.to_vec();
    names.sort_unstable();
    let mut term: String = names.iter().map(|(named, _)| named.letter()).collect();
    let mut hasher = Sha256::new();
    for (_, name) in &names {
        hasher.update(name.as_bytes());
        hasher.update([0]);
    }
    // 80 bits: that two of a million names share them is less likely than a broken disk.
    term.push(':');
    term.push_str(&BASE32_NOPAD.encode(&hasher.finalize()[..10]));
    term
}

/// From the first to before the last of the terms of words with this beginning.
pub(super) fn of_beginning(beginning: &str) -> (String, String) {
    (format!("w:{beginning}"), format!("w:{beginning}\u{10ffff}"))
}

/// The terms of the words of a justification. The migration that erases them with their text knows their form.
fn of_justification(text: &str) -> impl Iterator<Item = String> {
    search::words(text).into_iter().map(|word| format!("w:{word} j"))
}

/// The terms of the words of a name.
fn of_name(name: &str) -> impl Iterator<Item = String> {
    search::words(name).into_iter().map(|word| format!("w:{word} n"))
}

/// Every term of a request, except for those who decided it. `people` are the names of its requester and grantee.
pub(super) fn of(request: &Request, justification: Option<&str>, people: &[&str]) -> BTreeSet<String> {
    let mut terms = BTreeSet::from([of_person(&request.requester), of_person(&request.grantee)]);
    let integration = (NameOf::Integration, request.integration.as_str());
    for unit in &request.units {
        let resource = (NameOf::Resource, unit.resource_name.as_str());
        let permission = (NameOf::Permission, unit.permission.as_str());
        terms.insert(of_names(&[resource]));
        terms.insert(of_names(&[permission]));
        terms.insert(of_names(&[resource, permission]));
        terms.insert(of_names(&[integration, resource]));
        terms.insert(of_names(&[integration, permission]));
        for flow in &request.flows {
            let flow = (NameOf::Flow, flow.as_str());
            terms.insert(of_names(&[flow, resource]));
            terms.insert(of_names(&[flow, permission]));
        }
    }
    for flow in &request.flows {
        let flow = (NameOf::Flow, flow.as_str());
        terms.insert(of_names(&[flow]));
        terms.insert(of_names(&[flow, integration]));
    }
    terms.extend(justification.into_iter().flat_map(of_justification));
    let resources = request.resources();
    let names = people.iter().chain(&resources).copied();
    terms.extend(names.chain([request.integration.as_str()]).flat_map(of_name));
    terms
}
