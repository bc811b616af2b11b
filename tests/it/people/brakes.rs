//! An admin blocks a person or freezes an integration, and takes it back.

use std::time::Duration;

use crate::support::bot::run_test;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_blocked_loses_everything_gets_nothing_and_is_told_so() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.asks("dana", "read", "3h", "for longer").await;
        ctx.sees("priya", "AR-2").await;
        ctx.settle().await;
        insta::assert_snapshot!(ctx.says("ada", "block <@U0DANA|dana> laptop was *stolen*").await, @"Dana Ito is blocked. 2 of their requests and live grants end.");
        ctx.until_state(1, "Revoked").await;
        ctx.settle().await;
        insta::assert_snapshot!(ctx.reads("dana", "*Rejected*").await, @"
        ❌ *Rejected* AR-2: read on orders (orders-db)
        An admin blocked you.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        insta::assert_snapshot!(ctx.says("dana", "list").await, @"An admin blocked you here, so you cannot do that. You can still give back access you have.");
        let dana = ctx.person("dana");
        dana.command("/apono", "request").await.unwrap();
        insta::assert_snapshot!(dana.modal().await.unwrap().rendered, @"An admin blocked you here, so you cannot do that. You can still give back access you have.");
        dana.close_modal().await.unwrap();
        insta::assert_snapshot!(ctx.says("ada", "block <@U0DANA|dana>").await, @"Dana Ito is already blocked.");
        insta::assert_snapshot!(ctx.audit_posts("BLOCKED").await.join("\n\n"), @"
        🚫 *BLOCKED* Dana Ito (dana@example.com) by Ada Lind (ada@example.com): no access and no decisions until unblocked
        Person: Dana Ito (dana@example.com, U0DANA)
        Blocked by: Ada Lind (ada@example.com, U0ADA)
        Requests and access ended: 2
        Ada wrote:
        > laptop was *stolen*
        #8 · [head] · [time]
        ");
        insta::assert_snapshot!(ctx.headlines_since("BLOCKED"), @"
        🚫 *BLOCKED* Dana Ito (dana@example.com) by Ada Lind (ada@example.com): no access and no decisions until unblocked
        ⏳ *REVOKING* AR-1 by Ada Lind (ada@example.com): Dana Ito (dana@example.com), read on orders (orders-db)
        ❌ *REJECTED* AR-2 Dana Ito was blocked: Dana Ito (dana@example.com), read on orders (orders-db), 3 h
        🔒 *REVOKED* AR-1 by Ada Lind (ada@example.com) after [moment] of 2 h: Dana Ito (dana@example.com), read on orders (orders-db)
        🧹 *CLEANED UP* AR-1 login dropped on orders-db
        ⛔ *REFUSED* /apono list by Dana Ito (dana@example.com): An admin blocked you here, so you cannot do that. You can still give back access you have.
        ");
        insta::assert_snapshot!(ctx.says("ada", "unblock <@U0DANA|dana>").await, @"Dana Ito can request and decide again. What was ended stays ended.");
        insta::assert_snapshot!(ctx.says("ada", "unblock <@U0DANA|dana>").await, @"Dana Ito is not blocked.");
        ctx.asks("dana", "read", "2h", "back again").await;
        ctx.sees("omar", "AR-3").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_block_and_nobody_blocks_or_unblocks_themselves() {
    run_test(async |ctx| {
        insta::assert_snapshot!(ctx.says("omar", "block <@U0DANA|dana>").await, @"Only an admin may do that.");
        insta::assert_snapshot!(ctx.says("omar", "freeze orders-db").await, @"Only an admin may do that.");
        insta::assert_snapshot!(ctx.says("ada", "block <@U0ADA|ada>").await, @"You cannot do that to yourself: another admin has to do it.");
        insta::assert_snapshot!(ctx.says("ada", "unblock <@U0ADA|ada>").await, @"You cannot do that to yourself: another admin has to do it.");
        insta::assert_snapshot!(ctx.says("ada", "block @dana").await, @"`/apono block` needs a person, picked from the list that Slack shows after @, for example `/apono block @person laptop was stolen; tell them: call the help desk`.");
        insta::assert_snapshot!(ctx.says("ada", "block <@U0NOBODY>").await, @"Slack does not know that person, so nothing was changed.");
        ctx.settle().await;
        insta::assert_snapshot!(ctx.headlines_since("REFUSED"), @"
        ⛔ *REFUSED* /apono block by Omar Khan (omar@example.com): Only an admin may do that.
        ⛔ *REFUSED* /apono freeze by Omar Khan (omar@example.com): Only an admin may do that.
        ⛔ *REFUSED* /apono block by Ada Lind (ada@example.com): You cannot do that to yourself: another admin has to do it.
        ⛔ *REFUSED* /apono unblock by Ada Lind (ada@example.com): You cannot do that to yourself: another admin has to do it.
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_approver_decides_nothing_and_without_another_the_request_is_closed() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.everybody_is_known().await;
        ctx.says("ada", "block <@U0OMAR|omar>").await;
        let answer = ctx.answer_to_click("omar", "asks for read", "Approve").await;
        insta::assert_snapshot!(answer, @"An admin blocked you here, so you cannot do that. You can still give back access you have.");
        assert_eq!(ctx.state_of(1).await, "Pending");
        ctx.says("ada", "block <@U0PRIYA|priya>").await;
        ctx.until_state(1, "Rejected").await;
        insta::assert_snapshot!(ctx.reads("dana", "*Rejected*").await, @"
        ❌ *Rejected* AR-1: read on orders (orders-db)
        Nobody is left to answer it: its approvers left or were blocked.
        Open the card (https://example.slack.com/archives/D0DANA/p[ts])
        ");
        let slack_simulator::Submitted::Errors(errors) = ctx.ask("dana", "read", "1h", "once more").await
        else {
            panic!("nobody can answer it");
        };
        insta::assert_snapshot!(errors["Resources"], @r#"Nobody can answer this under the flow "Developers read": an admin blocked its other approvers. Ask the SRE team about it."#);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_integration_takes_no_requests_and_grants_what_was_approved_once_it_is_thawed() {
    run_test(async |ctx| {
        ctx.asked().await;
        insta::assert_snapshot!(ctx.says("ada", "freeze order-db").await, @r#"There is no integration "order-db". Did you mean "orders-db"?"#);
        insta::assert_snapshot!(ctx.says("ada", "freeze orders-db being moved").await, @"orders-db is frozen: nothing new can be requested or granted on it. Live access stays and ends on time. `/apono thaw orders-db` undoes this.");
        insta::assert_snapshot!(ctx.says("ada", "freeze orders-db").await, @"orders-db is already frozen.");
        let slack_simulator::Submitted::Errors(errors) = ctx.ask("eve", "read", "1h", "now").await else {
            panic!("it is frozen");
        };
        insta::assert_snapshot!(errors["Resources"], @"An admin froze orders-db. Nothing new is granted on it until it is thawed.");
        ctx.person("eve").close_modal().await.unwrap();
        ctx.approves("omar").await;
        ctx.until_state(1, "Approved").await;
        insta::assert_snapshot!(ctx.reads("dana", "AR-1 · Approved").await, @"
        ✅ *AR-1 · Approved* your request for read on orders (orders-db)
        Request: AR-1
        Requester: Dana Ito (dana@example.com, U0DANA)
        Integration: orders-db
        Resource type: Database
        Resources: orders
        Permissions: read
        Duration: 2 h
        Access flow: Developers read
        You wrote:
        > incident 4711
        Approved by Omar Khan (omar@example.com), group:sre. An admin froze orders-db, so setup is paused. If that lasts too long, the request fails.
        ");
        ctx.settle().await;
        assert_eq!(ctx.state_of(1).await, "Approved");
        insta::assert_snapshot!(ctx.says("ada", "thaw orders-db").await, @"orders-db is thawed: access can be requested and is granted again.");
        insta::assert_snapshot!(ctx.says("ada", "thaw orders-db").await, @"orders-db is not frozen.");
        ctx.sees("dana", "you have read").await;
        ctx.settle().await;
        insta::assert_snapshot!(ctx.headlines_since("FROZEN"), @"
        🧊 *FROZEN* orders-db by Ada Lind (ada@example.com): nothing new is granted on it until it is thawed
        ⛔ *REFUSED* form by Eve Moss (eve@example.com): An admin froze orders-db. Nothing new is granted on it until it is thawed.
        ✅ *APPROVED* AR-1 by Omar Khan (omar@example.com) (1 of 1): Dana Ito (dana@example.com), read on orders (orders-db), 2 h
        💧 *THAWED* orders-db by Ada Lind (ada@example.com): access is granted on it again
        🔓 *GRANTED* AR-1 Dana Ito (dana@example.com) has read on orders (orders-db) until [clock] (2 h)
        ");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_approved_does_not_wait_for_ever_for_a_thaw_and_live_access_ends_all_the_same() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.ask("eve", "read", "1h", "another").await;
        ctx.sees("priya", "Eve Moss (eve@example.com) asks for read").await;
        ctx.says("ada", "freeze orders-db").await;
        ctx.clicks("priya", "Eve Moss (eve@example.com) asks for read", "Approve").await;
        ctx.until_state(2, "Approved").await;
        ctx.until("it has failed", async || {
            ctx.clock.advance(Duration::from_mins(1));
            ctx.state_of(2).await == "Failed"
        })
        .await;
        insta::assert_snapshot!(ctx.reads("eve", "*Failed*").await, @"
        ⚠️ *Failed* AR-2: read on orders (orders-db) could not be granted
        Approved by Priya Shah (priya@example.com), group:sre. It could not be granted: an admin froze the integration; the target was not touched.
        Open the card (https://example.slack.com/archives/D0EVE/p[ts])
        ");
        assert_eq!(
            ctx.says("dana", "revoke AR-1").await,
            "AR-1 is being revoked. Its card will say when the target has confirmed it."
        );
        ctx.until_state(1, "Revoked").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reason_reads_as_it_was_typed_and_stays_a_text_wherever_it_is_shown() {
    run_test(async |ctx| {
        // As Slack sends what was typed: encoded, with links and mentions in brackets.
        let sent = "R&amp;D laptop &lt;stolen&gt; <https://t.example/1?a=1&amp;b=2|t> &amp;lt; &lt;!channel&gt; &lt;@U0EVE&gt; <!here> <@U0EVE|eve> *bold*";
        let typed = "R&D laptop <stolen> https://t.example/1?a=1&b=2 &lt; <!channel> <@U0EVE> @here @eve *bold*";
        insta::assert_snapshot!(ctx.says("ada", &format!("block <@U0DANA|dana> {sent}")).await, @"Dana Ito is blocked. They had no open requests and no live access.");
        insta::assert_snapshot!(ctx.says("ada", &format!("freeze orders-db {sent}")).await, @"orders-db is frozen: nothing new can be requested or granted on it. Live access stays and ends on time. `/apono thaw orders-db` undoes this.");
        ctx.settle().await;
        for mark in ["*BLOCKED*", "*FROZEN*"] {
            let posts = ctx.simulator.channel_messages("permissions-audit");
            let post = posts.iter().find(|post| post.rendered.contains(mark)).unwrap();
            assert!(post.rendered.contains(&format!("> {typed}")), "{}", post.rendered);
            let escaped = typed.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            assert!(post.text.contains(&escaped), "{}", post.text);
            assert!(!post.text.contains('<'), "{}", post.text);
            let blocks = post.blocks.to_string();
            for element in ["\"user\"", "\"link\"", "\"broadcast\"", "\"channel\"", "\"mrkdwn\""] {
                assert!(!blocks.contains(&format!("\"type\":{element}")), "{blocks}");
            }
        }
        // What does not fit is answered as a text, too; and nobody is named by a bracket that was typed.
        insta::assert_snapshot!(ctx.says("ada", "&lt;!here&gt;&amp;amp;").await.lines().next().unwrap(), @r#"I do not know "<!here>&amp;"."#);
        insta::assert_snapshot!(ctx.says("ada", "thaw &lt;!here&gt;").await, @r#"There is no integration "<!here>"."#);
        insta::assert_snapshot!(ctx.says("ada", "unblock &lt;@U0DANA&gt;").await, @"`/apono unblock` needs a person, picked from the list that Slack shows after @, for example `/apono unblock @person`.");
        ctx.says("ada", "unblock <@U0DANA|dana>").await;
        ctx.says("ada", "thaw orders-db").await;
        ctx.settle().await;
    })
    .await;
}
