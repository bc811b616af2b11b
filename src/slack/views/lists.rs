//! The lists that people read: their requests, live access, a request's history, who they are to the policy, and why.

use crate::access::duration::spoken;
use crate::access::explain::{Miss, Standpoint, Tried};
use crate::access::flows::{Approval, Flow};
use crate::access::people::{Facts, Person, Standing};
use crate::access::policy::Verdict;
use crate::access::progress::{Progress, progress};
use crate::access::request::{Request, State};
use crate::store::{Page, Paged, StoredEvent};
use crate::telling::phrase::phrase;
use crate::telling::{Phrase, Told, told, wording};
use crate::usecases::UseCaseError;
use crate::usecases::look::Live;
use crate::usecases::why::{Explained, Question};

use super::answers;
use super::listing::{BY_TIME, Line, Listing, Reading};
use super::text::shorten;

/// This many groups are named in one line.
const GROUPS: usize = 20;

/// `/apono list`.
pub fn requests(found: &Paged<Request>) -> Listing {
    let lines = found.items.iter().map(|request| Line {
        head: request.number.into(),
        rest: phrase!(
            "{} – {}, {}",
            request.state.to_string(),
            access(request),
            request.duration
        ),
    });
    let key = |request: Option<&Request>| request.map_or(0, |request| request.number.0);
    let (above, below) = if found.items.is_empty() {
        (
            "You have made no requests yet. Use `/apono request` to request access.",
            None,
        )
    } else {
        (
            "Your latest requests:",
            Some("`/apono show AR-7` shows one with its history."),
        )
    };
    Listing {
        title: "Your requests",
        above: vec![above.to_owned()],
        lines: lines.collect(),
        below: below.into_iter().map(str::to_owned).collect(),
        newer: found.newer.then(|| Reading::List {
            page: Page::After(key(found.items.first())),
        }),
        older: found.older.then(|| Reading::List {
            page: Page::Before(key(found.items.last())),
        }),
        turns: BY_TIME,
    }
}

/// `/apono active`; `all` for those who see everybody's.
pub fn live(found: &Paged<Live>, all: bool) -> Listing {
    let lines = found.items.iter().map(|live| {
        let who = if all {
            format!("{} has ", wording::person(&live.grantee))
        } else {
            String::new()
        };
        let until = match live.request.state {
            State::Revoking(_) => "is being revoked".into(),
            State::Granted
            | State::Pending
            | State::Approved
            | State::Rejected(_)
            | State::Cancelled
            | State::Expired
            | State::Revoked(_)
            | State::Failed(_) => phrase!("until {}", live.grant.until),
        };
        Line {
            head: live.request.number.into(),
            rest: phrase!(
                "{}{} {}, as {}",
                who,
                access(&live.request),
                until,
                live.grant.granted.principal.as_str()
            ),
        }
    });
    let key = |live: Option<&Live>| live.map_or(0, |live| live.request.number.0);
    let above = match (found.items.is_empty(), all) {
        (true, true) => "Nobody has live access.",
        (true, false) => "You have no live access. Use `/apono request` to request some.",
        (false, true) => "Everybody's live access:",
        (false, false) => "Your live access:",
    };
    let below = (!found.items.is_empty()).then(|| "`/apono revoke AR-7` ends it early.".to_owned());
    Listing {
        title: "Live access",
        above: vec![above.to_owned()],
        lines: lines.collect(),
        below: below.into_iter().collect(),
        newer: found.newer.then(|| Reading::Active {
            page: Page::After(key(found.items.first())),
        }),
        older: found.older.then(|| Reading::Active {
            page: Page::Before(key(found.items.last())),
        }),
        turns: BY_TIME,
    }
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
    let lines = found.items.iter().map(|stored| Line {
        head: stored.event.at.into(),
        rest: history_line(told(&stored.event)),
    });
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

/// `/apono whoami`.
pub fn whoami(person: &Person, standpoint: &Standpoint<'_>) -> Listing {
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
    let listed = listed.iter().map(|group| Line {
        head: (*group).into(),
        rest: "you are in this group".into(),
    });
    let asks = standpoint.asks.iter().map(|flow| Line {
        head: flow.name.as_str().into(),
        rest: format!("you can request {}", terms(flow)).into(),
    });
    let answers = standpoint.answers.iter().map(|(flow, because)| Line {
        head: flow.name.as_str().into(),
        rest: format!("{}: {}", wording::why_you(because, &flow.name), what(flow)).into(),
    });
    let no_flow = standpoint.asks.is_empty() && standpoint.answers.is_empty();
    let lines: Vec<Line> = asks.chain(answers).chain(listed).collect();
    let below = no_flow.then(|| "No access flow includes you. An apono admin can add you to one.".to_owned());
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
        format!("; can be extended {times} by {}", spoken(rule.each))
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
        let outcome = Line {
            head: explained.integration.as_str().into(),
            rest: outcome(explained, other, facts).into(),
        };
        let tried = explained.tried.iter().enumerate().map(|(index, tried)| Line {
            head: format!("{}. {}", index + 1, tried.flow.name).into(),
            rest: against(tried, other.is_some()).into(),
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
            let sentence = answers::why_not(&UseCaseError::Refused(refusal.clone()));
            match other {
                Some(name) => format!("{name} would read: {sentence}"),
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
