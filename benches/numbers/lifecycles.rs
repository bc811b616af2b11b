//! Whole requests per second, and their cost: the form arrives, the approver clicks on the card, access is granted, the
//! requester is told, gives it back with a command, and is told that it is gone. Everything goes through the front door, over
//! both sockets, and Slack gets all messages (cards, notices, the audit channel); but Slack's own limits are left out, so the
//! bot runs in this process without pacing. The target is an SSH certificate authority, which needs no call to grant or end.
//! Every lane has 8 workers. The bot has its own runtime, so its processor time can be separated from that of the simulated
//! people.

use std::path::Path;
use std::time::{Duration, Instant};

use apono::app::App;
use apono::clock::{Clock, SystemClock};
use apono::integrations::Integration;
use apono::slack::web::Pacing;
use apono::store::{Cost, DatabaseTarget, Store};
use apono::workers::capacity::{Capacities, Capacity};
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::Handle;
use tokio::time::sleep;

use crate::RUNS;
use crate::bot::configure_on;
use crate::copies::{self, TEMPLATE};
use crate::crowd::{Crowd, PEOPLE, user};
use crate::inside;
use crate::live::{bastion, ssh};
use crate::machine;
use crate::processor;
use crate::scaled;
use crate::seed;
use crate::slack::Slack;
use crate::table::{Limit, Row};
use crate::target::{self, Target};

/// Requests that ended earlier, with all their events.
const OLD: u32 = 1_000_000;

const WARM_UP: Duration = Duration::from_secs(10);

const RUN: Duration = Duration::from_mins(1);

/// Requested, approved, granted, revoking, ended: the events of one request in the trail.
const EVENTS: f64 = 5.0;

/// Nothing that is expected takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

const WORKERS: Capacity = Capacity {
    at_once: 8,
    of_one: 8,
};

/// For each run, per request.
#[derive(Default)]
struct Runs {
    rates: Vec<f64>,
    commits: Vec<f64>,
    statements: Vec<f64>,
    /// Milliseconds of the bot.
    busy: Vec<f64>,
    /// Messages in the audit channel per event.
    posts: Vec<f64>,
    /// The share of events that share a message.
    digested: Vec<f64>,
}

pub(crate) fn measure() -> Vec<Row> {
    let (people, bot) = (machine::runtime(), inside::runtime());
    let bot = bot.handle();
    people.block_on(async {
        let machine = machine::sqlite_commits().await;
        let mut rows = measured("SQLite", None, 60.0, bot, &machine).await;
        if let Some(server) = Target::start().await {
            let machine = machine::postgres_commits(server.server(), 8).await;
            rows.extend(measured("PostgreSQL", Some(&server), 50.0, bot, &machine).await);
        }
        rows
    })
}

/// With an empty database, and with all the ended requests; `least` is the required number per second.
async fn measured(
    name: &str,
    server: Option<&Target>,
    least: f64,
    bot: &Handle,
    machine: &[f64],
) -> Vec<Row> {
    let old = scaled(OLD);
    let fresh = runs(server, 0, bot).await;
    eprintln!("{name}: {:.1?} requests/s", fresh.rates);
    let full = runs(server, old, bot).await;
    eprintln!("{name} with {old} old ones: {:.1?} requests/s", full.rates);
    let of_fresh = full
        .rates
        .iter()
        .map(|rate| rate / middle(&fresh.rates))
        .collect();
    let row = |figure: &str, runs, unit, limit| Row {
        figure: figure.replace("{name}", name),
        runs,
        unit,
        limit,
    };
    vec![
        row(
            "one-row commits, {name}",
            machine.to_vec(),
            "commits/s",
            Limit::None,
        ),
        row(
            "whole requests, own database {name}",
            fresh.rates,
            "requests/s",
            Limit::AtLeast(least),
        ),
        row(
            "commits for one of them under load, {name}",
            fresh.commits,
            "commits",
            Limit::AtMost(12.0),
        ),
        row(
            "statements for one of them, {name}",
            fresh.statements,
            "statements",
            Limit::None,
        ),
        row(
            "processor time of the bot for one of them, {name}",
            fresh.busy,
            "ms",
            Limit::None,
        ),
        row("posts for one event, {name}", fresh.posts, "posts", Limit::None),
        row(
            "events that share a post, of all, {name}",
            fresh.digested,
            "times",
            Limit::None,
        ),
        row(
            &format!("whole requests, {{name}}, with {old} old ones"),
            full.rates,
            "requests/s",
            Limit::None,
        ),
        row(
            "the same, of those with none",
            of_fresh,
            "times",
            Limit::AtLeast(0.95),
        ),
    ]
}

fn middle(runs: &[f64]) -> f64 {
    let mut runs = runs.to_vec();
    runs.sort_by(f64::total_cmp);
    runs[runs.len() / 2]
}

/// The results of each run, on a new database with `old` ended requests.
async fn runs(server: Option<&Target>, old: u32, bot: &Handle) -> Runs {
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
            let url = target::database(server.server(), &format!("bot_{old}")).await;
            (
                url.expose_secret().to_owned(),
                DatabaseTarget::Postgres(SecretString::from(url.expose_secret())),
            )
        }
    };
    if old > 0 {
        fill(folder.path(), &url, &target, old).await;
    }
    let slack = Slack::start().await;
    let config = configure_on(folder.path(), &slack.api_url(), &url, &settings());
    let capacities = Capacities {
        provision: WORKERS,
        revoke: WORKERS,
        clean_up: WORKERS,
        timer: WORKERS,
        deliver: WORKERS,
        report: WORKERS,
    };
    let app = bot.spawn(async move { inside::start(&config, Pacing::Off, capacities).await });
    let app = app.await.unwrap();
    let mut crowd = Crowd::start(slack, resource(&app).await).await;
    crowd.go_on(WARM_UP).await;
    let mut runs = Runs::default();
    let store = app.core().store.clone();
    for _ in 0..RUNS {
        store.watch_costs();
        let (seen, busy) = (crowd.seen, processor::of_others());
        let (events, began) = (events(bot, &store).await, Instant::now());
        crowd.go_on(RUN).await;
        let lasted = began.elapsed().as_secs_f64();
        let made = self::events(bot, &store).await - events;
        let costs = store.costs();
        let requests = made / EVENTS;
        let each = |total: f64| total / requests;
        runs.rates.push(requests / lasted);
        runs.commits.push(each(sum(&costs, |cost| cost.commits)));
        runs.statements.push(each(sum(&costs, |cost| cost.statements)));
        let busy = processor::of_others().saturating_sub(busy);
        runs.busy.push(each(busy.as_secs_f64() * 1e3));
        runs.posts.push(count(crowd.seen.posts - seen.posts) / made);
        runs.digested
            .push(count(crowd.seen.digested - seen.digested) / made);
        let told = count(crowd.seen.ended - seen.ended) / requests;
        let calls = each(count(crowd.seen.calls - seen.calls));
        eprintln!(
            "{:.1}/s; told that they ended: {told:.2} of them; {calls:.1} calls for each",
            requests / lasted
        );
        for (place, cost) in &costs {
            let (commits, statements) = (each(count(cost.commits)), each(count(cost.statements)));
            eprintln!("  {commits:5.2} commits {statements:6.2} statements  {place}");
        }
    }
    drop(crowd);
    // Work in progress is not waited for.
    let _ = bot.spawn(app.stop()).await;
    runs
}

/// The length of the trail.
async fn events(bot: &Handle, store: &Store) -> f64 {
    let store = store.clone();
    let head = bot.spawn(async move { store.head().await }).await;
    count(head.unwrap().unwrap().seq)
}

fn count(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap())
}

fn sum(costs: &apono::store::Costs, of: impl Fn(&Cost) -> u64) -> f64 {
    count(costs.values().map(of).sum())
}

async fn fill(folder: &Path, url: &str, target: &DatabaseTarget, old: u32) {
    let store = Store::open(target).await.unwrap();
    store.migrate(SystemClock.now()).await.unwrap();
    let install = store.install().await.unwrap();
    let people = seed::people(&store).await;
    for number in 0..PEOPLE {
        seed::person(&store, &user(number)).await;
    }
    let granted = ssh(folder)
        .prepare(&target::order(&install, TEMPLATE, &bastion()))
        .unwrap();
    let now = SystemClock.now();
    seed::put(&store, &people, &bastion(), &[(TEMPLATE, granted, now)]).await;
    copies::make(url, old - 1, copies::Are::Over).await;
    copies::trail(url, &install, old).await;
    store.close().await.unwrap();
}

fn settings() -> String {
    let people: Vec<String> = (0..PEOPLE).map(|number| format!("{:?}", user(number))).collect();
    format!(
        r#"
[[integrations]]
name = "bastion"
kind = "ssh"
ca_key = {{ made = "bastion_ca" }}
resources = ["bastion.example.com"]
permissions = {{ login = "deploy" }}

[[flows]]
name = "Operators"
requesters = [{}]
integration = "bastion"
max_duration = "8h"
approvers = ["U0OMAR"]
"#,
        people.join(", ")
    )
}

/// The resource's value in a form, once the bot has discovered it.
async fn resource(app: &App) -> String {
    let began = Instant::now();
    loop {
        let known = app.core().catalogue.of("bastion");
        if let Some(entry) = known.all().next() {
            return entry.value.clone();
        }
        assert!(began.elapsed() < PATIENCE, "nothing is discovered");
        sleep(Duration::from_millis(20)).await;
    }
}
