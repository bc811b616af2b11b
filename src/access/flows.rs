//! The policy as an admin writes it: who may request what, for how long, and who decides.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use super::accounts::Accounts;
use super::pattern::Pattern;

/// How config.toml names a person.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PersonRef {
    /// Lower case; identifies somebody only if it is the confirmed address of a full member.
    Email(String),
    /// A Slack user id, `U...` or `W...`.
    Slack(String),
}

impl PersonRef {
    /// What somebody typed to name a person: an address if it has an @, else a Slack user id.
    pub fn typed(text: &str) -> Option<Self> {
        if text.is_empty() || text.contains(char::is_whitespace) {
            return None;
        }
        Some(if text.contains('@') {
            Self::Email(text.to_lowercase())
        } else {
            Self::Slack(text.to_owned())
        })
    }
}

impl fmt::Display for PersonRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(text) | Self::Slack(text) => f.write_str(text),
        }
    }
}

/// One entry of `requesters` or `approvers`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    Person(PersonRef),
    /// A group of `[groups]`, by name.
    Group(String),
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(person) => person.fmt(f),
            Self::Group(name) => write!(f, "group:{name}"),
        }
    }
}

/// Who answers a request under a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Approval {
    /// Nobody: `approval = "automatic"`, which is always written out.
    Automatic,
    /// One of these; never empty (the config refuses that).
    OneOf(Vec<Who>),
}

/// How live access may be extended, on top of the flow's longest duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extensions {
    /// How often; never 0.
    pub times: u32,
    /// The most that one extension adds.
    pub each: Duration,
    /// Whether the flow's approvers have to approve each time.
    pub ask_again: bool,
}

/// An access flow. Flows are tried in file order and the first that matches decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flow {
    pub name: String,
    pub requesters: Vec<Who>,
    pub integration: String,
    /// Matched against resource names; empty means every resource.
    pub resources: Vec<Pattern>,
    /// Permission names; empty means every permission of the integration.
    pub permissions: Vec<String>,
    pub max_duration: Duration,
    /// What the form offers to choose from; empty for the usual ones.
    pub durations: Vec<Duration>,
    /// How access may be extended; `None` if it may not.
    pub extensions: Option<Extensions>,
    pub approval: Approval,
    /// Who a refused person can contact, in the admin's own words.
    pub contact: Option<String>,
}

/// The whole policy of one config file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// SHA-256 of the exact config text, hex: each request refers to it.
    pub digest: String,
    pub admins: Vec<PersonRef>,
    pub auditors: Vec<PersonRef>,
    /// Addresses of people without an account in Slack, who read everything and do nothing.
    pub outside_auditors: Vec<PersonRef>,
    pub groups: BTreeMap<String, Vec<PersonRef>>,
    /// The accounts of each person who has several: all accounts in a list are the same person.
    pub people: Vec<Vec<PersonRef>>,
    /// People's own accounts, by integration; none for an integration that creates an account for each grant.
    pub accounts: BTreeMap<String, Accounts>,
    pub flows: Vec<Flow>,
}

impl Policy {
    /// Everybody who may have to answer for `integration`.
    pub fn approvers_on(&self, integration: &str) -> BTreeSet<&PersonRef> {
        let flows = self.flows.iter().filter(|flow| flow.integration == integration);
        let who = flows.flat_map(|flow| match &flow.approval {
            Approval::Automatic => &[],
            Approval::OneOf(who) => who.as_slice(),
        });
        named(&self.groups, who).collect()
    }

    /// The persons that `who` names, each by one of their accounts.
    pub fn persons<'a>(&'a self, who: &'a [Who]) -> BTreeSet<&'a PersonRef> {
        named(&self.groups, who)
            .map(|reference| person_of(&self.people, reference))
            .collect()
    }

    /// How many persons are named anywhere in the policy.
    pub fn count_persons(&self) -> usize {
        let named = self.named_people().into_iter();
        let persons: BTreeSet<&PersonRef> = named.map(|named| person_of(&self.people, named)).collect();
        persons.len()
    }

    /// All names of the person `reference` means: itself, and their other accounts.
    pub fn accounts_of<'a>(&'a self, reference: &'a PersonRef) -> &'a [PersonRef] {
        let joined = self.people.iter().find(|accounts| accounts.contains(reference));
        joined.map_or_else(|| std::slice::from_ref(reference), Vec::as_slice)
    }

    /// Everybody named anywhere in the policy: the people the directory has to know.
    pub fn named_people(&self) -> BTreeSet<&PersonRef> {
        let in_flows = self.flows.iter().flat_map(|flow| {
            let approvers: &[Who] = match &flow.approval {
                Approval::Automatic => &[],
                Approval::OneOf(who) => who,
            };
            flow.requesters.iter().chain(approvers)
        });
        let direct = in_flows.filter_map(|who| match who {
            Who::Person(person) => Some(person),
            Who::Group(_) => None,
        });
        let roles = self.admins.iter().chain(&self.auditors);
        let account_holders = self.accounts.values().flat_map(Accounts::people);
        self.groups
            .values()
            .chain(&self.people)
            .flatten()
            .chain(roles)
            .chain(direct)
            .chain(account_holders)
            .collect()
    }
}

/// Everybody whom `who` names, with the members of groups.
pub fn named<'a>(
    groups: &'a BTreeMap<String, Vec<PersonRef>>,
    who: impl IntoIterator<Item = &'a Who>,
) -> impl Iterator<Item = &'a PersonRef> {
    who.into_iter().flat_map(|who| match who {
        Who::Person(person) => std::slice::from_ref(person),
        Who::Group(name) => groups.get(name).map_or(&[][..], Vec::as_slice),
    })
}

/// The first account of the person that `reference` means; `people` has the accounts of those who have several.
pub fn person_of<'a>(people: &'a [Vec<PersonRef>], reference: &'a PersonRef) -> &'a PersonRef {
    let joined = people.iter().find(|accounts| accounts.contains(reference));
    joined.and_then(|accounts| accounts.first()).unwrap_or(reference)
}
