//! Requesting access: the form, narrowed step by step like the one in Slack, with the same offer, the same judgement and the
//! same words.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;

use super::acts::{self, looked_up};
use super::choice::{Choice, choices};
use super::draft::{Draft, missing, waits_for};
use super::request::number_in;
use super::{Frame, page};
use crate::access::clean::clean;
use crate::access::duration::{compact, spoken};
use crate::access::forbidden::Forbidden;
use crate::access::ids::SubmissionId;
use crate::access::people::Person;
use crate::access::request::Request;
use crate::audit::event::Via;
use crate::store::ReadExtensions;
use crate::telling::{self, answers, wording};
use crate::usecases::form::{self, Field, Filled, MAX_JUSTIFICATION, Misfilled, Wrong};
use crate::usecases::offer::{self, Chosen, MOST_LISTED, Offer};
use crate::usecases::portal::Secret;
use crate::usecases::refuse::Judged;
use crate::usecases::{Core, Receipt, UseCaseError, ask, extend, look};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::{Query, Sent};
use crate::web::shown::{self, Shown};
use crate::web::who::{Doer, Who};

/// How many admins are named to somebody who cannot request anything.
const NAMED: usize = 3;

#[derive(Template)]
#[template(path = "ask.html")]
struct Page<'a> {
    frame: Frame<'a>,
    /// Why there is no form.
    nothing: Option<String>,
    said: Option<Shown>,
    wrong: Wrongs,
    token: &'a str,
    once: String,
    /// What has to be chosen next; sent back with the form.
    waits: String,
    integrations: Vec<Choice>,
    types: Vec<Choice>,
    resources: Vec<Tick>,
    /// There are more resources than a list has: people search.
    is_searched: bool,
    sought: &'a str,
    permissions: Vec<Tick>,
    /// Everything else can be filled in.
    is_narrowed: bool,
    /// The fields below the choices are there.
    has_rest: bool,
    duration: &'a str,
    hint: String,
    usual: Vec<String>,
    justification: &'a str,
    longest: usize,
}

/// A box to tick.
struct Tick {
    value: String,
    name: Shown,
    is_sensitive: bool,
    is_chosen: bool,
}

/// What is wrong with each field.
#[derive(Default)]
struct Wrongs(Vec<(Field, String)>);

impl Wrongs {
    fn of(wrong: &[Wrong]) -> Self {
        let wrong = wrong.iter().map(|one| (one.field(), telling::form::wrong(one)));
        Self(wrong.collect())
    }

    /// What was left empty and has only one choice is not missing any more: the form makes that choice.
    fn beside(mut self, sent: &Chosen, chosen: &Chosen) -> Self {
        let was_made = |field: Field| match field {
            Field::Integration => sent.integration.is_none() && chosen.integration.is_some(),
            Field::ResourceType => sent.resource_type.is_none() && chosen.resource_type.is_some(),
            Field::Resources => sent.resources.is_empty() && !chosen.resources.is_empty(),
            Field::Permissions => sent.permissions.is_empty() && !chosen.permissions.is_empty(),
            Field::Duration | Field::Justification => false,
        };
        for (_, sentence) in self.0.iter_mut().filter(|(field, _)| was_made(*field)) {
            telling::form::ONLY_ONE.clone_into(sentence);
        }
        self
    }

    fn at(&self, name: &str) -> Option<&str> {
        let mut wrong = self.0.iter();
        wrong
            .find(|(field, _)| field.name() == name)
            .map(|(_, sentence)| sentence.as_str())
    }
}

/// `GET /request`: empty, with what the address names, or with `again=AR-7` filled in like that request.
pub(in crate::web) async fn form(
    State(portal): State<Arc<Portal>>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    let core = &portal.core;
    let by = who.doer()?;
    let again = match number_in(query.one("again")) {
        Some(number) => look::numbered(core, &who.onlooker.own(), &[number]).await?.pop(),
        None => None,
    };
    let Some(again) = again.map(|listed| listed.request) else {
        return shown_as(&portal, by, &Draft::named(core, &query), None, Wrongs::default());
    };
    let extensions = core.store.extensions(&again.id).await?;
    let draft = Draft {
        chosen: offer::like(core, &again),
        duration: compact(extend::asked_at_first(&again, &extensions)),
        ..Draft::default()
    };
    let (chosen, offered) = offer::offer(core, by.person, &draft.chosen);
    let left_out = telling::form::left_out(&again, &chosen, &offered);
    let said = left_out.map(|sentence| shown::text(&sentence));
    shown_as(&portal, by, &draft, said, Wrongs::default())
}

/// `POST /request`: narrows the form, or sends it.
pub(in crate::web) async fn send(State(portal): State<Arc<Portal>>, sent: Sent) -> Result<Response, Fault> {
    let by = acts::doing(&portal, &sent).await?;
    let draft = Draft::sent(&sent.fields);
    match sent.fields.one("step") {
        "send" => {}
        "find" => return shown_as(&portal, by, &draft, None, Wrongs::default()),
        _ => {
            let (chosen, _) = draft.offered(&portal.core, by.person);
            // What was not on the page before is not missing yet.
            let missing = missing(&chosen).filter(|_| waits_for(&chosen) == sent.fields.one("waits"));
            return match missing {
                Some(wrong) => refused(&portal, by, &draft, None, Wrongs::of(&[wrong])),
                None => shown_as(&portal, by, &draft, None, Wrongs::default()),
            };
        }
    }
    let key = acts::once(&sent);
    let filled = Filled {
        // Of this session: nobody finds another's requests by its id.
        id: SubmissionId::new(&key),
        chosen: draft.chosen.clone(),
        duration: &draft.duration,
        justification: clean(&draft.justification),
    };
    let receipt = Receipt::now(Via::Portal, &key);
    let form = match form::read(&portal.core, by.person, filled) {
        Ok(form) => form,
        Err(Misfilled { wrong, refusal }) => {
            if let Some(refusal) = refusal {
                let judged = Judged::person(by.person, Forbidden::Policy(refusal));
                acts::record(&portal, &sent.who, Some(&judged), None, receipt).await?;
            }
            return refused(&portal, by, &draft, None, Wrongs::of(&wrong));
        }
    };
    let error = match asked(&portal, by.person, &form, receipt).await {
        Ok(requests) => return Ok(Redirect::to(&to(&requests)).into_response()),
        Err(UseCaseError::Store(error)) => return Err(error.into()),
        Err(error) => error,
    };
    let judged = Judged::of(&error, by.person);
    if judged.is_some() {
        acts::record(&portal, &sent.who, judged.as_ref(), None, receipt).await?;
    }
    let sentence = match &judged {
        Some(judged) => telling::refusals::forbidden(&judged.why),
        None => answers::why_not_in_portal(&error),
    };
    if let UseCaseError::HasAlready(number) | UseCaseError::AskedAlready(number) = error {
        let number = number.to_string();
        let link = shown::link(&format!("/requests/{number}"), &number);
        let said = shown::joined([link, shown::text(&sentence)], ": ");
        return refused(&portal, by, &draft, Some(said), Wrongs::default());
    }
    let field = form::field_of(&error);
    let (chosen, _) = offer::offer(&portal.core, by.person, &draft.chosen);
    if field == Field::Permissions && chosen.resources.is_empty() {
        // The field that it is about is not on the page.
        let said = Some(shown::text(&sentence));
        return refused(&portal, by, &draft, said, Wrongs::default());
    }
    refused(&portal, by, &draft, None, Wrongs(vec![(field, sentence)]))
}

/// Judged with the person as Slack shows them now.
async fn asked(
    portal: &Portal,
    by: &Person,
    form: &ask::Form,
    receipt: Receipt<'_>,
) -> Result<Vec<Request>, UseCaseError> {
    let (core, directory) = (&portal.core, &*portal.directory);
    let person = acts::as_of_now(portal, by).await?;
    let facts = looked_up(directory.who_answers(&form.integration, &core.policy()).await)?;
    let facts = facts.with([person.clone()]);
    ask::ask(core, &facts, &person, form, receipt).await
}

/// Where to go when they are made.
fn to(requests: &[Request]) -> String {
    match requests {
        [only] => format!("/requests/{}", only.number),
        _ => "/".to_owned(),
    }
}

fn refused(
    portal: &Portal,
    by: Doer<'_>,
    draft: &Draft,
    said: Option<Shown>,
    wrong: Wrongs,
) -> Result<Response, Fault> {
    let mut response = shown_as(portal, by, draft, said, wrong)?;
    *response.status_mut() = StatusCode::CONFLICT;
    Ok(response)
}

/// The form with what is chosen and what can be chosen next.
fn shown_as(
    portal: &Portal,
    by: Doer<'_>,
    draft: &Draft,
    said: Option<Shown>,
    wrong: Wrongs,
) -> Result<Response, Fault> {
    let (core, who) = (&portal.core, by.who);
    let (chosen, offered) = draft.offered(core, by.person);
    let wrong = wrong.beside(&draft.chosen, &chosen);
    let is_searched = offered.resources.len() > MOST_LISTED;
    let listed = if is_searched {
        found(core, by.person, &chosen, &draft.sought, &offered)
    } else {
        offered.resources.clone()
    };
    let resources = listed.iter().map(|entry| Tick {
        is_chosen: chosen.resources.contains(&entry.value),
        name: shown::text(&entry.resource.name),
        is_sensitive: false,
        value: entry.value.clone(),
    });
    let permissions = offered.permissions.iter().map(|name| Tick {
        is_chosen: chosen.permissions.contains(name),
        name: shown::text(name),
        is_sensitive: offered.sensitive.contains(name),
        value: name.clone(),
    });
    let hint = match offered.max_duration {
        Some(max) => format!("At most {}. {}", spoken(max), telling::form::DURATIONS),
        None => telling::form::DURATIONS.to_owned(),
    };
    let has_nothing = offered.integrations.is_empty();
    let is_narrowed = !offered.permissions.is_empty();
    let has_rest = [Field::Duration, Field::Justification].map(|field| wrong.at(field.name()).is_some());
    let is_begun = !(draft.duration.is_empty() && draft.justification.is_empty());
    page(&Page {
        frame: Frame::of(portal, who, "Request access", "/request").at("/request".to_owned()),
        nothing: has_nothing.then(|| telling::form::nothing(&who_helps(portal, who))),
        said,
        wrong,
        token: &who.token,
        once: Secret::fresh()?.told().to_owned(),
        resources: resources.collect(),
        is_searched,
        sought: &draft.sought,
        permissions: permissions.collect(),
        is_narrowed,
        has_rest: is_narrowed || is_begun || has_rest.contains(&true),
        waits: waits_for(&chosen),
        duration: &draft.duration,
        hint,
        usual: offered.usual.iter().copied().map(compact).collect(),
        justification: &draft.justification,
        longest: MAX_JUSTIFICATION,
        integrations: choices(
            offered.integrations,
            chosen.integration.as_deref().unwrap_or_default(),
        ),
        types: choices(
            offered.resource_types,
            chosen.resource_type.as_deref().unwrap_or_default(),
        ),
    })
}

/// What was chosen, and what fits the words that somebody looks for.
fn found(
    core: &Core,
    person: &Person,
    chosen: &Chosen,
    sought: &str,
    offered: &Offer,
) -> Vec<crate::usecases::catalogue::Entry> {
    let mut listed = offered.taken.clone();
    if !sought.is_empty() {
        let more = offer::search(core, person, chosen, sought);
        listed.extend(
            more.into_iter()
                .filter(|entry| !chosen.resources.contains(&entry.value)),
        );
    }
    listed
}

/// Whom to ask about the access flows.
fn who_helps(portal: &Portal, who: &Who) -> String {
    if who.is_admin {
        return wording::ADMIN_HELPS_ITSELF.to_owned();
    }
    let admins = portal.directory.known().admins(&portal.core.policy(), NAMED);
    wording::ask_admins(&admins)
}
