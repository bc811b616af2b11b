//! From an approver's click to access on a real PostgreSQL: until "granted" is committed, after the target confirmed, and
//! until the person sees it. The bot runs in this process, because with Slack's own limits (one message per second and
//! channel) hundreds of requests would take an hour; otherwise it is the same as the release binary.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use apono::access::ids::RequestNumber;
use apono::access::request::Request;
use apono::app::{App, Options};
use apono::clock::SystemClock;
use apono::config::Config;
use apono::slack::socket::SocketSettings;
use apono::slack::web::Pacing;
use apono::store::ReadEvents;
use apono::throwaway_postgres::ThrowawayPostgres;
use apono::workers::capacity::Capacities;
use secrecy::ExposeSecret;
use slack_simulator::{Simulator, World};
use tokio::time::sleep;

use crate::RUNS;
use crate::machine;
use crate::samples::Samples;
use crate::table::{Limit, Row};
use crate::target::database as database_on;

const IN_A_RUN: i64 = 40;

/// Longest wait for anything that is expected.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn measure() -> Vec<Row> {
    let server = match ThrowawayPostgres::start() {
        Ok(server) => server,
        Err(error) => {
            eprintln!("grants are NOT measured: {error}");
            return Vec::new();
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut rows = Vec::new();
    for (name, database) in [("SQLite", None), ("PostgreSQL", Some("bot"))] {
        rows.extend(runtime.block_on(measured(&server, name, database)));
    }
    rows
}

/// `database` is the bot's own, on the same server; `None` for SQLite.
async fn measured(server: &ThrowawayPostgres, name: &str, database: Option<&str>) -> Vec<Row> {
    let folder = machine::folder();
    let target_name = format!("orders_{}", name.to_lowercase());
    let target = server.create_target(&target_name).await.unwrap();
    let url = match database {
        None => "sqlite://apono.db".to_owned(),
        Some(name) => database_on(server, name).await.expose_secret().to_owned(),
    };
    let simulator = Simulator::start(World::example()).await.unwrap();
    simulator.set_patience(PATIENCE);
    let app = start(folder.path(), &simulator, &url, target.admin_url.expose_secret()).await;
    until(|| {
        let known = app.core().catalogue.of("orders-db");
        simulator.open_sockets() == 2 && known.all().next().is_some()
    })
    .await;

    let [mut committed, mut read] = [Vec::new(), Vec::new()];
    let mut number = 0;
    for run in 0..=RUNS {
        let [mut commits, mut reads] = [Samples::default(), Samples::default()];
        for _ in 0..IN_A_RUN {
            number += 1;
            let one = approve(&app, &simulator, &target_name, RequestNumber(number)).await;
            commits.push(one.committed);
            reads.push(one.read);
        }
        // The first one warms up.
        if run > 0 {
            committed.push(commits.percentile(50));
            read.push(reads.percentile(50));
        }
    }
    app.stop().await.unwrap();
    simulator.stop().await;
    vec![
        Row {
            figure: format!("Approve to granted, target PostgreSQL, store {name}: committed, p50"),
            runs: committed,
            unit: "ms",
            limit: Limit::None,
        },
        Row {
            figure: format!("Approve to granted, target PostgreSQL, store {name}: told, p50"),
            runs: read,
            unit: "ms",
            limit: Limit::AtMost(if database.is_some() { 100.0 } else { 150.0 }),
        },
    ]
}

struct Approved {
    committed: Duration,
    read: Duration,
}

/// Dana requests access, Omar approves, Dana is told, and gives it back.
async fn approve(app: &App, simulator: &Simulator, target: &str, number: RequestNumber) -> Approved {
    let [dana, omar] = ["dana", "omar"].map(|name| simulator.person(name));
    dana.command("/apono", "request").await.unwrap();
    dana.choose("Integration", &["orders-db"]).await.unwrap();
    dana.choose("Resource type", &["Database"]).await.unwrap();
    dana.choose("Resources", &[target]).await.unwrap();
    dana.choose("Permissions", &["read"]).await.unwrap();
    dana.fill("Duration", "1h").await.unwrap();
    dana.fill("Justification", "a measurement").await.unwrap();
    dana.submit().await.unwrap();
    let card = format!("{number} · Pending");
    omar.wait_for("@bot", &card).await.unwrap();

    let began = Instant::now();
    omar.click(&card, "Approve").await.unwrap();
    dana.wait_for("@bot", &format!("{number}: you have read"))
        .await
        .unwrap();
    let read = began.elapsed();

    let envelopes = simulator.envelopes();
    let mut clicks = envelopes
        .iter()
        .filter(|envelope| envelope.payload["type"] == "block_actions");
    let sent_at = clicks.next_back().unwrap().sent_at;
    let request = request(app, number).await;
    let events = app.core().store.events_of(&request.id).await.unwrap();
    let granted = events
        .iter()
        .find(|stored| stored.event.what.name() == "granted")
        .unwrap();
    let granted_at = u64::try_from(granted.event.at.micros()).unwrap();

    dana.command("/apono", &format!("revoke {number}")).await.unwrap();
    let began = Instant::now();
    while !self::request(app, number).await.state.is_final() {
        assert!(began.elapsed() < PATIENCE, "{number} is not given back");
        sleep(Duration::from_millis(10)).await;
    }
    Approved {
        committed: Duration::from_micros(granted_at - sent_at),
        read,
    }
}

async fn request(app: &App, number: RequestNumber) -> Request {
    app.core().store.request_by_number(number).await.unwrap().unwrap()
}

async fn until(seen: impl Fn() -> bool) {
    let began = Instant::now();
    while !seen() {
        assert!(began.elapsed() < PATIENCE, "the bot does not come up");
        sleep(Duration::from_millis(10)).await;
    }
}

async fn start(folder: &Path, simulator: &Simulator, database: &str, target: &str) -> App {
    let files = [
        ("app_token", simulator.app_token()),
        ("bot_token", simulator.bot_token()),
        ("target", target.to_owned()),
        (
            "config.toml",
            CONFIG
                .replace("{api_url}", &simulator.api_url())
                .replace("{database}", database),
        ),
    ];
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    let options = Options {
        clock: Arc::new(SystemClock),
        pacing: Pacing::Off,
        sockets: SocketSettings::default(),
        proxy: None,
        capacities: Capacities::default(),
    };
    App::start(Config::load(&folder.join("config.toml")).unwrap(), options)
        .await
        .unwrap()
}

const CONFIG: &str = r#"
version = 1
[slack]
app_token = { file = "app_token" }
bot_token = { file = "bot_token" }
audit_channel = "permissions-audit"
api_url = "{api_url}"
[database]
url = "{database}"
[roles]
admins = ["ada@example.com"]
[limits]
acts_per_minute = 1000000
requests_per_hour = 1000000
[groups]
sre = ["omar@example.com", "priya@example.com"]
[[integrations]]
name = "orders-db"
kind = "postgres"
url = { file = "target" }
permissions = { read = "{resource}_read" }
[[flows]]
name = "Developers read"
requesters = ["dana@example.com"]
integration = "orders-db"
max_duration = "8h"
approvers = ["group:sre"]
"#;
