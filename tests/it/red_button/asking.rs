//! What the window says before anything ends, who may use it, and what others are told.

use serde_json::json;

use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn the_window_says_what_would_end_and_closing_it_ends_nothing() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.asks("dana", "read", "3h", "for longer").await;
        ctx.eve_has_read(3).await;
        ctx.settle().await;
        insta::assert_snapshot!(ctx.ada_is_asked("revoke all <@U0DANA|dana> laptop was *stolen*").await, @"
        This ends 1 live grant: everything Dana Ito (U0DANA) has.
        *AR-1* read on orders (orders-db), until [time]
        1 request is waiting for an answer and stays, unless Dana Ito is also blocked.
        Reason (optional): laptop was *stolen*
          Shown in the audit channel.
        And from now on (optional): ____
          They get nothing more and cannot decide anything until an admin unblocks them, and their waiting requests are closed.
        ");
        ctx.person("ada").close_modal().await.unwrap();
        insta::assert_snapshot!(ctx.ada_is_asked("revoke all on Orders-DB").await, @"
        This ends 2 live grants: everything on orders-db, whoever has it.
        *AR-1* Dana Ito: read on orders (orders-db), until [time]
        *AR-3* Eve Moss: read on orders (orders-db), until [time]
        Access to orders-db ends now, and open sessions are closed.
        1 request is waiting for an answer and stays; while orders-db is frozen, nothing is granted on it.
        Reason (optional): ____
          Shown in the audit channel.
        And from now on (optional): ____
          Nothing new can be requested or granted on it until an admin thaws it.
        ");
        ctx.person("ada").close_modal().await.unwrap();
        ctx.settle().await;
        assert_eq!(ctx.state_of(1).await, "Granted");
        assert!(!ctx.audit_channel().contains("REVOK"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_live_or_nobody_is_meant_a_sentence_says_so() {
    run_test(async |ctx| {
        insta::assert_snapshot!(ctx.says("ada", "revoke all <@U0DANA|dana>").await, @"Dana Ito has no live access and no approved requests in progress, so there is nothing to revoke. `/apono block` stops them from getting new access.");
        insta::assert_snapshot!(ctx.says("ada", "revoke all on orders-db").await, @"orders-db has no live access and no approved requests in progress, so there is nothing to revoke. `/apono freeze orders-db` keeps it that way.");
        insta::assert_snapshot!(ctx.says("ada", "revoke all on order-db").await, @r#"There is no integration "order-db". Did you mean "orders-db"?"#);
        insta::assert_snapshot!(ctx.says("ada", "revoke all <@U0NOBODY>").await, @"Slack does not know that person, so nothing was changed.");
        insta::assert_snapshot!(ctx.says("ada", "revoke all @dana").await, @"`/apono revoke` needs a request number, for example `/apono revoke AR-...`. Admins can also write `revoke all` and a person, picked from the list that Slack shows after @, or `revoke all on` and the name of an integration.");
        assert!(ctx.person("ada").top_modal().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_press_it_whatever_they_send() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        insta::assert_snapshot!(ctx.says("omar", "revoke all <@U0DANA|dana>").await, @"Only an admin may do that.");
        insta::assert_snapshot!(ctx.says("omar", "revoke all on nothing").await, @"Only an admin may do that.");
        let answer = ctx
            .answer_to("wanda", async |wanda| {
                let words = "revoke all on orders-db";
                wanda.command_in("#shared", "/apono", words).await.map(|_| ())
            })
            .await;
        insta::assert_snapshot!(answer, @"Your account belongs to another workspace, so you may not do that here.");
        ctx.ada_is_asked("revoke all <@U0DANA|dana>").await;
        let view = ctx.person("ada").modal().await.unwrap().view;
        let forged = json!({ "type": "view_submission", "view": view });
        let sent = ctx.person("omar").raw_interaction(forged).await.unwrap();
        insta::assert_snapshot!(sent.ack.unwrap(), @r#"{"errors":{"reason":"Only an admin may do that."},"response_action":"errors"}"#);
        ctx.person("ada").close_modal().await.unwrap();
        ctx.settle().await;
        assert_eq!(ctx.state_of(1).await, "Granted");
        insta::assert_snapshot!(ctx.headlines_since("REFUSED"), @"
        ⛔ *REFUSED* /apono revoke by Omar Khan (omar@example.com): Only an admin may do that.
        ⛔ *REFUSED* /apono revoke by an unknown account (U0WANDA of T0OTHER): Your account belongs to another workspace, so you may not do that here.
        ⛔ *REFUSED* form by Omar Khan (omar@example.com): Only an admin may do that.
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_says_something_else_than_ours_changes_nothing() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.ada_is_asked("revoke all <@U0DANA|dana>").await;
        let ada = ctx.person("ada");
        let mut view = ada.modal().await.unwrap().view;
        ada.close_modal().await.unwrap();
        for (metadata, sentence) in [
            ("?".to_owned(), "I can no longer read this window."),
            (
                json!({ "form": "f", "named": { "integration": { "name": "gone" } } }).to_string(),
                "There is no integration",
            ),
            (
                json!({ "form": "f", "named": { "person": { "user": "U0NOBODY" } } }).to_string(),
                "Slack does not know that person",
            ),
        ] {
            view["private_metadata"] = json!(metadata);
            let forged = json!({ "type": "view_submission", "view": view });
            let answer = ada.raw_interaction(forged).await.unwrap().ack.unwrap();
            let said = answer["errors"]["reason"].as_str().unwrap();
            assert!(said.starts_with(sentence), "{said}");
        }
        assert_eq!(ctx.state_of(1).await, "Granted");
    })
    .await;
}
