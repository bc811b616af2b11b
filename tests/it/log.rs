//! What the log says of one request, and that text and JSON say the same.

use std::collections::BTreeMap;
use std::fs::{self, File};

use serde_json::Value;
use slack_simulator::{CallMishap, Trouble};

use crate::support::bot::{Context, run_test};
use crate::support::process::{Running, apono};

/// Plays with the bot in a process of its own, and returns what it logged.
pub(crate) async fn logged(
    ctx: &mut Context,
    format: &str,
    level: &str,
    play: impl AsyncFnOnce(&Context),
) -> String {
    ctx.settle().await;
    ctx.stop().await;
    ctx.until("the sockets of the one before are closed", async || {
        ctx.simulator.open_sockets() == 0
    })
    .await;
    let path = ctx.folder.path().join("log");
    let config = ctx.config_path();
    let mut command = apono(&[
        "run",
        "--log-format",
        format,
        "--config",
        config.to_str().unwrap(),
    ]);
    let command = command
        .env("RUST_LOG", level)
        .stderr(File::create(&path).unwrap());
    let running = Running::spawn(command);
    ctx.simulator.wait_for_sockets(2).await;
    play(ctx).await;
    let (status, _) = running.terminate();
    assert!(status.success());
    fs::read_to_string(path).unwrap()
}

/// One request that is given back.
pub(crate) async fn a_life(ctx: &Context) {
    ctx.granted("30m").await;
    ctx.says("dana", "revoke AR-1").await;
    ctx.until_channel_says("CLEANED UP").await;
}

/// The fields of a line and of the spans around it, by name.
pub(crate) fn fields(line: &Value) -> BTreeMap<&str, &Value> {
    let spans = line["spans"].as_array().into_iter().flatten();
    let objects = spans.chain([line]).filter_map(Value::as_object).flatten();
    objects.map(|(name, value)| (name.as_str(), value)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn at_info_the_log_tells_the_story_of_each_request() {
    run_test(async |ctx| {
        let log = logged(ctx, "json", "info", a_life).await;
        let lines: Vec<Value> = log
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let mut story = Vec::new();
        for line in &lines {
            let fields = fields(line);
            if fields.get("request").is_none_or(|request| *request != "AR-1") {
                continue;
            }
            let spans = line["spans"].as_array().into_iter().flatten();
            let spans: Vec<&str> = spans.map(|span| span["name"].as_str().unwrap()).collect();
            match spans.first() {
                Some(&"envelope") => assert!(fields["inbox"].is_string(), "{line}"),
                Some(&"job") => {
                    assert!(fields["job"].is_string(), "{line}");
                    assert_eq!(fields["integration"], "orders-db", "{line}");
                }
                other => panic!("{other:?}: {line}"),
            }
            let (level, said) = (&line["level"], &line["message"]);
            let by = fields.get("by").map_or("nobody", |by| by.as_str().unwrap());
            story.push(format!(
                "{} {}: {} by {by}",
                level.as_str().unwrap(),
                spans.join(" > "),
                said.as_str().unwrap()
            ));
        }
        insta::assert_snapshot!(story.join("\n"), @"
        INFO envelope > ask: requested by U0DANA
        INFO envelope > try > decide.answer: approved by U0OMAR
        INFO job > granting.confirm: granted by apono
        INFO envelope > try > revoke: revoking by U0DANA
        INFO job > ending.gone: revoked by apono
        INFO job > ending.cleaned: cleaned up by apono
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn text_has_the_fields_that_json_has_by_the_same_names() {
    run_test(async |ctx| {
        let log = logged(ctx, "text", "info", a_life).await;
        let granted = log.lines().find(|line| line.contains(": granted ")).unwrap();
        for field in [
            "job=",
            "kind=\"provision\"",
            "request=AR-1",
            "integration=\"orders-db\"",
            "seq=",
            "by=\"apono\"",
        ] {
            assert!(granted.contains(field), "{field} in {granted}");
        }
        let approved = log.lines().find(|line| line.contains(": approved ")).unwrap();
        assert!(approved.contains("by=\"U0OMAR\""), "{approved}");
        for field in ["inbox=", "request="] {
            // The event names its request too.
            let most = if field == "request=" { 2 } else { 1 };
            let times = approved.matches(field).count();
            assert!((1..=most).contains(&times), "{field} in {approved}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_says_its_cause_and_what_it_is_about_at_every_level() {
    run_test(async |ctx| {
        let log = logged(ctx, "json", "warn", async |ctx: &Context| {
            ctx.asks("dana", "read", "30m", "incident 4711").await;
            ctx.sees("omar", "asks for read").await;
            let once = Trouble::on("users.info", CallMishap::Error("internal_error".to_owned())).times(1);
            ctx.simulator.calls_meet(once);
            ctx.person("omar")
                .click("asks for read", "Approve")
                .await
                .unwrap();
            ctx.sees("dana", "you have read").await;
        })
        .await;
        let lines = log
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        let failed: Vec<Value> = lines
            .filter(|line| line["message"] == "an action could not be carried out; it will be retried")
            .collect();
        let [failed] = &failed[..] else { panic!("{log}") };
        let fields = fields(failed);
        insta::assert_snapshot!(fields["error"].as_str().unwrap(), @"it cannot be decided now: users.info: no answer saying whether it was done (internal_error)");
        assert!(fields["inbox"].is_string(), "{failed}");
    })
    .await;
}
