//! What stands on a target in our name without a live request, and what is not ours.

use std::time::Duration;

use apono::access::reconcile::Drift;
use apono::workers::reconcile::{Look, tick};

use super::{by_hand, in_mode, later, login, look, role, stray_for_two_hours, told, until_posted};
use crate::support::bot::{Setup, run_test, run_test_with};

const PAST: &str = "2026-01-01T00:00:00.000000Z";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_past_its_end_and_nobodys_ends_in_every_mode() {
    for drift in [Drift::Observe, Drift::Enforce] {
        run_test_with(
            || in_mode(drift),
            async |ctx| {
                let stray = format!("apono_{}_ar7_eve_moss", ctx.app().core().install);
                by_hand(
                    ctx,
                    &format!(
                        "SET ROLE {{db}}_bot; CREATE ROLE {stray} LOGIN VALID UNTIL '{PAST}' IN ROLE {{db}}_read;
                     COMMENT ON ROLE {stray} IS 'apono AR-7 of install {{install}}, until {PAST}'"
                    ),
                )
                .await;
                later(ctx);
                until_posted(ctx, "ENDED", 1).await;
                ctx.settle().await;
                assert_eq!(role(ctx, &stray).await, "gone");
                insta::assert_snapshot!(ctx.audit_posts("ENDED").await[0], @"
                🔒 *ENDED* AR-7 on orders-db, unknown to me: its time is up
                Integration: orders-db
                Target account: apono_[install]_ar7_eve_moss
                Why: I know of no request for it, and its time is up or an admin ended it
                Sessions ended: 0
                Proof: login locked, 0 sessions
                #4 · [head] · [time]
                ");
                assert_eq!(ctx.audit_posts("ADOPTED").await.len(), 0);
                look(ctx, drift).await;
                assert_eq!(ctx.audit_posts("ENDED").await.len(), 1);
            },
        )
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_and_stands_again_ends_again() {
    run_test_with(|| in_mode(Drift::Observe), async |ctx| {
        ctx.granted("2h").await;
        ctx.person("dana").command("/apono", "revoke AR-1").await.unwrap();
        ctx.sees("dana", "AR-1 · Revoked").await;
        ctx.settle().await;
        assert_eq!(role(ctx, &login(ctx)).await, "gone");
        by_hand(
            ctx,
            "SET ROLE {db}_bot; CREATE ROLE {login} LOGIN IN ROLE {db}_write;
             COMMENT ON ROLE {login} IS 'apono AR-1 of install {install}, login, until 2100-01-01T00:00:00.000000Z'",
        )
        .await;
        later(ctx);
        until_posted(ctx, "ENDED", 1).await;
        ctx.settle().await;
        assert_eq!(role(ctx, &login(ctx)).await, "gone");
        insta::assert_snapshot!(ctx.audit_posts("ENDED").await[0], @"
        🔒 *ENDED* AR-1 it was back on orders-db: Dana Ito (dana@example.com), read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Target account: apono_[install]_ar1_dana_ito
        Why: it was there although its request has ended
        Sessions ended: 0
        Proof: login locked, 0 sessions
        [Open]
        #10 · [head] · [time]
        ");
        insta::assert_snapshot!(told(ctx).await, @"🔒 *ENDED* AR-1 it was back on orders-db: Dana Ito (dana@example.com), read on orders (orders-db)");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_this_installs_is_never_touched() {
    run_test_with(
        || in_mode(Drift::Enforce),
        async |ctx| {
            let db = ctx.target.database.clone();
            let install = ctx.app().core().install.to_string();
            let others = [
                // Another install's; in our name but without a word; with our words in another name.
                format!("apono_otherins_ar7_{db}"),
                format!("apono_{install}_ar8_unmarked"),
                format!("{db}_reporting"),
                // In our name, but another install's by its comment.
                format!("apono_{install}_ar9_theirs"),
            ];
            let [other, unmarked, reporting, theirs] = &others;
            for name in &others {
                by_hand(
                    ctx,
                    &format!("CREATE ROLE {name} LOGIN VALID UNTIL '{PAST}' IN ROLE {{db}}_read"),
                )
                .await;
            }
            by_hand(
                ctx,
                &format!(
                    "COMMENT ON ROLE {other} IS 'apono AR-7 of install otherins, login, until {PAST}';
                 COMMENT ON ROLE {reporting} IS 'apono AR-7 of install {install}, login, until {PAST}';
                 COMMENT ON ROLE {theirs} IS 'apono AR-9 of install {install}x, login, until {PAST}'"
                ),
            )
            .await;
            for _ in 0..2 {
                look(ctx, Drift::Enforce).await;
            }
            assert_eq!(told(ctx).await, "");
            for name in [other, unmarked, reporting, theirs] {
                assert_eq!(role(ctx, name).await, "open orders_read", "{name}");
            }
        },
    )
    .await;
}

/// The usual set-up, with a second integration on the same server.
fn two_integrations() -> Setup {
    let usual = Setup::default();
    let second = r#"
[[integrations]]
name = "reports-db"
kind = "postgres"
url = { file = "target_url" }
permissions = { read = "{resource}_read" }
"#;
    Setup {
        config: format!("{}{second}", usual.config),
        ..usual
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_integrations_on_one_server_tell_of_the_same_thing_once() {
    run_test_with(two_integrations, async |ctx| {
        // What one of them granted is not strange to the other.
        ctx.granted("8h").await;
        stray_for_two_hours(ctx).await;
        later(ctx);
        until_posted(ctx, "ADOPTED", 1).await;
        for integration in ["orders-db", "reports-db"] {
            let looked = tick(ctx.app().core(), integration, Drift::Warn).await;
            assert_eq!(looked.unwrap(), Look::Done);
        }
        ctx.clock.advance(Duration::from_hours(2));
        until_posted(ctx, "ENDED", 1).await;
        assert_eq!(told(ctx).await.lines().count(), 2);
        assert!(ctx.connect("dana").await.open().await.is_ok());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_red_button_on_the_integration_ends_what_was_adopted_there() {
    run_test(async |ctx| {
        let stray = stray_for_two_hours(ctx).await;
        later(ctx);
        until_posted(ctx, "ADOPTED", 1).await;
        insta::assert_snapshot!(ctx.ada_is_asked("revoke all on orders-db").await, @"
        This ends 1 login or membership without a request: everything on orders-db, whoever has it.
        Reason (optional): ____
          Shown in the audit channel.
        And from now on (optional): ____
          Nothing new can be requested or granted on it until an admin thaws it.
        ");
        insta::assert_snapshot!(ctx.ada_presses().await, @"Being revoked: 1 login or membership without a request. The audit channel will say when the target has confirmed it.");
        until_posted(ctx, "ENDED", 1).await;
        ctx.settle().await;
        assert_eq!(role(ctx, &stray).await, "gone");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_down_is_said_once_and_nothing_is_concluded() {
    run_test(async |ctx| {
        let mut target = ctx.door_to_target().await;
        ctx.granted("8h").await;
        ctx.settle().await;
        target.shut().await;
        let looked = tick(ctx.app().core(), "orders-db", Drift::Warn).await.unwrap();
        assert!(matches!(looked, Look::Unreachable), "{looked:?}");
        // Each step lets the bot look again.
        ctx.until("the admins are told", async || {
            ctx.clock.advance(Duration::from_secs(16));
            !ctx.messages_to("ada", "I cannot check").is_empty()
        })
        .await;
        insta::assert_snapshot!(ctx.reads("ada", "I cannot check").await, @"⚠️ I cannot check orders-db, so I do not know whether the access there is what was granted; my log says why.");
        assert_eq!(told(ctx).await, "");
        target.open();
        ctx.until("it answers again", async || {
            let looked = tick(ctx.app().core(), "orders-db", Drift::Warn).await;
            looked.unwrap() == Look::Done
        })
        .await;
        assert_eq!(told(ctx).await, "");
        assert_eq!(ctx.messages_to("ada", "I cannot check").len(), 1);
        assert!(ctx.connect("dana").await.open().await.is_ok());
    })
    .await;
}
