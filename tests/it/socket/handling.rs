//! What happens to envelopes and to anything else.

use apono::slack::socket::SocketSettings;
use serde_json::{Value, json};

use super::{Bot, hasty, start, wait_until};
use crate::tiny_slack::TinySlack;

#[tokio::test]
async fn several_sockets_are_served_and_each_envelope_is_acked_where_it_came() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(
        &slack,
        &bot,
        SocketSettings {
            sockets: 3,
            ..hasty()
        },
    );
    let status = wait_until(&handle, |status| status.open == 3).await;
    assert_eq!((status.wanted, status.app_id.as_deref()), (3, Some("A0APONO")));
    assert!(status.last_hello.is_some());
    assert_eq!(status.connections_told, Some(1));

    for socket in 0..3 {
        slack.send_click(socket, &format!("E{socket}"));
    }
    for socket in 0..3 {
        let (acked_by, ack) = slack.wait_for_ack(&format!("E{socket}")).await;
        assert_eq!(acked_by, socket);
        assert_eq!(ack, json!({ "envelope_id": format!("E{socket}") }));
    }
}

#[tokio::test]
async fn sockets_of_somebody_else_are_counted_whichever_greeting_is_read_last() {
    let slack = TinySlack::start().await;
    slack.count_sockets([3, 2]);
    let settings = SocketSettings {
        sockets: 2,
        ..hasty()
    };
    let handle = start(&slack, &Bot::new(), settings);
    let status = wait_until(&handle, |status| status.open == 2).await;
    assert_eq!(status.others, 1);
}

#[tokio::test]
async fn a_slow_handler_delays_no_other_envelope() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(&slack, &bot, hasty());
    wait_until(&handle, |status| status.open == 1).await;
    slack.send_click(0, "slow");
    slack.send_click(0, "E1");
    slack.wait_for_ack("E1").await;
    assert!(!slack.is_acked("slow"));
    bot.go.add_permits(1);
    slack.wait_for_ack("slow").await;
}

#[tokio::test]
async fn a_panic_is_no_ack_and_the_others_go_on() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(&slack, &bot, hasty());
    wait_until(&handle, |status| status.open == 1).await;
    slack.send_click(0, "panic");
    slack.send_click(0, "refuse");
    slack.send_click(0, "E1");
    slack.wait_for_ack("E1").await;
    let status = wait_until(&handle, |status| {
        status.counts.unacked == 2 && status.counts.acked == 1
    })
    .await;
    assert_eq!(status.counts.panics, 1);
    assert_eq!(slack.sockets_opened(), 1, "the socket survived");
    assert!(!slack.is_acked("panic") && !slack.is_acked("refuse"));
}

#[tokio::test]
async fn an_answer_is_sent_only_where_slack_takes_one() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(&slack, &bot, hasty());
    wait_until(&handle, |status| status.open == 1).await;
    slack.send(0, &json!({ "type": "interactive", "envelope_id": "answer-1", "payload": {}, "accepts_response_payload": true }));
    let (_, ack) = slack.wait_for_ack("answer-1").await;
    assert_eq!(ack["payload"], json!({ "response_action": "clear" }));
    slack.send_click(0, "answer-2");
    let (_, ack) = slack.wait_for_ack("answer-2").await;
    assert_eq!(ack, json!({ "envelope_id": "answer-2" }));
}

#[tokio::test]
async fn work_after_the_ack_starts_once_it_is_out() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(&slack, &bot, hasty());
    wait_until(&handle, |status| status.open == 1).await;
    slack.send_click(0, "then");
    slack.wait_for_ack("then").await;
    bot.go.add_permits(1);
    bot.then_done.notified().await;
}

#[tokio::test]
async fn whatever_has_an_envelope_id_reaches_the_handler() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(&slack, &bot, hasty());
    wait_until(&handle, |status| status.open == 1).await;
    slack.send(0, &json!({ "envelope_id": "E1" }));
    slack.send(
        0,
        &json!({ "envelope_id": "E2", "type": "from_the_future", "payload": { "team": null } }),
    );
    slack.send(0, &json!({ "envelope_id": "E3", "type": "events_api", "payload": {}, "retry_attempt": 1, "retry_reason": "timeout" }));
    for id in ["E1", "E2", "E3"] {
        slack.wait_for_ack(id).await;
    }
    let mut seen = bot.seen();
    seen.sort_by(|a, b| a.id.cmp(&b.id));
    let kinds: Vec<&str> = seen.iter().map(|envelope| envelope.kind.as_str()).collect();
    assert_eq!(kinds, ["other", "from_the_future", "events_api"]);
    assert_eq!(seen[0].payload, Value::Null);
    assert_eq!(seen[2].retry_attempt, Some(1));
}

#[tokio::test]
async fn what_cannot_be_read_is_counted_and_told() {
    let slack = TinySlack::start().await;
    let bot = Bot::new();
    let handle = start(&slack, &bot, hasty());
    wait_until(&handle, |status| status.open == 1).await;
    slack.send_text(0, "no JSON at all");
    slack.send(0, &json!({ "payload": 1 }));
    slack.send(0, &json!({ "type": "surprise" }));
    slack.send_click(0, "E1");
    slack.wait_for_ack("E1").await;
    wait_until(&handle, |status| status.counts.unreadable == 3).await;
    let report = handle.shutdown(std::time::Duration::from_secs(5)).await;
    assert_eq!(report.unfinished, 0);
    let mut lengths = bot.unreadable_lengths();
    lengths.sort_unstable();
    assert_eq!(lengths, [13, 14, 19]);
}
