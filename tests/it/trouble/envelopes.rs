//! Envelopes that come twice, late, again, or not at all.

use std::time::Duration;

use slack_simulator::{ACK_DEADLINE, ActError, EnvelopeMishap, Ongoing, Trouble};

use super::{assert_no_doubles, assert_one_life, whole_life};
use crate::support::bot::{Context, run_test};

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_twice_counts_once() {
    run_test(async |ctx| {
        ctx.simulator
            .envelopes_meet(Trouble::everywhere(EnvelopeMishap::Twice));
        whole_life(ctx).await;
        assert_one_life(ctx);
        assert!(ctx.person("dana").ephemerals().is_empty(), "windows that opened");
        for words in ["help", "list", "show AR-1"] {
            let before = ctx.person("dana").ephemerals().len();
            ctx.says("dana", words).await;
            ctx.quiet().await;
            assert_eq!(ctx.person("dana").ephemerals().len(), before + 1, "{words}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_that_comes_twice_and_opens_no_window_is_told_why_once() {
    run_test(async |ctx| {
        let (_, priyas) = ctx.asked().await;
        ctx.person("omar")
            .click("asks for read", "Approve")
            .await
            .unwrap();
        ctx.sees("dana", "you have read").await;
        ctx.quiet().await;
        ctx.simulator
            .envelopes_meet(Trouble::everywhere(EnvelopeMishap::Twice));
        let priya = ctx.person("priya");
        for clicks in 1..=3 {
            priya.stale_click(&priyas, "Reject").await.unwrap();
            ctx.until("she is told", async || priya.ephemerals().len() >= clicks)
                .await;
            ctx.quiet().await;
            assert_eq!(priya.ephemerals().len(), clicks);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_comes_again_is_answered_once() {
    for mishap in [
        EnvelopeMishap::Twice,
        EnvelopeMishap::AckLost,
        EnvelopeMishap::Lost,
    ] {
        run_test(async |ctx| {
            ctx.quiet().await;
            let trouble = ctx
                .simulator
                .envelopes_meet(Trouble::on("events_api", mishap).about("good morning").times(1));
            ctx.person("dana").say_to_bot("good morning").await.unwrap();
            trouble.wait_for(1).await;
            let sent_before = |attempt: u32, is_acked: bool| {
                let envelopes = ctx.simulator.envelopes();
                envelopes.iter().any(|envelope| {
                    envelope.retry_attempt == Some(attempt)
                        && envelope.acked_after.is_some() == is_acked
                        && envelope.payload["event"]["text"] == "good morning"
                })
            };
            if mishap != EnvelopeMishap::Twice {
                let is_acked = mishap == EnvelopeMishap::AckLost;
                ctx.until("it was sent", async || sent_before(0, is_acked)).await;
                ctx.quiet().await;
                ctx.advance_slack(ACK_DEADLINE);
                ctx.until("it came again", async || sent_before(1, true)).await;
            }
            ctx.sees("dana", "/apono request").await;
            ctx.quiet().await;
            assert_eq!(ctx.messages_to("dana", "/apono request").len(), 1);
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_that_was_lost_is_made_again_and_counts_once() {
    for (mishap, is_taken) in [(EnvelopeMishap::Lost, false), (EnvelopeMishap::AckLost, true)] {
        run_test(async |ctx| {
            ctx.asked().await;
            let omar = ctx.person("omar");
            let card = ctx.sees("omar", "asks for read").await;
            let trouble = ctx
                .simulator
                .envelopes_meet(Trouble::on("interactive", mishap).times(1));
            let click = tokio::spawn({
                let (omar, card) = (omar.clone(), card.clone());
                async move { omar.stale_click(&card, "Approve").await }
            });
            trouble.wait_for(1).await;
            ctx.until("it was sent", async || {
                let envelopes = ctx.simulator.envelopes();
                envelopes.iter().any(|envelope| {
                    envelope.mishap == Some(mishap) && envelope.acked_after.is_some() == is_taken
                })
            })
            .await;
            if is_taken {
                ctx.sees("dana", "you have read").await;
            }
            // Nothing else may be on its way when the clock jumps.
            ctx.quiet().await;
            ctx.advance_slack(ACK_DEADLINE);
            assert_eq!(click.await.unwrap(), Err(ActError::TimedOut));
            omar.stale_click(&card, "Approve").await.unwrap();
            ctx.sees("dana", "you have read").await;
            ctx.settle().await;
            assert_eq!(ctx.audit_channel().matches("*APPROVED*").count(), 1);
            assert_no_doubles(ctx);
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_that_comes_late_counts_and_a_window_that_comes_too_late_says_so() {
    run_test(async |ctx| {
        ctx.asked().await;
        let late = EnvelopeMishap::Late { seconds: 4 };
        let clicks = ctx.simulator.envelopes_meet(Trouble::on("interactive", late));
        let commands = ctx.simulator.envelopes_meet(Trouble::on("slash_commands", late));
        let omar = ctx.person("omar");
        let click = tokio::spawn(async move { omar.click("asks for read", "Approve").await });
        held_back(ctx, &clicks, 1).await;
        click.await.unwrap().unwrap();
        ctx.sees("dana", "you have read").await;

        let dana = ctx.person("dana");
        let click = tokio::spawn(async move { dana.click("Granted", "Connect").await });
        held_back(ctx, &clicks, 2).await;
        click.await.unwrap().unwrap();
        let answer = nth_answer(ctx, 0).await;
        insta::assert_snapshot!(answer, @"That took too long to open a window. Please click again.");

        let dana = ctx.person("dana");
        let command = tokio::spawn(async move { dana.command("/apono", "request").await });
        held_back(ctx, &commands, 1).await;
        command.await.unwrap().unwrap();
        let answer = nth_answer(ctx, 1).await;
        insta::assert_snapshot!(answer, @"That took too long to open the form. Please type `/apono request` again.");
    })
    .await;
}

/// Lets the time pass for which an envelope is held back, when nothing else is on its way.
async fn held_back(ctx: &Context, trouble: &Ongoing, times: u32) {
    trouble.wait_for(times).await;
    ctx.quiet().await;
    ctx.advance_slack(Duration::from_secs(4));
}

async fn nth_answer(ctx: &Context, n: usize) -> String {
    let answer = ctx.eventually("the answer", async || {
        ctx.person("dana").ephemerals().into_iter().nth(n)
    });
    answer.await.rendered
}
