//! The bot's database is older than what the audit channel shows: access is only taken away until an operator accepts that.

use std::process::{Command, Output};
use std::time::Duration;

use apono::access::ids::RequestNumber;
use apono::access::reconcile::Drift;
use apono::access::request::State;
use slack_simulator::Submitted;

use crate::reconcile::{in_mode, login, look, role};
use crate::support::backup::{back_up, put_back};
use crate::support::bot::{Context, run_test, run_test_with};

const RESTORED: &str = "My database was restored from an older backup, so I only revoke access until an operator accepts that. Nothing was changed.";

/// Saves the database, lets `lost` happen, and continues with the saved one.
async fn lose(ctx: &mut Context, lost: impl AsyncFnOnce(&mut Context)) {
    ctx.stop_when_quiet().await;
    let backup = back_up(ctx).await;
    let kept = ctx.simulator.channel_messages("permissions-audit").len();
    ctx.run().await;
    lost(ctx).await;
    ctx.stop_when_quiet().await;
    let posts = ctx.simulator.channel_messages("permissions-audit");
    ctx.given_up
        .extend(posts[kept..].iter().map(|post| post.ts.clone()));
    put_back(ctx, backup).await;
    ctx.run().await;
}

async fn state(ctx: &Context, number: i64) -> State {
    let store = &ctx.app().core().store;
    let request = store.request_by_number(RequestNumber(number)).await.unwrap();
    request.unwrap().state
}

fn accept_restore(ctx: &Context, reason: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_apono"))
        .args(["accept-restore", "--reason", reason, "--config"])
        .arg(ctx.config_path())
        .output()
        .unwrap()
}

/// Without the hash that follows the number of an event.
fn without_head(text: &str, before: &str) -> String {
    let at = text.find(before).unwrap() + before.len();
    format!("{}[head]{}", &text[..at], &text[at + 12..])
}

/// What Dana reads who asks for what is granted at once.
async fn asks_at_once(ctx: &Context) -> Submitted {
    ctx.ask("dana", "write", "30m", "incident 4712").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_from_a_backup_only_takes_access_away_until_that_is_accepted() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.asks("eve", "read", "1h", "incident 4713").await;
        ctx.sees("omar", "Eve Moss (eve@example.com) asks for read").await;
        lose(ctx, async |ctx| {
            assert_eq!(asks_at_once(ctx).await, Submitted::Closed);
            ctx.sees("dana", "AR-3 · Granted").await;
        })
        .await;

        ctx.until_channel_says("*RESTORED*").await;
        let post = &ctx.audit_posts("RESTORED").await[0];
        insta::assert_snapshot!(without_head(post, "channel: #13 · "), @r"
        🗄️ *RESTORED* the database is older than #13 here: access can only be revoked until an operator accepts that
        Last in this channel: #13 · [head]
        The database ended at: #9
        What to do: put the newer database back, or accept this one: apono accept-restore --reason ...
        #10 · [head] · [time]
        ");
        ctx.clock.advance(Duration::from_mins(1));
        let alarm = ctx.sees("ada", "restored from an older backup").await;
        insta::assert_snapshot!(without_head(&ctx.plain(&alarm.rendered), "#13 ("), @"⚠️ My database was restored from an older backup: the audit channel shows event #13 ([head]), which it does not have. Until an operator runs `apono accept-restore`, I only revoke access; access that is live in this database ends on time.");

        assert!(format!("{:?}", asks_at_once(ctx).await).contains(RESTORED));
        let answer = ctx
            .answer_to("omar", async |omar| {
                omar.click("Eve Moss (eve@example.com) asks for read", "Approve").await
            })
            .await;
        assert_eq!(answer, RESTORED);
        ctx.clicks("dana", "AR-1 · Granted", "Connect").await;
        ctx.until("the window says why not", async || {
            let modal = ctx.person("dana").top_modal();
            modal.is_some_and(|modal| modal.rendered.contains(RESTORED))
        })
        .await;
        ctx.person("dana").close_modal().await.unwrap();
        assert_eq!(state(ctx, 2).await, State::Pending);

        // It survives a restart, and what is live by this database ends on time.
        ctx.stop_when_quiet().await;
        ctx.run().await;
        ctx.clock.advance(Duration::from_hours(2));
        ctx.sees("dana", "AR-1 · Expired").await;
        assert_eq!(ctx.audit_posts("RESTORED").await.len(), 1, "it is found once");

        ctx.stop_when_quiet().await;
        assert!(
            !accept_restore(ctx, " ").status.success(),
            "a reason has to be said"
        );
        let accepted = accept_restore(ctx, "the disk was lost");
        assert!(accepted.status.success(), "{accepted:?}");
        insta::assert_snapshot!(String::from_utf8(accepted.stdout).unwrap(), @r"
        Accepted. The trail continues from here; the events it lost are only in the audit channel, up to #13. The next request is AR-4.
        This database knows of no live access.
        ");
        let again = accept_restore(ctx, "the disk was lost");
        insta::assert_snapshot!(String::from_utf8(again.stderr).unwrap(), @"apono: there is nothing to accept: the bot found neither a moved database nor an event in the audit channel that the database does not have; it checks when it starts");

        ctx.run().await;
        let post = &ctx.audit_posts("RESTORE ACCEPTED").await[0];
        // What ended just now may have been overdue for a moment, which is an event too.
        insta::assert_snapshot!(post.rsplit_once('\n').unwrap().0, @r"
        🗄️ *RESTORE ACCEPTED* by an operator: the trail continues; what it lost, up to #13, is only in this channel
        Lost up to: #13
        Next request: AR-4
        The operator wrote:
        > the disk was lost
        ");
        assert_eq!(asks_at_once(ctx).await, Submitted::Closed);
        // AR-3 was another request, which the channel tells of.
        ctx.sees("dana", "AR-4 · Granted").await;
        ctx.clicks("omar", "Eve Moss (eve@example.com) asks for read", "Approve").await;
        ctx.sees("eve", "AR-2 · Granted").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_lost_trail_took_away_is_not_made_again() {
    run_test_with(
        || in_mode(Drift::Enforce),
        async |ctx| {
            ctx.granted("2h").await;
            lose(ctx, async |ctx| {
                ctx.says("dana", "revoke AR-1").await;
                ctx.sees("dana", "AR-1 · Revoked").await;
                ctx.quiet().await;
                assert_eq!(role(ctx, &login(ctx)).await, "gone");
            })
            .await;
            ctx.until_channel_says("*RESTORED*").await;
            look(ctx, Drift::Enforce).await;
            // If something had to be created again, its worker would do so before the next post to the channel.
            ctx.until_channel_says("*DRIFT*").await;
            ctx.quiet().await;
            assert_eq!(role(ctx, &login(ctx)).await, "gone");
            assert_eq!(state(ctx, 1).await, State::Granted, "as this database has it");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_a_thread_shows_is_noticed_too() {
    run_test(async |ctx| {
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        lose(ctx, async |ctx| {
            ctx.sees("omar", "Dana Ito (dana@example.com) asks for read")
                .await;
            ctx.says("dana", "cancel AR-1").await;
            ctx.sees("omar", "Cancelled").await;
        })
        .await;
        ctx.until_channel_says("*RESTORED*").await;
        assert!(format!("{:?}", asks_at_once(ctx).await).contains(RESTORED));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_write_above_the_last_post_hides_nothing() {
    run_test(async |ctx| {
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        lose(ctx, async |ctx| {
            assert_eq!(asks_at_once(ctx).await, Submitted::Closed);
            ctx.sees("dana", "AR-2 · Granted").await;
            ctx.quiet().await;
            ctx.others_write_in_the_channel().await;
        })
        .await;
        ctx.until_channel_says("*RESTORED*").await;
        assert!(format!("{:?}", asks_at_once(ctx).await).contains(RESTORED));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_thread_of_an_old_post_shows_is_noticed_below_what_others_write() {
    run_test(async |ctx| {
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        ctx.quiet().await;
        ctx.others_write_in_the_channel().await;
        lose(ctx, async |ctx| {
            ctx.sees("omar", "Dana Ito (dana@example.com) asks for read")
                .await;
            ctx.says("dana", "cancel AR-1").await;
            ctx.sees("omar", "Cancelled").await;
        })
        .await;
        ctx.until_channel_says("*RESTORED*").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_waits_and_fails_if_nobody_accepts_the_backup() {
    run_test(async |ctx| {
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        ctx.sees("omar", "Dana Ito (dana@example.com) asks for read")
            .await;
        ctx.says("ada", "freeze orders-db").await;
        ctx.approves("omar").await;
        ctx.sees("dana", "An admin froze orders-db").await;
        // The job of the grant is due again and again, so nothing is ever settled here.
        ctx.says("ada", "thaw orders-db").await;
        ctx.sees("dana", "AR-1 · Granted").await;
    })
    .await;
}
