//! Ending several requests at once: a page that lists exactly what would end and takes one reason, and then what became of
//! each.
//!
//! Invariant: what ends is what that page listed, as it listed it. A request that changed meanwhile stays, and that is said.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::acts;
use super::listed::{GIVE_BACK, Line, Lines, REVOKE};
use super::request::number_in;
use super::{Frame, page};
use crate::access::ids::RequestNumber;
use crate::access::reader::Reader;
use crate::access::request::{Request, State as RequestState};
use crate::audit::event::Via;
use crate::audit::read;
use crate::telling::{Phrase, answers};
use crate::usecases::look::{self, Listed};
use crate::usecases::portal::Secret;
use crate::usecases::revoke::{self, Part};
use crate::usecases::{Receipt, UseCaseError};
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::sent::{Fields, Query, Sent};
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

/// How many end at once: a page of a list.
const AT_ONCE: usize = 50;

/// The same for what is not there and what the reader may not see.
const NOT_FOUND: &str = "There is no such request, or it is not yours to read.";

#[derive(Template)]
#[template(path = "revoke.html")]
struct Confirm<'a> {
    frame: Frame<'a>,
    said: Option<String>,
    lines: Lines,
    /// What the form confirms: each number with the version that is listed.
    confirmed: Vec<String>,
    /// What ends or has ended already, in sentences.
    over: Vec<(String, String)>,
    /// What will not end, and why.
    others: Vec<(String, String)>,
    verb: &'static str,
    needs_reason: bool,
    token: &'a str,
    once: String,
}

#[derive(Template)]
#[template(path = "revoked.html")]
struct Revoked<'a> {
    frame: Frame<'a>,
    ended: usize,
    all: usize,
    each: Vec<Became>,
}

/// What became of one of them.
struct Became {
    number: String,
    said: Shown,
    is_ended: bool,
}

/// Which of them, whether it ends now, and what there is to say.
type Said = (RequestNumber, bool, Phrase);

impl Became {
    fn of((number, is_ended, said): Said) -> Self {
        Self {
            number: number.to_string(),
            said: shown::phrase(said),
            is_ended,
        }
    }
}

/// `GET /revoke?request=AR-7&request=AR-8`: asks, and changes nothing.
pub(in crate::web) async fn ask(
    State(portal): State<Arc<Portal>>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    let picked = picked(&query);
    let said = match picked.len() {
        0 => Some("Nothing is selected. Select requests on Active or Activity first.".to_owned()),
        1..=AT_ONCE => None,
        _ => Some(format!("At most {AT_ONCE} can end at once. Select fewer.")),
    };
    let wrong = said.is_some();
    let picked = if wrong { Vec::new() } else { picked };
    let numbers: Vec<RequestNumber> = picked.into_iter().map(|(number, _)| number).collect();
    let mut response = confirm(&portal, &who, &numbers, said).await?;
    if wrong {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(response)
}

/// `POST /revoke`: each ends on its own, with an event of its own.
pub(in crate::web) async fn revoke(State(portal): State<Arc<Portal>>, sent: Sent) -> Result<Response, Fault> {
    acts::doing(&portal, &sent).await?;
    let picked = picked(&sent.fields);
    let confirmed: Option<Vec<(RequestNumber, i64)>> = picked
        .into_iter()
        .map(|(number, version)| Some((number, version?)))
        .collect();
    let confirmed = confirmed
        .filter(|confirmed| (1..=AT_ONCE).contains(&confirmed.len()))
        .ok_or(Fault::Forged)?;
    let numbers: Vec<RequestNumber> = confirmed.iter().map(|(number, _)| *number).collect();
    let found = readable(&portal, &sent.who, &numbers).await?;
    if acts::reason(&sent).is_none() && needs_reason(&portal, &sent.who, &found).await? {
        let said = "Say why you end them: you approved one of them, or an extension of it.".to_owned();
        let mut page = confirm(&portal, &sent.who, &numbers, Some(said)).await?;
        *page.status_mut() = StatusCode::CONFLICT;
        return Ok(page);
    }
    // A browser that leaves meanwhile stops none of it.
    let through = Arc::clone(&portal);
    let ending = tokio::spawn(async move {
        let each = end_each(&through, &sent, &confirmed, &found).await;
        (sent, each)
    });
    let (sent, each) = ending.await.map_err(|_| Fault::Broken)?;
    let each: Vec<Became> = each.into_iter().map(Became::of).collect();
    let ended = each.iter().filter(|became| became.is_ended).count();
    if ended < each.len() {
        // What did not end is told with its state.
        found_by(&portal, &sent.who, &numbers).await?;
    }
    let mut response = page(&Revoked {
        frame: Frame::of(&portal, &sent.who, "Revoke", "/revoke").at(address(&numbers)),
        ended,
        all: each.len(),
        each,
    })?;
    if ended == 0 {
        *response.status_mut() = StatusCode::CONFLICT;
    }
    Ok(response)
}

/// Where the page about these is.
fn address(numbers: &[RequestNumber]) -> String {
    let named: Vec<String> = numbers.iter().map(|number| format!("request={number}")).collect();
    format!("/revoke?{}", named.join("&"))
}

/// Those of these requests that the reader may read, to end them: ending waits for no record of a read.
async fn readable(portal: &Portal, who: &Who, numbers: &[RequestNumber]) -> Result<Vec<Request>, Fault> {
    let mut found = Vec::new();
    for number in numbers {
        match look::readable(&portal.core, &who.onlooker, *number).await {
            Ok(request) => found.push(request),
            Err(UseCaseError::NoSuchRequest | UseCaseError::Forbidden(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

/// What the reader may read of these requests, and by which right.
struct Found {
    listed: Vec<Listed>,
    reader: Reader,
}

/// If all of them are the reader's own, or they were asked to answer them, nobody else's data is read.
async fn found_by(portal: &Portal, who: &Who, numbers: &[RequestNumber]) -> Result<Found, Fault> {
    let core = &portal.core;
    let reader = who.onlooker.own();
    let listed = look::numbered(core, &reader, numbers).await?;
    if listed.len() == numbers.len() {
        return Ok(Found { listed, reader });
    }
    let reader = who.reader(portal, read::Page::Revoke, None).await?;
    let listed = look::numbered(core, &reader, numbers).await?;
    Ok(Found { listed, reader })
}

async fn confirm(
    portal: &Portal,
    who: &Who,
    numbers: &[RequestNumber],
    said: Option<String>,
) -> Result<Response, Fault> {
    let core = &portal.core;
    let Found { listed, reader } = found_by(portal, who, numbers).await?;
    let (mut lines, mut confirmed) = (Vec::new(), Vec::new());
    let (mut over, mut others) = (Vec::new(), Vec::new());
    let (mut is_own, mut needs_reason) = (true, false);
    for one in &listed {
        let request = &one.request;
        let part = who.part_of(portal, request).await?;
        let Some(part) = part.filter(|_| request.state == RequestState::Granted) else {
            let number = request.number.to_string();
            match request.state {
                // Somebody who looks again after a revoke must not take it for a failure.
                RequestState::Revoking(_) => over.push((number, answers::ending("It"))),
                state if state.is_final() => over.push((number, format!("{}.", state.word()))),
                _ => others.push((number, why_it_stays(request))),
            }
            continue;
        };
        if part != Part::Holder {
            is_own = false;
        }
        needs_reason |= part == Part::Approver;
        confirmed.push(format!("{}.{}", request.number, request.version));
        lines.push(Line {
            end: None,
            ..Line::of(one, &reader, who.is_admin, core.now())
        });
    }
    let unknown = numbers
        .iter()
        .filter(|number| listed.iter().all(|one| one.request.number != **number));
    others.extend(unknown.map(|number| (number.to_string(), NOT_FOUND.to_owned())));
    let verb = if is_own && !lines.is_empty() {
        GIVE_BACK
    } else {
        REVOKE
    };
    page(&Confirm {
        frame: Frame::of(portal, who, verb, "/revoke").at(address(numbers)),
        said,
        lines: Lines {
            items: lines,
            of_others: true,
            are_live: true,
            newer: None,
            older: None,
            end_selected: None,
        },
        confirmed,
        over,
        others,
        verb,
        needs_reason,
        token: &who.token,
        once: Secret::fresh()?.told().to_owned(),
    })
}

fn why_it_stays(request: &Request) -> String {
    match request.state {
        RequestState::Granted => "This is not yours to end.".to_owned(),
        state => format!("It has no access to end: it is {}.", state.word()),
    }
}

/// Whether the reader may end one of them only as its approver.
async fn needs_reason(portal: &Portal, who: &Who, found: &[Request]) -> Result<bool, Fault> {
    for request in found {
        let part = who.part_of(portal, request).await?;
        if part == Some(Part::Approver) {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn end_each(
    portal: &Portal,
    sent: &Sent,
    confirmed: &[(RequestNumber, i64)],
    found: &[Request],
) -> Vec<Said> {
    let mut each = Vec::new();
    for shown in confirmed {
        let request = found.iter().find(|request| request.number == shown.0);
        let (is_ended, said) = match request {
            // The others end whatever happens to this one.
            Some(request) => end_one(portal, sent, request, *shown)
                .await
                .unwrap_or_else(|_| (false, answers::TROUBLE.into())),
            None => (false, NOT_FOUND.into()),
        };
        each.push((shown.0, is_ended, said));
    }
    each
}

/// Whether it ends now, and what there is to say.
async fn end_one(
    portal: &Portal,
    sent: &Sent,
    request: &Request,
    shown: (RequestNumber, i64),
) -> Result<(bool, Phrase), Fault> {
    let core = &portal.core;
    let key = format!("{}/{}", acts::once(sent), request.number);
    let receipt = Receipt::now(Via::Portal, &key);
    let reason = acts::reason(sent);
    let by = sent.who.doer()?;
    match revoke::revoke_as_shown(core, by.person, shown, reason.as_deref(), receipt).await {
        Ok(request) => Ok((true, answers::revoking_in_portal(&request).into())),
        Err(UseCaseError::SeenBefore) => {
            let became = look::became(core, &request.id, None).await?;
            let said = became.map_or_else(|| NOT_FOUND.into(), |became| answers::not_now(&became));
            Ok((false, said))
        }
        Err(UseCaseError::Store(error)) => Err(error.into()),
        Err(error) => Ok((false, acts::refused(portal, by, request, &error, receipt).await?)),
    }
}

/// The requests that are named, each once, and the version of each if it is there: `AR-7` or `AR-7.3`.
fn picked(fields: &Fields) -> Vec<(RequestNumber, Option<i64>)> {
    let mut picked: Vec<(RequestNumber, Option<i64>)> = Vec::new();
    let named = fields.pairs().filter(|(name, _)| *name == "request");
    for (_, value) in named {
        let (number, version) = match value.split_once('.') {
            Some((number, version)) => (number, version.parse().ok()),
            None => (value, None),
        };
        if let Some(number) = number_in(number)
            && picked.iter().all(|(other, _)| *other != number)
        {
            picked.push((number, version));
        }
    }
    picked
}
