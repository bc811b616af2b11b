//! What ends once the window is sent, with and without a tick, and that it counts once.

use std::time::Duration;

use serde_json::json;

use crate::support::bot::{Context, run_test};
use crate::support::slow_slack::SlowSlack;

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_a_person_ends_and_what_waits_for_an_answer_stays() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        let login = ctx.connect("dana").await;
        ctx.asks("dana", "read", "3h", "for longer").await;
        ctx.eve_has_read(3).await;
        ctx.settle().await;
        ctx.ada_is_asked("revoke all <@U0DANA|dana> laptop was *stolen*")
            .await;
        insta::assert_snapshot!(ctx.ada_presses().await, @"1 request is being revoked: everything Dana Ito had. Its card will say when the target has confirmed it.");
        ctx.until_state(1, "Revoked").await;
        assert!(login.open().await.is_err());
        ctx.settle().await;
        assert_eq!(
            [ctx.state_of(2).await, ctx.state_of(3).await],
            ["Pending", "Granted"]
        );
        insta::assert_snapshot!(ctx.reads("dana", "*Ended*").await, @"
        🏁 *Ended* AR-1: read on orders (orders-db)
        Approved by Omar Khan (omar@example.com), group:sre. Ended early: revoked by an admin; confirmed gone at [time].
        `/apono again AR-1` asks for the same again.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        insta::assert_snapshot!(ctx.audit_posts("REVOKE ALL").await.join("\n\n"), @"
        🟥 *REVOKE ALL* of Dana Ito (dana@example.com) by Ada Lind (ada@example.com): 1 live or approved request ends
        Person: Dana Ito (dana@example.com, U0DANA)
        Pressed by: Ada Lind (ada@example.com, U0ADA)
        Requests ending: 1
        Also blocked: no
        Ada wrote:
        > laptop was *stolen*
        #13 · [head] · [time]
        ");
        insta::assert_snapshot!(ctx.headlines_since("REVOKE ALL"), @"
        🟥 *REVOKE ALL* of Dana Ito (dana@example.com) by Ada Lind (ada@example.com): 1 live or approved request ends
        ⏳ *REVOKING* AR-1 by Ada Lind (ada@example.com): Dana Ito (dana@example.com), read on orders (orders-db)
        🔒 *REVOKED* AR-1 by Ada Lind (ada@example.com) after [moment] of 2 h: Dana Ito (dana@example.com), read on orders (orders-db)
        🧹 *CLEANED UP* AR-1 login dropped on orders-db
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_tick_the_person_is_blocked_in_the_same_commit() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.asks("dana", "read", "3h", "for longer").await;
        ctx.sees("priya", "AR-2").await;
        ctx.settle().await;
        ctx.ada_is_asked("revoke all <@U0DANA|dana>").await;
        let ada = ctx.person("ada");
        ada.fill("Reason", "laptop was stolen").await.unwrap();
        ada.choose("And from now on", &["Also block Dana Ito"])
            .await
            .unwrap();
        insta::assert_snapshot!(ctx.ada_presses().await, @"1 request is being revoked: everything Dana Ito had. Its card will say when the target has confirmed it. Dana Ito is blocked, and their waiting requests are closed.");
        ctx.until_state(1, "Revoked").await;
        assert_eq!(ctx.state_of(2).await, "Rejected");
        ctx.settle().await;
        insta::assert_snapshot!(ctx.audit_posts("REVOKE ALL").await.join("\n\n"), @"
        🟥 *REVOKE ALL* of Dana Ito (dana@example.com) by Ada Lind (ada@example.com): 1 live or approved request ends
        Person: Dana Ito (dana@example.com, U0DANA)
        Pressed by: Ada Lind (ada@example.com, U0ADA)
        Requests ending: 1
        Also blocked: yes
        Ada wrote:
        > laptop was stolen
        #9 · [head] · [time]
        ");
        insta::assert_snapshot!(ctx.headlines_since("REVOKE ALL"), @"
        🟥 *REVOKE ALL* of Dana Ito (dana@example.com) by Ada Lind (ada@example.com): 1 live or approved request ends
        🚫 *BLOCKED* Dana Ito (dana@example.com) by Ada Lind (ada@example.com): no access and no decisions until unblocked
        ⏳ *REVOKING* AR-1 by Ada Lind (ada@example.com): Dana Ito (dana@example.com), read on orders (orders-db)
        ❌ *REJECTED* AR-2 Dana Ito was blocked: Dana Ito (dana@example.com), read on orders (orders-db), 3 h
        🔒 *REVOKED* AR-1 by Ada Lind (ada@example.com) after [moment] of 2 h: Dana Ito (dana@example.com), read on orders (orders-db)
        🧹 *CLEANED UP* AR-1 login dropped on orders-db
        ");
        insta::assert_snapshot!(ctx.reads("dana", "blocked you here").await, @"🚫 An admin blocked you here. All your access is being revoked, and you cannot request or decide anything until an admin unblocks you.");
        let refused = ctx.says("dana", "list").await;
        assert!(refused.starts_with("An admin blocked you here"), "{refused}");
        insta::assert_snapshot!(ctx.says("ada", "revoke all <@U0DANA|dana>").await, @"Dana Ito has no live access and no approved requests in progress, so there is nothing to revoke.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_who_is_blocked_with_it_leaves_no_request_without_an_answer() {
    run_test(async |ctx| {
        ctx.asks("omar", "read", "1h", "mine").await;
        ctx.sees("priya", "Omar Khan (omar@example.com) asks for read")
            .await;
        ctx.clicks("priya", "Omar Khan (omar@example.com) asks for read", "Approve")
            .await;
        ctx.until_state(1, "Granted").await;
        ctx.asks("dana", "read", "1h", "waits").await;
        ctx.says("ada", "block <@U0PRIYA|priya>").await;
        ctx.everybody_is_known().await;
        ctx.ada_is_asked("revoke all <@U0OMAR|omar>").await;
        ctx.person("ada")
            .choose("And from now on", &["Also block Omar Khan"])
            .await
            .unwrap();
        ctx.ada_presses().await;
        ctx.until_state(2, "Rejected").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_on_an_integration_ends_and_with_the_tick_it_is_frozen() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.eve_has_read(2).await;
        ctx.settle().await;
        ctx.ada_is_asked("revoke all on orders-db").await;
        ctx.person("ada")
            .choose("And from now on", &["Also freeze orders-db"])
            .await
            .unwrap();
        insta::assert_snapshot!(ctx.ada_presses().await, @"2 requests are being revoked: everything on orders-db. Their cards will say when the target has confirmed it. orders-db is frozen.");
        ctx.until_state(1, "Revoked").await;
        ctx.until_state(2, "Revoked").await;
        ctx.settle().await;
        let trail = ctx.headlines_since("REVOKE ALL");
        let first: Vec<&str> = trail.lines().take(4).collect();
        insta::assert_snapshot!(first.join("\n"), @"
        🟥 *REVOKE ALL* on orders-db by Ada Lind (ada@example.com): 2 live or approved requests end
        🧊 *FROZEN* orders-db by Ada Lind (ada@example.com): nothing new is granted on it until it is thawed
        ⏳ *REVOKING* AR-1 by Ada Lind (ada@example.com): Dana Ito (dana@example.com), read on orders (orders-db)
        ⏳ *REVOKING* AR-2 by Ada Lind (ada@example.com): Eve Moss (eve@example.com), read on orders (orders-db)
        ");
        insta::assert_snapshot!(ctx.audit_posts("REVOKE ALL").await.join("\n\n"), @"
        🟥 *REVOKE ALL* on orders-db by Ada Lind (ada@example.com): 2 live or approved requests end
        Integration: orders-db
        Pressed by: Ada Lind (ada@example.com, U0ADA)
        Requests ending: 2
        Also frozen: yes
        #11 · [head] · [time]
        ");
        insta::assert_snapshot!(ctx.says("ada", "freeze orders-db").await, @"orders-db is already frozen.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_and_not_granted_yet_is_withdrawn() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.says("ada", "freeze orders-db").await;
        ctx.approves("omar").await;
        ctx.until_state(1, "Approved").await;
        insta::assert_snapshot!(ctx.ada_is_asked("revoke all on orders-db").await, @"
        This ends 1 approved request in progress: everything on orders-db, whoever has it.
        *AR-1* Dana Ito: read on orders (orders-db), approved, not granted yet
        Reason (optional): ____
          Shown in the audit channel.
        ");
        insta::assert_snapshot!(ctx.ada_presses().await, @"1 request is being revoked: everything on orders-db. Its card will say when the target has confirmed it.");
        ctx.until_state(1, "Cancelled").await;
        ctx.says("ada", "thaw orders-db").await;
        ctx.settle().await;
        assert_eq!(ctx.state_of(1).await, "Cancelled");
        insta::assert_snapshot!(ctx.headlines_since("REVOKE ALL"), @"
        🟥 *REVOKE ALL* on orders-db by Ada Lind (ada@example.com): 1 live or approved request ends
        ↩️ *CANCELLED* AR-1 by Ada Lind (ada@example.com): Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        💧 *THAWED* orders-db by Ada Lind (ada@example.com): access is granted on it again
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_between_the_question_and_the_answer_ends_too_and_the_answer_counts_it() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.ada_is_asked("revoke all on orders-db").await;
        ctx.eve_has_read(2).await;
        let pressed = ctx.ada_presses().await;
        assert!(
            pressed.starts_with("2 requests are being revoked"),
            "{pressed}"
        );
        ctx.until_state(1, "Revoked").await;
        ctx.until_state(2, "Revoked").await;
        ctx.granted_anew(3).await;
        ctx.ada_is_asked("revoke all <@U0DANA|dana>").await;
        ctx.says("dana", "revoke AR-3").await;
        ctx.until_state(3, "Revoked").await;
        insta::assert_snapshot!(ctx.ada_presses().await, @"There was no live access or approved request left, so nothing is revoked.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_window_sent_again_counts_once() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.ada_is_asked("revoke all <@U0DANA|dana>").await;
        let ada = ctx.person("ada");
        let view = ada.modal().await.unwrap().view;
        let sent = json!({ "type": "view_submission", "view": view });
        let (one, other) = tokio::join!(
            ada.raw_interaction(sent.clone()),
            ada.raw_interaction(sent.clone())
        );
        let (one, other) = (one.unwrap().ack, other.unwrap().ack);
        assert!(one.is_none() != other.is_none(), "{one:?} {other:?}");
        ctx.until_state(1, "Revoked").await;
        ctx.granted_anew(2).await;
        assert_eq!(ada.raw_interaction(sent).await.unwrap().ack, None);
        ada.close_modal().await.unwrap();
        ctx.settle().await;
        assert_eq!(ctx.state_of(2).await, "Granted");
        assert_eq!(ctx.audit_posts("REVOKE ALL").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_may_end_their_own_access_and_not_block_themselves() {
    run_test(async |ctx| {
        ctx.stop().await;
        ctx.edit_config(|text| text.replace("admins = [", "admins = [\"dana@example.com\", "));
        ctx.run().await;
        ctx.granted("2h").await;
        let dana = ctx.person("dana");
        dana.command("/apono", "revoke all <@U0DANA|dana>").await.unwrap();
        let modal = dana.modal().await.unwrap();
        insta::assert_snapshot!(ctx.plain(&modal.rendered), @"
        This ends 1 live grant: everything Dana Ito (U0DANA) has.
        *AR-1* read on orders (orders-db), until [time]
        Reason (optional): ____
          Shown in the audit channel.
        ");
        let mut forged = modal.view;
        forged["state"]["values"]["brake"] = json!({ "brake": {
            "type": "checkboxes",
            "selected_options": [{ "text": { "type": "plain_text", "text": "Also" }, "value": "brake" }],
        }});
        let forged = json!({ "type": "view_submission", "view": forged });
        let refused = dana.raw_interaction(forged).await.unwrap().ack.unwrap();
        insta::assert_snapshot!(refused["errors"]["reason"].as_str().unwrap(), @"You cannot do that to yourself: another admin has to do it.");
        assert_eq!(ctx.state_of(1).await, "Granted");
        dana.submit().await.unwrap();
        ctx.until_state(1, "Revoked").await;
        dana.close_modal().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_neither_for_slack_nor_for_the_target() {
    run_test(async |ctx| {
        let mut target = ctx.door_to_target().await;
        ctx.granted("2h").await;
        ctx.stop_when_quiet().await;
        let api_url = ctx.simulator.api_url();
        let slow = SlowSlack::before(&api_url, "users.info", Duration::from_mins(1)).await;
        ctx.edit_config(|text| text.replace(&api_url, &slow.api_url()));
        ctx.run().await;
        ctx.until("the admins are known", async || {
            ctx.app().bot().directory.known.person("U0ADA").is_some()
        })
        .await;
        ctx.clock.advance(Duration::from_mins(2));
        target.shut().await;
        ctx.ada_is_asked("revoke all on orders-db").await;
        ctx.ada_presses().await;
        ctx.until_state(1, "Revoking").await;
        target.open();
        ctx.clock.advance(Duration::from_mins(1));
        ctx.until_state(1, "Revoked").await;
        ctx.edit_config(|text| text.replace(&slow.api_url(), &api_url));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_that_the_config_names_no_more_can_be_named() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        ctx.stop().await;
        let before = std::fs::read_to_string(ctx.config_path()).unwrap();
        ctx.edit_config(|text| text[..text.find("[[integrations]]").unwrap()].to_owned());
        ctx.start_app().await;
        ctx.simulator.wait_for_sockets(2).await;
        insta::assert_snapshot!(ctx.says("ada", "revoke all on order-db").await, @r#"There is no integration "order-db". Did you mean "orders-db"?"#);
        insta::assert_snapshot!(ctx.ada_is_asked("revoke all on orders-db").await, @"
        This ends 1 live grant: everything on orders-db, whoever has it.
        *AR-1* Dana Ito: read on orders (orders-db), until [time]
        Reason (optional): ____
          Shown in the audit channel.
        ");
        ctx.ada_presses().await;
        ctx.until_state(1, "Revoked").await;
        ctx.edit_config(|_| before);
    })
    .await;
}

impl Context {
    /// Dana has read access once more; it is AR-`number`.
    async fn granted_anew(&self, number: i64) {
        self.asks("dana", "read", "2h", "once more").await;
        self.sees("omar", &format!("AR-{number} · Pending")).await;
        self.person("omar")
            .click(&format!("AR-{number} · Pending"), "Approve")
            .await
            .unwrap();
        self.until_state(number, "Granted").await;
    }
}
