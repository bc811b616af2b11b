//! The bot's database is put back from a backup: what it has forgotten is adopted, and ends on time.

use std::time::Duration;

use apono::access::reconcile::Drift;

use super::{login, look, role, stray_for_two_hours, told, until_posted};
use crate::support::backup::{back_up, put_back};
use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn access_that_a_restored_database_does_not_know_is_adopted_until_its_end() {
    run_test(async |ctx| {
        ctx.quiet().await;
        ctx.stop().await;
        let posted = ctx.simulator.channel_messages("permissions-audit").len();
        let backup = back_up(ctx).await;
        ctx.run().await;
        ctx.granted("2h").await;
        let dana = ctx.connect("dana").await;
        let mut session = dana.open().await.unwrap();
        ctx.quiet().await;
        ctx.stop().await;
        put_back(ctx, backup).await;
        // The trail continues from the backup, so later posts in the channel are removed too.
        let posts = ctx.simulator.channel_messages("permissions-audit");
        ctx.simulator.change_world(|world| {
            for post in &posts[posted..] {
                world.lose_message("permissions-audit", &post.ts);
            }
        });
        ctx.run().await;
        until_posted(ctx, "ADOPTED", 1).await;
        insta::assert_snapshot!(ctx.audit_posts("ADOPTED").await[0], @"
        🧭 *ADOPTED* AR-1 on orders-db, unknown to me, until [time]
        Integration: orders-db
        Target account: apono_[install]_ar1_dana_ito
        Gives: the group orders_read
        Until: [time]
        #6 · [head] · [time]
        ");
        assert!(dana.open().await.is_ok(), "it works until its end");

        // It is reported once, whatever restarts.
        ctx.quiet().await;
        ctx.stop().await;
        ctx.run().await;
        look(ctx, Drift::Warn).await;
        ctx.settle().await;
        assert_eq!(ctx.audit_posts("ADOPTED").await.len(), 1);

        ctx.clock.advance(Duration::from_hours(2));
        until_posted(ctx, "ENDED", 1).await;
        insta::assert_snapshot!(ctx.audit_posts("ENDED").await[0], @"
        🔒 *ENDED* AR-1 on orders-db, unknown to me: its time is up
        Integration: orders-db
        Target account: apono_[install]_ar1_dana_ito
        Why: I know of no request for it, and its time is up or an admin ended it
        Sessions ended: 1
        Proof: login locked, 0 sessions
        #9 · [head] · [time]
        ");
        assert!(dana.open().await.is_err());
        assert!(sqlx::raw_sql("SELECT 1").execute(&mut session).await.is_err());
        assert_eq!(role(ctx, &login(ctx)).await, "gone");
        insta::assert_snapshot!(told(ctx).await, @"
        🧭 *ADOPTED* AR-1 on orders-db, unknown to me, until [time]
        🔒 *ENDED* AR-1 on orders-db, unknown to me: its time is up
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_on_the_target_and_no_outage_makes_an_adopted_login_last_longer() {
    run_test(async |ctx| {
        let mut target = ctx.door_to_target().await;
        let stray = stray_for_two_hours(ctx).await;
        look(ctx, Drift::Warn).await;
        until_posted(ctx, "ADOPTED", 1).await;
        // Nobody can make it last longer on the target alone.
        super::by_hand(
            ctx,
            &format!(
                "ALTER ROLE {stray} VALID UNTIL 'infinity';
                 COMMENT ON ROLE {stray} IS 'apono AR-7 of install {{install}}, login, until 2200-01-01T00:00:00.000000Z'"
            ),
        )
        .await;
        look(ctx, Drift::Warn).await;
        target.shut().await;
        ctx.clock.advance(Duration::from_hours(2));
        ctx.until("the admins hear of it", async || {
            ctx.clock.advance(Duration::from_secs(61));
            !ctx.messages_to("ada", "belongs to no request").is_empty()
        })
        .await;
        target.open();
        ctx.clock.advance(Duration::from_mins(1));
        until_posted(ctx, "ENDED", 1).await;
        ctx.settle().await;
        assert_eq!(role(ctx, &stray).await, "gone");
    })
    .await;
}
