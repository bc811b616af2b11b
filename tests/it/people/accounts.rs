//! One person with several accounts, an account that takes over an address, an organisation with several workspaces.

use std::time::Duration;

use serde_json::json;
use slack_simulator::World;

use crate::support::bot::{Setup, run_test, run_test_with};
use crate::support::steps::{forged_approval, forged_click, value_of};

const SECOND_ACCOUNT: &str = "[[people]]\naccounts = [\"dana@example.com\", \"U0PRIYA\"]\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_second_account_of_the_requester_is_not_asked_and_decides_nothing() {
    run_test_with(joined, async |ctx| {
        ctx.everybody_is_known().await;
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        let omars = ctx
            .sees("omar", "Dana Ito (dana@example.com) asks for read")
            .await;
        ctx.settle().await;
        assert_eq!(ctx.messages_to("priya", "asks for").len(), 0);
        let answer = ctx.answer_to_forged("priya", forged_approval(&omars)).await;
        insta::assert_snapshot!(answer, @"You cannot decide your own request. Somebody else has to.");
        assert_eq!(ctx.state_of(1).await, "Pending");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_goes_to_the_account_that_is_still_there() {
    let joined = || Setup {
        config: Setup::default().config + "[[people]]\naccounts = [\"priya@example.com\", \"U0EVE\"]\n",
        ..Setup::default()
    };
    run_test_with(joined, async |ctx| {
        ctx.everybody_is_known().await;
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        ctx.sees("omar", "Dana Ito (dana@example.com) asks for read")
            .await;
        ctx.settle().await;
        let (usual, other) = match ctx.messages_to("priya", "asks for").len() {
            0 => ("eve", "priya"),
            _ => ("priya", "eve"),
        };
        ctx.simulator.change_world(|world| world.deactivate(usual));
        ctx.until("it is known", async || {
            !ctx.app()
                .bot()
                .directory
                .known
                .is_member(&format!("U0{}", usual.to_uppercase()))
        })
        .await;
        ctx.says("dana", "cancel AR-1").await;
        ctx.asks("dana", "read", "3h", "for longer").await;
        ctx.sees(other, "AR-2").await;
    })
    .await;
}

/// What is known of the account whose name comes first must not be what the click waits for.
#[tokio::test(flavor = "multi_thread")]
async fn an_approver_with_two_accounts_decides_from_either() {
    let joined = || Setup {
        config: Setup::default().config + "[[people]]\naccounts = [\"priya@example.com\", \"U0EVE\"]\n",
        ..Setup::default()
    };
    run_test_with(joined, async |ctx| {
        ctx.everybody_is_known().await;
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        let omars = ctx
            .sees("omar", "Dana Ito (dana@example.com) asks for read")
            .await;
        ctx.settle().await;
        ctx.clock.advance(Duration::from_secs(90));
        let cards = [
            ("priya", ctx.messages_to("priya", "asks for read")),
            ("eve", ctx.messages_to("eve", "asks for read")),
        ];
        let (who, _) = cards
            .iter()
            .find(|(_, cards)| !cards.is_empty())
            .unwrap_or_else(|| panic!("one of the two accounts got a card like {omars:?}"));
        ctx.approves(who).await;
        ctx.sees("dana", "you have read").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_turn_out_to_be_one_persons_bring_their_history_with_them() {
    run_test(async |ctx| {
        let (_, priyas) = ctx.asked().await;
        ctx.restart_with(|text| format!("{text}\n{SECOND_ACCOUNT}")).await;
        ctx.everybody_is_known().await;
        let answer = ctx.answer_to_stale_click("priya", &priyas, "Approve").await;
        insta::assert_snapshot!(answer, @"You cannot decide your own request. Somebody else has to.");
        insta::assert_snapshot!(ctx.says("priya", "list").await, @"
        Your latest requests:
        *AR-1* Pending – read on orders (orders-db), 2 h
        `/apono show AR-1` shows one with its history. `/apono pending` shows what waits for your answer.
        ");
        ctx.settle().await;
        insta::assert_snapshot!(ctx.headlines_since("JOINED"), @"
        👥 *JOINED* Dana Ito (U0DANA) and Priya Shah (U0PRIYA) are one person
        ⛔ *REFUSED* click on AR-1 by Priya Shah (priya@example.com): You cannot decide your own request. Somebody else has to.
        ");
        ctx.approves("omar").await;
        ctx.sees("dana", "you have read").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn access_that_its_holder_approved_by_another_account_ends_at_once_and_the_admins_hear_of_it() {
    run_test(async |ctx| {
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        ctx.approves("priya").await;
        ctx.sees("dana", "you have read").await;
        ctx.restart_with(|text| format!("{text}\n{SECOND_ACCOUNT}")).await;
        ctx.until_state(1, "Revoked").await;
        let notice = ctx.sees("ada", "Self-approved").await;
        insta::assert_snapshot!(ctx.plain(&notice.rendered), @"
        ⚠️ *Self-approved* AR-1: Dana Ito (dana@example.com) approved their own read on orders (orders-db)
        The account that requested this and the one that approved it belong to the same person. The access is being revoked; the audit channel will say when it is gone.
        ");
        ctx.settle().await;
        insta::assert_snapshot!(ctx.headlines_since("JOINED"), @"
        👥 *JOINED* Dana Ito (U0DANA) and Priya Shah (U0PRIYA) are one person
        ⏳ *REVOKING* AR-1 the requester and the approver are the same person: Dana Ito (dana@example.com), read on orders (orders-db)
        🔒 *REVOKED* AR-1 approved by its own grantee after [moment] of 2 h: Dana Ito (dana@example.com), read on orders (orders-db)
        🧹 *CLEANED UP* AR-1 login dropped on orders-db
        ");
        assert_eq!(ctx.messages_to("ada", "Self-approved").len(), 1, "said once");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_accepts_an_address_that_moved_and_nobody_else_does() {
    run_test(async |ctx| {
        ctx.everybody_is_known().await;
        ctx.simulator.change_world(|world| {
            world.set_email("priya", "priya@new.example", true);
            world.set_email("nils", "priya@example.com", true);
        });
        insta::assert_snapshot!(ctx.says("nils", "accept priya@example.com").await, @"Only an admin may do that.");
        // A code means an account of an issuer, and moves no address.
        insta::assert_snapshot!(ctx.says("ada", "accept priya@example.com 3f9a21c0").await, @r#"No waiting account has the code "3f9a21c0". No account is waiting to sign in to the portal as Nils Berg (U0NILS)."#);
        insta::assert_snapshot!(ctx.says("ada", "accept <mailto:priya@example.com|priya@example.com>").await, @"priya@example.com now identifies Nils Berg (U0NILS), and nobody else.");
        insta::assert_snapshot!(ctx.says("ada", "accept priya@example.com").await, @"priya@example.com already identifies Nils Berg (U0NILS).");
        insta::assert_snapshot!(ctx.says("ada", "accept gus@example.com").await, @"The config does not name gus@example.com, so there is nothing to accept.");
        insta::assert_snapshot!(ctx.audit_posts("ADDRESS ACCEPTED").await.join("\n\n"), @"
        📧 *ADDRESS ACCEPTED* priya@example.com by Ada Lind (ada@example.com): it now identifies Nils Berg (U0NILS)
        Address: priya@example.com
        Belonged to: Priya Shah (U0PRIYA)
        Belongs to: Nils Berg (priya@example.com, U0NILS)
        Accepted by: Ada Lind (ada@example.com, U0ADA)
        #5 · [head] · [time]
        ");
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        ctx.sees("nils", "asks for read").await;
        ctx.settle().await;
        assert_eq!(ctx.messages_to("priya", "asks for").len(), 0);
        ctx.approves("nils").await;
        ctx.sees("dana", "you have read").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_accepts_an_address_for_their_own_account() {
    run_test(async |ctx| {
        ctx.everybody_is_known().await;
        ctx.restart_with(|text| text.replace(r#"admins = ["ada@example.com"]"#, r#"admins = ["U0ADA"]"#)).await;
        ctx.simulator.change_world(|world| {
            world.set_email("omar", "omar@new.example", true);
            world.set_email("ada", "omar@example.com", true);
        });
        insta::assert_snapshot!(ctx.says("ada", "accept omar@example.com").await, @"You cannot do that to yourself: another admin has to do it.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_of_the_same_organisation_counts_as_ours_and_one_of_another_does_not() {
    run_test_with(organisation, async |ctx| {
        ctx.restart_with(|text| text.replace(r#"sre = ["omar@example.com""#, r#"sre = ["U0OMAR""#)).await;
        ctx.asked().await;
        ctx.simulator.change_world(|world| {
            world.change_person("priya", |priya| {
                priya.team_id = Some("T0ELSEWHERE".to_owned());
                priya.enterprise_id = Some("E0OTHER".to_owned());
            });
        });
        let refused = ctx.answer_to_click("priya", "asks for read", "Approve").await;
        insta::assert_snapshot!(refused, @"Your account belongs to another workspace, so you may not do that here.");
        ctx.approves("omar").await;
        ctx.sees("dana", "you have read").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_for_another_app_is_refused_and_recorded() {
    run_test(async |ctx| {
        let (omars, _) = ctx.asked().await;
        let mut click = forged_approval(&omars);
        click["api_app_id"] = json!("A0STRANGER");
        ctx.person("omar").raw_interaction(click).await.unwrap();
        ctx.until("it is recorded", async || {
            !ctx.audit_posts("REFUSED").await.is_empty()
        })
        .await;
        insta::assert_snapshot!(ctx.audit_posts("REFUSED").await.join("\n\n"), @"
        ⛔ *REFUSED* click by an unknown account (U0OMAR of T0EXAMPLE): That was meant for another app, so nothing was changed.
        #5 · [head] · [time]
        ");
        assert_eq!(ctx.state_of(1).await, "Pending");
    })
    .await;
}

/// Somebody outside sees the channel once it is shared, and its buttons give them nothing.
#[tokio::test(flavor = "multi_thread")]
async fn in_a_channel_that_became_shared_after_the_post_an_outsider_opens_nothing() {
    run_test(async |ctx| {
        let (omars, _) = ctx.asked().await;
        ctx.settle().await;
        let post = ctx.simulator.channel_messages("permissions-audit").pop().unwrap();
        ctx.simulator
            .change_world(|world| world.share("permissions-audit", &["T0OTHER"]));
        for (action, value) in [
            ("open", value_of(&post, "Open")),
            ("approve", value_of(&omars, "Approve")),
        ] {
            let click = forged_click(&post, action, &value);
            let answer = ctx.answer_to_forged("wanda", click).await;
            insta::assert_snapshot!(answer, @"Your account belongs to another workspace, so you may not do that here.");
        }
        // Nor does it count there for one of ours.
        let click = forged_click(&post, "approve", &value_of(&omars, "Approve"));
        let answer = ctx.answer_to_forged("omar", click).await;
        insta::assert_snapshot!(answer, @"This is not the card I sent you for this request, so nothing was changed.");
        assert_eq!(ctx.state_of(1).await, "Pending");
        ctx.simulator
            .change_world(|world| world.share("permissions-audit", &[]));
    })
    .await;
}

fn joined() -> Setup {
    let usual = Setup::default();
    Setup {
        config: usual.config + SECOND_ACCOUNT,
        ..usual
    }
}

/// Omar works in a sibling workspace; Priya is in one of another organisation by the time she clicks.
fn organisation() -> Setup {
    let mut world = World::example();
    world.set_enterprise("E0EXAMPLE");
    world.change_person("omar", |omar| {
        omar.team_id = Some("T0SIBLING".to_owned());
        omar.enterprise_id = Some("E0EXAMPLE".to_owned());
    });
    Setup {
        world,
        ..Setup::default()
    }
}
