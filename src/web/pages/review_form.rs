//! The form that starts a review.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::frame::REVIEWS;
use super::reviews::path;
use super::{Frame, acts, page};
use crate::access::flows::PersonRef;
use crate::access::ids::PersonId;
use crate::access::review::AtDue;
use crate::audit::event::Via;
use crate::usecases::portal::Secret;
use crate::usecases::reviews::{self, Draft, MOST_LINES, ReviewError};
use crate::usecases::{Receipt, UseCaseError};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::{Fields, Query, Sent};
use crate::web::sought;
use crate::web::who::{Doer, Who};

/// What the filter can say about live access, with its label.
const FILTER: [(&str, &str); 9] = [
    ("integration", "Integration"),
    ("resource", "Resource"),
    ("permission", "Permission"),
    ("flow", "Flow"),
    ("text", "Words or a name"),
    ("person", "By or for"),
    ("approver", "Decided by"),
    ("used", "Used"),
    ("granted", "Granted"),
];

#[derive(Template)]
#[template(path = "review_form.html")]
struct Page<'a> {
    frame: Frame<'a>,
    token: &'a str,
    once: String,
    said: Option<String>,
    /// How many lines the filter finds now, in words.
    found: Option<String>,
    name: String,
    filter: Vec<(&'static str, &'static str, String)>,
    reviewers: String,
    due: String,
    at_due: Vec<(AtDue, bool)>,
    most: u64,
}

/// `GET /reviews/new`, with the filter of the address.
pub(in crate::web) async fn new(
    State(portal): State<Arc<Portal>>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    form(&portal, starter(&who)?, &query, None, None)
}

/// Who may start reviews; for everybody else there is no such page.
fn starter(who: &Who) -> Result<Doer<'_>, Fault> {
    let doer = who.doer()?;
    if who.reads_all() {
        Ok(doer)
    } else {
        Err(Fault::NotFound)
    }
}

/// `POST /reviews`: says how many lines there would be, or starts it.
pub(in crate::web) async fn start(State(portal): State<Arc<Portal>>, sent: Sent) -> Result<Response, Fault> {
    acts::doing(&portal, &sent).await?;
    let doer = starter(&sent.who)?;
    let meant = match sought::to_keep(&portal, &sent.who, &sent.fields).await? {
        Ok(meant) => meant,
        Err(why) => return form(&portal, doer, &sent.fields, Some(why), None),
    };
    let started = match sent.fields.one("do") {
        "start" => started(&portal, &sent, doer, meant).await,
        _ => Err(
            match reviews::lines_now(&portal.core, doer.person, &meant).await {
                Ok(Some(found)) => return form(&portal, doer, &sent.fields, None, Some(found)),
                Ok(None) => ReviewError::TooManyLines.into(),
                Err(error) => error.into(),
            },
        ),
    };
    match started {
        Ok(id) => Ok(Redirect::to(&path(&id)).into_response()),
        Err(Stopped::Said(why)) => form(&portal, doer, &sent.fields, Some(why), None),
        Err(Stopped::Review(ReviewError::UseCase(UseCaseError::SeenBefore))) => {
            Ok(Redirect::to(REVIEWS).into_response())
        }
        Err(Stopped::Review(ReviewError::UseCase(error))) => Err(error.into()),
        Err(Stopped::Review(why)) => form(&portal, doer, &sent.fields, Some(why.to_string()), None),
        Err(Stopped::Fault(fault)) => Err(fault),
    }
}

/// Why it does not start.
enum Stopped {
    Said(String),
    Review(ReviewError),
    Fault(Fault),
}

impl From<ReviewError> for Stopped {
    fn from(error: ReviewError) -> Self {
        Self::Review(error)
    }
}

impl From<Fault> for Stopped {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

async fn started(portal: &Portal, sent: &Sent, doer: Doer<'_>, meant: String) -> Result<String, Stopped> {
    let fields = &sent.fields;
    let by = acts::as_of_now(portal, doer.person).await.map_err(Fault::from)?;
    let draft = Draft {
        name: fields.one("name").to_owned(),
        meant,
        reviewers: named(portal, fields.one("reviewers")).await?,
        due: fields.one("due").to_owned(),
        at_due: fields.one("at_due").to_owned(),
    };
    let drafted = draft.checked(&portal.core, &*portal.directory, &by).await?;
    let key = acts::once(sent);
    let receipt = Receipt::now(Via::Portal, &key);
    Ok(reviews::start(&portal.core, &by, drafted, receipt).await?)
}

/// The people whom somebody named, with commas or new lines between them.
async fn named(portal: &Portal, text: &str) -> Result<Vec<PersonId>, Stopped> {
    let mut people = Vec::new();
    let names = text.split([',', ';', '\n']).map(str::trim);
    for name in names.filter(|name| !name.is_empty()) {
        match sought::person(portal, name).await.map_err(Fault::from)? {
            Ok(person) => people.push(person),
            Err(why) => people.push(looked_up(portal, name).await.ok_or(Stopped::Said(why))?),
        }
    }
    Ok(people)
}

/// Somebody whom the bot has not seen yet, by their member ID.
async fn looked_up(portal: &Portal, name: &str) -> Option<PersonId> {
    let Some(PersonRef::Slack(user)) = PersonRef::typed(name) else {
        return None;
    };
    let found = portal.directory.look_up(&user, &portal.core.policy()).await;
    found.ok().map(|person| person.id)
}

fn form(
    portal: &Portal,
    doer: Doer<'_>,
    fields: &Fields,
    said: Option<String>,
    found: Option<u64>,
) -> Result<Response, Fault> {
    let chosen = AtDue::named(fields.one("at_due")).unwrap_or_default();
    let choices = AtDue::ALL.into_iter();
    let choices = choices.filter(|at_due| doer.who.is_admin || *at_due != AtDue::Revoke);
    let found = found.map(|found| match found {
        0 => "No live access fits the filter now.".to_owned(),
        1 => "1 line fits the filter now.".to_owned(),
        found => format!("{found} lines fit the filter now."),
    });
    page(&Page {
        frame: Frame::of(portal, doer.who, "New review", REVIEWS).at(format!("{REVIEWS}/new")),
        token: &doer.who.token,
        once: Secret::fresh()?.told().to_owned(),
        said,
        found,
        name: fields.one("name").to_owned(),
        filter: FILTER
            .map(|(key, label)| (key, label, fields.one(key).to_owned()))
            .into(),
        reviewers: fields.one("reviewers").to_owned(),
        due: fields.one("due").to_owned(),
        at_due: choices.map(|at_due| (at_due, at_due == chosen)).collect(),
        most: MOST_LINES,
    })
}
