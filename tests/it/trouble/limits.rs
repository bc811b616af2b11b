//! Slack's limits as they are published, and answers that no memory could hold.

use std::time::Duration;

use apono::network::{Network, install_crypto_provider};
use apono::slack::web::{ApiUrl, Lane, NewMessage, Pacing, Tokens, WebApi, WebError, WebSettings};
use futures_util::future::{LocalBoxFuture, join_all};
use slack_simulator::{CallMishap, Simulator, Trouble, World};

use super::{assert_no_doubles, assert_one_life, whole_life};
use crate::support::bot::run_test;

fn web(simulator: &Simulator, pacing: Pacing) -> WebApi {
    install_crypto_provider();
    WebApi::new(WebSettings {
        api_url: ApiUrl::parse(&simulator.api_url(), false).unwrap(),
        tokens: Some(Tokens::new(
            &simulator.bot_token().into(),
            &simulator.app_token().into(),
        )),
        network: Network::default(),
        pacing,
    })
    .unwrap()
}

fn hello_to(channel: &str) -> NewMessage<'_> {
    NewMessage {
        channel,
        text: "hello",
        blocks: None,
        thread_ts: None,
        reply_broadcast: false,
        metadata: None,
    }
}

/// Makes a call until our own pacing lets it out.
async fn when_let(mut call: impl AsyncFnMut() -> Result<(), WebError>) {
    let mut pause = tokio::time::interval(Duration::from_millis(200));
    while let Err(error) = call().await {
        assert!(matches!(error, WebError::RateLimited { .. }), "{error}");
        pause.tick().await;
    }
}

#[tokio::test]
async fn a_crowd_of_calls_keeps_within_what_slack_allows() {
    let simulator = Simulator::start(World::example()).await.unwrap();
    simulator.enforce_limits(true);
    let web = web(&simulator, Pacing::Slack);
    let mut crowd: Vec<LocalBoxFuture<'_, ()>> = Vec::new();
    for _ in 0..12 {
        crowd.push(Box::pin(when_let(async || {
            web.post_message(hello_to("C0AUDIT")).await.map(|_| ())
        })));
    }
    for n in 0..30 {
        let user = ["U0DANA", "U0OMAR", "U0PRIYA", "U0EVE", "U0SAM", "U0ADA"][n % 6];
        let web = &web;
        crowd.push(Box::pin(when_let(async move || {
            web.post_message(hello_to(user)).await.map(|_| ())
        })));
        crowd.push(Box::pin(when_let(async move || {
            web.user_info(Lane::Bulk, user).await.map(|_| ())
        })));
    }
    for _ in 0..14 {
        crowd.push(Box::pin(when_let(async || {
            web.channel_info(Lane::Bulk, "C0AUDIT").await.map(|_| ())
        })));
    }
    join_all(crowd).await;
    let calls = simulator.calls();
    let refused: Vec<_> = calls.iter().filter(|call| call.error.is_some()).collect();
    assert!(refused.is_empty(), "{refused:?}");
    assert_eq!(calls.len(), 12 + 2 * 30 + 14);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_life_under_enforced_limits_meets_none_of_them() {
    run_test(async |ctx| {
        ctx.quiet().await;
        ctx.stop().await;
        ctx.options.pacing = Pacing::Slack;
        ctx.simulator.enforce_limits(true);
        ctx.run().await;
        whole_life(ctx).await;
        assert_one_life(ctx);
        assert_no_doubles(ctx);
        let limited = |error: &String| error == "ratelimited";
        let calls = ctx.simulator.calls();
        let refused = calls
            .iter()
            .filter(|call| call.error.as_ref().is_some_and(limited));
        assert_eq!(refused.count(), 0);
        ctx.options.pacing = Pacing::Off;
    })
    .await;
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let simulator = Simulator::start(World::example()).await.unwrap();
    let web = web(&simulator, Pacing::Off);
    let enormous = CallMishap::Enormous { megabytes: 4_000 };
    simulator.calls_meet(Trouble::everywhere(enormous).times(1));
    let error = web.post_message(hello_to("C0GENERAL")).await.unwrap_err();
    assert!(error.is_ambiguous());
    insta::assert_snapshot!(error, @"chat.postMessage: no answer saying whether it was done (the answer is too long)");
    web.post_message(hello_to("C0GENERAL")).await.unwrap();
}

#[tokio::test]
async fn an_answer_that_breaks_off_does_not_say_that_nothing_was_done() {
    let simulator = Simulator::start(World::example()).await.unwrap();
    let web = web(&simulator, Pacing::Off);
    simulator.calls_meet(Trouble::everywhere(CallMishap::CutAnswer).times(1));
    let error = web.post_message(hello_to("C0GENERAL")).await.unwrap_err();
    insta::assert_snapshot!(error, @"chat.postMessage: no answer saying whether it was done (connection lost)");
    assert_eq!(simulator.channel_messages("general").len(), 1);
}
