//! 17. The log: formats, actors, repeated trouble, down time.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::Value;

use crate::log::{a_life, fields, logged};
use crate::support::backup::own_database;
use crate::support::bot::{Context, Setup, run_test, run_test_on};
use crate::support::process::{Running, apono, leases_are_over};
use crate::weather::{hang_up, server};

/// No other test has an integration of this name, and all tests share one log.
const LEDGER: &str = "ledger-db";

#[test]
fn the_help_of_run_says_how_the_log_is_set() {
    let help = apono(&["run", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for word in ["--log-format", "text", "json", "RUST_LOG", "debug"] {
        assert!(help.contains(word), "{word} in {help}");
    }
    let old = apono(&["run", "--log", "json"]).output().unwrap();
    assert!(!old.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_names_who_acted_and_the_access_but_nobody_by_name() {
    run_test(async |ctx| {
        let log = logged(ctx, "json", "info", a_life).await;
        let lines: Vec<Value> = log
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        let of_request = |line: &&Value| line["request"] == "AR-1" && line["seq"].is_u64();
        let mut events = 0;
        for line in lines.iter().filter(of_request) {
            events += 1;
            let fields = fields(line);
            assert_eq!(fields["integration"], "orders-db", "{line}");
            assert_eq!(fields["permissions"], "read", "{line}");
            assert_eq!(fields["resources"], ctx.target.database.as_str(), "{line}");
            assert_eq!(fields["grantee"], "U0DANA", "{line}");
            assert!(
                ["U0DANA", "U0OMAR", "apono"].contains(&fields["by"].as_str().unwrap()),
                "{line}"
            );
        }
        assert!(events >= 6, "{log}");
        for name in ["Dana", "Omar", "dana@example.com", "omar@example.com"] {
            assert!(!log.contains(name), "{name} in {log}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_does_not_answer_is_said_at_once_then_hourly_and_once_when_it_answers() {
    run_test(async |ctx| {
        ctx.stop_when_quiet().await;
        ctx.edit_config(|text| text.replace("orders-db", LEDGER));
        let mut door = ctx.door_before_target();
        ctx.start_app().await;
        ctx.until("it was asked", async || {
            ctx.app().core().catalogue.of(LEDGER).all().next().is_some()
        })
        .await;
        door.shut().await;
        let silent = format!("{LEDGER} does not answer");
        let met = || ctx.listener.lines("", &silent).len();
        let said = || ctx.listener.lines(" WARN ", &silent);
        let look_after = async |span: Duration| {
            let before = met();
            ctx.clock.advance(span);
            ctx.until("it looked again", async || met() > before).await;
        };
        // The last comparison was in order, so the next is due as the config says.
        look_after(Duration::from_hours(1)).await;
        assert_eq!(said().len(), 1, "{:?}", said());
        while met() < 5 {
            look_after(Duration::from_secs(16)).await;
        }
        assert_eq!(said().len(), 1, "{:?}", said());
        look_after(Duration::from_hours(1)).await;
        let [first, second] = &said()[..] else {
            panic!("{:?}", said())
        };
        assert!(first.contains("error="), "{first}");
        assert!(
            second.contains("; this lasts") && second.contains("times=") && second.contains("since="),
            "{second}"
        );
        door.open();
        let over = || {
            ctx.listener
                .lines(" INFO ", &format!("{LEDGER} answers again since "))
        };
        ctx.clock.advance(Duration::from_secs(16));
        ctx.until("it answers again", async || !over().is_empty()).await;
        ctx.sees("ada", "Every target can be compared with what was granted again")
            .await;
        let [over] = &over()[..] else {
            panic!("{:?}", over())
        };
        assert!(over.contains(" UTC, down 1 h "), "{over}");
        assert_eq!(ctx.messages_to("ada", "I cannot check").len(), 1);
        // As every test has it at its end.
        ctx.restart_with(|text| text.replace(LEDGER, "orders-db")).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_hear_once_that_the_database_takes_no_writes_and_once_that_it_does_again() {
    run_test_on(&[DbBackend::Postgres], Setup::default, async |ctx| {
        ctx.quiet().await;
        ctx.was_killed = true;
        let (server, database) = (server().await, own_database(ctx).unwrap());
        let mode = async |read_only: &str| {
            let sql = format!("ALTER DATABASE {database} SET default_transaction_read_only = {read_only}");
            server.execute_unprepared(&sql).await.unwrap();
            hang_up(&server, &database).await;
        };
        let down = "I cannot write to my database";
        let again = "The database takes writes again since ";
        mode("on").await;
        ctx.clock.advance(Duration::from_mins(1));
        ctx.sees("ada", down).await;
        ctx.clock.advance(Duration::from_mins(103));
        assert!(ctx.messages_to("ada", again).is_empty());
        mode("off").await;
        let over = ctx
            .eventually("the admins hear that it is over", async || {
                ctx.clock.advance(Duration::from_secs(6));
                ctx.messages_to("ada", again).pop()
            })
            .await;
        assert!(over.rendered.contains(" UTC, down 1 h 4"), "{}", over.rendered);
        server.close().await.unwrap();
        ctx.settle().await;
        assert_eq!(ctx.messages_to("ada", down).len(), 1);
        assert_eq!(ctx.messages_to("ada", again).len(), 1);
    })
    .await;
}

/// The latest STARTED.
async fn started(ctx: &Context) -> String {
    ctx.audit_posts("STARTED").await.pop().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn started_says_since_when_it_was_down() {
    run_test(async |ctx| {
        assert!(!started(ctx).await.contains("down"));
        ctx.stop_when_quiet().await;
        ctx.clock.advance(Duration::from_mins(185));
        ctx.run().await;
        let post = started(ctx).await;
        assert!(
            post.contains("is running, down since [clock], 3 h 5 min"),
            "{post}"
        );
        assert!(post.contains("Down since: "), "{post}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_started_names_the_last_sign_of_life() {
    run_test(async |ctx| {
        ctx.stop_when_quiet().await;
        ctx.was_killed = true;
        let running = Running::start(&ctx.config_path());
        ctx.until("it has posted its start", async || {
            ctx.audit_channel().matches("*STARTED*").count() == 2
        })
        .await;
        running.kill();
        leases_are_over(ctx).await;
        ctx.clock.advance(Duration::from_mins(185));
        ctx.run().await;
        let post = started(ctx).await;
        assert!(post.contains("last seen alive at [clock], 3 h 5 min"), "{post}");
        assert!(post.contains("Not stopped; last sign of life: "), "{post}");
    })
    .await;
}
