//! Slack answers late, or not at all, or has lost something: the guarantees still hold.

use std::time::Duration;

use apono::access::ids::RequestNumber;
use slack_simulator::Submitted;

use crate::support::bot::run_test;
use crate::support::slow_slack::SlowSlack;

#[tokio::test(flavor = "multi_thread")]
async fn giving_access_back_asks_slack_nothing() {
    run_test(async |ctx| {
        ctx.granted("2h").await;
        ctx.settle().await;
        ctx.simulator
            .change_world(|world| world.remove_scope("users:read"));
        ctx.person("dana").command("/apono", "revoke AR-1").await.unwrap();
        ctx.until_state(1, "Revoked").await;
        ctx.simulator
            .change_world(|world| world.grant_scope("users:read"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_a_stranger_while_slack_has_not_said_whose_workspace_it_is() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.settle().await;
        ctx.stop().await;
        ctx.approve_while_stopped("omar", RequestNumber(1)).await;
        let url = ctx.simulator.api_url();
        let slow = SlowSlack::before(&url, "auth.test", Duration::from_secs(2)).await;
        ctx.edit_config(|config| config.replace(&url, &slow.api_url()));
        ctx.run().await;
        ctx.until_state(1, "Granted").await;
        ctx.edit_config(|config| config.replace(&slow.api_url(), &url));
        ctx.stop().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thread_that_was_deleted_does_not_stop_the_trail() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.settle().await;
        ctx.simulator
            .change_world(|world| world.remove_scope("chat:write"));
        ctx.approves("omar").await;
        ctx.until_state(1, "Granted").await;
        ctx.until("a post was tried and refused", async || {
            let calls = ctx.simulator.calls();
            calls.iter().any(|call| {
                call.method == "chat.postMessage"
                    && call.error.as_deref() == Some("missing_scope")
                    && call.arguments["metadata"]["event_type"] == "apono_audit"
            })
        })
        .await;
        let posts = ctx.simulator.channel_messages("permissions-audit");
        let first = posts
            .iter()
            .find(|post| post.rendered.contains("REQUESTED"))
            .unwrap();
        ctx.simulator.change_world(|world| {
            world.lose_message("permissions-audit", &first.ts);
            world.grant_scope("chat:write");
        });
        ctx.lost_posts.push(4);
        ctx.clock.advance(Duration::from_mins(2));
        // A new member's event makes the bot look at the channel again at once.
        ctx.simulator.change_world(|world| {
            world.leave("permissions-audit", "sam");
            world.join("permissions-audit", "sam");
        });
        ctx.eventually("the grant is posted", async || {
            ctx.audit_channel().contains("GRANTED").then_some(())
        })
        .await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notice_that_comes_too_late_is_not_posted() {
    run_test(async |ctx| {
        ctx.simulator
            .change_world(|world| world.remove_scope("chat:write"));
        assert_eq!(
            ctx.ask("dana", "write", "1h", "incident 4711").await,
            Submitted::Closed
        );
        ctx.until_state(1, "Granted").await;
        ctx.clock.advance(Duration::from_hours(1));
        ctx.until_state(1, "Expired").await;
        ctx.simulator
            .change_world(|world| world.grant_scope("chat:write"));
        ctx.until_tried_again(Duration::from_mins(1), "the end is told", async || {
            !ctx.messages_to("dana", "Ended").is_empty()
        })
        .await;
        ctx.settle().await;
        let read: Vec<String> = ctx
            .person("dana")
            .reads("@bot")
            .into_iter()
            .map(|message| message.rendered)
            .collect();
        assert!(
            read.iter().all(|text| !text.contains("you have write")),
            "{read:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn approvers_who_were_deactivated_are_not_asked() {
    run_test(async |ctx| {
        ctx.settle().await;
        ctx.simulator.change_world(|world| {
            world.deactivate("omar");
            world.deactivate("priya");
        });
        let bot = ctx.app().bot();
        let policy = ctx.app().core().policy();
        bot.directory.refresh(&policy.named_people(), &policy).await;
        let Submitted::Errors(errors) = ctx.ask("dana", "read", "2h", "incident 4711").await else {
            panic!("nobody is left who could decide");
        };
        insta::assert_snapshot!(errors["Resources"], @r#"Nobody can answer this under the flow "Developers read": none of its approvers is an active member of this workspace. Ask the SRE team about it."#);
        ctx.person("dana").close_modal().await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whose_approval_stopped_counting_gets_no_buttons_back() {
    run_test(async |ctx| {
        ctx.asked().await;
        ctx.settle().await;
        ctx.stop().await;
        ctx.approve_while_stopped("omar", RequestNumber(1)).await;
        ctx.edit_config(|config| config.replace(r#"sre = ["omar@example.com", "#, "sre = ["));
        ctx.run().await;
        ctx.until_state(1, "Pending").await;
        ctx.settle().await;
        let card = ctx.person("omar").reads("@bot").pop().unwrap();
        assert!(card.buttons.is_empty(), "{}", card.rendered);
    })
    .await;
}
