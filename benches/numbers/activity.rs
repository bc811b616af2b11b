//! The lists of requests over a long history: each filter and each pair of filters, the first page and the thousandth, a tenth
//! of the history and all of it; the export; and the migration that indexes it all.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use apono::access::filter::{DecidedBy, Filter, Span, Status};
use apono::access::ids::PersonId;
use apono::access::reader::Reader;
use apono::access::time::Timestamp;
use apono::clock::{Clock, SystemClock};
use apono::store::{DatabaseTarget, Page, Store};
use apono::usecases::figures::figures;
use secrecy::{ExposeSecret, SecretString};

use crate::bot::configure_on;
use crate::history::{self, APART, APPROVERS, INTEGRATIONS, PEOPLE, RESOURCES};
use crate::machine;
use crate::samples::Samples;
use crate::scaled;
use crate::table::{self, Limit, Row};
use crate::target::{self, Target};

/// Requests in the whole history; `NUMBERS_HISTORY` is another number of them.
const ALL: u32 = 1_000_000;

/// Access that is live.
const LIVE: u32 = 500;

const ON_A_PAGE: u64 = 50;

/// Each pair of filters is asked this often, each time with other values.
const TIMES: u32 = 5;

pub(crate) fn measure() -> Vec<Row> {
    machine::runtime().block_on(async {
        let all = std::env::var("NUMBERS_HISTORY").map_or_else(|_| scaled(ALL), |all| all.parse().unwrap());
        let mut rows = Vec::new();
        let server = Target::start().await;
        for (name, server) in [("SQLite", None), ("PostgreSQL", server.as_ref())] {
            if name == "PostgreSQL" && server.is_none() {
                continue;
            }
            let tenth = measured(name, server, all / 10).await;
            table::print(&tenth.rows);
            let whole = measured(name, server, all).await;
            table::print(&whole.rows);
            let ratio = whole.pairs / tenth.pairs;
            rows.extend(tenth.rows);
            rows.extend(whole.rows);
            rows.push(row(
                format!("any pair of filters, p99, {name}, with {all} requests, of that with a tenth"),
                ratio,
                "times",
                Limit::AtMost(1.5),
            ));
        }
        rows
    })
}

struct Measured {
    rows: Vec<Row>,
    /// The p99 of pairs of filters, in milliseconds.
    pairs: f64,
}

fn row(figure: String, value: f64, unit: &'static str, limit: Limit) -> Row {
    Row {
        figure,
        runs: vec![value],
        unit,
        limit,
    }
}

async fn measured(name: &str, server: Option<&Target>, count: u32) -> Measured {
    let folder = machine::folder();
    let (url, target) = match server {
        None => {
            let path = folder.path().join("apono.db");
            (
                format!("sqlite://{}", path.display()),
                DatabaseTarget::Sqlite(path),
            )
        }
        Some(server) => {
            let url = target::database(server.server(), &format!("history_{count}")).await;
            let url = url.expose_secret().to_owned();
            (url.clone(), DatabaseTarget::Postgres(SecretString::from(url)))
        }
    };
    let store = Store::open(&target).await.unwrap();
    store.migrate(SystemClock.now()).await.unwrap();
    let began = history::began(count);
    history::fill(&store, &url, count, LIVE.min(count / 10), began).await;
    store.close().await.unwrap();
    eprintln!("{name}: {count} requests are made");

    let store = Store::open(&target).await.unwrap();
    let start = Instant::now();
    store.migrate(SystemClock.now()).await.unwrap();
    let migration = start.elapsed().as_secs_f64();
    eprintln!("{name}: migrated in {migration:.1} s");
    let of = format!("{name}, {count} requests");
    let mut rows = vec![row(format!("migration, {of}"), migration, "s", Limit::None)];

    // Once unmeasured: the machine has read what it needs.
    pairs(&store, count, began, 1).await;
    let (mut singles, mut pairs, worst) = pairs(&store, count, began, TIMES).await;
    let p99 = pairs.percentile(99);
    eprintln!("{name}: the slowest are {worst:?}");
    rows.extend([
        row(
            format!("any filter, p50, {of}"),
            singles.percentile(50),
            "ms",
            Limit::None,
        ),
        row(
            format!("any filter, p99, {of}"),
            singles.percentile(99),
            "ms",
            Limit::AtMost(100.0),
        ),
        row(
            format!("any pair of filters, p50, {of}"),
            pairs.percentile(50),
            "ms",
            Limit::None,
        ),
        row(
            format!("any pair of filters, p99, {of}"),
            p99,
            "ms",
            Limit::AtMost(100.0),
        ),
        row(
            format!("any pair of filters, slowest, {of}"),
            pairs.percentile(100),
            "ms",
            Limit::None,
        ),
    ]);
    for (what, filter) in [
        ("everything", Filter::default()),
        ("expired", of_status(&[Status::Expired])),
    ] {
        let ratio = deep(&store, &filter, count).await;
        rows.push(row(
            format!("page 1,000 of {what}, of its first page, {of}"),
            ratio,
            "times",
            Limit::AtMost(1.5),
        ));
    }
    for days in [30, 90] {
        rows.push(row(
            format!("the dashboard's figures of {days} days, {of}"),
            dashboard(&store, days).await,
            "ms",
            Limit::AtMost(300.0),
        ));
    }
    store.close().await.unwrap();
    for what in ["events", "requests"] {
        let (rate, memory) = exported(folder.path(), &url, what);
        rows.push(row(
            format!("export of {what} as CSV, {of}"),
            rate,
            "rows/s",
            Limit::AtLeast(100_000.0),
        ));
        rows.push(row(
            format!("most memory (RSS) of that, {of}"),
            memory,
            "MB",
            Limit::AtMost(100.0),
        ));
    }
    Measured { rows, pairs: p99 }
}

fn of_status(status: &[Status]) -> Filter {
    Filter {
        status: status.to_vec(),
        ..Filter::default()
    }
}

/// Each kind of filter, with values that differ with `time`.
fn filters(count: u32, began: i64, time: u32) -> Vec<(&'static str, Filter)> {
    let pick = |of: u32| time.wrapping_mul(7_919) % of;
    let person = |of: u32| Some(PersonId::new(format!("person-{}", pick(of) + 1)));
    let moment = |request: u32| Timestamp::from_micros(began + i64::from(request) * APART);
    // A week, somewhere in the middle.
    let start = pick(count);
    let week = Span {
        from: Some(moment(start)),
        to: Some(moment(start + 20_160)),
    };
    let (integration, resource) = (pick(INTEGRATIONS), pick(RESOURCES));
    let filter = Filter::default;
    let status = |all: &[Status]| of_status(&[all[pick(u32::try_from(all.len()).unwrap()) as usize]]);
    vec![
        (
            "person",
            Filter {
                person: person(PEOPLE),
                ..filter()
            },
        ),
        (
            "requester",
            Filter {
                requester: person(PEOPLE),
                ..filter()
            },
        ),
        (
            "grantee",
            Filter {
                grantee: person(PEOPLE),
                ..filter()
            },
        ),
        (
            "approver",
            Filter {
                approver: person(APPROVERS),
                ..filter()
            },
        ),
        (
            "integration",
            Filter {
                integration: Some(format!("integration-{integration}")),
                ..filter()
            },
        ),
        // Of another integration, mostly.
        (
            "resource",
            Filter {
                resource: Some(format!("resource-{}-{resource}", pick(INTEGRATIONS - 1))),
                ..filter()
            },
        ),
        (
            "permission",
            Filter {
                permission: Some("write".to_owned()),
                ..filter()
            },
        ),
        (
            "flow",
            Filter {
                flow: Some(format!("flow-{}", pick(INTEGRATIONS - 1))),
                ..filter()
            },
        ),
        ("status", status(&Status::ALL)),
        (
            "statuses",
            of_status(&[Status::Granted, Status::Revoking, Status::Failed]),
        ),
        (
            "decided by",
            Filter {
                decided_by: Some(DecidedBy::ALL[pick(5) as usize]),
                ..filter()
            },
        ),
        (
            "created",
            Filter {
                from: week.from,
                to: week.to,
                ..filter()
            },
        ),
        (
            "decided",
            Filter {
                decided: week,
                ..filter()
            },
        ),
        (
            "granted",
            Filter {
                granted: week,
                ..filter()
            },
        ),
        (
            "ended",
            Filter {
                ended: week,
                ..filter()
            },
        ),
        (
            "live at",
            Filter {
                live: Span::at(moment(start)),
                ..filter()
            },
        ),
        (
            "live now",
            Filter {
                live: Span {
                    from: Some(moment(count)),
                    to: None,
                },
                ..filter()
            },
        ),
        (
            "rare text",
            Filter {
                text: Some(format!("ticket {start}")),
                ..filter()
            },
        ),
        (
            "text",
            Filter {
                text: Some("incid".to_owned()),
                ..filter()
            },
        ),
        (
            "name",
            Filter {
                text: Some(format!("family{}", pick(100))),
                ..filter()
            },
        ),
    ]
}

fn both(one: &Filter, other: &Filter) -> Filter {
    let mut both = serde_json::to_value(one).unwrap();
    let other = serde_json::to_value(other).unwrap();
    both.as_object_mut()
        .unwrap()
        .extend(other.as_object().unwrap().clone());
    serde_json::from_value(both).unwrap()
}

type Slowest = Vec<(u128, String)>;

/// How long pages take: with each filter alone, with each pair, and the slowest few.
async fn pairs(store: &Store, count: u32, began: i64, times: u32) -> (Samples, Samples, Slowest) {
    let (mut singles, mut pairs, mut slowest) = (Samples::default(), Samples::default(), Vec::new());
    for time in 1..=times {
        let filters = filters(count, began, time);
        for (place, (name, one)) in filters.iter().enumerate() {
            singles.push(page(store, one, Page::First).await.0);
            for (other_name, other) in &filters[place + 1..] {
                let took = page(store, &both(one, other), Page::First).await.0;
                slowest.push((took.as_millis(), format!("{name} and {other_name}")));
                pairs.push(took);
            }
        }
    }
    slowest.sort();
    slowest.reverse();
    slowest.truncate(8);
    (singles, pairs, slowest)
}

/// One page: how long it took, and the number of its last request.
async fn page(store: &Store, filter: &Filter, page: Page) -> (Duration, Option<i64>) {
    let start = Instant::now();
    let found = store
        .requests_like(&Reader::operator(), filter, page, ON_A_PAGE)
        .await
        .unwrap();
    (
        start.elapsed(),
        found.items.last().map(|found| found.request.number.0),
    )
}

/// How much longer the thousandth page takes than the first one.
async fn deep(store: &Store, filter: &Filter, count: u32) -> f64 {
    let pages = 999.min(u64::from(count) / ON_A_PAGE / 2);
    let mut last = page(store, filter, Page::First).await.1.unwrap();
    for _ in 1..pages {
        last = page(store, filter, Page::Before(last)).await.1.unwrap();
    }
    let (mut first, mut deep) = (Samples::default(), Samples::default());
    for _ in 0..200 {
        first.push(page(store, filter, Page::First).await.0);
        deep.push(page(store, filter, Page::Before(last)).await.0);
    }
    deep.percentile(50) / first.percentile(50)
}

/// The median of the dashboard's figures, in milliseconds.
async fn dashboard(store: &Store, days: u16) -> f64 {
    let mut samples = Samples::default();
    for _ in 0..11 {
        let start = Instant::now();
        figures(store, &Reader::operator(), days, SystemClock.now())
            .await
            .unwrap();
        samples.push(start.elapsed());
    }
    samples.percentile(50)
}

/// What the release binary exports: rows per second, and its peak memory in MB of 10^6 bytes.
fn exported(folder: &Path, url: &str, what: &str) -> (f64, f64) {
    let config = configure_on(folder, "http://127.0.0.1:1/", url, "");
    let output = folder.join(format!("{what}.csv"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_apono"));
    command
        .args(["audit", "export", "--format", "csv", "--config"])
        .arg(&config);
    command.arg("--output").arg(&output);
    if what == "requests" {
        command.arg("--requests");
    }
    let (took, memory) = machine::ran(&mut command);
    let lines = BufReader::new(File::open(&output).unwrap()).split(b'\n').count();
    fs::remove_file(&output).unwrap();
    (f64::from(u32::try_from(lines).unwrap()) / took, memory)
}
