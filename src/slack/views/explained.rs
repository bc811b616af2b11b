//! What people read about the access flows: who they are to the policy, and which flow decides.

use crate::access::explain::Standpoint;
use crate::access::people::{Facts, Person};
use crate::telling::{flows, people, wording};
use crate::usecases::why::{Answer, Explained, Question};

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
    let (groups, listed) = match standpoint.groups.len() {
        0..=GROUPS => (people::or_none(&standpoint.groups), &[][..]),
        count => (format!("{count}, listed below"), &standpoint.groups[..]),
    };
    let listed = listed
        .iter()
        .map(|group| Line::new(*group, "you are in this group"));
    let asks = standpoint.asks.iter().map(|flow| {
        Line::new(
            flow.name.as_str(),
            format!("you can request {}", flows::terms(flow)),
        )
    });
    let answers = standpoint.answers.iter().map(|(flow, because)| {
        Line::new(
            flow.name.as_str(),
            format!(
                "{}: {}",
                wording::why_you(because, &flow.name),
                flows::gives(flow)
            ),
        )
    });
    let no_flow = standpoint.asks.is_empty() && standpoint.answers.is_empty();
    let lines: Vec<Line> = asks.chain(answers).chain(listed).collect();
    let below = no_flow.then(|| format!("No access flow includes you. {who_helps}"));
    Listing {
        title: "Who you are",
        above: vec![
            format!(
                "You are {} ({}), {}.",
                person.name,
                person.account.user,
                people::standing(person.standing)
            ),
            email,
            format!("Roles: {}", people::roles(standpoint)),
            format!("Groups: {groups}"),
        ],
        lines,
        below: below.into_iter().collect(),
        newer: None,
        older: None,
        turns: BY_TIME,
    }
}

/// `/apono why`; `other` names the person it is about, if it is not the person asking. `who_helps` says whom to ask if nothing
/// has to do with it.
pub fn why(
    question: &Question,
    other: Option<&str>,
    facts: &Facts,
    answer: &Answer<'_>,
    who_helps: &str,
) -> Listing {
    let whom = other.map_or_else(String::new, |name| format!(", for {name}"));
    let asked = format!("{} on {}{whom}:", question.permission, question.target);
    let (above, lines, below) = match answer {
        Answer::NoIntegration { named, close } => {
            let said = flows::no_integration(named, close.as_deref());
            (vec![asked, said], Vec::new(), None)
        }
        Answer::Explained(explained) if explained.is_empty() => {
            let said = format!("{} {who_helps}", flows::nothing(question, other));
            (vec![said], Vec::new(), None)
        }
        Answer::Explained(explained) => {
            let lines = explained
                .iter()
                .flat_map(|explained| lines(explained, other, facts));
            let has_flows = explained.iter().any(|explained| !explained.tried.is_empty());
            let below = "Flows are tried in this order, and the first one that matches decides.";
            (vec![asked], lines.collect(), has_flows.then(|| below.to_owned()))
        }
    };
    Listing {
        title: "Why",
        above,
        lines,
        below: below.into_iter().collect(),
        newer: None,
        older: None,
        turns: BY_TIME,
    }
}

/// The answer for one integration, and each flow that was checked.
fn lines(explained: &Explained<'_>, other: Option<&str>, facts: &Facts) -> Vec<Line> {
    let outcome = Line::new(
        explained.integration.as_str(),
        flows::outcome(explained, other, facts),
    );
    let tried = explained.tried.iter().enumerate().map(|(index, tried)| {
        Line::new(
            format!("{}. {}", index + 1, tried.flow.name),
            flows::against(tried, other.is_some()),
        )
    });
    std::iter::once(outcome).chain(tried).collect()
}
