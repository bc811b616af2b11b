//! Telling the target of a later end: until it confirms, its earlier deadline holds; what it refuses is moved back.

use std::time::Duration;

use apono::access::ids::RequestNumber;

use super::{ends, run_extendable, run_writing, writing};
use crate::support::bot::Context;

/// Between two tries of telling a target.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Locks the login of AR-1 behind the bot's back: the target refuses whatever is asked of it then.
async fn lock_login(ctx: &Context) {
    let login = format!("apono_{}_ar1_dana_ito", ctx.app().core().install);
    let lock = format!("ALTER ROLE {login} NOLOGIN");
    sqlx::raw_sql(sqlx::AssertSqlSafe(lock))
        .execute(&mut ctx.target_session().await)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_is_on_its_way_until_the_target_confirms_it() {
    run_extendable(async |ctx| {
        let mut door = ctx.door_to_target().await;
        writing(ctx).await;
        door.shut().await;
        ctx.says("dana", "extend AR-1 1h").await;
        let card = ctx.reads("dana", "is in progress").await;
        insta::assert_snapshot!(card.lines().rev().nth(1).unwrap(), @r#"Approved automatically by "Write at once". Live until [time] (2 h, including 1 h added). The extension of 1 h is in progress: until the target confirms it, new logins work only until [time]."#);
        assert!(ctx.messages_to("dana", "*Extended*").is_empty());
        door.open();
        ctx.until_tried_again(LONGEST_PAUSE, "the target is told", async || {
            !ctx.messages_to("dana", "*Extended*").is_empty()
        })
        .await;
        let (ours, held) = ends(ctx).await;
        assert_eq!(ours, held);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_target_refuses_is_moved_back() {
    run_writing(async |ctx| {
        let before = ends(ctx).await;
        lock_login(ctx).await;
        ctx.says("dana", "extend AR-1 1h").await;
        insta::assert_snapshot!(ctx.reads("dana", "*Not extended*").await, @"
        ❌ *Not extended* AR-1: write on orders (orders-db)
        The target refused it. It ends at [time].
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        assert_eq!(ends(ctx).await, before);
        insta::assert_snapshot!(ctx.audit_posts("EXTENSION FAILED").await.join("\n\n"), @"
        ⚠️ *EXTENSION FAILED* AR-1 still ends at [clock]: Dana Ito (dana@example.com), write on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: write
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 1 h
        Until: [time]
        Cause: the login apono_[install]_ar1_dana_ito was revoked
        [Open]
        #8 · [head] · [time]
        ");
        ctx.clock.advance(Duration::from_hours(1));
        ctx.sees("dana", "*Ended*").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_that_died_before_it_told_the_target_tells_it_after() {
    run_writing(async |ctx| {
        let (before, _) = ends(ctx).await;
        ctx.stop_when_quiet().await;
        ctx.extend_while_stopped("dana", RequestNumber(1), Duration::from_hours(1))
            .await;
        ctx.run().await;
        ctx.sees("dana", "*Extended*").await;
        let after = before.plus(Duration::from_hours(1));
        assert_eq!(ends(ctx).await, (after, after));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_beside_a_revoke_never_brings_the_access_back() {
    run_writing(async |ctx| {
        let login = ctx.connect("dana").await;
        let dana = ctx.person("dana");
        let (extended, revoked) = tokio::join!(
            dana.command("/apono", "extend AR-1 1h"),
            dana.command("/apono", "revoke AR-1")
        );
        extended.unwrap();
        revoked.unwrap();
        ctx.sees("dana", "*Ended*").await;
        ctx.settle().await;
        assert!(login.open().await.is_err());
        let mut target = ctx.target_session().await;
        let ours = format!("apono_{}_%", ctx.app().core().install);
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_roles WHERE rolname LIKE $1")
            .bind(ours)
            .fetch_one(&mut target)
            .await
            .unwrap();
        assert_eq!(left, 0, "the login was dropped and not made anew");
    })
    .await;
}
