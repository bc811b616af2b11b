//! What a new config changes for people that no single line of it shows: who has a role, may make requests or may answer them
//! because of a group or of another account of the same person.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml::de::DeTable;

use super::diff::{About, Change};
use super::worded::{in_quotes, quoted};
use super::{Roles, flows, keys, people, roles};
use crate::access::flows::{Approval, PersonRef, Policy, Who};
use crate::document::{Document, Section};
use crate::integrations;

/// The people a list in the config refers to, each with the reason.
#[derive(Default)]
struct Meant {
    /// Each account, with the reference that includes it.
    accounts: BTreeMap<PersonRef, PersonRef>,
    /// Accounts that the list names directly: the list's own sentence covers changes to them.
    named: BTreeSet<PersonRef>,
}

/// What changes for people through groups and linked accounts, one sentence for each role and each flow.
pub(super) fn effects(from: &str, to: &str) -> Vec<Change> {
    let Some(after) = policy_of(to) else {
        return Vec::new();
    };
    let Some(before) = policy_of(from) else {
        let sentence = "this version cannot read the previous config, so use the lines below to see what changes for whom";
        return vec![(About::Roles, sentence.to_owned())];
    };
    let mut changes = Vec::new();
    let of_role = |policy: &Policy, role: &[PersonRef]| {
        let named: Vec<Who> = role.iter().cloned().map(Who::Person).collect();
        meant(policy, &named)
    };
    let roles = [
        (
            "who is an admin",
            of_role(&before, &before.admins),
            of_role(&after, &after.admins),
        ),
        (
            "who is an auditor",
            of_role(&before, &before.auditors),
            of_role(&after, &after.auditors),
        ),
    ];
    for (what, was, now) in &roles {
        changes.extend(difference(what, was, now).map(|sentence| (About::Roles, sentence)));
    }
    for name in flow_names(&before).union(&flow_names(&after)) {
        let flow = format!("flow {}", in_quotes(name));
        let (was, now) = (answers(&before, name), answers(&after, name));
        if was != Answers::Nobody && now == Answers::Nobody {
            changes.push((About::Approvers, format!("{flow}: no approval is needed")));
        }
        let what = format!("{flow}: who can approve");
        let sentence = difference(&what, &was.people(&before), &now.people(&after));
        changes.extend(sentence.map(|sentence| (About::Approvers, sentence)));
        let what = format!("{flow}: who can make requests");
        let sentence = difference(&what, &asks(&before, name), &asks(&after, name));
        changes.extend(sentence.map(|sentence| (About::Flows, sentence)));
    }
    changes
}

/// What a text says about people, whatever else is wrong with it; `None` if that part is wrong.
fn policy_of(text: &str) -> Option<Policy> {
    let doc = Document::new(text, Path::new(""));
    let table = DeTable::parse(text).ok()?;
    let root = Section::open(&doc, table.get_ref(), 0..0, "The file", keys::TOP);
    let Roles {
        admins,
        auditors,
        outside_auditors,
    } = roles::read(&root)?;
    let (groups, names) = roles::read_groups(&root);
    let people = people::read(&root);
    let (_, declared) = integrations::config::read(&root);
    // Those of retired integrations, too: retiring one removes nobody from a flow.
    let flows = flows::read(&root, &names, &declared).into_iter();
    let flows = flows.map(|(flow, _)| flow).collect();
    doc.is_sound().then(|| Policy {
        admins,
        auditors,
        outside_auditors,
        groups,
        people,
        flows,
        ..Policy::default()
    })
}

fn flow_names(policy: &Policy) -> BTreeSet<&str> {
    policy.flows.iter().map(|flow| flow.name.as_str()).collect()
}

/// Who answers requests under a flow.
#[derive(PartialEq, Eq)]
enum Answers<'p> {
    NoFlow,
    Nobody,
    These(&'p [Who]),
}

impl Answers<'_> {
    fn people(&self, policy: &Policy) -> Meant {
        match self {
            Self::NoFlow | Self::Nobody => Meant::default(),
            Self::These(who) => meant(policy, who),
        }
    }
}

fn answers<'p>(policy: &'p Policy, name: &str) -> Answers<'p> {
    match policy.flows.iter().find(|flow| flow.name == name) {
        None => Answers::NoFlow,
        Some(flow) => match &flow.approval {
            Approval::Automatic => Answers::Nobody,
            Approval::OneOf(who) => Answers::These(who),
        },
    }
}

fn asks(policy: &Policy, name: &str) -> Meant {
    let flow = policy.flows.iter().find(|flow| flow.name == name);
    flow.map_or_else(Meant::default, |flow| meant(policy, &flow.requesters))
}

fn meant(policy: &Policy, list: &[Who]) -> Meant {
    let mut meant = Meant::default();
    for who in list {
        let references = match who {
            Who::Person(person) => {
                meant.named.insert(person.clone());
                std::slice::from_ref(person)
            }
            Who::Group(name) => policy.groups.get(name).map_or(&[][..], Vec::as_slice),
        };
        for reference in references {
            for account in policy.accounts_of(reference) {
                // An account that is named directly needs no other reason.
                let why = meant
                    .accounts
                    .entry(account.clone())
                    .or_insert_with(|| reference.clone());
                if account == reference {
                    *why = reference.clone();
                }
            }
        }
    }
    meant
}

/// Who is added and who is removed, except for people whom the list's own lines mention.
fn difference(what: &str, was: &Meant, now: &Meant) -> Option<String> {
    let comes = now
        .accounts
        .iter()
        .filter(|(account, _)| !was.accounts.contains_key(account) && !now.named.contains(account));
    let goes = was
        .accounts
        .iter()
        .filter(|(account, _)| !now.accounts.contains_key(account) && !was.named.contains(account));
    let all: Vec<String> = comes
        .map(|(account, stands_for)| format!("+ {}", said(account, stands_for)))
        .chain(goes.map(|(account, stood_for)| format!("− {}", said(account, stood_for))))
        .collect();
    (!all.is_empty()).then(|| format!("{what}: {}", all.join(", ")))
}

fn said(account: &PersonRef, stands_for: &PersonRef) -> String {
    let name = quoted(&account.to_string());
    if account == stands_for {
        return name;
    }
    format!("{name} (same person as {})", quoted(&stands_for.to_string()))
}
