//! People as policy sees them: who somebody is, what standing they have, and how fresh that knowledge is.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::flows::{PersonRef, Policy, Who};
use super::ids::PersonId;
use super::time::Timestamp;

/// A Slack account. The three together are the key; a name or an e-mail never is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SlackAccount {
    /// Empty outside Enterprise Grid.
    pub enterprise: String,
    pub team: String,
    pub user: String,
}

/// What an account is to us, by a fresh look at Slack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A full member of our workspace or of our enterprise.
    Member,
    Guest,
    Deactivated,
    /// A bot, a workflow or Slack itself.
    Bot,
    /// Of another workspace, or unknown to Slack.
    Outsider,
}

/// One person with the account they act through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    pub account: SlackAccount,
    /// As Slack shows it now.
    pub name: String,
    /// Lower case; only a confirmed address of a full member that no other account held before.
    pub email: Option<String>,
    pub standing: Standing,
    /// When Slack was asked.
    pub fetched_at: Timestamp,
}

impl Person {
    /// Whether the config means this person by `reference`.
    pub fn is(&self, reference: &PersonRef) -> bool {
        match reference {
            PersonRef::Email(email) => self.email.as_deref() == Some(email),
            PersonRef::Slack(user) => self.account.user == *user,
        }
    }
}

/// How a person comes to stand in a list of the config.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// Named in the flow itself.
    Named,
    Group(String),
}

impl Policy {
    /// How `who` comes to mean `person`, if it does.
    pub fn means(&self, who: &Who, person: &Person) -> Option<Because> {
        match who {
            Who::Person(reference) => person.is(reference).then_some(Because::Named),
            Who::Group(name) => self
                .groups
                .get(name)
                .is_some_and(|members| members.iter().any(|member| person.is(member)))
                .then(|| Because::Group(name.clone())),
        }
    }

    pub fn is_admin(&self, person: &Person) -> bool {
        holds_role(&self.admins, person)
    }

    pub fn is_auditor(&self, person: &Person) -> bool {
        holds_role(&self.auditors, person)
    }
}

fn holds_role(role: &[PersonRef], person: &Person) -> bool {
    person.standing == Standing::Member && role.iter().any(|reference| person.is(reference))
}

/// What is known about people at the moment a question is asked.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    people: Vec<Person>,
}

/// Facts fetched longer ago than this do not count where fresh ones are asked for.
pub const FRESH_FOR: Duration = Duration::from_mins(1);

impl Facts {
    /// In the order of their names, so that the same people are always named in the same order.
    pub fn new(mut people: Vec<Person>) -> Self {
        people.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        Self { people }
    }

    /// Adds or replaces what is known of each of `people`.
    #[must_use]
    pub fn with(mut self, people: impl IntoIterator<Item = Person>) -> Self {
        for person in people {
            self.people.retain(|known| known.account != person.account);
            self.people.push(person);
        }
        Self::new(self.people)
    }

    pub fn people(&self) -> &[Person] {
        &self.people
    }

    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.people.iter().find(|person| person.id == *id)
    }

    pub fn is_fresh(&self, id: &PersonId, now: Timestamp) -> bool {
        self.person(id)
            .is_some_and(|person| now.since(person.fetched_at) <= FRESH_FOR)
    }
}
