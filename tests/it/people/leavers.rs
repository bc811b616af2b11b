//! People who leave lose what they have within minutes; an outage of Slack says nothing about anybody.

use std::time::Duration;

use slack_simulator::{ApiCall, CallMishap, Kind, Person, Trouble, World};

use crate::support::bot::{Context, Setup, run_test, run_test_with};

/// Longer than the pause between two looks.
const A_LOOK: Duration = Duration::from_secs(125);

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_deactivated_loses_live_and_pending_access_at_once() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let mut session = ctx.connect("dana").await.open().await.unwrap();
        ctx.asks("dana", "read", "3h", "for longer").await;
        ctx.sees("priya", "AR-2").await;
        ctx.settle().await;
        ctx.simulator.change_world(|world| world.deactivate("dana"));
        ctx.until_state(1, "Revoked").await;
        ctx.until_state(2, "Rejected").await;
        assert!(
            sqlx::Executor::execute(&mut session, "SELECT 1").await.is_err(),
            "the open session is gone"
        );
        insta::assert_snapshot!(ctx.reads("priya", "AR-2 · Rejected").await, @"
        ❌ *AR-2 · Rejected* Dana Ito (dana@example.com) asks for read on orders (orders-db)
        Request: AR-2
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 3 h
        Access flow: Developers read
        Dana Ito wrote:
        > for longer
        The requester left the workspace.
        ");
        ctx.settle().await;
        insta::assert_snapshot!(ctx.headlines_since("REVOKING"), @"
        ⏳ *REVOKING* AR-1 Dana Ito is deactivated in Slack: Dana Ito (dana@example.com), read on orders (orders-db)
        ❌ *REJECTED* AR-2 Dana Ito is deactivated in Slack: Dana Ito (dana@example.com), read on orders (orders-db), 3 h
        🔒 *REVOKED* AR-1 taken from somebody who left after [moment] of 2 h: Dana Ito (dana@example.com), read on orders (orders-db)
        🧹 *CLEANED UP* AR-1 login dropped on orders-db
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_becomes_a_guest_while_the_event_is_lost_loses_access_within_five_minutes() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        ctx.simulator.change_world(|world| {
            world.subscribe(&["message.im"]);
            world.set_kind("dana", Kind::MultiChannelGuest);
        });
        ctx.clock.advance(A_LOOK);
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        insta::assert_snapshot!(ctx.headlines_since("REVOKING"), @"
        ⏳ *REVOKING* AR-1 Dana Ito is now a guest: Dana Ito (dana@example.com), read on orders (orders-db)
        🔒 *REVOKED* AR-1 taken from somebody who left after 2 min of 2 h: Dana Ito (dana@example.com), read on orders (orders-db)
        🧹 *CLEANED UP* AR-1 login dropped on orders-db
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_makes_nobody_leave_ends_nothing() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.simulator.change_world(|world| {
            world.rename_person("dana", "Dana Ito-Berg");
            world.deactivate("eve");
        });
        ctx.clock.advance(A_LOOK);
        ctx.quiet().await;
        assert_eq!(ctx.state_of(1).await, "Granted");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_slack_ends_nobodys_access() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        ctx.simulator
            .change_world(|world| world.remove_scope("users:read"));
        for _ in 0..4 {
            ctx.clock.advance(A_LOOK);
            ctx.settle().await;
        }
        assert_eq!(ctx.state_of(1).await, "Granted");
        ctx.simulator
            .change_world(|world| world.grant_scope("users:read"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_slack_goes_on_not_to_know_loses_access() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        ctx.simulator
            .change_world(|world| world.forget_person("dana"));
        // No more time passes than the checks take, so the access does not expire in the meantime.
        while ctx.state_of(1).await == "Granted" {
            looked_again(ctx).await;
        }
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        insta::assert_snapshot!(ctx.headlines_since("REVOKING").lines().next().unwrap(), @"⏳ *REVOKING* AR-1 Slack no longer knows the account: Dana Ito (dana@example.com), read on orders (orders-db)");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_whose_last_approver_left_is_closed_and_says_so() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.everybody_is_known().await;
        ctx.simulator.change_world(|world| world.deactivate("omar"));
        ctx.quiet().await;
        assert_eq!(ctx.state_of(1).await, "Pending", "priya can still answer");
        ctx.simulator.change_world(|world| world.deactivate("priya"));
        ctx.until_state(1, "Rejected").await;
        insta::assert_snapshot!(ctx.reads("dana", "*Rejected*").await, @"
        ❌ *Rejected* AR-1: read on orders (orders-db)
        Nobody is left to answer it: its approvers left or were blocked.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        ctx.settle().await;
        insta::assert_snapshot!(ctx.headlines_since("REJECTED"), @"❌ *REJECTED* AR-1 nobody is left to answer it: Dana Ito (dana@example.com), read on orders (orders-db), 2 h");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_waits_while_its_approvers_by_a_new_config_could_not_be_looked_up() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.everybody_is_known().await;
        ctx.settle().await;
        ctx.simulator
            .change_world(|world| world.remove_scope("users:read"));
        ctx.simulator
            .change_world(|world| world.remove_scope("users:read.email"));
        ctx.edit_config(|text| {
            text.replace(
                r#"sre = ["omar@example.com", "priya@example.com"]"#,
                r#"sre = ["nils@example.com"]"#,
            )
        });
        ctx.app().reload().await.unwrap();
        assert!(
            !ctx.app()
                .bot()
                .directory
                .known
                .is_complete(&ctx.app().core().policy())
        );
        for _ in 0..2 {
            ctx.clock.advance(A_LOOK);
            ctx.settle().await;
        }
        assert_eq!(ctx.state_of(1).await, "Pending");
        ctx.simulator
            .change_world(|world| world.grant_scope("users:read.email"));
        ctx.simulator
            .change_world(|world| world.grant_scope("users:read"));
    })
    .await;
}

/// Dana has a second account, which is of an organisation elsewhere.
fn dana_elsewhere() -> Setup {
    let mut world = World::example();
    let other = Person::member("U0ELSE", "else", "Dana Ito", "dana@elsewhere.example");
    world.add_person(Person {
        team_id: Some("T0ELSE".to_owned()),
        enterprise_id: Some("E0ELSE".to_owned()),
        ..other
    });
    let usual = Setup::default();
    Setup {
        world,
        config: usual.config + "[[people]]\naccounts = [\"dana@example.com\", \"U0ELSE\"]\n",
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_left_loses_their_access_also_with_an_account_elsewhere() {
    run_test_with(dana_elsewhere, async |ctx| {
        ctx.everybody_is_known().await;
        ctx.granted("8h").await;
        ctx.quiet().await;
        ctx.simulator.change_world(|world| world.deactivate("dana"));
        ctx.clock.advance(A_LOOK);
        ctx.until_state(1, "Revoked").await;
    })
    .await;
}

/// Dana has an older account, which is deactivated.
fn dana_had_another() -> Setup {
    let mut world = World::example();
    world.add_person(Person::member(
        "U0OLDDANA",
        "olddana",
        "Dana Ito",
        "old@example.com",
    ));
    world.deactivate("olddana");
    let usual = Setup::default();
    Setup {
        world,
        config: usual.config + "[[people]]\naccounts = [\"dana@example.com\", \"U0OLDDANA\"]\n",
    }
}

/// Lets the pause between two checks pass, and waits until Dana is checked or has already lost AR-1 in the check before.
async fn looked_again(ctx: &Context) {
    let asked = || {
        let about_her = |call: &&ApiCall| call.method == "users.info" && call.arguments["user"] == "U0DANA";
        ctx.simulator.calls().iter().filter(about_her).count()
    };
    let before = asked();
    ctx.clock.advance(A_LOOK);
    ctx.until("she was looked at again", async || {
        asked() > before || ctx.state_of(1).await != "Granted"
    })
    .await;
}

/// Slack does not know Dana once, and then it does again.
async fn unknown_once(ctx: &Context) {
    ctx.everybody_is_known().await;
    ctx.granted("8h").await;
    ctx.quiet().await;
    let unknown = Trouble::on("users.info", CallMishap::Error("user_not_found".to_owned())).about("U0DANA");
    let met = ctx.simulator.calls_meet(unknown.times(1));
    ctx.clock.advance(A_LOOK);
    ctx.until("she was looked at", async || met.happened() == 1).await;
    looked_again(ctx).await;
    ctx.settle().await;
    assert_eq!(ctx.state_of(1).await, "Granted");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_slack_does_not_know_once_keeps_their_access_with_an_account_of_before_too() {
    run_test_with(dana_had_another, async |ctx| unknown_once(ctx).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_slack_does_not_know_once_keeps_their_access_with_an_account_elsewhere_too() {
    run_test_with(dana_elsewhere, async |ctx| unknown_once(ctx).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_slack_does_not_know_once_gets_what_was_approved() {
    run_test(async |ctx| {
        ctx.everybody_is_known().await;
        ctx.asked().await;
        ctx.says("ada", "freeze orders-db").await;
        ctx.approves("omar").await;
        ctx.sees("dana", "An admin froze").await;
        let unknown =
            Trouble::on("users.info", CallMishap::Error("user_not_found".to_owned())).about("U0DANA");
        let met = ctx.simulator.calls_meet(unknown.times(1));
        ctx.says("ada", "thaw orders-db").await;
        ctx.until("it is granted", async || {
            ctx.clock.advance(Duration::from_secs(1));
            ctx.state_of(1).await == "Granted"
        })
        .await;
        assert_eq!(met.happened(), 1);
    })
    .await;
}
