//! A cleanup that keeps failing: the admins are told once, with the cause, however often it is retried and by whichever
//! process.

use std::time::Duration;

use apono::access::ids::RequestNumber;
use apono::access::reconcile::Drift;
use apono::clock::Clock;
use apono::store::{JobKind, JobSpec};
use secrecy::ExposeSecret;
use slack_simulator::SeenMessage;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::reconcile::{login, look, role};
use crate::support::bot::{Context, run_test};
use crate::support::postgres_server;

async fn as_superuser(ctx: &Context, sql: &str) {
    let server = postgres_server::shared().unwrap();
    let url = server.superuser_url(&ctx.target.database);
    let mut superuser = PgConnection::connect(url.expose_secret()).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut superuser)
        .await
        .unwrap();
}

fn told(ctx: &Context) -> Vec<SeenMessage> {
    ctx.messages_to("ada", "could not be removed")
}

/// Lets time pass until the trail says so often that it cannot be cleaned up.
async fn until_told(ctx: &Context) {
    ctx.until_tried_again(Duration::from_secs(50), "it is told", async || {
        !told(ctx).is_empty()
    })
    .await;
}

/// Lets the longest pause between two clean-ups pass, and waits for the next one.
async fn until_cleaned_up(ctx: &Context) {
    ctx.until_tried_again(Duration::from_mins(10), "it is cleaned up", async || {
        ctx.audit_channel().contains("*CLEANED UP*")
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_up_that_does_not_get_through_is_told_once_with_what_holds_it() {
    run_test(async |ctx| {
        ctx.granted("30m").await;
        // Only the role that gave it can take it back.
        as_superuser(ctx, &format!("GRANT SELECT ON orders TO {}", login(ctx))).await;
        ctx.clock.advance(Duration::from_mins(30));
        ctx.sees("dana", "Ended").await;
        ctx.settle().await;
        ctx.clock.advance(Duration::from_mins(5));
        ctx.settle().await;
        assert!(told(ctx).is_empty(), "five minutes may pass");
        until_told(ctx).await;
        insta::assert_snapshot!(ctx.plain(&told(ctx)[0].rendered), @"⚠️ The access of AR-1 (apono_[install]_ar1_dana_ito on orders-db) ended at [time], but what it left there could not be removed: while dropping the login: it still has something that only others can take away, such as privileges that they gave it (2BP01). Nobody can get in with it. I keep trying, and the audit channel will say CLEANED UP when it is gone.");
        let post = ctx.audit_posts("NOT CLEANED UP").await.remove(0);
        let post: Vec<&str> = post.lines().filter(|line| !line.starts_with("Tries: ")).collect();
        insta::assert_snapshot!(post.join("\n"), @"
        ⚠️ *NOT CLEANED UP* AR-1 what it left behind on orders-db is still there: Dana Ito (dana@example.com), read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 30 min
        Target account: apono_[install]_ar1_dana_ito
        Access ended: [time]
        Last error: while dropping the login: it still has something that only others can take away, such as privileges that they gave it (2BP01)
        [Open]
        #9 · [head] · [time]
        ");

        // Neither more tries nor a restart says it again.
        for _ in 0..3 {
            ctx.clock.advance(Duration::from_mins(11));
            ctx.settle().await;
        }
        ctx.stop_when_quiet().await;
        ctx.clock.advance(Duration::from_mins(11));
        ctx.run().await;
        ctx.settle().await;
        assert_eq!(told(ctx).len(), 1);
        assert_eq!(ctx.audit_posts("NOT CLEANED UP").await.len(), 1);

        as_superuser(ctx, &format!("REVOKE SELECT ON orders FROM {}", login(ctx))).await;
        until_cleaned_up(ctx).await;
        assert_eq!(role(ctx, &login(ctx)).await, "gone");
        assert_eq!(told(ctx).len(), 1, "the channel says that it is over");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_of_what_no_request_stands_for() {
    run_test(async |ctx| {
        let stray = format!("apono_{}_ar7_eve_moss", ctx.app().core().install);
        let past = "2026-01-01T00:00:00.000000Z";
        as_superuser(
            ctx,
            &format!(
                "CREATE ROLE {stray} LOGIN VALID UNTIL '{past}' IN ROLE {}_read;
                 COMMENT ON ROLE {stray} IS 'apono AR-7 of install {}, login, until {past}';
                 GRANT SELECT ON orders TO {stray}",
                ctx.target.database,
                ctx.app().core().install
            ),
        )
        .await;
        look(ctx, Drift::Warn).await;
        ctx.until_channel_says("*ENDED*").await;
        until_told(ctx).await;
        insta::assert_snapshot!(ctx.plain(&told(ctx)[0].rendered), @"⚠️ The access that belongs to no request (apono_[install]_ar7_eve_moss on orders-db) ended at [time], but what it left there could not be removed: while dropping the login: it still has something that only others can take away, such as privileges that they gave it (2BP01). Nobody can get in with it. I keep trying, and the audit channel will say CLEANED UP when it is gone.");
        assert_eq!(ctx.audit_posts("NOT CLEANED UP").await.len(), 1);
        as_superuser(ctx, &format!("REVOKE SELECT ON orders FROM {stray}")).await;
        until_cleaned_up(ctx).await;
        assert_eq!(told(ctx).len(), 1);
    })
    .await;
}

/// The first process may have sent it before it died.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_may_have_told_is_looked_for_before_it_is_told_again() {
    run_test(async |ctx| {
        ctx.granted("30m").await;
        as_superuser(ctx, &format!("GRANT SELECT ON orders TO {}", login(ctx))).await;
        ctx.clock.advance(Duration::from_mins(30));
        ctx.sees("dana", "Ended").await;
        until_told(ctx).await;
        ctx.stop_when_quiet().await;
        // As a process leaves it that died right after Slack had the message.
        let store = ctx.stopped_store().await;
        let request = store.request_by_number(RequestNumber(1)).await.unwrap().unwrap();
        let mut tx = store.write().await.unwrap();
        let again = JobSpec::at(JobKind::TellLeftOver, request.id.as_str(), ctx.clock.now());
        tx.schedule(&again).await.unwrap();
        tx.seal(Vec::new()).await.unwrap();
        store.close().await.unwrap();
        ctx.execute("UPDATE job SET attempt = 1 WHERE kind = 'tell_left_over'")
            .await;
        ctx.run().await;
        ctx.settle().await;
        assert_eq!(told(ctx).len(), 1);
        as_superuser(ctx, &format!("REVOKE SELECT ON orders FROM {}", login(ctx))).await;
        until_cleaned_up(ctx).await;
    })
    .await;
}
