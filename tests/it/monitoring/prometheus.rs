//! A real Prometheus scrapes the bot, and its own tool checks the alert rules.

use std::path::{Path, PathBuf};
use std::process::Command;

use insta::assert_snapshot;
use serde_json::Value;

use super::server::{Prometheus, find};
use super::{of_bot, read, run};
use crate::support::bot::Context;

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// What Prometheus answers; `None` if it does not answer yet.
async fn says(prometheus: &Prometheus, path: &str) -> Option<Value> {
    let answer = read(&format!("{}{path}", prometheus.url)).await?;
    serde_json::from_str(&answer.text).ok()
}

async fn is_scraped(ctx: &Context, prometheus: &Prometheus) {
    ctx.until("the first scrape", async || {
        let targets = says(prometheus, "/api/v1/targets").await.unwrap_or_default();
        targets["data"]["activeTargets"][0]["health"] == "up"
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_reads_everything_and_sees_no_reason_for_an_alarm() {
    run(async |ctx| {
        ctx.granted("2h").await;
        let target = ctx.app().metrics().unwrap().to_string();
        let Some(prometheus) = Prometheus::start(&target, &at("docs/monitoring/alerts.yml")) else {
            return;
        };
        is_scraped(ctx, &prometheus).await;
        let kind = of_bot(ctx, "/metrics").await.kind;
        assert_snapshot!(kind, @"application/openmetrics-text; version=1.0.0; charset=utf-8");
        let found = says(&prometheus, "/api/v1/query?query=sum(apono_live_grants)")
            .await
            .unwrap();
        assert_eq!(found["data"]["result"][0]["value"][1], "1", "{found}");
        let rules = ctx
            .eventually("every rule to be judged", async || {
                let rules = says(&prometheus, "/api/v1/rules").await?;
                let rules = rules["data"]["groups"][0]["rules"].as_array()?.clone();
                let all = rules.iter().all(|rule| rule["health"] == "ok");
                (all && !rules.is_empty()).then_some(rules)
            })
            .await;
        for rule in rules {
            assert_eq!(rule["state"], "inactive", "{rule}");
        }
    })
    .await;
}

/// `promtool` with these arguments; what it says if it finds something wrong.
fn promtool(arguments: &[&str], file: &Path) {
    let Some(program) = find("promtool") else {
        return;
    };
    let done = Command::new(program).args(arguments).arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
}

#[test]
fn the_alert_rules_are_right_and_fire_when_they_should() {
    promtool(&["check", "rules"], &at("docs/monitoring/alerts.yml"));
    promtool(&["test", "rules"], &at("tests/it/monitoring/alerts_test.yml"));
}
