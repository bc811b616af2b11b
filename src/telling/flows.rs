//! What apono says about access flows: what each gives, which one decides, and why the others do not.

use crate::access::duration::spoken;
use crate::access::explain::{Miss, Tried};
use crate::access::flows::{Approval, Flow, Who};
use crate::access::people::Facts;
use crate::access::policy::Verdict;
use crate::access::progress::{Progress, progress};
use crate::usecases::UseCaseError;
use crate::usecases::why::{Explained, Missing, Question};

use super::{answers, wording};

/// Who may request what, for how long, and who decides: one sentence.
pub fn sentence(flow: &Flow) -> String {
    let requesters: Vec<String> = flow.requesters.iter().map(Who::to_string).collect();
    format!("{} can request {}.", wording::some_of(&requesters), terms(flow))
}

/// `read on orders* (orders-db)`.
pub fn gives(flow: &Flow) -> String {
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

/// What a flow gives, for how long, who decides, and how it is extended.
pub fn terms(flow: &Flow) -> String {
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
        let again = if rule.ask_again {
            ", if an approver agrees again"
        } else {
            ""
        };
        format!("; can be extended {times} by up to {}{again}", spoken(rule.each))
    });
    format!(
        "{}, at most {}; {answered}{extended}",
        gives(flow),
        spoken(flow.max_duration)
    )
}

/// Nothing that the person asking may see has to do with what they ask about.
pub fn nothing(question: &Question, other: Option<&str>) -> String {
    let whom = other.unwrap_or("you");
    format!(
        "No access flow lets {whom} request {} on {}.",
        question.permission, question.target
    )
}

/// The question names an integration that is not there, as far as the person asking may know.
pub fn no_integration(named: &str, close: Option<&str>) -> String {
    let said = format!("No integration that you can see is called \"{named}\".");
    format!("{said}{}", wording::did_you_mean(close))
}

/// What the policy answers, or what is missing; `other` names the person it is about, if it is not the reader.
pub fn outcome(explained: &Explained<'_>, other: Option<&str>, facts: &Facts) -> String {
    let said = match (&explained.missing, &explained.outcome) {
        (Some(Missing::Resource(resource)), _) => {
            format!("There is no resource \"{resource}\" on it now, so nobody can request it.")
        }
        (Some(Missing::Permission { permission, resource }), _) => {
            format!("There is no permission \"{permission}\" for {resource} on it, so nobody can request it.")
        }
        (None, Ok(verdict)) => allowed(verdict, facts),
        (None, Err(refusal)) => {
            let sentence = answers::why_not(&UseCaseError::Refused(refusal.clone()));
            match other {
                Some(name) => format!("{name} is told: {sentence}"),
                None => sentence,
            }
        }
    };
    format!("{said}{}", wording::did_you_mean(explained.close.as_deref()))
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

/// Whether a flow decides, or why it does not.
pub fn against(tried: &Tried<'_>, about_others: bool) -> String {
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
