//! Reports: a PDF of 10,000 requests, and what 1,000 schedules cost between their times.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use apono::access::ids::PersonId;
use apono::access::schedule;
use apono::audit::exported::Format;
use apono::clock::{Clock, SystemClock};
use apono::slack::web::Pacing;
use apono::store::{DatabaseTarget, JobKind, JobSpec, SavedReport, Schedule, Store};
use apono::usecases::export::Column;
use apono::usecases::reports::DEFAULT_COLUMNS;
use apono::workers::capacity::Capacities;
use tokio::time::sleep;

use crate::bot::configure_on;
use crate::slack::Slack;
use crate::table::{Limit, Row};
use crate::{RUNS, history, inside, machine, scaled};

const ROWS: u32 = 10_000;
const SCHEDULES: u32 = 1_000;

/// Wait until the work at startup is done.
const SETTLES: Duration = Duration::from_secs(30);
const RUN: Duration = Duration::from_mins(1);

pub(crate) fn measure() -> Vec<Row> {
    inside::runtime().block_on(async {
        let mut rows = on_paper().await;
        rows.extend(between_their_times().await);
        rows
    })
}

async fn on_paper() -> Vec<Row> {
    let folder = machine::folder();
    let count = scaled(ROWS);
    let (store, url) = filled(folder.path(), count).await;
    let mut rows = Vec::new();
    for columns in [&DEFAULT_COLUMNS[..], &Column::ALL[..]] {
        let id = format!("report-{}", columns.len());
        save(&store, &id, columns, None).await;
    }
    store.close().await.unwrap();
    let config = configure_on(folder.path(), "http://127.0.0.1:1/", &url, "");
    for columns in [DEFAULT_COLUMNS.len(), Column::ALL.len()] {
        let [mut took, mut memory] = [const { Vec::new() }; 2];
        for run in 0..RUNS {
            let mut command = Command::new(env!("CARGO_BIN_EXE_apono"));
            let output = folder.path().join(format!("{columns}-{run}.pdf"));
            command
                .args(["report", "run", &format!("report-{columns}"), "--output"])
                .arg(&output);
            command.arg("--config").arg(&config);
            let ran = machine::ran(&mut command);
            took.push(ran.0);
            memory.push(ran.1);
        }
        let row = |figure: String, runs, unit, limit| Row {
            figure,
            runs,
            unit,
            limit,
        };
        rows.push(row(
            format!("PDF of {count} requests, {columns} columns"),
            took,
            "s",
            Limit::AtMost(5.0),
        ));
        rows.push(row(
            "most memory (RSS) of that".to_owned(),
            memory,
            "MB",
            Limit::AtMost(200.0),
        ));
    }
    rows
}

async fn between_their_times() -> Vec<Row> {
    let mut rows = Vec::new();
    for schedules in [0, scaled(SCHEDULES)] {
        let folder = machine::folder();
        let (store, url) = filled(folder.path(), 100).await;
        for number in 0..schedules {
            save(
                &store,
                &format!("report-{number}"),
                &DEFAULT_COLUMNS,
                Some(number),
            )
            .await;
        }
        store.close().await.unwrap();
        let mut slack = Slack::start().await;
        let config = configure_on(folder.path(), &slack.api_url(), &url, "");
        slack.attend();
        let app = inside::start(&config, Pacing::Slack, Capacities::default()).await;
        sleep(SETTLES).await;
        let mut statements = Vec::new();
        for _ in 0..RUNS {
            app.core().store.watch_costs();
            sleep(RUN).await;
            let costs = app.core().store.costs();
            let all: u64 = costs.values().map(|cost| cost.statements).sum();
            statements.push(f64::from(u32::try_from(all).unwrap()) / RUN.as_secs_f64());
        }
        app.stop().await.unwrap();
        rows.push(Row {
            figure: format!("statements in a second, idle, {schedules} scheduled reports, SQLite"),
            runs: statements,
            unit: "times",
            limit: Limit::None,
        });
    }
    rows
}

/// A database with so many requests, and its address.
async fn filled(folder: &Path, count: u32) -> (Store, String) {
    let path = folder.join("apono.db");
    let url = format!("sqlite://{}", path.display());
    let target = DatabaseTarget::Sqlite(path);
    let store = Store::open(&target).await.unwrap();
    store.migrate(SystemClock.now()).await.unwrap();
    history::fill(&store, &url, count, 0, history::began(count)).await;
    store.close().await.unwrap();
    let store = Store::open(&target).await.unwrap();
    store.migrate(SystemClock.now()).await.unwrap();
    (store, url)
}

/// Saves a report as PDF; one with a number is due once a year.
async fn save(store: &Store, id: &str, columns: &[Column], number: Option<u32>) {
    let now = SystemClock.now();
    let schedule = number.map(|number| Schedule {
        cron: format!("{} {} 1 1 *", number % 60, number / 60 % 24),
        zone: "Europe/Berlin".to_owned(),
        recipient: "U1".to_owned(),
    });
    let next = schedule.as_ref().and_then(|wanted| {
        let schedule = schedule::Schedule::parse(&wanted.cron, &wanted.zone).unwrap();
        schedule.next(now)
    });
    let mut tx = store.write().await.unwrap();
    tx.insert_report(&SavedReport {
        id: id.to_owned(),
        name: id.to_owned(),
        owner: PersonId::new("person-1"),
        is_shared: true,
        query: String::new(),
        meant: String::new(),
        format: Format::Pdf,
        columns: columns.iter().map(|column| column.name().to_owned()).collect(),
        schedule,
        is_paused: false,
        due_at: next,
        version: 1,
        changed_at: now,
    })
    .await
    .unwrap();
    if let Some(next) = next {
        tx.schedule(&JobSpec::at(JobKind::Report, id, next))
            .await
            .unwrap();
    }
    tx.seal(Vec::new()).await.unwrap();
}
