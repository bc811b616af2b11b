//! 1. Auditors and approvers see what waits and what happened: `pending` and `log`.

use std::time::Duration;

use crate::support::bot::run_test;
use crate::support::steps::send_request_once_offered;

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_sees_what_waits_and_answers_from_there() {
    run_test(async |ctx| {
        ctx.asked().await;
        insta::assert_snapshot!(ctx.says("omar", "pending").await, @"
        1 request waits for your answer:
        *AR-1* Dana Ito (dana@example.com) asks for read on orders (orders-db), 2 h; answer by [time]
        [Answer]
        ");
        ctx.person("omar")
            .click("1 request waits", "Answer")
            .await
            .unwrap();
        insta::assert_snapshot!(ctx.window("omar", "Your answer").await, @r#"
        Dana Ito (dana@example.com) asks for read on orders (orders-db).
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        Why you: you are in the group sre, which approves the flow "Developers read"
        Dana Ito wrote:
        > incident 4711
        Approving gives group role orders_read for 2 h: until [time] if approved at [time].
        Other live access at [time]: none.
        Latest requests for the same: none.
        From: @Dana Ito. Also asked: @Priya Shah
        Your answer: ____ (Approve or reject)
        Reason (optional): ____
          Shown to the requester and in the audit channel.
        "#);
        let omar = ctx.person("omar");
        omar.choose("Your answer", &["Approve"]).await.unwrap();
        omar.submit().await.unwrap();
        ctx.until_state(1, "Granted").await;
        insta::assert_snapshot!(ctx.says("omar", "pending").await, @"Nothing waits for your answer.");
        insta::assert_snapshot!(ctx.says("dana", "pending").await, @"Nothing waits for your answer.");
        insta::assert_snapshot!(ctx.says("omar", "approve AR-1").await, @"Nothing waits for your answer.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_somebody_who_was_asked_answers_from_a_list() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.says("omar", "pending").await;
        let list = ctx.person("omar").ephemerals().pop().unwrap();
        let value = crate::support::steps::value_of(&list, "Answer");
        let forged = crate::support::steps::forged_click(&list, "answer", &value);
        for who in ["eve", "sam", "dana"] {
            let answer = ctx.answer_to_forged(who, forged.clone()).await;
            let own = if who == "dana" {
                "your own request"
            } else {
                "not an approver"
            };
            assert!(answer.contains(own), "{who}: {answer}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_may_no_longer_answer_does_not_wait_for_them() {
    run_test(async |ctx| {
        ctx.asked().await;
        assert!(ctx.says("priya", "pending").await.contains("*AR-1*"));
        ctx.edit_config(|config| config.replace(", \"priya@example.com\"", ""));
        ctx.app().reload().await.unwrap();
        insta::assert_snapshot!(ctx.says("priya", "pending").await, @"Nothing waits for your answer.");
        assert!(ctx.says("omar", "pending").await.contains("*AR-1*"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_reads_everybodys_requests_and_others_only_their_own() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.asks("dana", "write", "30m", "a migration").await;
        ctx.until_state(2, "Granted").await;
        ctx.says("dana", "revoke AR-2").await;
        ctx.until_state(2, "Revoked").await;
        insta::assert_snapshot!(ctx.says("sam", "log").await, @"
        Requests, newest first:
        *AR-2* Revoked – Dana Ito (dana@example.com, U0DANA), write on orders (orders-db), requested [time] for 30 min
        [Timeline]
        *AR-1* Granted – Dana Ito (dana@example.com, U0DANA), read on orders (orders-db), requested [time] for 2 h, until [time] (1 h 59 min left), as apono_[install]_ar1_dana_ito
        [Timeline]
        Narrow it down: `/apono log @person`, `/apono log orders-db`, `/apono log 7d..`, `/apono log expired`.
        ");
        insta::assert_snapshot!(ctx.says("sam", "log granted").await, @"
        Requests with status granted, newest first:
        *AR-1* Granted – Dana Ito (dana@example.com, U0DANA), read on orders (orders-db), requested [time] for 2 h, until [time] (1 h 59 min left), as apono_[install]_ar1_dana_ito
        [Timeline]
        Narrow it down: `/apono log @person`, `/apono log orders-db`, `/apono log 7d..`, `/apono log expired`.
        ");
        let words = format!("log <@U0DANA|dana> orders-db {} revoked", ctx.target.database);
        insta::assert_snapshot!(ctx.says("ada", &words).await, @"
        Requests of Dana Ito on orders-db for orders with status revoked, newest first:
        *AR-2* Revoked – Dana Ito (dana@example.com, U0DANA), write on orders (orders-db), requested [time] for 30 min
        [Timeline]
        Narrow it down: `/apono log @person`, `/apono log orders-db`, `/apono log 7d..`, `/apono log expired`.
        ");
        // How a name is written is not said to others: they find their own requests by the name as it is.
        let written = ctx.says("dana", &format!("list {}", ctx.target.database)).await;
        assert!(written.contains("*AR-1*") && written.contains("*AR-2*"), "{written}");
        let upper = ctx.target.database.to_uppercase();
        let otherwise = ctx.says("dana", &format!("list {upper}")).await;
        assert!(!otherwise.contains("*AR-"), "{otherwise}");
        let otherwise = ctx.says("ada", &format!("list {upper}")).await;
        assert!(otherwise.contains("*AR-1*"), "{otherwise}");
        let today = ctx.says("ada", "log today").await;
        assert!(today.contains("*AR-2*") && today.contains("*AR-1*"), "{today}");
        let yesterday = ctx.says("ada", "log yesterday").await;
        assert!(!yesterday.contains("*AR-"), "{yesterday}");
        insta::assert_snapshot!(ctx.says("ada", "list all").await.lines().next().unwrap().to_owned(), @"Requests, newest first:");
        insta::assert_snapshot!(ctx.says("sam", "log ..2020-01-01").await, @"
        There are no requests made before 2020-01-02.
        Narrow it down: `/apono log @person`, `/apono log orders-db`, `/apono log 7d..`, `/apono log expired`.
        ");
        insta::assert_snapshot!(ctx.says("sam", "log nonsense").await, @r#"Nothing here is called "nonsense": I look for people, integrations, resources, times, statuses and use. For a person, pick them from the list that Slack shows after @."#);
        insta::assert_snapshot!(ctx.says("sam", "log granted expired").await, @"`/apono log` takes, each at most once, a person (picked from the list that Slack shows after @), an integration, a resource, a time such as `2026-11-01..2026-11-30`, `7d..` or `yesterday`, and a status such as `granted`, for example `/apono log orders-db 7d.. granted`.");
        insta::assert_snapshot!(ctx.says("sam", "list").await, @"
        You have made no requests yet. Use `/apono request` to request access.
        `/apono log` shows everybody's requests.
        ");
        insta::assert_snapshot!(ctx.says("eve", "log").await, @"
        You have made no requests.
        Narrow it down: `/apono log @person`, `/apono log orders-db`, `/apono log 7d..`, `/apono log expired`.
        ");
        insta::assert_snapshot!(ctx.says("ada", "active <@U0DANA|dana>").await.lines().next().unwrap().to_owned(), @"Live access of Dana Ito:");
        insta::assert_snapshot!(ctx.says("ada", "active <@U0EVE|eve>").await, @"There is no live access of Eve Moss.");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_opens_a_timeline_and_revokes_from_the_log() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.says("ada", "log").await;
        let ada = ctx.person("ada");
        ada.click("newest first", "Timeline").await.unwrap();
        let timeline = ctx.window("ada", "Requested by").await;
        assert!(timeline.contains("Approved by Omar Khan"), "{timeline}");
        ada.close_modal().await.unwrap();
        ada.click("newest first", "Revoke").await.unwrap();
        insta::assert_snapshot!(ctx.window("ada", "loses").await, @"
        Dana Ito (dana@example.com) loses read on orders (orders-db) now, and open sessions are closed.
        Reason (optional): ____
          Shown in the audit channel.
        ");
        ada.fill("Reason", "left the project").await.unwrap();
        ada.submit().await.unwrap();
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        insta::assert_snapshot!(ctx.audit_posts("REVOKING").await.join("\n"), @"
        ⏳ *REVOKING* AR-1 by Ada Lind (ada@example.com): Dana Ito (dana@example.com), read on orders (orders-db)
        Requester: Dana Ito (dana@example.com, U0DANA)
        Permissions: read
        Resources: orders
        Integration: orders-db (postgres, Database)
        Duration: 2 h
        Why: revoked by an admin
        Ada wrote:
        > left the project
        [Open]
        #9 · [head] · [time]
        ");
    })
    .await;
}

/// Six permissions that Dana may ask for.
fn six(config: &str) -> String {
    let more = (1..6).map(|n| format!("read{n} = \"{{resource}}_read\""));
    let more = more.collect::<Vec<_>>().join(", ") + ", ";
    let names = (1..6).map(|n| format!("\"read{n}\""));
    let names = names.collect::<Vec<_>>().join(", ") + ", ";
    let config = config.replace("pending_for = \"22h\"", "pending_for = \"96h\"");
    let config = config.replace("permissions = { ", &format!("permissions = {{ {more}"));
    config.replace(
        "permissions = [\"read\"]",
        &format!("permissions = [{names}\"read\"]"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_five_get_one_nudge_a_day() {
    run_test(async |ctx| {
        ctx.restart_with(|config| six(&config)).await;
        let wanted = ["orders-db", "Database", &ctx.target.database];
        let dana = ctx.person("dana");
        for permission in ["read", "read1", "read2", "read3", "read4", "read5"] {
            send_request_once_offered(&dana, wanted, permission, "30m", "incident").await;
        }
        ctx.settle().await;
        let waiting = ctx.says("omar", "pending").await;
        assert_eq!(
            waiting.lines().filter(|line| line.contains("*AR-")).count(),
            6,
            "{waiting}"
        );
        assert!(ctx.messages_to("omar", "wait for your answer").is_empty());
        ctx.clock.advance(Duration::from_hours(24));
        insta::assert_snapshot!(ctx.reads("omar", "wait for your answer").await, @"📬 6 requests wait for your answer. `/apono pending` shows them, oldest first.");
        ctx.clock.advance(Duration::from_mins(30));
        ctx.settle().await;
        assert_eq!(ctx.messages_to("omar", "wait for your answer").len(), 1);
        ctx.edit_config(|config| config.replace("\"omar@example.com\", ", ""));
        ctx.app().reload().await.unwrap();
        ctx.clock.advance(Duration::from_hours(24));
        ctx.settle().await;
        let once = "who may no longer answer is not asked to";
        assert_eq!(ctx.messages_to("omar", "wait for your answer").len(), 1, "{once}");
    })
    .await;
}
