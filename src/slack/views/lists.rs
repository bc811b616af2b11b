//! The lists that people read: their requests, live access, what waits for their answer, everybody's requests, and a request's
//! history.

use slack_morphism::prelude::SlackBlockButtonElement;

use crate::access::filter::Filter;
use crate::access::ids::PersonId;
use crate::access::request::{Request, State};
use crate::access::time::Timestamp;
use crate::slack::actions::Button;
use crate::store::{Page, Paged, StoredEvent};
use crate::telling::phrase::phrase;
use crate::telling::request::asks;
use crate::telling::{Phrase, Told, told, wording};
use crate::usecases::look::{Listed, Waiting};

use super::holding;
use super::kit::{Look, button};
use super::listing::{BY_TIME, Line, Listing, Reading};
use super::text::shorten;

/// Who reads a list.
#[derive(Clone, Copy, Debug)]
pub struct Viewer<'a> {
    pub person: &'a PersonId,
    pub eye: Eye,
    /// They approve or reject under some flow.
    pub answers: bool,
}

/// Whose requests somebody sees in lists, and what they may do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eye {
    /// They see only their own.
    Own,
    Auditor,
    /// They may end anybody's access.
    Admin,
}

/// `/apono list`.
pub fn requests(found: &Paged<Request>, viewer: Viewer<'_>) -> Listing {
    let lines = found.items.iter().map(|request| {
        let rest = phrase!(
            "{} – {}, {}",
            request.state.word(),
            access(request),
            request.duration
        );
        Line::new(request.number, rest)
    });
    let key = |request: Option<&Request>| request.map_or(0, |request| request.number.0);
    let above = if found.items.is_empty() {
        "You have made no requests yet. Use `/apono request` to request access."
    } else {
        "Your latest requests:"
    };
    let first = found.items.first();
    let show = first.map(|first| format!("`/apono show {}` shows one with its history.", first.number));
    let pending = viewer
        .answers
        .then(|| "`/apono pending` shows what waits for your answer.".to_owned());
    let log = (viewer.eye != Eye::Own).then(|| "`/apono log` shows everybody's requests.".to_owned());
    let below: Vec<String> = [show, pending, log].into_iter().flatten().collect();
    let below = (!below.is_empty()).then(|| below.join(" "));
    Listing {
        title: "Your requests",
        above: vec![above.to_owned()],
        lines: lines.collect(),
        below: below.into_iter().collect(),
        newer: found.newer.then(|| Reading::List {
            page: Page::After(key(found.items.first())),
        }),
        older: found.older.then(|| Reading::List {
            page: Page::Before(key(found.items.last())),
        }),
        turns: BY_TIME,
    }
}

/// `/apono active`. `about` says what the filter lets through.
pub fn live(
    found: &Paged<Listed>,
    viewer: Viewer<'_>,
    filter: &Filter,
    about: &str,
    now: Timestamp,
) -> Listing {
    let lines = found.items.iter().map(|listed| {
        let whose = match viewer.eye {
            Eye::Own => Phrase::default(),
            Eye::Auditor | Eye::Admin => phrase!("{} has ", wording::person(&listed.grantee)),
        };
        let rest = phrase!("{}{} {}", whose, access(&listed.request), ends(listed, now));
        Line::new(listed.request.number, rest).with(buttons(listed, viewer))
    });
    let above = match (found.items.is_empty(), viewer.eye) {
        (true, Eye::Own) if about.is_empty() => {
            "You have no live access. Use `/apono request` to request some.".to_owned()
        }
        (true, Eye::Own) => format!("You have no live access{about}."),
        (true, Eye::Auditor | Eye::Admin) => format!("There is no live access{about}."),
        (false, Eye::Own) => format!("Your live access{about}:"),
        (false, Eye::Auditor | Eye::Admin) => format!("Live access{about}:"),
    };
    let turn = |page| Reading::Active {
        filter: filter.clone(),
        page,
    };
    Listing {
        title: "Live access",
        above: vec![above],
        lines: lines.collect(),
        below: Vec::new(),
        newer: found
            .newer
            .then(|| turn(Page::After(number(found.items.first())))),
        older: found
            .older
            .then(|| turn(Page::Before(number(found.items.last())))),
        turns: BY_TIME,
    }
}

/// `/apono log`.
pub fn log(
    found: &Paged<Listed>,
    viewer: Viewer<'_>,
    filter: &Filter,
    about: &str,
    now: Timestamp,
) -> Listing {
    let lines = found.items.iter().map(|listed| {
        let request = &listed.request;
        let rest = phrase!(
            "{} – {}, {}, requested {} for {}",
            request.state.word(),
            wording::person(&listed.grantee),
            access(request),
            request.created_at,
            request.duration
        );
        let rest = match request.state {
            State::Granted | State::Revoking(_) => phrase!("{}, {}", rest, ends(listed, now)),
            State::Pending
            | State::Approved
            | State::Rejected(_)
            | State::Cancelled
            | State::Expired
            | State::Revoked(_)
            | State::Failed(_) => rest,
        };
        Line::new(request.number, rest).with(buttons(listed, viewer))
    });
    let above = match (found.items.is_empty(), viewer.eye) {
        (true, Eye::Own) => format!("You have made no requests{about}."),
        (true, Eye::Auditor | Eye::Admin) => format!("There are no requests{about}."),
        (false, Eye::Own) => format!("Your requests{about}, newest first:"),
        (false, Eye::Auditor | Eye::Admin) => format!("Requests{about}, newest first:"),
    };
    let below = "Narrow it down: `/apono log @person`, `/apono log orders-db`, `/apono log 7d..`, `/apono log expired`.";
    let turn = |page| Reading::Log {
        filter: filter.clone(),
        page,
    };
    Listing {
        title: "Requests",
        above: vec![above],
        lines: lines.collect(),
        below: vec![below.to_owned()],
        newer: found
            .newer
            .then(|| turn(Page::After(number(found.items.first())))),
        older: found
            .older
            .then(|| turn(Page::Before(number(found.items.last())))),
        turns: BY_TIME,
    }
}

/// `/apono pending`: a page of at most `most` from `from` on, of `all`.
pub fn pending(found: &[Waiting], from: usize, most: usize, all: usize) -> Listing {
    let lines = found.iter().map(|waiting| {
        let request = &waiting.view.request;
        let value = super::extension::value(&request.id, waiting.extension);
        let answer = button(Button::Answer, "Answer", &value, Look::Primary);
        Line::new(request.number, asks(waiting)).with(vec![answer])
    });
    let above = match all {
        0 => "Nothing waits for your answer.".to_owned(),
        1 => "1 request waits for your answer:".to_owned(),
        all => format!("{all} requests wait for your answer, oldest first:"),
    };
    let end = from.saturating_add(most).min(all);
    Listing {
        title: "Waiting for you",
        above: vec![above],
        lines: lines.collect(),
        below: Vec::new(),
        newer: (from > 0).then(|| Reading::Pending {
            from: from.saturating_sub(most),
        }),
        older: (end < all).then_some(Reading::Pending { from: end }),
        turns: ("Back", "More"),
    }
}

fn number(listed: Option<&Listed>) -> i64 {
    listed.map_or(0, |listed| listed.request.number.0)
}

/// `until 16:05 (28 min left), as apono_ar7_dana`.
fn ends(listed: &Listed, now: Timestamp) -> Phrase {
    let Some(grant) = &listed.grant else {
        return "until an unknown time".into();
    };
    let principal = grant.granted.principal.as_str();
    match listed.request.state {
        State::Revoking(_) => phrase!("(being revoked), as {}", principal),
        State::Granted
        | State::Pending
        | State::Approved
        | State::Rejected(_)
        | State::Cancelled
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => phrase!(
            "until {} ({} left), as {}",
            grant.until,
            wording::minutes(grant.until.since(now)),
            principal
        ),
    }
}

fn buttons(listed: &Listed, viewer: Viewer<'_>) -> Vec<SlackBlockButtonElement> {
    let id = listed.request.id.as_str();
    let is_live = listed.request.state == State::Granted;
    let timeline = match viewer.eye {
        Eye::Own => None,
        Eye::Auditor | Eye::Admin => Some(button(Button::Open, "Timeline", id, Look::Plain)),
    };
    let acts = if !is_live {
        Vec::new()
    } else if listed.request.is_of(viewer.person) {
        let access = access(&listed.request);
        holding::buttons(id, &access, listed.may_extend, listed.guarantees.as_ref())
    } else if viewer.eye == Eye::Admin {
        vec![button(Button::End, "Revoke", id, Look::Danger)]
    } else {
        Vec::new()
    };
    timeline.into_iter().chain(acts).collect()
}

/// `write on orders (orders-db)`.
pub(super) fn access(request: &Request) -> String {
    let what = format!(
        "{} on {} ({})",
        request.permissions().join(", "),
        request.resources().join(", "),
        request.integration
    );
    shorten(&what, 200)
}

/// What happened, without when.
pub(super) fn history_line(told: Told<'_>) -> Phrase {
    told.line.unwrap_or(told.headline)
}

/// What happened to a request, latest first.
pub fn history(request: &Request, found: &Paged<StoredEvent>) -> Listing {
    let lines = found
        .items
        .iter()
        .map(|stored| Line::new(stored.event.at, history_line(told(&stored.event))));
    let turn = |page| Reading::History {
        request: request.id.clone(),
        page,
    };
    let key = |stored: Option<&StoredEvent>| {
        stored.map_or(0, |stored| i64::try_from(stored.seq).unwrap_or(i64::MAX))
    };
    Listing {
        title: "History",
        above: vec![format!("{} · {}, latest first:", request.number, access(request))],
        lines: lines.collect(),
        below: Vec::new(),
        newer: found.newer.then(|| turn(Page::After(key(found.items.first())))),
        older: found.older.then(|| turn(Page::Before(key(found.items.last())))),
        turns: BY_TIME,
    }
}
