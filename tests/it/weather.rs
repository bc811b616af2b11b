//! Trouble with the bot's own database and the machine's clock: reported clearly, nothing half done, and recovery is
//! automatic.

use std::process::Command;
use std::time::Duration;

use apono::access::ids::RequestNumber;
use apono::access::request::State;
use apono::clock::Clock;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement, TransactionTrait};
use secrecy::ExposeSecret;
use slack_simulator::Submitted;

use crate::support::backup::own_database;
use crate::support::bot::{Context, Setup, run_test, run_test_on};
use crate::support::postgres_server;
use crate::support::process::{Running, leases_are_over};
use crate::support::steps::send_request;

const CANNOT_WRITE: &str = "I cannot write to my database";

pub(crate) async fn server() -> DatabaseConnection {
    let url = postgres_server::shared().unwrap().superuser_url("postgres");
    sea_orm::Database::connect(url.expose_secret()).await.unwrap()
}

/// Ends every connection to the bot's own database; returns how many there were.
pub(crate) async fn hang_up(server: &DatabaseConnection, database: &str) -> i64 {
    let sql = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{database}' AND pid <> pg_backend_pid()"
    );
    let row = server
        .query_one_raw(Statement::from_string(DbBackend::Postgres, sql))
        .await
        .unwrap();
    row.unwrap().try_get_by_index(0).unwrap()
}

async fn state(ctx: &Context, number: i64) -> Option<State> {
    let store = &ctx.app().core().store;
    let request = store.request_by_number(RequestNumber(number)).await.unwrap();
    request.map(|request| request.state)
}

/// Dana asks for what is granted at once; false if Slack had to tell her that the bot did not answer.
async fn asks_at_once(ctx: &Context) -> bool {
    let dana = ctx.person("dana");
    let sent = send_request(&dana, &ctx.target.database, "write", "10m", "hurry").await;
    if sent != Ok(Submitted::Closed) {
        // A form that opened and was not taken.
        let _ = dana.close_modal().await;
    }
    sent == Ok(Submitted::Closed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_lives_its_life_while_the_database_hangs_up_again_and_again() {
    run_test_on(&[DbBackend::Postgres], Setup::default, async |ctx| {
        // What cannot be kept is not acknowledged.
        ctx.was_killed = true;
        let (server, database) = (server().await, own_database(ctx).unwrap());
        // It hangs up as soon as it was called again, this often.
        let storm = async |times: usize| {
            for _ in 0..times {
                ctx.until("it is called again", async || {
                    hang_up(&server, &database).await > 0
                })
                .await;
            }
            // What was being worked on when it hung up is taken up again when its lease is over.
            leases_are_over(ctx).await;
        };
        // People send again what was not taken.
        let asks = ctx.until("a request is taken", async || asks_at_once(ctx).await);
        tokio::join!(storm(20), asks);
        ctx.sees("dana", "you have write").await;
        ctx.clock.advance(Duration::from_mins(10));
        storm(20).await;
        // Posts of which nobody knows what became of them are looked for once Slack has had time to store them.
        ctx.clock.advance(Duration::from_secs(15));
        server.close().await.unwrap();
        ctx.settle().await;
        assert_eq!(state(ctx, 1).await, Some(State::Expired));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_takes_no_writes_is_said_and_nothing_is_half_done() {
    run_test_on(&[DbBackend::Postgres], Setup::default, async |ctx| {
        ctx.granted("1h").await;
        ctx.quiet().await;
        let (server, database) = (server().await, own_database(ctx).unwrap());
        let mode = async |read_only: &str| {
            let sql = format!("ALTER DATABASE {database} SET default_transaction_read_only = {read_only}");
            server.execute_unprepared(&sql).await.unwrap();
            hang_up(&server, &database).await;
        };
        // What cannot be stored is not acknowledged: a known person gets the form, and its answer is not accepted.
        ctx.was_killed = true;
        mode("on").await;
        ctx.clock.advance(Duration::from_mins(1));
        let alarm = ctx.sees("ada", CANNOT_WRITE).await;
        insta::assert_snapshot!(ctx.plain(&alarm.rendered), @"⚠️ I cannot write to my database (the database is unavailable: cannot execute INSERT in a read-only transaction), so I answer nobody and end no access until I can; `apono reap` ends access that is past its time without me. I continue automatically once the database accepts writes again.");
        assert!(!asks_at_once(ctx).await);
        assert_eq!(state(ctx, 2).await, None);
        ctx.clock.advance(Duration::from_hours(1));
        mode("off").await;
        server.close().await.unwrap();
        ctx.sees("dana", "AR-1 · Expired").await;
        ctx.asks("dana", "write", "10m", "hurry").await;
        ctx.sees("dana", "AR-2 · Granted").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_database_holds_everything_up_and_loses_nothing() {
    run_test(async |ctx| {
        ctx.granted("1h").await;
        ctx.quiet().await;
        let raw = ctx.raw_database().await;
        let locked = raw
            .begin_with_options(sea_orm::TransactionOptions {
                sqlite_transaction_mode: Some(sea_orm::SqliteTransactionMode::Immediate),
                ..Default::default()
            })
            .await
            .unwrap();
        if raw.get_database_backend() == DbBackend::Postgres {
            locked
                .execute_unprepared("LOCK TABLE inbox, job, request, audit_head IN EXCLUSIVE MODE")
                .await
                .unwrap();
        }
        // Nothing is acknowledged before it is kept.
        ctx.was_killed = true;
        // It expires and is given back in the meantime; neither can be stored.
        ctx.clock.advance(Duration::from_hours(1));
        let unanswered = ctx.person("dana").command("/apono", "revoke AR-1").await;
        assert!(unanswered.is_err(), "{unanswered:?}");
        assert_eq!(state(ctx, 1).await, Some(State::Granted));
        locked.rollback().await.unwrap();
        raw.close().await.unwrap();
        ctx.until("it has ended", async || {
            state(ctx, 1).await.is_some_and(State::is_final)
        })
        .await;
    })
    .await;
}

/// The most that a process may write into one file, as a full disk would allow no more.
fn bound_files(running: &Running, bytes: &str) {
    let bound = Command::new("prlimit")
        .args(["--pid", &running.0.id().to_string(), &format!("--fsize={bytes}")])
        .status()
        .unwrap();
    assert!(bound.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_half_done_and_it_goes_on_once_there_is_room() {
    run_test_on(&[DbBackend::Sqlite], Setup::default, async |ctx| {
        ctx.granted("1h").await;
        ctx.quiet().await;
        ctx.stop().await;
        ctx.until("the sockets of the one before are closed", async || {
            ctx.simulator.open_sockets() == 0
        })
        .await;
        // A write beyond the bound is an error, and not a signal.
        let mut command = Command::new("sh");
        command
            .args(["-c", "trap '' XFSZ; exec \"$0\" run --config \"$1\""])
            .arg(env!("CARGO_BIN_EXE_apono"))
            .arg(ctx.config_path())
            .env("RUST_LOG", "off");
        let running = Running::spawn(&mut command);
        ctx.simulator.wait_for_sockets(2).await;
        ctx.until("it runs", async || {
            ctx.audit_channel().matches("STARTED").count() == 2
        })
        .await;
        // Nothing is acknowledged before it is kept.
        ctx.was_killed = true;
        bound_files(&running, "4096:unlimited");
        let unanswered = ctx.person("dana").command("/apono", "revoke AR-1").await;
        assert!(unanswered.is_err(), "{unanswered:?}");
        assert!(ctx.messages_to("dana", "Revoked").is_empty());
        bound_files(&running, "unlimited:unlimited");
        ctx.says("dana", "revoke AR-1").await;
        ctx.sees("dana", "AR-1 · Revoked").await;
        let (status, _) = running.terminate();
        assert!(status.success(), "{status}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_is_set_back_is_said_and_access_ends_after_its_time_all_the_same() {
    run_test(async |ctx| {
        ctx.granted("1h").await;
        let before = ctx.clock.now();
        ctx.clock.set(-7_200_000_000);
        assert!(ctx.clock.now() >= before, "time does not run backwards");
        let alarm = ctx.sees("ada", "The machine's clock is").await;
        insta::assert_snapshot!(ctx.plain(&alarm.rendered), @"⚠️ The machine's clock is 2 h behind the time I last recorded, so somebody set it back. While I run I keep my own time. If I am restarted before the clock is right again, access that is live then ends that much later.");
        ctx.clock.advance(Duration::from_hours(1));
        ctx.sees("dana", "AR-1 · Expired").await;
        ctx.asks("dana", "write", "10m", "hurry").await;
        ctx.sees("dana", "AR-2 · Granted").await;
        // Setting it forward ends access early rather than late.
        ctx.clock.set(10_800_000_000);
        ctx.sees("dana", "AR-2 · Expired").await;
    })
    .await;
}
