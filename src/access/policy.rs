//! The one policy function: [`decide`]. Form, submit, click and provisioning ask it, and nothing else decides.
//!
//! Same facts, same answer. The order of the refusals is fixed, so a person reads the same reason everywhere.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::flows::{Approval, Flow, Policy, Who};
use super::ids::PersonId;
use super::matching::{first_match, nearest};
use super::people::{Because, Facts, Person, Standing};
use super::request::{Request, Unit};
use super::time::Timestamp;

/// When a question is asked; the last two accept only fresh facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    Form,
    Submit,
    /// Who a card asks; the click on it is checked again.
    Card,
    Click,
    Provision,
}

impl Moment {
    fn wants_fresh_facts(self) -> bool {
        match self {
            Self::Form | Self::Submit | Self::Card => false,
            Self::Click | Self::Provision => true,
        }
    }

    /// Earlier decisions may be missing from a database that was restored from a backup; cards show what is in it.
    fn wants_whole_history(self) -> bool {
        match self {
            Self::Form | Self::Submit | Self::Click | Self::Provision => true,
            Self::Card => false,
        }
    }

    /// A frozen integration takes no new requests and grants none; waiting requests may be decided meanwhile.
    fn wants_thawed(self) -> bool {
        match self {
            Self::Form | Self::Submit | Self::Provision => true,
            Self::Card | Self::Click => false,
        }
    }
}

/// The question to the policy.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    pub requester: &'a PersonId,
    pub grantee: &'a PersonId,
    pub integration: &'a str,
    pub units: &'a [Unit],
    /// `None` while the form is still being filled in.
    pub duration: Option<Duration>,
    pub moment: Moment,
}

impl<'a> Ask<'a> {
    /// The same question as `request` asked, at another moment.
    pub fn of(request: &'a Request, moment: Moment) -> Self {
        Self {
            requester: &request.requester,
            grantee: &request.grantee,
            integration: &request.integration,
            units: &request.units,
            duration: Some(request.duration),
            moment,
        }
    }
}

/// The policy allows it, under these flows and these conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict<'p> {
    /// The first matching flow of each unit, in file order, each once; never empty.
    pub flows: Vec<&'p Flow>,
    pub max_duration: Duration,
    pub needs: Needs,
    /// The grantee's own account on the target, if the policy names people's own accounts.
    pub account: Option<&'p str>,
}

/// Whose approval is needed. What the answers add up to is decided in [`progress`] and nowhere else.
///
/// [`progress`]: super::progress::progress
#[derive(Clone, Debug, PartialEq)]
pub enum Needs {
    /// Every flow approves automatically.
    Nothing,
    /// One of these; never empty.
    OneOf(Vec<Candidate>),
}

/// Somebody who may decide, and why they may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub person: PersonId,
    pub because: Because,
}

/// Why the policy refuses. The text for people is made in `telling`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Refusal {
    /// Somebody could not be looked up in Slack just now.
    StaleFacts,
    RequesterUnknown,
    RequesterNotAllowed(Standing),
    /// An admin blocked the requester or the grantee.
    Blocked,
    /// An admin froze the integration: nothing new is granted on it until it is thawed.
    Frozen {
        integration: String,
    },
    /// The database is older than what the audit channel shows, so nothing is requested, decided or granted.
    RevokeOnly,
    /// No flow lets this person request this unit.
    NoFlow {
        unit: Box<Unit>,
        nearest: Option<NearestFlow>,
    },
    TooLong {
        flow: String,
        #[serde(rename = "max_s", with = "super::duration::seconds")]
        max: Duration,
    },
    /// The integration gives access to people's own accounts, and the grantee has none in the config.
    NoAccount {
        integration: String,
        contact: Option<String>,
    },
    /// Nobody present may decide; `contact` is the flow's.
    NobodyCanDecide {
        flow: String,
        why: NobodyBecause,
        contact: Option<String>,
    },
}

/// The flow that came closest, for a refused person to ask about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NearestFlow {
    pub name: String,
    pub contact: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NobodyBecause {
    /// The only approvers are the requester or the grantee.
    OnlyTheRequester,
    /// None of the approvers could be found as an active full member.
    NoneActive,
    /// An admin blocked everybody else who could.
    Blocked,
}

/// Decides whether `ask` is allowed, under which flows, and who has to approve.
pub fn decide<'p>(
    policy: &'p Policy,
    facts: &Facts,
    ask: &Ask<'_>,
    now: Timestamp,
) -> Result<Verdict<'p>, Refusal> {
    if ask.moment.wants_whole_history() && facts.is_revoke_only() {
        return Err(Refusal::RevokeOnly);
    }
    if ask.moment.wants_thawed() && facts.is_frozen(ask.integration) {
        return Err(Refusal::Frozen {
            integration: ask.integration.to_owned(),
        });
    }
    for person in [ask.requester, ask.grantee] {
        if ask.moment.wants_fresh_facts() && !facts.is_fresh(person, now) {
            return Err(Refusal::StaleFacts);
        }
        admit(facts, person)?;
    }
    let requester = facts.person(ask.requester).ok_or(Refusal::RequesterUnknown)?;

    let mut flows: Vec<&Flow> = Vec::new();
    for unit in ask.units {
        let flow = first_match(policy, requester, ask.integration, unit)
            .ok_or_else(|| no_flow(policy, requester, ask.integration, unit))?;
        if !flows.contains(&flow) {
            flows.push(flow);
        }
    }
    flows.sort_by_key(|flow| policy.flows.iter().position(|other| other.name == flow.name));

    let strictest = flows
        .iter()
        .min_by_key(|flow| flow.max_duration)
        .ok_or(Refusal::RequesterUnknown)?;
    if ask
        .duration
        .is_some_and(|duration| duration > strictest.max_duration)
    {
        return Err(Refusal::TooLong {
            flow: strictest.name.clone(),
            max: strictest.max_duration,
        });
    }
    let max_duration = strictest.max_duration;
    let account = account(policy, facts, ask, strictest)?;
    let needs = needs(policy, facts, ask, &flows)?;
    Ok(Verdict {
        flows,
        max_duration,
        needs,
        account,
    })
}

/// The refusal of a unit for which `requester` has no flow.
pub fn no_flow(policy: &Policy, requester: &Person, integration: &str, unit: &Unit) -> Refusal {
    Refusal::NoFlow {
        unit: Box::new(unit.clone()),
        nearest: nearest(policy, requester, integration, unit).map(|flow| NearestFlow {
            name: flow.name.clone(),
            contact: flow.contact.clone(),
        }),
    }
}

fn admit(facts: &Facts, id: &PersonId) -> Result<(), Refusal> {
    let person = facts.person(id).ok_or(Refusal::RequesterUnknown)?;
    if facts.is_blocked(id) {
        return Err(Refusal::Blocked);
    }
    match person.standing {
        // Guests reach a flow only through their Slack id: an email address never identifies a guest.
        Standing::Member | Standing::Guest => Ok(()),
        Standing::Deactivated | Standing::Bot | Standing::Outsider => {
            Err(Refusal::RequesterNotAllowed(person.standing))
        }
    }
}

/// The grantee's account, if the integration uses people's own accounts.
fn account<'p>(
    policy: &'p Policy,
    facts: &Facts,
    ask: &Ask<'_>,
    flow: &Flow,
) -> Result<Option<&'p str>, Refusal> {
    let Some(accounts) = policy.accounts.get(ask.integration) else {
        return Ok(None);
    };
    let grantee = facts.person(ask.grantee).ok_or(Refusal::RequesterUnknown)?;
    accounts
        .of(policy, grantee)
        .map(Some)
        .ok_or_else(|| Refusal::NoAccount {
            integration: ask.integration.to_owned(),
            contact: flow.contact.clone(),
        })
}

/// Who may decide: they must be able to under every flow that is not automatic.
fn needs(policy: &Policy, facts: &Facts, ask: &Ask<'_>, flows: &[&Flow]) -> Result<Needs, Refusal> {
    let mut agreed: Option<Vec<Candidate>> = None;
    for flow in flows {
        let who = match &flow.approval {
            Approval::Automatic => continue,
            Approval::OneOf(who) => who,
        };
        let mut candidates = candidates(policy, facts, ask, who);
        if let Some(before) = agreed {
            candidates.retain(|candidate| before.iter().any(|other| other.person == candidate.person));
        }
        if candidates.is_empty() {
            return Err(Refusal::NobodyCanDecide {
                flow: flow.name.clone(),
                why: why_nobody(policy, facts, ask, who),
                contact: flow.contact.clone(),
            });
        }
        agreed = Some(candidates);
    }
    Ok(agreed.map_or(Needs::Nothing, Needs::OneOf))
}

fn why_nobody(policy: &Policy, facts: &Facts, ask: &Ask<'_>, approvers: &[Who]) -> NobodyBecause {
    let named = |person: &Person| approvers.iter().any(|who| policy.means(who, person).is_some());
    let others_blocked = facts
        .people()
        .iter()
        .any(|person| person.standing == Standing::Member && facts.is_blocked(&person.id) && named(person));
    if others_blocked {
        NobodyBecause::Blocked
    } else if facts.person(ask.requester).is_some_and(named) {
        NobodyBecause::OnlyTheRequester
    } else {
        NobodyBecause::NoneActive
    }
}

fn candidates(policy: &Policy, facts: &Facts, ask: &Ask<'_>, approvers: &[Who]) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    let of_the_request = |person: &&Person| person.id == *ask.requester || person.id == *ask.grantee;
    let own: Vec<&Person> = facts.people().iter().filter(of_the_request).collect();
    for who in approvers {
        for person in facts.people() {
            let four_eyes = !own.iter().any(|own| policy.are_one(own, person));
            let known = found.iter().any(|candidate| candidate.person == person.id);
            let able = person.standing == Standing::Member && !facts.is_blocked(&person.id);
            if !able || !four_eyes || known {
                continue;
            }
            if let Some(because) = policy.means(who, person) {
                found.push(Candidate {
                    person: person.id.clone(),
                    because,
                });
            }
        }
    }
    found
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
