//! What people read about the access flows: who they are to the policy, and which flow decides.

use crate::access::duration::spoken;
use crate::access::explain::{Miss, Standpoint, Tried};
use crate::access::flows::{Approval, Flow};
use crate::access::people::{Facts, Person, Standing};
use crate::access::policy::Verdict;
use crate::access::progress::{Progress, progress};
use crate::telling::wording;
use crate::usecases::UseCaseError;
use crate::usecases::why::{Explained, Question};

use super::listing::{BY_TIME, Line, Listing};

/// This many groups are named in one line.
const GROUPS: usize = 20;

/// `/apono whoami`.
pub fn whoami(person: &Person, standpoint: &Standpoint<'_>, who_helps: &str) -> Listing {
    let email = match &person.email {
        Some(email) => format!("Email: {email}"),
        None => "Email: none I can use; Slack has not confirmed one, or another account had it before. \
                 Config entries that name people by email do not apply to you."
            .to_owned(),
    };
    let standing = match person.standing {
        Standing::Member => "full member",
        Standing::Guest => "guest",
        Standing::Deactivated => "deactivated",
        Standing::Bot => "bot",
        Standing::Outsider => "from another workspace",
    };
    let roles = [(standpoint.admin, "admin"), (standpoint.auditor, "auditor")];
    let roles: Vec<&str> = roles
        .into_iter()
        .filter_map(|(has, role)| has.then_some(role))
        .collect();
    let or_none = |names: &[&str]| {
        if names.is_empty() {
            "none".to_owned()
        } else {
            names.join(", ")
        }
    };
    let (groups, listed) = match standpoint.groups.len() {
        0..=GROUPS => (or_none(&standpoint.groups), &[][..]),
        count => (format!("{count}, listed below"), &standpoint.groups[..]),
    };
    let listed = listed
        .iter()
        .map(|group| Line::new(*group, "you are in this group"));
    let asks = standpoint
        .asks
        .iter()
        .map(|flow| Line::new(flow.name.as_str(), format!("you can request {}", terms(flow))));
    let answers = standpoint.answers.iter().map(|(flow, because)| {
        Line::new(
            flow.name.as_str(),
            format!("{}: {}", wording::why_you(because, &flow.name), what(flow)),
        )
    });
    let no_flow = standpoint.asks.is_empty() && standpoint.answers.is_empty();
    let lines: Vec<Line> = asks.chain(answers).chain(listed).collect();
    let below = no_flow.then(|| format!("No access flow includes you. {who_helps}"));
    Listing {
        title: "Who you are",
        above: vec![
            format!("You are {} ({}), {standing}.", person.name, person.account.user),
            email,
            format!("Roles: {}", or_none(&roles)),
            format!("Groups: {groups}"),
        ],
        lines,
        below: below.into_iter().collect(),
        newer: None,
        older: None,
        turns: BY_TIME,
    }
}

/// `read on orders* (orders-db)`.
fn what(flow: &Flow) -> String {
    let permissions = if flow.permissions.is_empty() {
        "everything".to_owned()
    } else {
        flow.permissions.join(", ")
    };
    let resources: Vec<String> = flow.resources.iter().map(ToString::to_string).collect();
    let resources = if resources.is_empty() {
        "every resource".to_owned()
    } else {
        wording::some_of(&resources)
    };
    format!("{permissions} on {resources} ({})", flow.integration)
}

fn terms(flow: &Flow) -> String {
    let answered = match &flow.approval {
        Approval::Automatic => "nobody has to approve".to_owned(),
        Approval::OneOf(who) => {
            let names: Vec<String> = who.iter().map(ToString::to_string).collect();
            format!("one of {} has to approve", wording::some_of(&names))
        }
    };
    let extended = flow.extensions.map_or_else(String::new, |rule| {
        let times = if rule.times == 1 {
            "once".to_owned()
        } else {
            format!("{} times", rule.times)
        };
        format!("; can be extended {times} by up to {}", spoken(rule.each))
    });
    format!(
        "{}, at most {}; {answered}{extended}",
        what(flow),
        spoken(flow.max_duration)
    )
}

/// `/apono why`; `other` names the person it is about, if it is not the person asking.
pub fn why(question: &Question, other: Option<&str>, facts: &Facts, explained: &[Explained<'_>]) -> Listing {
    let whom = other.map_or_else(String::new, |name| format!(", for {name}"));
    let lines = explained.iter().flat_map(|explained| {
        let outcome = Line::new(explained.integration.as_str(), outcome(explained, other, facts));
        let tried = explained.tried.iter().enumerate().map(|(index, tried)| {
            Line::new(
                format!("{}. {}", index + 1, tried.flow.name),
                against(tried, other.is_some()),
            )
        });
        std::iter::once(outcome).chain(tried)
    });
    let below = "Flows are tried in this order, and the first one that matches decides.";
    Listing {
        title: "Why",
        above: vec![format!("{} on {}{whom}:", question.permission, question.target)],
        lines: lines.collect(),
        below: vec![below.to_owned()],
        newer: None,
        older: None,
        turns: BY_TIME,
    }
}

fn outcome(explained: &Explained<'_>, other: Option<&str>, facts: &Facts) -> String {
    let said = match &explained.outcome {
        Ok(verdict) => allowed(verdict, facts),
        Err(refusal) => {
            let sentence = crate::telling::answers::why_not(&UseCaseError::Refused(refusal.clone()));
            match other {
                Some(name) => format!("{name} is told: {sentence}"),
                None => sentence,
            }
        }
    };
    if explained.known {
        said
    } else {
        format!("{said} But nothing on the integration has that name now.")
    }
}

fn allowed(verdict: &Verdict<'_>, facts: &Facts) -> String {
    let flows: Vec<String> = verdict.flows.iter().map(|flow| flow.name.clone()).collect();
    let agree = match progress(verdict, &[]) {
        Progress::Done(_) | Progress::Rejected(_) => "nobody has to approve".to_owned(),
        Progress::WaitsFor(candidates) => {
            let names: Vec<String> = candidates
                .iter()
                .filter_map(|candidate| Some(facts.person(&candidate.person)?.name.clone()))
                .collect();
            format!("one of {} has to approve", wording::some_of(&names))
        }
    };
    format!(
        "Allowed by \"{}\", at most {}; {agree}.",
        flows.join(", "),
        spoken(verdict.max_duration)
    )
}

fn against(tried: &Tried<'_>, about_others: bool) -> String {
    if tried.misses.is_empty() {
        return "matches, so it decides".to_owned();
    }
    let reasons = tried.misses.iter().map(|miss| match miss {
        Miss::Requester if about_others => "it is not for them",
        Miss::Requester => "it is not for you",
        Miss::Resource => "it covers other resources",
        Miss::Permission => "it gives other permissions",
    });
    format!("does not match: {}", reasons.collect::<Vec<_>>().join("; "))
}
