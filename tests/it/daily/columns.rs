//! What a file about requests says of each, column by column, and that the docs explain every column.

use std::fs;

use sea_orm::DbBackend;
use serde_json::{Value, json};

use super::export::export;
use crate::support::bot::{Context, Setup, run_test_on};

/// The names of the columns, from the head of a file.
fn head(csv: &str) -> Vec<&str> {
    let head = csv.strip_prefix('\u{feff}').unwrap().lines().next().unwrap();
    head.split(',').collect()
}

/// The first cell of each row of the table of columns in the docs.
fn explained() -> Vec<String> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/portal.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, table) = page.split_once("| column | what it says |\n|---|---|\n").unwrap();
    let rows = table.lines().take_while(|line| line.starts_with("| `"));
    rows.map(|row| row.split('`').nth(1).unwrap().to_owned())
        .collect()
}

/// AR-1, which Omar approved and Ada revoked, and AR-2, which Omar rejected.
async fn two_over(ctx: &Context) {
    ctx.granted("30m").await;
    ctx.says("ada", "revoke AR-1 a laptop was stolen").await;
    ctx.until_channel_says("CLEANED UP").await;
    ctx.asks("dana", "read", "1h", "once more").await;
    let omar = ctx.person("omar");
    omar.wait_for("@bot", "AR-2").await.unwrap();
    omar.click("AR-2", "Reject").await.unwrap();
    ctx.gives_reason("omar", "ask for the replica").await;
    ctx.until_state(2, "Rejected").await;
    ctx.quiet().await;
}

/// An idle bot does not notice at once what another process recorded.
async fn wakes(ctx: &Context) {
    ctx.says("ada", "freeze orders-db a test").await;
    ctx.until_channel_says("FROZEN").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_says_who_answered_and_who_ended_it_and_why() {
    run_test_on(
        &[DbBackend::Sqlite, DbBackend::Postgres],
        Setup::default,
        async |ctx| {
            two_over(ctx).await;
            let file = export(ctx, &["--format", "jsonl", "--requests"]).unwrap();
            let rows: Vec<Value> = file
                .lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect();
            let [rejected, revoked] = rows.as_slice() else {
                panic!("{file}");
            };
            for (row, column, expected) in [
                (rejected, "request_id", json!("AR-2")),
                (rejected, "status", json!("rejected")),
                (rejected, "approver_names", json!(["Omar Khan"])),
                (rejected, "approver_emails", json!(["omar@example.com"])),
                (rejected, "approver_answers", json!(["reject"])),
                (rejected, "approver_types", json!(["group:sre"])),
                (rejected, "approver_reason", json!(["ask for the replica"])),
                (rejected, "resources_status", json!("not_granted")),
                (rejected, "request_grant_date", Value::Null),
                (rejected, "request_revoke_date", Value::Null),
                (rejected, "end_reason", json!("by_approver")),
                (rejected, "ended_by_name", Value::Null),
                (rejected, "target_account", Value::Null),
                (revoked, "request_id", json!("AR-1")),
                (revoked, "status", json!("revoked")),
                (revoked, "grantee_id", json!("U0DANA")),
                (revoked, "approver_answers", json!(["approve"])),
                (revoked, "approver_reason", json!([])),
                (revoked, "resources_status", json!("revoked")),
                (revoked, "end_reason", json!("by_admin")),
                (revoked, "ended_by_name", json!("Ada Lind")),
                (revoked, "ended_by_email", json!("ada@example.com")),
                (revoked, "ended_by_reason", json!("a laptop was stolen")),
                (revoked, "extension_count", json!(0)),
                (revoked, "requested_seconds", json!(1800)),
                (revoked, "lateness_seconds", Value::Null),
                (revoked, "decided_how", json!("person")),
            ] {
                assert_eq!(row[column], expected, "{column}: {row}");
            }
            assert_eq!(revoked["ended_at"], revoked["request_revoke_date"]);
            assert_eq!(rejected["ended_at"], rejected["decided_at"]);
            let account = revoked["target_account"].as_str().unwrap();
            assert!(account.starts_with("apono_"), "{account}");
            let seqs: Vec<u64> = serde_json::from_value(revoked["audit_seqs"].clone()).unwrap();
            assert!(seqs.len() >= 5 && seqs.is_sorted(), "{seqs:?}");
            let events = export(ctx, &["--format", "jsonl", "--status", "revoked"]).unwrap();
            assert_eq!(events.lines().count(), seqs.len(), "{events}");
            wakes(ctx).await;
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_column_is_explained_in_its_place() {
    run_test_on(&[DbBackend::Sqlite], Setup::default, async |ctx| {
        ctx.quiet().await;
        let file = export(ctx, &["--format", "csv", "--requests"]).unwrap();
        let columns = head(&file);
        insta::assert_snapshot!(columns.join("\n"));
        assert_eq!(explained(), columns);
        wakes(ctx).await;
    })
    .await;
}
