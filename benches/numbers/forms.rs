//! How fast the request form opens, and how fast a search in a select answers, with 100,000 resources.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use apono::access::resource::Resource;
use apono::access::time::Timestamp;
use apono::store::{DatabaseTarget, Store};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::time::{interval, sleep};

use crate::RUNS;
use crate::bot::{Bot, configure};
use crate::machine;
use crate::samples::Samples;
use crate::slack::{Slack, Socket, acked, command, frame, soon};
use crate::table::{Limit, Row};

const RESOURCES: u32 = 100_000;

/// Each team has its own flow; Dana's is the last.
const TEAMS: u32 = 20;

const IN_A_RUN: usize = 300;

/// How fast people act.
const PACE: Duration = Duration::from_millis(50);

/// What is typed: matches everything, many, one, nothing, and something of another team.
const TYPED: [&str; 6] = [
    "",
    "team-19",
    "SERVICE",
    "service-099999",
    "no such name",
    "team-03",
];

pub(crate) fn measure() -> Vec<Row> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measured())
}

async fn measured() -> Vec<Row> {
    let folder = machine::folder();
    let mut slack = Slack::start().await;
    let config = configure(folder.path(), &slack.api_url(), &flows());
    seed(folder.path()).await;
    let bot = Bot::start(&config);
    let mut socket = slack.socket().await;
    // The work at startup is done.
    sleep(Duration::from_secs(2)).await;

    let [mut opened, mut suggested] = [Vec::new(), Vec::new()];
    for run in 0..=RUNS {
        let mut opens = opens(&mut slack, &mut socket, run).await;
        let mut suggestions = suggestions(&mut socket, run).await;
        // The first one warms up.
        if run > 0 {
            opened.push(opens.percentile(99));
            suggested.push(suggestions.percentile(99));
        }
    }
    let memory = bot.most_memory();
    bot.stop();
    vec![
        Row {
            figure: format!("form: command to views.open, {RESOURCES} resources, p99"),
            runs: opened,
            unit: "ms",
            limit: Limit::AtMost(20.0),
        },
        Row {
            figure: format!("block_suggestion, {RESOURCES} resources, p99"),
            runs: suggested,
            unit: "ms",
            limit: Limit::AtMost(30.0),
        },
        Row {
            figure: format!("most memory (RSS) with {RESOURCES} resources"),
            runs: vec![memory],
            unit: "MB",
            limit: Limit::None,
        },
    ]
}

fn flows() -> String {
    let mut text = r#"
[groups]
developers = ["U0DANA", "U0EVE"]
others = ["U0EVE", "U0OMAR"]
sre = ["U0OMAR", "U0PRIYA"]

[[integrations]]
name = "services"
kind = "postgres"
url = { file = "target" }
permissions = { read = "{resource}_read", write = "{resource}_write" }
"#
    .to_owned();
    for team in 0..TEAMS {
        let requesters = if team + 1 == TEAMS { "developers" } else { "others" };
        let flow = format!(
            r#"
[[flows]]
name = "Team {team}"
requesters = ["group:{requesters}"]
integration = "services"
resources = ["team-{team:02}-*"]
max_duration = "8h"
approvers = ["group:sre"]
"#
        );
        text.push_str(&flow);
    }
    text
}

/// What discovery would have found.
async fn seed(folder: &Path) {
    let store = Store::open(&DatabaseTarget::Sqlite(folder.join("apono.db")))
        .await
        .unwrap();
    let now = Timestamp::from_seconds(1_800_000_000);
    store.migrate(now).await.unwrap();
    let resources: Vec<Resource> = (0..RESOURCES)
        .map(|number| {
            let name = format!("team-{:02}-service-{number:06}", number % TEAMS);
            Resource {
                resource_type: "Database".to_owned(),
                id: name.clone(),
                path: format!("db.example.com:5432/{name}"),
                name,
                tags: BTreeMap::new(),
                permissions: vec!["read".to_owned(), "write".to_owned()],
                owner: None,
            }
        })
        .collect();
    let mut tx = store.write().await.unwrap();
    tx.replace_catalogue("services", &resources, now).await.unwrap();
    tx.seal(Vec::new()).await.unwrap();
    store.close().await.unwrap();
}

async fn opens(slack: &mut Slack, socket: &mut Socket, run: usize) -> Samples {
    let mut samples = Samples::default();
    let mut ticks = interval(PACE);
    for number in 0..IN_A_RUN {
        ticks.tick().await;
        let envelope = format!("open-{run}:{number}");
        let sent = Instant::now();
        socket.send(command(&envelope, "request")).await.unwrap();
        let opened = async {
            loop {
                tokio::select! {
                    // Read, so the bot can write.
                    _ = socket.next() => {}
                    call = slack.calls.recv() => {
                        let call = call.unwrap();
                        if call.method == "views.open" && call.arguments["trigger_id"] == envelope.as_str() {
                            return call.at;
                        }
                    }
                }
            }
        };
        samples.push(soon(opened).await - sent);
    }
    samples
}

async fn suggestions(socket: &mut Socket, run: usize) -> Samples {
    let mut samples = Samples::default();
    let mut ticks = interval(PACE);
    for number in 0..IN_A_RUN {
        ticks.tick().await;
        let envelope = format!("suggest-{run}:{number}");
        let typed = TYPED[number % TYPED.len()];
        let sent = Instant::now();
        socket.send(suggestion(&envelope, typed)).await.unwrap();
        loop {
            let message = soon(socket.next()).await.unwrap().unwrap();
            if acked(&message) == Some(&envelope) {
                let fits = message.to_text().unwrap().contains("team-19-service-");
                assert_eq!(
                    fits,
                    !["no such name", "team-03"].contains(&typed),
                    "{typed}: {message}"
                );
                break;
            }
        }
        samples.push(sent.elapsed());
    }
    samples
}

fn suggestion(envelope: &str, typed: &str) -> tokio_tungstenite::tungstenite::Message {
    let chosen = |action: &str, value: &str| {
        json!({ action: { "type": "static_select", "selected_option": {
            "text": { "type": "plain_text", "text": value }, "value": value,
        } } })
    };
    let payload = json!({
        "type": "block_suggestion", "api_app_id": "A0APONO", "action_id": "resources", "block_id": "resources.1",
        "value": typed, "team": { "id": "T0TEAM" }, "user": { "id": "U0DANA", "team_id": "T0TEAM" },
        "view": {
            "id": "V0VIEW", "hash": "1.a", "callback_id": "request_form", "private_metadata": "form",
            "state": { "values": {
                "integration.1": chosen("integration", "services"), "resource_type.1": chosen("resource_type", "Database"),
            } },
        },
    });
    frame(envelope, "interactive", &payload)
}
