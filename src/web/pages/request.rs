//! One request: what was asked, its state, what the reader can do about it, and everything that happened.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;

use super::events::Events;
use super::{Frame, connect, extend, page};
use crate::access::ids::RequestNumber;
use crate::access::request::State as RequestState;
use crate::access::usage::Tells;
use crate::telling::request::{To, end, fields, not_yet, standing, used};
use crate::telling::{Phrase, usage, wording};
use crate::usecases::look::{self, RequestView};
use crate::usecases::portal::Secret;
use crate::usecases::revoke::Part;
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::paths;
use crate::web::sent::{Fields, Sent};
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

/// How many of the latest events are shown; few requests have more.
const EVENTS: u64 = 200;

#[derive(Template)]
#[template(path = "request.html")]
struct Page<'a> {
    frame: Frame<'a>,
    number: String,
    heading: Shown,
    state: Shown,
    standing: Shown,
    left: Option<String>,
    fields: Vec<(&'static str, Shown)>,
    /// How it was used, with a note; nothing where nothing tells that.
    usage: Vec<(&'static str, Shown)>,
    is_sampled: bool,
    justification: Option<(Shown, Shown)>,
    said: Option<Shown>,
    /// The form that nothing came of, and what was typed in it.
    typed: Option<(&'static str, &'a Fields)>,
    end: Option<End>,
    answer: Option<Answer>,
    connect: Option<connect::Form>,
    extend: Option<extend::Form>,
    /// The reader can request the same again.
    has_again: bool,
    token: &'a str,
    once: String,
    events: Events,
    has_older: bool,
}

impl Page<'_> {
    /// What was typed in a field of a form; empty if the form was not sent.
    fn typed(&self, form: &str, field: &str) -> &str {
        let sent = self.typed.filter(|(sent, _)| *sent == form);
        sent.map_or("", |(_, fields)| fields.one(field))
    }
}

/// What ends it, and how that is called.
struct End {
    verb: &'static str,
    needs_reason: bool,
    /// Whose it is and what, if it takes something away from somebody else.
    whose: Option<Shown>,
}

/// What is to be answered.
struct Answer {
    title: &'static str,
    /// The number of an extension; 0 for the request itself.
    extension: i64,
    sentence: Shown,
}

/// `GET /requests/{number}`.
pub(in crate::web) async fn request(
    State(portal): State<Arc<Portal>>,
    Path(number): Path<String>,
    who: Who,
) -> Result<Response, Fault> {
    let number = number_in(&number).ok_or(Fault::NotFound)?;
    detail(&portal, &who, number, None).await
}

/// `AR-7`, and nothing else.
pub(in crate::web) fn number_in(text: &str) -> Option<RequestNumber> {
    let digits = text.strip_prefix("AR-")?;
    let is_plain = (1..=18).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits
        .parse()
        .ok()
        .filter(|_| is_plain && !digits.starts_with('0'))?;
    Some(RequestNumber(number))
}

/// Why nothing came of a form of the page, and the form as it was sent.
struct Tried<'a> {
    why: Phrase,
    /// Its id on the page.
    form: &'static str,
    fields: &'a Fields,
}

/// The page after one of its forms was sent and nothing came of it. The form keeps what was typed, except for a key: it may be a
/// private one.
pub(in crate::web) async fn not_done(
    portal: &Portal,
    (form, sent): (&'static str, &Sent),
    number: RequestNumber,
    why: impl Into<Phrase>,
) -> Result<Response, Fault> {
    let tried = Tried {
        why: why.into(),
        form,
        fields: &sent.fields,
    };
    let mut page = detail(portal, &sent.who, number, Some(tried)).await?;
    *page.status_mut() = StatusCode::CONFLICT;
    Ok(page)
}

/// The page about a request.
async fn detail(
    portal: &Portal,
    who: &Who,
    number: RequestNumber,
    tried: Option<Tried<'_>>,
) -> Result<Response, Fault> {
    let core = &portal.core;
    let (said, typed) = match tried {
        Some(Tried { why, form, fields }) => (Some(why), Some((form, fields))),
        None => (None, None),
    };
    let (view, events) = look::show(core, &who.onlooker, number, EVENTS, who.reads()).await?;
    let part = who.part_of(portal, &view.request).await?;
    let to = match part {
        Some(Part::Holder) => To::Requester,
        Some(Part::Admin | Part::Approver) | None => To::Others,
    };
    let heading = wording::access(&view.about);
    let requester = &view.about.requester.name;
    let until = view.grant.as_ref().map(|grant| grant.until);
    let is_live = view.request.state == RequestState::Granted;
    let title = number.to_string();
    let show: fn(Phrase) -> Shown = if who.reads_all() {
        shown::phrase_with_people
    } else {
        shown::phrase
    };
    page(&Page {
        heading: shown::text(&heading),
        state: shown::state(view.request.state),
        standing: shown::phrase(standing(&view, to)),
        left: until
            .filter(|_| is_live)
            .and_then(|until| shown::left(until, core.now())),
        fields: facts(&view, who.reads_all()),
        usage: used_fields(&view, sees_traces(who, part)),
        is_sampled: view
            .usage
            .as_ref()
            .is_some_and(|usage| usage.tells == Tells::Sessions),
        justification: view
            .justification
            .as_ref()
            .map(|words| (shown::text(requester), shown::linked(words, &view.link_hosts))),
        said: said.map(shown::phrase),
        typed,
        end: ending(&view, part),
        answer: answering(portal, who, &view).await?,
        connect: connect::form(portal, who, &view).await?,
        extend: extend::form(who, &view),
        has_again: part == Some(Part::Holder) && view.request.state.is_final(),
        token: &who.token,
        once: Secret::fresh()?.told().to_owned(),
        events: Events::of_request(&core.store, events.items.iter().rev(), show).await?,
        has_older: events.older,
        frame: Frame::of(portal, who, &title, "/requests").at(format!("/requests/{number}")),
        number: title.clone(),
    })
}

/// Everything about it. `has_pages` says whether the reader finds the pages of people, integrations and resources.
fn facts(view: &RequestView, has_pages: bool) -> Vec<(&'static str, Shown)> {
    let integration = view.about.integration.as_str();
    let show = |label: &str, value: Phrase| match (has_pages, label) {
        (true, "Requester") => {
            let path = paths::person(&view.about.requester.account.id);
            shown::link(&path, &value.plain())
        }
        (true, "Integration") => shown::link(&paths::integration(integration), integration),
        (true, "Resources") => {
            let mut names = view.about.resources.clone();
            names.sort();
            let of_one = |name: &String| shown::link(&paths::resource(integration, name), name);
            shown::joined(names.iter().map(of_one), ", ")
        }
        _ => shown::phrase(value),
    };
    let mut facts: Vec<_> = fields(view)
        .into_iter()
        .filter(|field| field.label != "Request")
        .map(|field| (field.label, show(field.label, field.value)))
        .collect();
    facts.push(("Requested", shown::time(view.request.created_at)));
    if let Some(grant) = &view.grant {
        facts.push(("Target account", shown::text(&grant.granted.principal)));
    }
    let further = end(view).into_iter().chain(not_yet(view));
    facts.extend(further.map(|field| (field.label, shown::phrase(field.value))));
    facts
}

/// Where sessions came from is for those who see everything, and for the holder; approvers need the times alone.
fn sees_traces(who: &Who, part: Option<Part>) -> bool {
    who.reads_all() || part == Some(Part::Holder)
}

fn used_fields(view: &RequestView, sees_traces: bool) -> Vec<(&'static str, Shown)> {
    let traces = view.usage.iter().filter(|_| sees_traces).flat_map(usage::traces);
    let fields = used(view).into_iter().chain(traces);
    fields
        .map(|field| (field.label, shown::phrase(field.value)))
        .collect()
}

/// What the reader can do to end it. The use case decides again when they do.
fn ending(view: &RequestView, part: Option<Part>) -> Option<End> {
    let part = part?;
    let is_own = part == Part::Holder;
    let verb = match view.request.state {
        RequestState::Granted if is_own => "Give back",
        RequestState::Pending | RequestState::Approved if is_own => "Withdraw",
        RequestState::Granted | RequestState::Approved => "Revoke",
        RequestState::Pending
        | RequestState::Revoking(_)
        | RequestState::Rejected(_)
        | RequestState::Cancelled
        | RequestState::Expired
        | RequestState::Revoked(_)
        | RequestState::Failed(_) => return None,
    };
    let about = &view.about;
    let holder = about.grantee.as_ref().unwrap_or(&about.requester).named();
    let whose = format!("{holder}: {}.", wording::access(about));
    Some(End {
        verb,
        needs_reason: part == Part::Approver,
        whose: (!is_own).then(|| shown::text(&whose)),
    })
}

/// What the reader was asked to answer about it, if it still waits.
async fn answering(portal: &Portal, who: &Who, view: &RequestView) -> Result<Option<Answer>, Fault> {
    let Some(person) = who.person().filter(|person| !view.request.is_of(&person.id)) else {
        return Ok(None);
    };
    let (request, reader) = (&view.request.id, &person.id);
    let found = look::waiting_about(&portal.core, &*portal.directory, request, reader).await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let asked = view
        .extensions
        .iter()
        .find(|asked| asked.extension.position == found.extension);
    Ok(Some(match asked {
        Some(asked) => Answer {
            title: "Answer the extension",
            extension: found.extension,
            sentence: shown::phrase(crate::telling::more_time::outcome(view, asked)),
        },
        None => Answer {
            title: "Answer",
            extension: 0,
            sentence: shown::text(&format!(
                "{} asks for {}, {}.",
                view.about.requester.named(),
                wording::access(&view.about),
                wording::duration(&view.about)
            )),
        },
    }))
}
