//! Requests in lists, a line each.

use askama::Template;

use crate::access::clean::written;
use crate::access::filter::DecidedBy;
use crate::access::reader::Reader;
use crate::access::request::State;
use crate::access::time::Timestamp;
use crate::store::{Page, Paged};
use crate::telling::usage;
use crate::usecases::look::Listed;
use crate::usecases::revoke::Part;
use crate::web::Portal;
use crate::web::fault::Fault;
use crate::web::paths;
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

/// How many requests a page has: with long names, as much as it can have in 60 kB.
pub(in crate::web) const AT_ONCE: u64 = 40;

/// How many resources a line names.
const NAMED: usize = 3;

/// How many characters a line has of what a request is for.
const WORDS: usize = 80;

pub(in crate::web) const GIVE_BACK: &str = "Give back";
pub(in crate::web) const REVOKE: &str = "Revoke";

/// What it is called if somebody ends live access by this right.
const fn ends(part: Part) -> &'static str {
    match part {
        Part::Holder => GIVE_BACK,
        Part::Admin | Part::Approver => REVOKE,
    }
}

/// A request in a list.
pub(in crate::web) struct Line {
    pub(in crate::web) number: String,
    pub(in crate::web) created_at: Shown,
    /// Only where others' requests may be among them.
    pub(in crate::web) grantee: Option<(Shown, Shown)>,
    pub(in crate::web) permissions: Shown,
    pub(in crate::web) resources: Shown,
    pub(in crate::web) integration: Shown,
    pub(in crate::web) resource_type: Shown,
    /// How what it is for begins.
    pub(in crate::web) words: Option<Shown>,
    pub(in crate::web) flows: Shown,
    pub(in crate::web) duration: String,
    pub(in crate::web) state: Shown,
    /// Since when it is in that state.
    pub(in crate::web) since: Shown,
    /// Who approved or rejected it.
    pub(in crate::web) decided: Option<Shown>,
    /// When its access began.
    pub(in crate::web) began: Option<Shown>,
    /// Of live access: when it ends, how long that is, and under which account.
    pub(in crate::web) until: Option<Shown>,
    pub(in crate::web) left: Option<String>,
    pub(in crate::web) account: Option<Shown>,
    /// How it was used, in a word and a few more, as far as anything tells that.
    pub(in crate::web) used: Option<(&'static str, Shown)>,
    /// What the button that ends it says; nothing if the reader may not.
    pub(in crate::web) end: Option<&'static str>,
    /// It is the reader's, and its credentials are a click away.
    pub(in crate::web) has_connect: bool,
    /// The reader can request the same again.
    pub(in crate::web) has_again: bool,
    /// It can be selected, to be ended together with others.
    pub(in crate::web) has_box: bool,
}

impl Line {
    /// A request with what is or was granted. `may_end` says whether the reader may end others' access.
    pub(in crate::web) fn of(listed: &Listed, reader: &Reader, may_end: bool, now: Timestamp) -> Self {
        let Listed {
            request,
            grantee,
            grant,
            usage,
            justification,
            ..
        } = listed;
        let beside = grantee.email.as_ref().unwrap_or(&grantee.account.id);
        let is_own = reader.person().is_some_and(|person| request.is_of(person));
        let live = grant.as_ref().filter(|_| is_live(request.state));
        let end = if is_own { GIVE_BACK } else { REVOKE };
        // Others would not find these pages.
        let linked = |path: String, name: &str| {
            if reader.reads_all() {
                shown::link(&path, name)
            } else {
                shown::text(name)
            }
        };
        let integration = request.integration.as_str();
        Self {
            number: request.number.to_string(),
            created_at: shown::bare_time(request.created_at),
            grantee: Some((
                linked(paths::person(&grantee.account.id), &grantee.name),
                shown::text(beside),
            )),
            permissions: shown::text(&request.permissions().join(", ")),
            resources: first_few(&request.resources(), |name| {
                linked(paths::resource(integration, name), name)
            }),
            integration: linked(paths::integration(integration), integration),
            resource_type: shown::text(&request.resource_type),
            words: justification
                .as_deref()
                .and_then(written)
                .map(|words| one_line(&words)),
            flows: shown::text(&request.flows.join(", ")),
            duration: shown::span(request.duration),
            state: shown::state(request.state),
            since: shown::bare_time(listed.since()),
            decided: decided(listed).map(|said| shown::text(&said)),
            began: listed.became.granted_at.map(shown::bare_time),
            until: live.map(|grant| shown::bare_time(grant.until)),
            left: live.and_then(|grant| shown::left(grant.until, now)),
            account: live.map(|grant| shown::text(&grant.granted.principal)),
            used: usage.as_ref().map(|usage| {
                let (word, under) = usage::brief(usage, request.state == State::Granted);
                (word, shown::phrase(under))
            }),
            end: (request.state == State::Granted && (is_own || may_end)).then_some(end),
            has_connect: false,
            has_again: is_own && request.state.is_final(),
            has_box: false,
        }
    }
}

/// `approved by Omar Khan`.
fn decided(listed: &Listed) -> Option<String> {
    match listed.became.decided_by? {
        DecidedBy::Automatic => Some("approved automatically".to_owned()),
        DecidedBy::Person => {
            let is_rejected = matches!(listed.request.state, State::Rejected(_));
            let verb = if is_rejected { "rejected" } else { "approved" };
            let names: Vec<String> = listed.approvers.iter().map(|by| by.name.clone()).collect();
            (!names.is_empty()).then(|| format!("{verb} by {}", names.join(", ")))
        }
        DecidedBy::Lapsed | DecidedBy::Cancelled | DecidedBy::Closed => None,
    }
}

const fn is_live(state: State) -> bool {
    match state {
        State::Granted | State::Revoking(_) => true,
        State::Pending
        | State::Approved
        | State::Rejected(_)
        | State::Cancelled
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => false,
    }
}

/// As much as a line has room for; the page of the request has all of it.
fn one_line(words: &str) -> Shown {
    let mut line: String = words.chars().take(WORDS).collect();
    if line.len() < words.len() {
        line.truncate(line.trim_end().len());
        line.push('…');
    }
    shown::text(&line)
}

/// `a, b, c, +37`.
fn first_few(names: &[&str], show: impl Fn(&str) -> Shown) -> Shown {
    let first = names.iter().take(NAMED).map(|name| show(name));
    let rest = names.len().saturating_sub(NAMED);
    let rest = (rest > 0).then(|| shown::text(&format!("+{rest}")));
    shown::joined(first.chain(rest), ", ")
}

/// Requests as a table, which is a list of cards where there is little room.
#[derive(Template)]
#[template(path = "lines.html")]
pub(in crate::web) struct Lines {
    pub(in crate::web) items: Vec<Line>,
    /// Whose they are is shown.
    pub(in crate::web) of_others: bool,
    /// It is about access that is live, and when it ends.
    pub(in crate::web) are_live: bool,
    pub(in crate::web) newer: Option<String>,
    pub(in crate::web) older: Option<String>,
    /// What the button below says that ends what is selected.
    pub(in crate::web) end_selected: Option<&'static str>,
}

impl Lines {
    /// The same, in which the reader selects what they may end.
    pub(in crate::web) async fn selectable(
        mut self,
        portal: &Portal,
        found: &Paged<Listed>,
        who: &Who,
    ) -> Result<Self, Fault> {
        for (line, listed) in self.items.iter_mut().zip(&found.items) {
            let request = &listed.request;
            if request.state != State::Granted {
                continue;
            }
            let part = who.part_of(portal, request).await?;
            line.end = part.map(ends);
            line.has_box = part.is_some();
        }
        let mut ends = self.items.iter().filter_map(|line| line.end);
        if let Some(first) = ends.next() {
            let all_own = first == GIVE_BACK && ends.all(|end| end == GIVE_BACK);
            self.end_selected = Some(if all_own {
                "Give back selected…"
            } else {
                "Revoke selected…"
            });
        }
        Ok(self)
    }

    /// A page of requests that may be others', at `path`. `rest` is the rest of its query.
    pub(in crate::web) fn of_found(
        found: &Paged<Listed>,
        (who, reader): (&Who, &Reader),
        (path, rest): (&str, &str),
        are_live: bool,
        now: Timestamp,
    ) -> Self {
        let (newer, older) = turns(found, path, rest, |listed| listed.request.number.0);
        let lines = found
            .items
            .iter()
            .map(|listed| Line::of(listed, reader, who.is_admin, now));
        Self {
            items: lines.collect(),
            of_others: true,
            are_live,
            newer,
            older,
            end_selected: None,
        }
    }
}

/// Where a page of a list starts, as its address says.
pub(in crate::web) fn page_of(query: &crate::web::sent::Fields) -> Page {
    let key = |name: &str| query.one(name).parse::<i64>().ok().filter(|key| *key > 0);
    match (key("before"), key("after")) {
        (Some(key), _) => Page::Before(key),
        (None, Some(key)) => Page::After(key),
        (None, None) => Page::First,
    }
}

/// The addresses of the pages beside this one. `rest` is the rest of the query.
pub(in crate::web) fn turns<T>(
    found: &Paged<T>,
    path: &str,
    rest: &str,
    number: impl Fn(&T) -> i64,
) -> (Option<String>, Option<String>) {
    let turn = |word: &str, item: Option<&T>| {
        let key = item.map(&number)?;
        let and = if rest.is_empty() { "" } else { "&" };
        Some(format!("{path}?{word}={key}{and}{rest}"))
    };
    (
        turn("after", found.items.first()).filter(|_| found.newer),
        turn("before", found.items.last()).filter(|_| found.older),
    )
}
