//! Who somebody is, asked from Slack at each click: accounts that may do nothing here.

use serde_json::json;
use slack_simulator::{Kind, World};

use crate::support::bot::{Context, run_test};
use crate::support::steps::forged_approval;

#[tokio::test(flavor = "multi_thread")]
async fn a_guest_approves_nothing() {
    run_test(async |ctx| {
        let refused = refused_after(ctx, |world| world.set_kind("omar", Kind::SingleChannelGuest)).await;
        insta::assert_snapshot!(refused, @"
        Guest accounts may not do that.

        ⛔ *REFUSED* click on AR-1 by Omar Khan (U0OMAR): Guest accounts may not do that.
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Tried by: Omar Khan (U0OMAR)
        Standing: guest
        [Open]
        #5 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bot_approves_nothing() {
    run_test(async |ctx| {
        let refused = refused_after(ctx, |world| world.set_kind("omar", Kind::Bot)).await;
        insta::assert_snapshot!(refused, @"
        Bots and workflows may not do that.

        ⛔ *REFUSED* click on AR-1 by Omar Khan (U0OMAR): Bots and workflows may not do that.
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Tried by: Omar Khan (U0OMAR)
        Standing: bot
        [Open]
        #5 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_approves_nothing() {
    run_test(async |ctx| {
        let refused = refused_after(ctx, |world| world.set_kind("omar", Kind::WorkflowBot)).await;
        insta::assert_snapshot!(refused, @"
        Bots and workflows may not do that.

        ⛔ *REFUSED* click on AR-1 by Omar Khan (U0OMAR): Bots and workflows may not do that.
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Tried by: Omar Khan (U0OMAR)
        Standing: bot
        [Open]
        #5 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_another_workspace_approves_nothing() {
    run_test(async |ctx| {
        let refused = refused_after(ctx, |world| world.set_team("omar", "T0OTHER")).await;
        insta::assert_snapshot!(refused, @"
        Your account belongs to another workspace, so you may not do that here.

        ⛔ *REFUSED* click on AR-1 by an unknown account (U0OMAR of T0OTHER): Your account belongs to another workspace, so you may not do that here.
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Standing: outsider
        [Open]
        #5 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_from_a_shared_channel_approves_nothing() {
    run_test(async |ctx| {
        let refused = refused_after(ctx, |world| world.set_kind("omar", Kind::Stranger)).await;
        insta::assert_snapshot!(refused, @"
        Your account belongs to another workspace, so you may not do that here.

        ⛔ *REFUSED* click on AR-1 by Omar Khan (U0OMAR): Your account belongs to another workspace, so you may not do that here.
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Tried by: Omar Khan (U0OMAR)
        Standing: outsider
        [Open]
        #5 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_not_confirmed_stands_for_nobody() {
    run_test(async |ctx| {
        let refused = refused_after(ctx, |world| world.set_email("omar", "omar@example.com", false)).await;
        insta::assert_snapshot!(refused, @"
        Slack has not confirmed your email address, or another account had it before. I cannot use it to identify you, so nothing was changed.

        ⛔ *REFUSED* click on AR-1 by Omar Khan (U0OMAR): Slack has not confirmed your email address, or another account had it before. I cannot use it to ident…
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Why: Slack has not confirmed your email address, or another account had it before. I cannot use it to identify you, so nothing was changed.
        Tried by: Omar Khan (U0OMAR)
        Standing: member
        [Open]
        #5 · [head] · [time]
        ");
    })
    .await;
}

/// Slack's own client lets a deactivated account do nothing, so the click is sent by hand.
#[tokio::test(flavor = "multi_thread")]
async fn a_deactivated_account_approves_nothing() {
    run_test(async |ctx| {
        let (omars, _) = ctx.asked().await;
        ctx.simulator.change_world(|world| world.deactivate("omar"));
        let mut click = forged_approval(&omars);
        click["user"] = json!({"id": "U0OMAR", "username": "omar", "name": "omar", "team_id": "T0EXAMPLE"});
        let answer = ctx.answer_to_forged("nils", click).await;
        insta::assert_snapshot!(answer, @"This account is deactivated.");
        insta::assert_snapshot!(ctx.audit_posts("REFUSED").await.join("\n\n"), @"
        ⛔ *REFUSED* click on AR-1 by Omar Khan (U0OMAR): This account is deactivated.
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Tried by: Omar Khan (U0OMAR)
        Standing: deactivated
        [Open]
        #5 · [head] · [time]
        ");
        ctx.shows_pending().await;
    })
    .await;
}

/// In a shared channel `team` is ours and `user.team_id` is theirs.
#[tokio::test(flavor = "multi_thread")]
async fn an_external_member_is_known_by_their_own_team() {
    run_test(async |ctx| {
        let (omars, _) = ctx.asked().await;
        let answer = ctx.answer_to_forged("wanda", forged_approval(&omars)).await;
        insta::assert_snapshot!(answer, @"Your account belongs to another workspace, so you may not do that here.");
        let answer = ctx
            .answer_to("wanda", async |wanda| {
                wanda.command_in("#shared", "/apono", "revoke AR-1").await.map(|_| ())
            })
            .await;
        insta::assert_snapshot!(answer, @"Your account belongs to another workspace, so you may not do that here.");
        insta::assert_snapshot!(ctx.audit_posts("REFUSED").await.join("\n\n"), @"
        ⛔ *REFUSED* click on AR-1 by an unknown account (U0WANDA of T0OTHER): Your account belongs to another workspace, so you may not do that here.
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Standing: outsider
        [Open]
        #5 · [head] · [time]

        ⛔ *REFUSED* /apono revoke on AR-1 by an unknown account (U0WANDA of T0OTHER): Your account belongs to another workspace, so you may not do that here.
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Why: Your account belongs to another workspace, so you may not do that here.
        Standing: outsider
        [Open]
        #6 · [head] · [time]
        ");
        ctx.person("wanda").command_in("#shared", "/apono", "request").await.unwrap();
        insta::assert_snapshot!(ctx.person("wanda").modal().await.unwrap().rendered, @"Your account belongs to another workspace, so you may not do that here.");
        ctx.shows_pending().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_moves_to_another_account_stands_for_neither() {
    run_test(async |ctx| {
        ctx.everybody_is_known().await;
        ctx.simulator.change_world(|world| {
            world.set_email("priya", "priya@new.example", true);
            world.set_email("nils", "priya@example.com", true);
        });
        ctx.stop_when_quiet().await;
        ctx.run().await;
        ctx.asks("dana", "read", "2h", "incident 4711").await;
        let omars = ctx.sees("omar", "Dana Ito (dana@example.com) asks for read").await;
        ctx.settle().await;
        assert!(ctx.person("nils").reads("@bot").is_empty(), "nils is not asked");
        assert!(ctx.person("priya").reads("@bot").is_empty(), "nor is priya");
        let answer = ctx.answer_to_forged("nils", forged_approval(&omars)).await;
        insta::assert_snapshot!(answer, @"Slack has not confirmed your email address, or another account had it before. I cannot use it to identify you, so nothing was changed.");
        ctx.shows_pending().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_whose_address_was_taken_over_decides_nothing() {
    run_test(async |ctx| {
        let refused = refused_after(ctx, |world| {
            world.set_email("omar", "omar@new.example", true);
            world.set_email("nils", "omar@example.com", true);
        })
        .await;
        insta::assert_snapshot!(refused, @"
        You are not an approver of this request, so nothing was changed.

        ⛔ *REFUSED* click on AR-1 by Omar Khan (omar@new.example): You are not an approver of this request, so nothing was changed.
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Tried by: Omar Khan (omar@new.example, U0OMAR)
        Standing: member
        [Open]
        #5 · [head] · [time]
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_ask_for_nothing_is_told_so_in_a_window() {
    run_test(async |ctx| {
        for who in ["gus", "una", "nils"] {
            ctx.person(who).command("/apono", "request").await.unwrap();
            let modal = ctx.person(who).modal().await.unwrap();
            assert_eq!(modal.submit, None);
            insta::assert_snapshot!(modal.rendered, @"No access flow lets you request anything yet. Ask Ada Lind (admin).");
        }
    })
    .await;
}

/// Omar got his card, then `change` happens to his account, then he clicks Approve: his answer, and what the trail says of it.
async fn refused_after(ctx: &Context, change: impl FnOnce(&mut World)) -> String {
    ctx.asked().await;
    ctx.simulator.change_world(change);
    let answer = ctx.answer_to_click("omar", "asks for read", "Approve").await;
    let posts = ctx.audit_posts("REFUSED").await;
    ctx.shows_pending().await;
    format!("{answer}\n\n{}", posts.join("\n\n"))
}
