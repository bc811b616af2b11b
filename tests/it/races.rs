//! Two changes of one request at the same moment, on PostgreSQL, where they really run side by side; and a worker that is late.

use std::time::Duration;

use apono::access::ids::{RequestId, RequestNumber};
use apono::access::people::Person;
use apono::audit::event::Via;
use apono::store::{Lane, ReadGrants, StoreError};
use apono::usecases::{Receipt, UseCaseError, granting, revoke};
use secrecy::ExposeSecret;
use slack_simulator::Submitted;
use sqlx::{Connection, Executor, PgConnection};

use crate::support::bot::{Context, run_test};

/// `None` in the run on SQLite, which has one writer.
async fn bots_database(ctx: &Context) -> Option<PgConnection> {
    let url = std::fs::read_to_string(ctx.folder.path().join("database_url")).ok()?;
    Some(PgConnection::connect(&url).await.unwrap())
}

async fn dana(ctx: &Context) -> Person {
    let policy = ctx.app().core().policy();
    let id = ctx.person("dana").id();
    ctx.app().bot().directory.find(&id, &policy).await.unwrap()
}

/// A worker granting this request waits until the connection is closed.
async fn hold_login(ctx: &Context) -> PgConnection {
    let mut held = PgConnection::connect(ctx.target.admin_url.expose_secret())
        .await
        .unwrap();
    let login = format!("apono_{}_ar1_dana_ito", ctx.app().core().install);
    sqlx::query("SELECT pg_advisory_lock(hashtextextended($1, 0))")
        .bind(login)
        .execute(&mut held)
        .await
        .unwrap();
    held
}

async fn hold_request(database: &mut PgConnection) {
    database.execute("BEGIN").await.unwrap();
    database
        .execute("SELECT 1 FROM request WHERE number = 1 FOR UPDATE")
        .await
        .unwrap();
}

/// Waits until this many sessions of the bot wait for a lock of its database.
async fn until_waiting(ctx: &Context, watcher: &mut PgConnection, sessions: i64) {
    let watcher = tokio::sync::Mutex::new(watcher);
    ctx.until("they wait for each other", async || {
        let waiting: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .fetch_one(&mut **watcher.lock().await)
        .await
        .unwrap();
        waiting >= sessions
    })
    .await;
}

async fn give_back(ctx: &Context) -> tokio::task::JoinHandle<()> {
    let core = ctx.app().core().clone();
    let dana = dana(ctx).await;
    tokio::spawn(async move {
        revoke::revoke(
            &core,
            &dana,
            RequestNumber(1),
            None,
            Receipt::now(Via::Slack, "given back"),
        )
        .await
        .unwrap();
    })
}

async fn request_id(ctx: &Context) -> RequestId {
    ctx.app()
        .core()
        .store
        .request_by_number(RequestNumber(1))
        .await
        .unwrap()
        .unwrap()
        .id
}

async fn until_state(ctx: &Context, wanted: &[&str]) {
    ctx.until(wanted[0], async || {
        let request = ctx
            .app()
            .core()
            .store
            .request_by_number(RequestNumber(1))
            .await
            .unwrap();
        request.is_some_and(|request| wanted.contains(&request.state.word()))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_and_the_first_attempt_come_one_after_the_other() {
    run_test(async |ctx| {
        let (Some(mut database), Some(mut watcher)) = (bots_database(ctx).await, bots_database(ctx).await)
        else {
            return;
        };
        dana(ctx).await;
        ctx.simulator
            .change_world(|world| world.remove_scope("users:read"));
        assert_eq!(
            ctx.ask("dana", "write", "1h", "incident 4711").await,
            Submitted::Closed
        );
        until_state(ctx, &["Approved"]).await;
        hold_request(&mut database).await;
        let cancel = give_back(ctx).await;
        until_waiting(ctx, &mut watcher, 1).await;
        ctx.simulator
            .change_world(|world| world.grant_scope("users:read"));
        ctx.clock.advance(Duration::from_secs(31));
        until_waiting(ctx, &mut watcher, 2).await;
        database.execute("ROLLBACK").await.unwrap();
        cancel.await.unwrap();
        until_state(ctx, &["Cancelled", "Revoked"]).await;
        ctx.settle().await;
        let live = ctx
            .app()
            .core()
            .integrations()
            .get("orders-db")
            .unwrap()
            .state()
            .unwrap()
            .inspect(&ctx.app().core().install)
            .await;
        assert_eq!(live.unwrap(), []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_that_is_given_back_while_it_is_granted_ends_at_once() {
    run_test(async |ctx| {
        let (Some(mut database), Some(mut watcher)) = (bots_database(ctx).await, bots_database(ctx).await)
        else {
            return;
        };
        let held = hold_login(ctx).await;
        assert_eq!(
            ctx.ask("dana", "write", "1h", "incident 4711").await,
            Submitted::Closed
        );
        let id = request_id(ctx).await;
        let core = ctx.app().core();
        ctx.until("the attempt is committed", async || {
            core.store.grant(&id).await.unwrap().is_some()
        })
        .await;
        hold_request(&mut database).await;
        let given_back = give_back(ctx).await;
        until_waiting(ctx, &mut watcher, 1).await;
        held.close().await.unwrap();
        until_waiting(ctx, &mut watcher, 2).await;
        database.execute("ROLLBACK").await.unwrap();
        given_back.await.unwrap();
        until_state(ctx, &["Revoked"]).await;
    })
    .await;
}

/// Policy is asked before every try, until one has succeeded.
#[tokio::test(flavor = "multi_thread")]
async fn a_requester_who_is_taken_out_between_two_tries_gets_nothing() {
    run_test(async |ctx| {
        let mut door = ctx.door_to_target().await;
        door.shut().await;
        ctx.asks("dana", "write", "1h", "incident 4711").await;
        ctx.until("it was tried", async || {
            let request = request_id(ctx).await;
            ctx.app().core().store.grant(&request).await.unwrap().is_some()
        })
        .await;
        ctx.edit_config(|text| {
            text.replace(
                "requesters = [\"dana@example.com\"]",
                "requesters = [\"group:sre\"]",
            )
        });
        ctx.app().reload().await.unwrap();
        ctx.until("it is undone", async || {
            !ctx.audit_posts("REVOKING").await.is_empty()
        })
        .await;
        door.open();
        ctx.sees("dana", "AR-1 · Failed").await;
        let granted = ctx.audit_posts("GRANTED").await;
        assert_eq!(granted.len(), 0, "{granted:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_lost_the_job_moves_no_end() {
    run_test(async |ctx| {
        let mut door = ctx.door_to_target().await;
        door.hang_up().await;
        ctx.asks("dana", "write", "1h", "incident 4711").await;
        ctx.until("it was tried", async || {
            let request = request_id(ctx).await;
            ctx.app().core().store.grant(&request).await.unwrap().is_some()
        })
        .await;
        let request = request_id(ctx).await;
        ctx.stop().await;
        let core = ctx.stopped_core().await;
        let later = core.now().plus(Duration::from_hours(1));
        let claim = async |worker, lease| {
            let claimed = core
                .store
                .claim(Lane::Provision, later, worker, 1, lease, &[])
                .await;
            claimed.unwrap().pop().unwrap()
        };
        let lost = claim("one", Duration::ZERO).await;
        claim("other", Duration::from_secs(1)).await;
        let before = core.store.grant(&request).await.unwrap().unwrap();
        let begun = granting::begin_attempt(&core, &lost, &before.granted).await;
        assert!(
            matches!(begun, Err(UseCaseError::Store(StoreError::Stale))),
            "{begun:?}"
        );
        assert_eq!(core.store.grant(&request).await.unwrap().unwrap(), before);
        core.store.close().await.unwrap();
        door.shut().await;
        door.open();
        ctx.run().await;
        ctx.sees("dana", "you have write").await;
    })
    .await;
}
