//! Access flows: what each gives in one sentence, and which one decides about a wish of somebody.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{Frame, sought_page};
use crate::access::explain::visible;
use crate::access::flows::{Flow, Policy};
use crate::access::ids::PersonId;
use crate::access::people::{Facts, Person};
use crate::audit::read;
use crate::people::LookUpError;
use crate::store::ReadPeople;
use crate::telling;
use crate::usecases::person_facts;
use crate::usecases::why::{self, Explained, Question, all_who_answer, why};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::paths;
use crate::web::sent::{Fields, Query};
use crate::web::shown::{self, Shown};
use crate::web::sought::{nobody, person};
use crate::web::who::Who;

#[derive(Template)]
#[template(path = "flows.html")]
struct Flows<'a> {
    frame: Frame<'a>,
    lines: Vec<Line>,
    reads_all: bool,
    /// There is somebody whom the question is about.
    asks: bool,
    asks_for_others: bool,
    /// What the form of the question has.
    person: &'a str,
    permission: &'a str,
    target: &'a str,
    whom: Option<Shown>,
    answers: Vec<Answer>,
    wrong: Option<String>,
}

/// A flow.
struct Line {
    name: Shown,
    integration: Shown,
    sentence: Shown,
}

/// What the policy says about the question on one integration.
struct Answer {
    integration: Shown,
    outcome: Shown,
    tried: Vec<(Shown, &'static str, Shown)>,
}

/// `GET /flows`: all of them for those who read everything, else those that include the reader.
pub(in crate::web) async fn flows(
    State(portal): State<Arc<Portal>>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    let policy = portal.core.policy();
    let asked = asked(&portal, &who, &policy, &query).await?;
    let (whom, answers, wrong) = match asked {
        Asked::Nothing => (None, Vec::new(), None),
        Asked::Wrong(why) => (None, Vec::new(), Some(why)),
        Asked::Answered(whom, answers) => (whom, answers, None),
    };
    let template = Flows {
        frame: Frame::of(&portal, &who, "Flows", "/flows"),
        lines: lines(&policy, &who),
        reads_all: who.reads_all(),
        asks: who.person().is_some(),
        asks_for_others: who.is_admin,
        person: query.one("person"),
        permission: query.one("permission"),
        target: query.one("target"),
        whom,
        answers,
        wrong: wrong.clone(),
    };
    sought_page(&template, wrong.as_deref())
}

fn lines(policy: &Policy, who: &Who) -> Vec<Line> {
    match who.person() {
        Some(person) => visible(policy, person).map(|flow| line(flow, who)).collect(),
        // No flow includes them, so they see all or none.
        None if who.reads_all() => policy.flows.iter().map(|flow| line(flow, who)).collect(),
        None => Vec::new(),
    }
}

fn line(flow: &Flow, who: &Who) -> Line {
    let integration = flow.integration.as_str();
    Line {
        name: shown::text(&flow.name),
        integration: if who.reads_all() {
            shown::link(&paths::integration(integration), integration)
        } else {
            shown::text(integration)
        },
        sentence: shown::text(&telling::flows::sentence(flow)),
    }
}

/// What came of the question.
enum Asked {
    Nothing,
    Wrong(String),
    /// About whom, if not the reader, and the answers.
    Answered(Option<Shown>, Vec<Answer>),
}

async fn asked(portal: &Portal, who: &Who, policy: &Policy, query: &Fields) -> Result<Asked, Fault> {
    let question = Question {
        permission: query.one("permission").trim().to_owned(),
        target: query.one("target").trim().to_owned(),
    };
    let named = query.one("person").trim();
    match (question.permission.as_str(), question.target.as_str(), named) {
        ("", "", "") => return Ok(Asked::Nothing),
        ("", ..) | (_, "", _) => {
            let both = "Say which permission, and on which resource.";
            return Ok(Asked::Wrong(both.to_owned()));
        }
        _ => {}
    }
    let by = who.doer()?.person;
    if !named.is_empty() && !who.is_admin {
        return Err(Fault::NotFound);
    }
    let id = match named {
        "" => None,
        named => match person(portal, named).await? {
            Ok(id) => Some(id),
            Err(why) => return Ok(Asked::Wrong(why)),
        },
    };
    let found = async {
        let other = match &id {
            Some(id) => Some(look_up(portal, policy, id).await?),
            None => None,
        };
        Ok((other, all_who_answer(&*portal.directory, policy).await?))
    };
    let (other, facts): (Option<Person>, Facts) = match found.await {
        Ok(found) => found,
        Err(LookUpError::Unknown) => return Ok(Asked::Wrong(nobody(named))),
        Err(LookUpError::Store(error)) => return Err(error.into()),
        Err(error @ (LookUpError::NoAnswer(_) | LookUpError::AnotherPerson)) => {
            tracing::warn!(%error, "people could not be looked up for a question in the portal");
            let later = "People could not be looked up in Slack just now. Try again in a minute.";
            return Ok(Asked::Wrong(later.to_owned()));
        }
    };
    if let Some(other) = other.as_ref().filter(|other| other.id != by.id) {
        let about = read::About::Person(person_facts(other));
        who.reader(portal, read::Page::Why, Some(about)).await?;
    }
    let about = other.as_ref().unwrap_or(by);
    let facts = facts.with([about.clone()]);
    let name = other.as_ref().map(|other| other.name.as_str());
    match why(&portal.core, policy, &facts, (by, about), &question) {
        why::Answer::NoIntegration { named, close } => Ok(Asked::Wrong(telling::flows::no_integration(
            &named,
            close.as_deref(),
        ))),
        why::Answer::Explained(explained) if explained.is_empty() => {
            Ok(Asked::Wrong(telling::flows::nothing(&question, name)))
        }
        why::Answer::Explained(explained) => {
            let answers = explained.iter().map(|explained| answer(explained, name, &facts));
            Ok(Asked::Answered(name.map(shown::text), answers.collect()))
        }
    }
}

async fn look_up(portal: &Portal, policy: &Policy, id: &PersonId) -> Result<Person, LookUpError> {
    let people = portal.core.store.people_by_id(std::slice::from_ref(id)).await?;
    let known = people.first().ok_or(LookUpError::Unknown)?;
    portal.directory.look_up(&known.account.user, policy).await
}

fn answer(explained: &Explained<'_>, other: Option<&str>, facts: &Facts) -> Answer {
    let tried = explained.tried.iter().map(|tried| {
        let mark = if tried.misses.is_empty() {
            "decides"
        } else {
            "other"
        };
        let against = telling::flows::against(tried, other.is_some());
        (shown::text(&tried.flow.name), mark, shown::text(&against))
    });
    Answer {
        integration: shown::text(&explained.integration),
        outcome: shown::text(&telling::flows::outcome(explained, other, facts)),
        tried: tried.collect(),
    }
}
