//! Whole requests in a second: the form arrives, the approver clicks on the card, the access is granted, the requester is
//! told, gives it back by command, and is told that it is gone. Everything goes through the front door, over both sockets,
//! and what Slack is told of it (cards, notices, the audit channel) is told; but Slack's own limits are not counted against
//! it, so the bot runs in this process without a pace of its own. The target is an SSH certificate authority, which is not
//! asked anything to grant or end. Every lane has 8 workers.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use apono::app::App;
use apono::clock::{Clock, SystemClock};
use apono::integrations::Integration;
use apono::slack::web::Pacing;
use apono::store::{DatabaseTarget, Store};
use apono::workers::capacity::{Capacities, Capacity};
use futures_util::{SinkExt, StreamExt};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::RUNS;
use crate::bot::configure_on;
use crate::copies::{self, TEMPLATE};
use crate::inside;
use crate::live::{bastion, ssh};
use crate::machine;
use crate::scaled;
use crate::seed;
use crate::slack::{Call, Slack, Socket, frame};
use crate::table::{Limit, Row};
use crate::target::{self, Target};

/// Requests that had ended before.
const OLD: u32 = 1_000_000;

/// People who go from one request to the next, each with one at a time.
const PEOPLE: usize = 48;

const WARM_UP: Duration = Duration::from_secs(4);

const RUN: Duration = Duration::from_secs(20);

/// Nothing that is expected takes longer.
const PATIENCE: Duration = Duration::from_secs(30);

const WORKERS: Capacity = Capacity {
    at_once: 8,
    of_one: 8,
};

pub(crate) fn measure() -> Vec<Row> {
    inside::runtime().block_on(async {
        let machine = machine::sqlite_commits().await;
        let sqlite = measured("SQLite", None, 0.2, &machine).await;
        let mut rows = sqlite;
        if let Some(server) = Target::start().await {
            let machine = machine::postgres_commits(server.server(), 8).await;
            rows.extend(measured("PostgreSQL", Some(&server), 0.1, &machine).await);
        }
        rows
    })
}

/// With nothing before, and with all that ended before; `share` is the least part of the machine's commits.
async fn measured(name: &str, server: Option<&Target>, share: f64, machine: &[f64]) -> Vec<Row> {
    let old = scaled(OLD);
    let fresh = rates(server, 0).await;
    eprintln!("{name}: {fresh:.1?} requests/s");
    let full = rates(server, old).await;
    eprintln!("{name} with {old} old ones: {full:.1?} requests/s");
    let commits = middle(machine);
    let of_commits = fresh.iter().map(|rate| rate / commits).collect();
    let of_fresh = full.iter().map(|rate| rate / middle(&fresh)).collect();
    let row = |figure: String, runs, unit, limit| Row {
        figure,
        runs,
        unit,
        limit,
    };
    vec![
        row(
            format!("whole requests, own database {name}"),
            fresh,
            "requests/s",
            Limit::None,
        ),
        row(
            format!("one-row commits beside it, {name}"),
            machine.to_vec(),
            "commits/s",
            Limit::None,
        ),
        row(
            format!("whole requests, {name}, of one-row commits"),
            of_commits,
            "times",
            Limit::AtLeast(share),
        ),
        row(
            format!("whole requests, {name}, with {old} old ones"),
            full,
            "requests/s",
            Limit::None,
        ),
        row(
            "the same, of those with none".to_owned(),
            of_fresh,
            "times",
            Limit::AtLeast(0.9),
        ),
    ]
}

fn middle(runs: &[f64]) -> f64 {
    let mut runs = runs.to_vec();
    runs.sort_by(f64::total_cmp);
    runs[runs.len() / 2]
}

/// Requests in a second, of each run, on a new database that holds `old` ended ones.
async fn rates(server: Option<&Target>, old: u32) -> Vec<f64> {
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
    let mut slack = Slack::start().await;
    let config = configure_on(folder.path(), &slack.api_url(), &url, &settings());
    let capacities = Capacities {
        provision: WORKERS,
        revoke: WORKERS,
        clean_up: WORKERS,
        timer: WORKERS,
        deliver: WORKERS,
    };
    let app = inside::start(&config, Pacing::Off, capacities).await;
    let mut sockets = Vec::new();
    for _ in 0..2 {
        sockets.push(send_and_read(slack.socket().await));
    }
    let resource = resource(&app).await;
    let mut crowd = Crowd {
        slack,
        sockets,
        resource,
        sent: 0,
        clicked: HashSet::new(),
        ended: 0,
    };
    for person in 0..PEOPLE {
        crowd.ask(&user(person));
    }
    crowd.go_on(WARM_UP).await;
    let mut rates = Vec::new();
    for _ in 0..RUNS {
        let (before, began) = (crowd.ended, Instant::now());
        crowd.go_on(RUN).await;
        let ended = u32::try_from(crowd.ended - before).unwrap();
        rates.push(f64::from(ended) / began.elapsed().as_secs_f64());
    }
    drop(crowd);
    // What is under way is not waited for.
    let _ = app.stop().await;
    rates
}

async fn fill(folder: &std::path::Path, url: &str, target: &DatabaseTarget, old: u32) {
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
    store.close().await.unwrap();
}

fn user(number: usize) -> String {
    format!("U0R{number:02}")
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

/// What stands for the resource in a form, once the bot has discovered it.
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

/// Sends what it is given, and reads what the bot answers so that it can go on.
fn send_and_read(socket: Socket) -> tokio::sync::mpsc::UnboundedSender<Message> {
    let (messages, mut waiting) = tokio::sync::mpsc::unbounded_channel();
    let (mut out, mut acks) = socket.split();
    tokio::spawn(async move {
        while let Some(message) = waiting.recv().await {
            if out.send(message).await.is_err() {
                return;
            }
        }
    });
    tokio::spawn(async move { while acks.next().await.is_some() {} });
    messages
}

/// Everybody who asks, and Omar, who approves.
struct Crowd {
    slack: Slack,
    sockets: Vec<tokio::sync::mpsc::UnboundedSender<Message>>,
    resource: String,
    sent: usize,
    /// Requests whose card was clicked.
    clicked: HashSet<String>,
    ended: u64,
}

impl Crowd {
    /// Answers what the bot says, for that long.
    async fn go_on(&mut self, lasts: Duration) {
        let until = Instant::now() + lasts;
        while Instant::now() < until {
            let call = timeout(PATIENCE, self.slack.calls.recv()).await;
            let call = call.expect("the bot says nothing any more").unwrap();
            self.answer(&call);
        }
    }

    fn answer(&mut self, call: &Call) {
        if call.method != "chat.postMessage" {
            return;
        }
        let channel = call.arguments["channel"].as_str().unwrap_or_default();
        let Some(user) = channel.strip_prefix('D') else {
            return;
        };
        let text = call.arguments["text"].as_str().unwrap_or_default();
        if user == "U0OMAR" {
            if let Some(request) = approvable(&call.arguments["blocks"])
                && self.clicked.insert(request.clone())
            {
                self.approve(&request, channel, &call.answer["ts"]);
            }
        } else if text.contains(": you have ") {
            self.give_back(user, text);
        } else if text.contains("Ended") {
            self.ended += 1;
            self.ask(user);
        }
    }

    fn send(&mut self, name: &str, kind: &str, payload: &Value) {
        let envelope = format!("{name}:{}", self.sent);
        let socket = &self.sockets[self.sent % self.sockets.len()];
        self.sent += 1;
        socket.send(frame(&envelope, kind, payload)).unwrap();
    }

    fn ask(&mut self, user: &str) {
        let one = |value: &str| json!({ "type": "static_select", "selected_option": { "value": value } });
        let many =
            |value: &str| json!({ "type": "multi_static_select", "selected_options": [{ "value": value }] });
        let text = |value: &str| json!({ "type": "plain_text_input", "value": value });
        let payload = json!({
            "type": "view_submission", "api_app_id": "A0APONO", "team": { "id": "T0TEAM" },
            "user": { "id": user, "team_id": "T0TEAM" }, "trigger_id": "1.2.a",
            "view": {
                "id": "V0VIEW", "hash": "1.a", "callback_id": "request_form",
                "private_metadata": format!("form-{}", self.sent),
                "state": { "values": {
                    "integration.1": { "integration": one("bastion") },
                    "resource_type.1": { "resource_type": one("Host") },
                    "resources.1": { "resources": many(&self.resource) },
                    "permissions.1": { "permissions": many("login") },
                    "duration": { "duration": text("1h") },
                    "justification": { "justification": text("a measurement") },
                } },
            },
        });
        self.send("ask", "interactive", &payload);
    }

    fn approve(&mut self, request: &str, channel: &str, ts: &Value) {
        let payload = json!({
            "type": "block_actions", "api_app_id": "A0APONO", "team": { "id": "T0TEAM" },
            "user": { "id": "U0OMAR", "team_id": "T0TEAM" }, "trigger_id": "1.2.a",
            "container": { "type": "message", "channel_id": channel, "message_ts": ts },
            "actions": [{ "type": "button", "action_id": "approve", "value": request }],
        });
        self.send("approve", "interactive", &payload);
    }

    fn give_back(&mut self, user: &str, text: &str) {
        let number = text
            .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
            .find(|word| word.starts_with("AR-"))
            .unwrap();
        let payload = json!({
            "team_id": "T0TEAM", "team_domain": "example", "channel_id": "C0GENERAL", "channel_name": "general",
            "user_id": user, "user_name": "dana", "command": "/apono", "text": format!("revoke {number}"),
            "api_app_id": "A0APONO", "is_enterprise_install": "false", "trigger_id": "1.2.a",
            "response_url": self.slack.response_url(),
        });
        self.send("revoke", "slash_commands", &payload);
    }
}

/// The request that a card lets its reader approve.
fn approvable(blocks: &Value) -> Option<String> {
    let elements = blocks
        .as_array()?
        .iter()
        .filter_map(|block| block["elements"].as_array())
        .flatten();
    let mut buttons = elements.filter(|element| element["action_id"] == "approve");
    Some(buttons.next()?["value"].as_str()?.to_owned())
}
