//! Calls that are turned away, lost, slow, or answered with something else.

use slack_simulator::{CallMishap, Trouble};

use super::{assert_one_life, in_a_hurry, whole_life};
use crate::support::bot::run_test;

/// What the bot calls without a person looking at a window.
const UNWATCHED: [&str; 5] = [
    "chat.postMessage",
    "chat.update",
    "users.info",
    "conversations.open",
    "conversations.info",
];

/// A whole life in which each third call of each of these methods meets this.
async fn each_third_call(methods: &[&str], mishap: CallMishap) {
    run_test(async |ctx| {
        ctx.settle().await;
        let troubles: Vec<_> = methods
            .iter()
            .map(|method| {
                let trouble = Trouble::on(method, mishap.clone()).every(3);
                ctx.simulator.calls_meet(trouble)
            })
            .collect();
        in_a_hurry(ctx, whole_life(ctx)).await;
        assert!(troubles[0].happened() > 2, "it was no trouble");
        assert_one_life(ctx);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rate_limits_are_waited_out() {
    each_third_call(&UNWATCHED, CallMishap::RateLimited { retry_after: Some(1) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_by_a_broken_server_are_tried_again() {
    each_third_call(&UNWATCHED, CallMishap::Status(503)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_internal_error_of_slack_is_tried_again() {
    each_third_call(&UNWATCHED, CallMishap::Error("internal_error".to_owned())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_requests_are_made_again() {
    each_third_call(&UNWATCHED, CallMishap::LostRequest).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_posted_and_not_answered_is_found_again() {
    each_third_call(&UNWATCHED, CallMishap::LostResponse).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_a_proxy_in_place_of_an_answer_is_no_answer() {
    each_third_call(&UNWATCHED, CallMishap::HtmlPage).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn half_an_answer_is_no_answer() {
    each_third_call(&UNWATCHED, CallMishap::HalfAnswer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_answers_hold_up_nothing_but_themselves() {
    let methods = [
        "chat.postMessage",
        "chat.update",
        "users.info",
        "conversations.open",
    ];
    each_third_call(&methods, CallMishap::SlowAnswer { seconds: 1 }).await;
}
