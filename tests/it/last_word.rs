//! Policy has the last word until a try to grant has succeeded: a person who loses the right between two tries gets nothing.

use std::time::Duration;

use apono::access::ids::RequestNumber;
use apono::access::request::{FailCause, State};
use apono::store::ReadGrants;
use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};

use crate::support::bot::{Context, run_test};
use crate::support::door::Door;
use crate::support::postgres_server;

const AR_1: RequestNumber = RequestNumber(1);

async fn state(ctx: &Context) -> State {
    let store = &ctx.app().core().store;
    store.request_by_number(AR_1).await.unwrap().unwrap().state
}

/// How often the target was tried.
async fn tries(ctx: &Context) -> u32 {
    let store = &ctx.app().core().store;
    let request = store.request_by_number(AR_1).await.unwrap().unwrap();
    let grant = store.grant(&request.id).await.unwrap();
    grant.map_or(0, |grant| grant.tries)
}

/// Whether anything of this install stands on the target.
async fn logins(ctx: &Context) -> i64 {
    let server = postgres_server::shared().unwrap();
    let url = server.superuser_url(&ctx.target.database);
    let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
    sqlx::query_scalar("SELECT count(*) FROM pg_roles WHERE starts_with(rolname, $1) AND rolcanlogin")
        .bind(format!("apono_{}", ctx.app().core().install))
        .fetch_one(&mut superuser)
        .await
        .unwrap()
}

/// Omar approved what Dana asked for, and the target has not answered yet.
async fn approved_on_a_target_that_is_down(ctx: &mut Context) -> Door {
    let mut target = ctx.door_to_target().await;
    ctx.asked().await;
    target.shut().await;
    ctx.person("omar")
        .click("asks for read", "Approve")
        .await
        .unwrap();
    ctx.until("it was tried in vain", async || {
        ctx.clock.advance(Duration::from_secs(5));
        tries(ctx).await >= 2
    })
    .await;
    assert_eq!(state(ctx).await, State::Approved);
    target
}

/// Lets time pass until the request is over, and says how it failed.
async fn failed(ctx: &Context) -> FailCause {
    let failed = ctx
        .eventually("it is over", async || {
            ctx.clock.advance(Duration::from_secs(5));
            match state(ctx).await {
                State::Failed(cause) => Some(cause),
                State::Granted => panic!("it was granted"),
                _ => None,
            }
        })
        .await;
    ctx.settle().await;
    assert_eq!(logins(ctx).await, 0);
    assert_eq!(ctx.audit_posts("GRANTED").await, [""; 0]);
    failed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_that_takes_the_requester_out_between_two_tries_ends_the_request() {
    run_test(async |ctx| {
        let mut target = approved_on_a_target_that_is_down(ctx).await;
        ctx.edit_config(|text| text.replace("developers = [\"dana@example.com\", ", "developers = ["));
        ctx.app().reload().await.unwrap();
        target.open();
        assert_eq!(failed(ctx).await, FailCause::NotAllowedAnyMore);
        let told = ctx.audit_posts("FAILED").await.remove(0);
        let told: Vec<&str> = told.lines().filter(|line| !line.starts_with("Tries: ") && !line.starts_with('#')).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        ⚠️ *FAILED* AR-1 not granted; nothing left on orders-db: Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Step: granting
        Cause: no access flow allows it now
        Undo confirmed at: [time]
        Next step: request it again, or ask an admin about the access flow
        [Open]
        ");
        insta::assert_snapshot!(ctx.reads("dana", "could not be granted").await, @"
        ⚠️ *Failed* AR-1: read on orders (orders-db) could not be granted
        Approved by Omar Khan (omar@example.com), group:sre. It could not be granted: the access flows no longer allow it; nothing of it is left, confirmed at [time].
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
    })
    .await;
}

/// Priya could decide instead, but what a try may have left must not wait for her.
#[tokio::test(flavor = "multi_thread")]
async fn a_reload_that_takes_the_approver_out_between_two_tries_undoes_it_and_asks_nobody_else() {
    run_test(async |ctx| {
        let mut target = approved_on_a_target_that_is_down(ctx).await;
        ctx.edit_config(|text| text.replace("sre = [\"omar@example.com\", ", "sre = ["));
        ctx.app().reload().await.unwrap();
        target.open();
        assert_eq!(failed(ctx).await, FailCause::NotAllowedAnyMore);
        let told = ctx.audit_posts("FAILED").await.remove(0);
        assert!(
            told.contains("Cause: the approval by Omar Khan no longer counts\n"),
            "{told}"
        );
        assert_eq!(ctx.audit_posts("REOPENED").await, [""; 0]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_who_leaves_between_two_tries_takes_the_approval_along() {
    run_test(async |ctx| {
        let mut target = approved_on_a_target_that_is_down(ctx).await;
        ctx.simulator.change_world(|world| world.deactivate("omar"));
        // A try that began before he left may still be on its way.
        ctx.until("it is undone", async || {
            ctx.clock.advance(Duration::from_secs(1));
            matches!(state(ctx).await, State::Revoking(_))
        })
        .await;
        target.open();
        assert_eq!(failed(ctx).await, FailCause::NotAllowedAnyMore);
    })
    .await;
}

/// The process died after the target had the login and before that was committed: nobody knows that the try succeeded.
#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_a_dead_process_made_is_taken_back_if_policy_says_no_by_then() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let login = ctx.connect("dana").await;
        ctx.quiet().await;
        ctx.stop().await;
        // As that process would have left it.
        ctx.execute("UPDATE request SET state = 'approved'").await;
        ctx.execute("UPDATE access_grant SET confirmed_at = NULL, target_deadline = NULL")
            .await;
        let store = ctx.stopped_store().await;
        let request = store.request_by_number(AR_1).await.unwrap().unwrap();
        let mut tx = store.write().await.unwrap();
        let now = apono::clock::Clock::now(&*ctx.clock);
        tx.schedule(&apono::store::JobSpec::at(
            apono::store::JobKind::Provision,
            request.id.as_str(),
            now,
        ))
        .await
        .unwrap();
        tx.seal(Vec::new()).await.unwrap();
        store.close().await.unwrap();
        ctx.edit_config(|text| text.replace("developers = [\"dana@example.com\", ", "developers = ["));
        ctx.run().await;
        ctx.until("it is undone", async || {
            state(ctx).await == State::Failed(FailCause::NotAllowedAnyMore)
        })
        .await;
        assert!(login.open().await.is_err());
        assert_eq!(logins(ctx).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_still_allowed_is_granted_once_the_target_is_there() {
    run_test(async |ctx| {
        let mut target = approved_on_a_target_that_is_down(ctx).await;
        ctx.edit_config(|text| text.replace("max_duration = \"8h\"", "max_duration = \"4h\""));
        ctx.app().reload().await.unwrap();
        target.open();
        ctx.until("it is granted", async || {
            ctx.clock.advance(Duration::from_secs(5));
            state(ctx).await == State::Granted
        })
        .await;
        assert!(ctx.connect("dana").await.open().await.is_ok());
    })
    .await;
}
