//! An admin blocks a person or freezes an integration, and takes it back.

use std::time::Duration;

use super::{since, state, until_state};
use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_blocked_loses_everything_gets_nothing_and_is_told_so() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.asks("dana", "read", "3h", "for longer").await;
        ctx.sees("priya", "AR-2").await;
        ctx.settle().await;
        insta::assert_snapshot!(ctx.says("ada", "block <@U0DANA|dana> laptop was *stolen*").await, @"");
        until_state(ctx, 1, "Revoked").await;
        insta::assert_snapshot!(ctx.reads("dana", "*Rejected*").await, @"");
        insta::assert_snapshot!(ctx.says("dana", "list").await, @"");
        let dana = ctx.person("dana");
        dana.command("/apono", "request").await.unwrap();
        insta::assert_snapshot!(dana.modal().await.unwrap().rendered, @"");
        dana.close_modal().await.unwrap();
        insta::assert_snapshot!(ctx.says("ada", "block <@U0DANA|dana>").await, @"");
        insta::assert_snapshot!(ctx.audit_posts("BLOCKED").await.join("\n\n"), @"");
        insta::assert_snapshot!(since(ctx, "BLOCKED"), @"");
        insta::assert_snapshot!(ctx.says("ada", "unblock <@U0DANA|dana>").await, @"");
        insta::assert_snapshot!(ctx.says("ada", "unblock <@U0DANA|dana>").await, @"");
        ctx.asks("dana", "read", "2h", "back again").await;
        ctx.sees("omar", "AR-3").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_block_and_nobody_blocks_or_unblocks_themselves() {
    run_test(async |ctx| {
        insta::assert_snapshot!(ctx.says("omar", "block <@U0DANA|dana>").await, @"");
        insta::assert_snapshot!(ctx.says("omar", "freeze orders-db").await, @"");
        insta::assert_snapshot!(ctx.says("ada", "block <@U0ADA|ada>").await, @"");
        insta::assert_snapshot!(ctx.says("ada", "unblock <@U0ADA|ada>").await, @"");
        insta::assert_snapshot!(ctx.says("ada", "block @dana").await, @"");
        insta::assert_snapshot!(ctx.says("ada", "block <@U0NOBODY>").await, @"");
        ctx.settle().await;
        insta::assert_snapshot!(since(ctx, "REFUSED"), @"");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_approver_decides_nothing_and_without_another_the_request_is_closed() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.until("everybody is known", async || {
            ctx.app().bot().directory.is_complete()
        })
        .await;
        ctx.says("ada", "block <@U0OMAR|omar>").await;
        let answer = ctx
            .answer_to("omar", async |omar| omar.click("asks for read", "Approve").await)
            .await;
        insta::assert_snapshot!(answer, @"");
        assert_eq!(state(ctx, 1).await, "Pending");
        ctx.says("ada", "block <@U0PRIYA|priya>").await;
        until_state(ctx, 1, "Rejected").await;
        insta::assert_snapshot!(ctx.reads("dana", "*Rejected*").await, @"");
        let slack_simulator::Submitted::Errors(errors) = ctx.ask("dana", "read", "1h", "once more").await
        else {
            panic!("nobody can answer it");
        };
        insta::assert_snapshot!(errors["Resources"], @"");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_integration_takes_no_requests_and_grants_what_was_approved_once_it_is_thawed() {
    run_test(async |ctx| {
        ctx.asked().await;
        insta::assert_snapshot!(ctx.says("ada", "freeze order-db").await, @"");
        insta::assert_snapshot!(ctx.says("ada", "freeze orders-db being moved").await, @"");
        insta::assert_snapshot!(ctx.says("ada", "freeze orders-db").await, @"");
        let slack_simulator::Submitted::Errors(errors) = ctx.ask("eve", "read", "1h", "now").await else {
            panic!("it is frozen");
        };
        insta::assert_snapshot!(errors["Resources"], @"");
        ctx.person("eve").close_modal().await.unwrap();
        ctx.person("omar")
            .click("asks for read", "Approve")
            .await
            .unwrap();
        until_state(ctx, 1, "Approved").await;
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Approved").await, @"");
        ctx.settle().await;
        assert_eq!(state(ctx, 1).await, "Approved");
        insta::assert_snapshot!(ctx.says("ada", "thaw orders-db").await, @"");
        insta::assert_snapshot!(ctx.says("ada", "thaw orders-db").await, @"");
        ctx.sees("dana", "you have read").await;
        ctx.settle().await;
        insta::assert_snapshot!(since(ctx, "FROZEN"), @"");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_does_not_wait_for_ever_for_a_thaw_and_live_access_ends_all_the_same() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.ask("eve", "read", "1h", "another").await;
        ctx.sees("priya", "Eve Moss asks for read").await;
        ctx.says("ada", "freeze orders-db").await;
        ctx.person("priya")
            .click("Eve Moss asks for read", "Approve")
            .await
            .unwrap();
        until_state(ctx, 2, "Approved").await;
        ctx.until("it has failed", async || {
            ctx.clock.advance(Duration::from_mins(1));
            state(ctx, 2).await == "Failed"
        })
        .await;
        insta::assert_snapshot!(ctx.reads("eve", "*Failed*").await, @"");
        assert_eq!(
            ctx.says("dana", "revoke AR-1").await,
            "AR-1 is being taken away. Its card says when the target confirmed it."
        );
        until_state(ctx, 1, "Revoked").await;
    })
    .await;
}
