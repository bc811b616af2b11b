//! A channel that cannot be written to: the bot tells the admins, nothing is lost, and posting continues in order.

use std::time::Duration;

use slack_simulator::{Channel, World};

use crate::support::bot::{Context, Setup, run_test, run_test_with};

fn world(change: impl FnOnce(&mut World)) -> Setup {
    let mut setup = Setup::default();
    change(&mut setup.world);
    setup
}

/// What the admins are told, once.
async fn told(ctx: &Context) -> String {
    let told = ctx
        .person("ada")
        .wait_for("@bot", "The audit channel")
        .await
        .unwrap();
    assert_eq!(ctx.messages_to("ada", "The audit channel").len(), 1, "said once");
    told.rendered
}

fn posted(ctx: &Context) -> usize {
    ctx.simulator.channel_messages("C0AUDIT").len()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_bot_in_it_decisions_and_expiries_go_on_and_are_posted_later_in_order() {
    run_test_with(
        || world(|world| world.leave("permissions-audit", "@bot")),
        async |ctx| {
            insta::assert_snapshot!(told(ctx).await, @"⚠️ The audit channel #permissions-audit does not have me as a member. Type `/invite @apono` there. Until then its messages wait; decisions and expiries continue.");
            ctx.granted("30m").await;
            let login = ctx.connect("dana").await;
            ctx.clock.advance(Duration::from_mins(30));
            ctx.person("dana").wait_for("@bot", "Ended").await.unwrap();
            assert!(login.open().await.is_err());
            assert_eq!(posted(ctx), 0);
            ctx.simulator
                .change_world(|world| world.join("permissions-audit", "@bot"));
            ctx.settle().await;
            insta::assert_snapshot!(ctx.audit_channel(), @"
            🌱 *INSTALLED* install [install]; the audit trail starts here
            📜 *POLICY CHANGED* the first config is active
            ▶️ *STARTED* apono 0.1.0 is running
            📝 *REQUESTED* AR-1 Dana Ito (dana@example.com) asks for read on orders (orders-db), 30 min
            ✅ *APPROVED* AR-1 by Omar Khan (omar@example.com) (1 of 1): Dana Ito (dana@example.com), read on orders (orders-db), 30 min
            🔓 *GRANTED* AR-1 Dana Ito (dana@example.com) has read on orders (orders-db) until [clock] (30 min)
            🔑 *CREDENTIALS SHOWN* AR-1 to Dana Ito (dana@example.com): read on orders (orders-db)
            ⏳ *REVOKING* AR-1 its time is up: Dana Ito (dana@example.com), read on orders (orders-db)
            🏁 *EXPIRED* AR-1 on time ([late]): Dana Ito (dana@example.com), read on orders (orders-db)
            🧹 *CLEANED UP* AR-1 login dropped on orders-db
            ");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archived_channel_is_waited_for() {
    run_test_with(
        || world(|world| world.archive("permissions-audit")),
        async |ctx| {
            insta::assert_snapshot!(told(ctx).await, @"⚠️ The audit channel #permissions-audit is archived. Unarchive it. Until then its messages wait; decisions and expiries continue.");
            assert_eq!(posted(ctx), 0);
            ctx.simulator
                .change_world(|world| world.unarchive("permissions-audit"));
            ctx.settle().await;
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_shared_with_others_is_not_written_to() {
    run_test_with(
        || world(|world| world.share("permissions-audit", &["T0OTHER"])),
        async |ctx| {
            insta::assert_snapshot!(told(ctx).await, @"⚠️ The audit channel #permissions-audit is shared with another organisation, so I do not post to it. Stop sharing it. Until then its messages wait; decisions and expiries continue.");
            assert_eq!(posted(ctx), 0);
            ctx.simulator
                .change_world(|world| world.share("permissions-audit", &[]));
            ctx.settle().await;
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_not_there_is_named() {
    run_test_with(
        || world(|world| world.rename_channel("permissions-audit", "something-else")),
        async |ctx| {
            insta::assert_snapshot!(told(ctx).await, @"⚠️ The audit channel #permissions-audit cannot be found. Create it, or invite me to it if it is private. Until then its messages wait; decisions and expiries continue.");
            ctx.simulator.change_world(|world| {
                world.rename_channel("C0AUDIT", "permissions-audit");
                world.leave("C0AUDIT", "@bot");
                world.join("C0AUDIT", "@bot");
            });
            ctx.settle().await;
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_is_shared_while_the_bot_runs_is_left_alone_at_once() {
    run_test(async |ctx| {
        ctx.settle().await;
        let before = posted(ctx);
        ctx.simulator
            .change_world(|world| world.share("permissions-audit", &["T0OTHER"]));
        insta::assert_snapshot!(told(ctx).await, @"⚠️ The audit channel #permissions-audit is shared with another organisation, so I do not post to it. Stop sharing it. Until then its messages wait; decisions and expiries continue.");
        ctx.asks("dana", "write", "10m", "a secret of ours").await;
        ctx.person("dana").wait_for("@bot", "you have write").await.unwrap();
        assert_eq!(posted(ctx), before);
        ctx.simulator
            .change_world(|world| world.share("permissions-audit", &[]));
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_thrown_out_of_the_channel_says_so_and_goes_on_when_it_is_invited_again() {
    run_test(async |ctx| {
        ctx.settle().await;
        ctx.simulator
            .change_world(|world| world.leave("permissions-audit", "@bot"));
        told(ctx).await;
        ctx.asks("dana", "write", "10m", "hurry").await;
        ctx.person("dana")
            .wait_for("@bot", "you have write")
            .await
            .unwrap();
        ctx.simulator
            .change_world(|world| world.join("permissions-audit", "@bot"));
        ctx.settle().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_channel_is_pinned_to_its_id_and_another_one_of_its_name_is_not_written_to() {
    run_test(async |ctx| {
        ctx.settle().await;
        ctx.simulator.change_world(|world| {
            world.rename_channel("permissions-audit", "permissions-audit-old");
            world.add_channel(Channel::public("C0FALSE", "permissions-audit", &["U0NILS"]));
            world.join("C0FALSE", "@bot");
        });
        let before = posted(ctx);
        ctx.asks("dana", "write", "10m", "hurry").await;
        ctx.person("dana")
            .wait_for("@bot", "you have write")
            .await
            .unwrap();
        ctx.settle().await;
        ctx.stop().await;
        ctx.run().await;
        ctx.settle().await;
        assert!(posted(ctx) > before + 3);
        assert!(ctx.simulator.channel_messages("C0FALSE").is_empty());
        ctx.simulator.change_world(|world| {
            world.rename_channel("C0FALSE", "false");
            world.rename_channel("C0AUDIT", "permissions-audit");
        });
    })
    .await;
}
