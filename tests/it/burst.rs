//! Many envelopes at once share commits; what was acknowledged of them survives a kill.

use sea_orm::{ConnectionTrait, Database, Statement};
use secrecy::ExposeSecret;
use serde_json::json;
use tempfile::TempDir;

use apono::store::DatabaseTarget;

use crate::support::databases::fresh_postgres;
use crate::support::process::Running;
use crate::tiny_slack::TinySlack;

const ROUNDS: usize = 5;

/// Sent before anything is killed, by one socket.
const BURST: usize = 200;

const CONFIG: &str = r#"
version = 1
[slack]
app_token = { file = "token" }
bot_token = { file = "token" }
audit_channel = "C0AUDIT"
api_url = "{api_url}"
[database]
url = "{database}"
[roles]
admins = ["U0ADA"]
[limits]
acts_per_minute = 1000
"#;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_in_a_burst_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let sqlite = format!("sqlite://{}/apono.db", folder.path().display());
    kill_in_bursts(&folder, &sqlite).await;
    if let Some(DatabaseTarget::Postgres(url)) = fresh_postgres().await {
        kill_in_bursts(&folder, url.expose_secret()).await;
    }
}

async fn kill_in_bursts(folder: &TempDir, database: &str) {
    let slack = TinySlack::start().await;
    let path = folder.path().join("config.toml");
    let config = CONFIG.replace("{api_url}", &format!("{}/api", slack.origin()));
    std::fs::write(&path, config.replace("{database}", database)).unwrap();
    std::fs::write(folder.path().join("token"), "secret").unwrap();
    for round in 0..ROUNDS {
        let auth = json!({ "ok": true, "team": "T", "team_id": "T1", "user_id": "U0BOT" });
        slack.answer_json("/api/auth.test", &auth);
        let socket = slack.sockets_opened();
        let running = Running::start(&path);
        slack.wait_for_sockets(socket + 2).await;
        for number in 0..BURST {
            slack.send(socket, &help(&format!("{round}-{number}")));
        }
        slack.wait_for_ack(&format!("{round}-0")).await;
        running.kill();
    }
    let acked = slack
        .wait_for("the acknowledgements", |state| Some(state.acks.clone()))
        .await;
    let raw = Database::connect(database).await.unwrap();
    for (_, ack) in acked {
        let key = ack["envelope_id"].as_str().unwrap();
        let sql = format!("SELECT state FROM inbox WHERE key = '{key}'");
        let kept = raw
            .query_one_raw(Statement::from_string(raw.get_database_backend(), sql))
            .await;
        assert!(kept.unwrap().is_some(), "{key} was acknowledged and is lost");
    }
    raw.close().await.unwrap();
}

fn help(envelope_id: &str) -> serde_json::Value {
    json!({
        "type": "slash_commands", "envelope_id": envelope_id, "accepts_response_payload": true,
        "payload": {
            "team_id": "T1", "user_id": "U0DANA", "text": "help", "trigger_id": "1.2.3",
            "response_url": "http://127.0.0.1/respond",
        },
    })
}
