//! People as the policy sees them: who somebody is, what standing they have, and how fresh that knowledge is.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::flows::{PersonRef, Policy, Who};
use super::ids::PersonId;
use super::time::Timestamp;

/// An account, as the trail and every face name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    pub kind: AccountKind,
    /// In Slack the member id; at an issuer the subject.
    pub id: String,
    /// The issuer that the subject is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
}

/// Where accounts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountKind {
    Slack,
    /// At an OpenID Connect issuer, of somebody who has no account in Slack.
    Issuer,
}

impl Account {
    pub fn slack(user: impl Into<String>) -> Self {
        Self {
            kind: AccountKind::Slack,
            id: user.into(),
            issuer: None,
        }
    }

    pub fn of_issuer(issuer: impl Into<String>, subject: impl Into<String>) -> Self {
        Self {
            kind: AccountKind::Issuer,
            id: subject.into(),
            issuer: Some(issuer.into()),
        }
    }
}

/// A Slack account. The three fields together are the key; a name or an email address never is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SlackAccount {
    /// `None` outside Enterprise Grid.
    #[serde(with = "left_out_as_empty")]
    pub enterprise: Option<String>,
    /// `None` if Slack named no workspace, which can happen on Grid.
    #[serde(with = "left_out_as_empty")]
    pub team: Option<String>,
    pub user: String,
}

/// A value that Slack left out is stored as an empty text.
mod left_out_as_empty {
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::ref_option, reason = "serde calls it with a reference to the field")]
    pub(super) fn serialize<S: Serializer>(said: &Option<String>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(said.as_deref().unwrap_or_default())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
        let text = String::deserialize(from)?;
        Ok(Some(text).filter(|text| !text.is_empty()))
    }
}

/// Whose accounts count: those of the bot's workspace, and of its Grid organisation if it is in one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    pub team: String,
    /// Never empty.
    pub enterprise: Option<String>,
}

impl Home {
    /// Whether something in this organisation and this workspace is ours; either may be left out. On Grid,
    /// Slack sometimes names the organisation where it otherwise names a workspace.
    pub fn has(&self, enterprise: Option<&str>, team: Option<&str>) -> bool {
        let organisation = self.enterprise.as_deref();
        team == Some(&self.team) || organisation.is_some_and(|ours| [enterprise, team].contains(&Some(ours)))
    }

    /// Whether this account is one of ours, according to its own fields.
    pub fn has_account(&self, account: &SlackAccount) -> bool {
        self.has(account.enterprise.as_deref(), account.team.as_deref())
    }
}

/// What an account is to us, according to a fresh lookup in Slack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A full member of our workspace or of our enterprise.
    Member,
    Guest,
    Deactivated,
    /// A bot, a workflow or Slack itself.
    Bot,
    /// From another workspace, or unknown to Slack.
    Outsider,
}

/// One person with the account they act through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    pub account: SlackAccount,
    /// Other user ids of the same account: on Grid, a workspace and the organisation may each have one of their own.
    pub other_ids: Vec<String>,
    /// As Slack shows it now.
    pub name: String,
    /// Lower case; only a confirmed address of a full member that no other account held before.
    pub email: Option<String>,
    pub standing: Standing,
    /// When Slack was asked.
    pub fetched_at: Timestamp,
}

impl Person {
    /// Whether Slack said anything about them since the start; if not, they are only known by what is stored.
    pub fn was_looked_up(&self) -> bool {
        self.fetched_at > Timestamp::from_micros(0)
    }

    /// Whether `reference` names the account that this person acts through here.
    pub fn is(&self, reference: &PersonRef) -> bool {
        match reference {
            PersonRef::Email(email) => self.email.as_deref() == Some(email),
            PersonRef::Slack(user) => self.account.user == *user || self.other_ids.contains(user),
        }
    }
}

/// Somebody without an account in Slack, who reads because the config gives their address a role. They are no [`Person`], so nothing
/// that asks, decides or ends anything takes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByRole {
    pub id: PersonId,
    /// Their account at an OpenID Connect issuer.
    pub issuer: String,
    pub subject: String,
    /// Lower case; the issuer has verified it.
    pub email: String,
}

/// Anybody that a name in the config may mean, as far as they are known.
pub trait Referent {
    /// Whether `reference` names the account that they are known by.
    fn is_meant_by(&self, reference: &PersonRef) -> bool;
}

impl Referent for Person {
    fn is_meant_by(&self, reference: &PersonRef) -> bool {
        self.is(reference)
    }
}

/// Why a person is in a list of the config.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// Named in the flow itself.
    Named,
    Group(String),
}

impl Policy {
    /// Why `who` means `person`, if it does.
    pub fn means(&self, who: &Who, person: &impl Referent) -> Option<Because> {
        match who {
            Who::Person(reference) => self.stands_for(person, reference).then_some(Because::Named),
            Who::Group(name) => self
                .groups
                .get(name)
                .is_some_and(|members| members.iter().any(|member| self.stands_for(person, member)))
                .then(|| Because::Group(name.clone())),
        }
    }

    pub fn is_admin(&self, person: &Person) -> bool {
        self.holds_role(&self.admins, person)
    }

    pub fn is_auditor(&self, person: &Person) -> bool {
        self.holds_role(&self.auditors, person)
    }

    /// Whether somebody without an account in Slack reads everything by this address. Several accounts of one person are accounts in
    /// Slack, so an address among them gives nothing here.
    pub fn is_outside_auditor(&self, email: &str) -> bool {
        let address = PersonRef::Email(email.to_owned());
        self.outside_auditors.contains(&address)
            && !self.people.iter().any(|accounts| accounts.contains(&address))
    }

    /// Whether the config says that two people are one, even if their accounts were not joined yet.
    pub(super) fn are_one(&self, one: &Person, other: &Person) -> bool {
        let has = |accounts: &[PersonRef], person: &Person| {
            accounts.iter().any(|account| person.is_meant_by(account))
        };
        let mut people = self.people.iter();
        one.id == other.id || people.any(|accounts| has(accounts, one) && has(accounts, other))
    }

    /// Whether the config means this person by `reference`, through this account or another of theirs.
    pub(super) fn stands_for(&self, person: &impl Referent, reference: &PersonRef) -> bool {
        self.accounts_of(reference)
            .iter()
            .any(|account| person.is_meant_by(account))
    }

    fn holds_role(&self, role: &[PersonRef], person: &Person) -> bool {
        let may_have_one = person.standing == Standing::Member && person.was_looked_up();
        may_have_one && role.iter().any(|reference| self.stands_for(person, reference))
    }
}

/// How much one person may do, so nobody can drown out the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Commands, clicks, forms and messages to the bot, together.
    pub acts_per_minute: NonZeroU32,
    /// Forms that made requests.
    pub requests_per_hour: u64,
    /// Requests that are waiting or whose access is live.
    pub open_requests: usize,
}

impl Default for Allowance {
    fn default() -> Self {
        Self {
            acts_per_minute: const { NonZeroU32::new(60).expect("60 is not zero") },
            requests_per_hour: 30,
            open_requests: 25,
        }
    }
}

/// Who gets no new access and cannot decide, and where no access is granted: because an admin said so, or because the database
/// cannot be trusted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    pub blocked: BTreeSet<PersonId>,
    /// Integrations, by name.
    pub frozen: BTreeSet<String>,
    /// The database is older than what the audit channel shows: access is only revoked until an operator accepts that.
    pub revoke_only: bool,
}

/// What is known about people at the moment a question is asked.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    people: Vec<Person>,
    limits: Limits,
}

/// Facts fetched longer ago than this do not count as fresh.
pub const FRESH_FOR: Duration = Duration::from_mins(1);

impl Facts {
    /// Sorted by name, so the same people are always named in the same order.
    pub fn new(mut people: Vec<Person>) -> Self {
        people.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        Self {
            people,
            limits: Limits::default(),
        }
    }

    /// The same people under these limits, which replace those before.
    #[must_use]
    pub fn limited(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    pub fn is_blocked(&self, id: &PersonId) -> bool {
        self.limits.blocked.contains(id)
    }

    pub fn is_frozen(&self, integration: &str) -> bool {
        self.limits.frozen.contains(integration)
    }

    pub fn is_revoke_only(&self) -> bool {
        self.limits.revoke_only
    }

    /// Adds or replaces what is known about each of `people`.
    #[must_use]
    pub fn with(mut self, people: impl IntoIterator<Item = Person>) -> Self {
        for person in people {
            self.people.retain(|known| known.account != person.account);
            self.people.push(person);
        }
        Self::new(self.people).limited(self.limits)
    }

    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// A person with several accounts is represented by the one with the most rights.
    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        let accounts = self.people.iter().filter(|person| person.id == *id);
        accounts.min_by_key(|person| match person.standing {
            Standing::Member => 0,
            Standing::Guest => 1,
            Standing::Deactivated | Standing::Bot | Standing::Outsider => 2,
        })
    }

    pub fn is_fresh(&self, id: &PersonId, now: Timestamp) -> bool {
        self.person(id)
            .is_some_and(|person| now.since(person.fetched_at) <= FRESH_FOR)
    }
}
