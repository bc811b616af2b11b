//! Draining: what was taken is finished, and then it ends.

use std::time::{Duration, Instant};

use apono::slack::socket::DrainReport;

use super::{Bot, hasty, start, wait_until};
use crate::tiny_slack::TinySlack;

#[tokio::test]
async fn a_drain_finishes_running_handlers_sends_their_acks_and_says_goodbye() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(&slack, &bot, hasty());
    let watched = handle.watch();
    wait_until(&handle, |status| status.open == 1).await;
    for id in ["slow-1", "slow-2", "then-1"] {
        slack.send_click(0, id);
    }
    slack.wait_for_ack("then-1").await;
    wait_until(&handle, |status| status.counts.envelopes == 3).await;

    let draining = tokio::spawn(handle.shutdown(Duration::from_secs(10)));
    let mut ended = watched.clone();
    ended.wait_for(|status| status.open == 0).await.unwrap();
    slack.send_click(0, "E-late");
    bot.go.add_permits(3);
    assert_eq!(draining.await.unwrap(), DrainReport { unfinished: 0 });

    assert!(slack.is_acked("slow-1") && slack.is_acked("slow-2"));
    assert!(!slack.is_acked("E-late"), "nothing new is taken");
    assert_eq!(bot.seen().len(), 3);
    bot.then_done.notified().await;
    slack
        .wait_for("a close frame", |state| {
            state.sockets[0].said_goodbye.then_some(())
        })
        .await;
}

#[tokio::test]
async fn a_drain_is_bounded_and_says_what_was_left() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(&slack, &bot, hasty());
    wait_until(&handle, |status| status.open == 1).await;
    slack.send_click(0, "slow");
    slack.send_click(0, "then");
    wait_until(&handle, |status| status.counts.envelopes == 2).await;
    let started = Instant::now();
    let report = handle.shutdown(Duration::from_millis(1500)).await;
    assert_eq!(report, DrainReport { unfinished: 2 });
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn an_idle_drain_is_quick() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(&slack, &bot, hasty());
    wait_until(&handle, |status| status.open == 1).await;
    let started = Instant::now();
    assert_eq!(handle.shutdown(Duration::from_secs(10)).await.unfinished, 0);
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_server_that_never_answers_the_close_frame_holds_nothing_up() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(&slack, &bot, hasty());
    wait_until(&handle, |status| status.open == 1).await;
    slack.freeze(0);
    let started = Instant::now();
    assert_eq!(handle.shutdown(Duration::from_secs(10)).await.unfinished, 0);
    assert!(started.elapsed() < Duration::from_secs(3));
}
