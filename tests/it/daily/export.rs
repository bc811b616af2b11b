//! Taking the trail along while the bot runs: whole, filtered, as CSV and as JSON Lines, and in the trail itself.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use apono::audit::verify::{Link, Verifier};
use sea_orm::DbBackend;

use crate::support::bot::{Context, Setup, run_test_on};
use crate::support::process::apono;

/// What the command prints; its error if it fails.
pub(super) fn export(ctx: &Context, more: &[&str]) -> Result<String, String> {
    printed(ctx, &["audit", "export"], more)
}

fn printed(ctx: &Context, command: &[&str], more: &[&str]) -> Result<String, String> {
    let config = ctx.config_path();
    let arguments = [command, more, &["--config", config.to_str().unwrap()]].concat();
    let output = apono(&arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    if output.status.success() {
        Ok(text(output.stdout))
    } else {
        Err(text(output.stderr))
    }
}

/// The column of each row below the head.
fn column<'t>(csv: &'t str, name: &str) -> Vec<&'t str> {
    let mut lines = csv.strip_prefix('\u{feff}').unwrap().split_terminator("\r\n");
    let place = lines
        .next()
        .unwrap()
        .split(',')
        .position(|column| column == name)
        .unwrap();
    lines.map(|line| line.split(',').nth(place).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_leaves_whole_or_filtered_while_the_bot_runs() {
    run_test_on(
        &[DbBackend::Sqlite, DbBackend::Postgres],
        Setup::default,
        async |ctx| {
            ctx.asks("dana", "read", "30m", "=HYPERLINK(1)").await;
            ctx.says("dana", "cancel AR-1").await;
            ctx.granted("30m").await;
            ctx.quiet().await;

            let events = export(ctx, &["--format", "jsonl"]).unwrap();
            let mut verifier = Verifier::default();
            for line in events.lines() {
                let (place, payload) = line.split_once(",\"event\":").unwrap();
                let place: serde_json::Value = serde_json::from_str(&format!("{place}}}")).unwrap();
                let link = Link {
                    seq: place["seq"].as_u64().unwrap(),
                    hash: place["hash"].as_str().unwrap().parse().unwrap(),
                    payload: payload.strip_suffix('}').unwrap().to_owned(),
                };
                verifier.take(&link).unwrap();
            }
            let last = events.lines().last().unwrap();
            assert!(
                last.contains(r#""what":{"exported":"#),
                "it is recorded before its first row: {last}"
            );

            let csv = export(ctx, &["--format", "csv"]).unwrap();
            let kinds = column(&csv, "event");
            assert!(
                kinds.starts_with(&["genesis"]) && kinds.contains(&"granted") && kinds.contains(&"cancelled"),
                "{kinds:?}"
            );
            let of_omar = export(ctx, &["--format", "csv", "--approver", "Omar@example.com"]).unwrap();
            let requests = column(&of_omar, "request");
            assert!(
                requests.len() > 2 && requests.iter().all(|request| *request == "AR-2"),
                "{requests:?}"
            );
            let before = export(ctx, &["--format", "csv", "--until", "2020-01-01"]).unwrap();
            assert_eq!(column(&before, "seq"), [""; 0]);
            let since = export(ctx, &["--format", "csv", "--since", "2020-01-01"]).unwrap();
            assert_eq!(
                column(&since, "seq").len(),
                kinds.len() + 3,
                "and the exports since"
            );

            let requests = export(ctx, &["--format", "csv", "--requests"]).unwrap();
            assert_eq!(column(&requests, "request_id"), ["AR-2", "AR-1"]);
            assert_eq!(column(&requests, "status"), ["granted", "cancelled"]);
            assert_eq!(column(&requests, "ended_by_name"), ["", "Dana Ito"]);
            assert_eq!(column(&requests, "approver_names"), ["Omar Khan", ""]);
            assert_eq!(
                column(&requests, "justification"),
                ["incident 4711", "'=HYPERLINK(1)"]
            );
            let granted = [
                "--format",
                "jsonl",
                "--requests",
                "--status",
                "granted",
                "--text",
                "incid",
            ];
            let granted = export(ctx, &granted).unwrap();
            let row: serde_json::Value = serde_json::from_str(&granted).unwrap();
            assert_eq!(
                (&row["request_id"], &row["permissions"]),
                (&"AR-2".into(), &["read"].as_slice().into())
            );
            assert_eq!(
                export(ctx, &["--format", "jsonl", "--requests", "--text", "nowhere"]).unwrap(),
                ""
            );

            let file = ctx.folder.path().join("requests.csv");
            let to_file = [
                "--format",
                "csv",
                "--requests",
                "--output",
                file.to_str().unwrap(),
            ];
            assert_eq!(export(ctx, &to_file).unwrap(), "");
            assert_eq!(fs::read_to_string(&file).unwrap(), requests);
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            let again = export(ctx, &to_file).unwrap_err();
            assert!(again.contains("exists already; nothing was exported"), "{again}");
            assert_eq!(fs::read_to_string(&file).unwrap(), requests);
            let nobody = export(ctx, &["--format", "csv", "--grantee", "nobody@example.com"]).unwrap_err();
            assert!(
                nobody.contains("nobody known to the bot is \"nobody@example.com\""),
                "{nobody}"
            );

            // The bot notices nothing of it, and shows it.
            ctx.says("dana", "revoke AR-2").await;
            ctx.until_channel_says("CLEANED UP").await;
            ctx.until_channel_says("events as CSV by an operator at the command line")
                .await;
            ctx.until_channel_says("requests as JSON Lines by an operator at the command line")
                .await;
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_runs_a_report_while_the_bot_runs() {
    run_test_on(
        &[DbBackend::Sqlite, DbBackend::Postgres],
        Setup::default,
        async |ctx| {
            ctx.granted("30m").await;
            ctx.quiet().await;
            let listed = printed(ctx, &["report", "list"], &[]).unwrap();
            assert!(
                listed.contains("who-has-what-now: built in. All access"),
                "{listed}"
            );
            let run = |more: &[&str]| printed(ctx, &["report", "run"], more);
            let csv = run(&["who-has-what-now"]).unwrap();
            assert_eq!(column(&csv, "request_id"), ["AR-1"]);
            let html = run(&["who-has-what-now", "--format", "html"]).unwrap();
            assert!(
                html.contains("<h1>Who has what now</h1>") && html.contains("<td>AR-1</td>"),
                "{html}"
            );
            let why = run(&["nothing"]).unwrap_err();
            assert!(why.contains("there is no report \"nothing\""), "{why}");
            let events = export(ctx, &["--format", "jsonl"]).unwrap();
            let ran = events
                .lines()
                .filter(|line| line.contains(r#""what":{"reporting":{"ran":"#));
            assert_eq!(ran.count(), 2, "{events}");

            // The bot notices nothing of it, and shows it.
            ctx.says("dana", "revoke AR-1").await;
            ctx.until_channel_says("CLEANED UP").await;
            ctx.until_channel_says("“Who has what now”, 1 row as HTML, by an operator at the command line")
                .await;
        },
    )
    .await;
}
