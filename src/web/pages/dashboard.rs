//! The dashboard: what happened in the last days, in figures.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{Frame, page};
use crate::audit::read;
use crate::telling::usage;
use crate::usecases::figures::{Figures, Hint, Lasting, Spread, figures};
use crate::web::Portal;
use crate::web::chart::{self, Bars};
use crate::web::fault::Fault;
use crate::web::sent::Query;
use crate::web::shown::{self, Shown};
use crate::web::who::Who;

/// How many days can be looked at; the second unless the reader chooses.
const SPANS: [u16; 3] = [7, 30, 90];

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Dashboard<'a> {
    frame: Frame<'a>,
    days: u16,
    spans: [(u16, bool); 3],
    reads_all: bool,
    /// Nothing was requested or granted.
    is_empty: bool,
    figures: &'a Figures,
    chart: Shown,
    table: Vec<(String, u64, u64)>,
    spreads: Vec<SpreadRow>,
    rejected: String,
    lapsed: String,
    lasting: Vec<Counted>,
    resources: Vec<Counted>,
    deciders: Vec<Decided>,
    hints: Vec<Shown>,
    uses: Vec<UsedRow>,
    unused: Vec<UnusedRow>,
}

/// How long something takes.
struct SpreadRow {
    what: &'static str,
    of: usize,
    median: String,
    p90: String,
    longest: String,
}

/// A name with a number and its bar.
struct Counted {
    name: Shown,
    under: Option<Shown>,
    count: u64,
    bar: Shown,
}

/// How much of the access that is over was used how.
struct UsedRow {
    word: &'static str,
    /// Those requests, in Activity.
    list: String,
    count: u64,
    share: String,
    bar: Shown,
}

/// A resource whose access was not used.
struct UnusedRow {
    name: Shown,
    under: Shown,
    ended: u64,
    never: u64,
    not_seen: u64,
}

struct Decided {
    name: Shown,
    email: Option<Shown>,
    answers: usize,
    bar: Shown,
    median: String,
    p90: String,
}

/// `GET /dashboard`.
pub(in crate::web) async fn dashboard(
    State(portal): State<Arc<Portal>>,
    Query(query): Query,
    who: Who,
) -> Result<Response, Fault> {
    let wanted = query.one("days").parse().ok();
    let days = wanted.filter(|days| SPANS.contains(days)).unwrap_or(SPANS[1]);
    let reader = who.reader(&portal, read::Page::Dashboard, None).await?;
    let key = (reader.limited_to().cloned(), days);
    let made = async {
        figures(&portal.core.store, &reader, days, portal.core.now())
            .await
            .map(Arc::new)
    };
    let figures = portal.figures.or_new(key, made).await?;
    let bars: Vec<Bars> = figures
        .days
        .iter()
        .map(|day| Bars {
            label: day.begins.to_day(),
            first: day.requests,
            second: day.granted,
        })
        .collect();
    let name = format!("Requests and grants on each of the last {days} days");
    page(&Dashboard {
        frame: Frame::of(&portal, &who, "Dashboard", "/dashboard"),
        days,
        spans: SPANS.map(|span| (span, span == days)),
        reads_all: who.reads_all(),
        is_empty: figures.days.iter().all(|day| day.requests + day.granted == 0),
        chart: chart::days(&name, &bars),
        table: bars
            .into_iter()
            .rev()
            .map(|day| (day.label, day.first, day.second))
            .collect(),
        spreads: spreads(&figures),
        rejected: share(figures.rejected, figures.requests),
        lapsed: share(figures.lapsed, figures.requests),
        lasting: lasting(&figures.lasting),
        resources: resources(&figures),
        deciders: deciders(&figures),
        hints: figures.hints.iter().map(hint).collect(),
        uses: uses(&figures),
        unused: unused(&figures),
        figures: &figures,
    })
}

fn spreads(figures: &Figures) -> Vec<SpreadRow> {
    let all = [
        ("From the request to its decision by people", figures.to_decide),
        ("From the decision to the access", figures.to_grant),
        ("How late expired access ended", figures.late),
    ];
    let row = |(what, spread): (&'static str, Option<Spread>)| {
        let spread = spread?;
        Some(SpreadRow {
            what,
            of: spread.of,
            median: took(spread.median),
            p90: took(spread.p90),
            longest: took(spread.longest),
        })
    };
    all.into_iter().filter_map(row).collect()
}

fn lasting(lasting: &[Lasting]) -> Vec<Counted> {
    let most = lasting.iter().map(|one| one.granted).max().unwrap_or(0);
    let mut longest = Duration::ZERO;
    let named = lasting.iter().map(|one| {
        let name = match one.up_to {
            Some(up_to) => format!("up to {}", shown::span(up_to)),
            None => format!("more than {}", shown::span(longest)),
        };
        longest = one.up_to.unwrap_or(longest);
        Counted {
            name: shown::text(&name),
            under: None,
            count: one.granted,
            bar: chart::bar(one.granted, most),
        }
    });
    named.collect()
}

fn resources(figures: &Figures) -> Vec<Counted> {
    let most = figures.asked_most.first().map_or(0, |first| first.times);
    let asked = figures.asked_most.iter().map(|asked| Counted {
        name: shown::text(&asked.resource),
        under: Some(shown::text(&asked.integration)),
        count: asked.times,
        bar: chart::bar(asked.times, most),
    });
    asked.collect()
}

/// None if nothing is known about any use.
fn uses(figures: &Figures) -> Vec<UsedRow> {
    let of: u64 = figures.uses.iter().map(|(_, count)| count).sum();
    let since = figures
        .days
        .first()
        .map_or_else(String::new, |day| day.begins.to_rfc3339());
    let rows = figures.uses.iter().map(|(used, count)| UsedRow {
        word: usage::word(*used),
        list: format!(
            "/activity?used={}&status=expired,revoked&created={since}..",
            used.name()
        ),
        count: *count,
        share: share(*count, of),
        bar: chart::bar(*count, of),
    });
    if of == 0 { Vec::new() } else { rows.collect() }
}

fn unused(figures: &Figures) -> Vec<UnusedRow> {
    let rows = figures.unused_most.iter().map(|unused| UnusedRow {
        name: shown::text(&unused.resource),
        under: shown::text(&unused.integration),
        ended: unused.ended,
        never: unused.never,
        not_seen: unused.not_seen,
    });
    rows.collect()
}

fn deciders(figures: &Figures) -> Vec<Decided> {
    let most = figures.deciders.first().map_or(0, |first| first.answers.of);
    let deciders = figures.deciders.iter().map(|decider| Decided {
        name: shown::text(&decider.person.name),
        email: decider.person.email.as_deref().map(shown::text),
        answers: decider.answers.of,
        bar: chart::bar(decider.answers.of as u64, most as u64),
        median: took(decider.answers.median),
        p90: took(decider.answers.p90),
    });
    deciders.collect()
}

/// `98 % of 412 on orders-db were over within 2 h; the longest request was for 8 h.`
fn hint(hint: &Hint) -> Shown {
    let Hint {
        integration,
        ended,
        percent,
        within,
        longest,
    } = hint;
    shown::text(&format!(
        "On {integration}, {percent} % of {ended} were over within {}; the longest request was for {}. A shorter max_duration may do.",
        shown::span(*within),
        shown::span(*longest)
    ))
}

/// `7 %`, or a dash of nothing.
fn share(part: u64, of: u64) -> String {
    match (part * 100).checked_div(of) {
        None => "–".to_owned(),
        Some(0) if part > 0 => "under 1 %".to_owned(),
        Some(percent) => format!("{percent} %"),
    }
}

/// A duration as exactly as its size asks for.
fn took(span: Duration) -> String {
    let seconds = match span.as_secs() {
        0 => return "under 1 s".to_owned(),
        seconds @ ..600 => seconds,
        seconds @ ..86_400 => seconds / 60 * 60,
        seconds => seconds / 3600 * 3600,
    };
    shown::span(Duration::from_secs(seconds))
}
