//! Socket Mode.

use std::time::Duration;

use serde_json::json;
use slack_simulator::{ACK_DEADLINE, ActError};

use crate::support::{Reply, start, start_answering};

#[tokio::test]
async fn hello_names_the_app_and_counts_the_connections() {
    let setup = start().await;
    let first = setup.app.connect(|_, _| Reply::Ack).await;
    let second = setup.app.connect(|_, _| Reply::Ack).await;
    let hello = &second.of_type("hello")[0];
    assert_eq!(hello["connection_info"]["app_id"], "A0APONO");
    assert_eq!(hello["num_connections"], 2);
    assert!(hello["debug_info"]["approximate_connection_time"].is_u64());
    assert_eq!(first.of_type("hello")[0]["num_connections"], 1);
    assert_eq!(setup.slack.open_sockets(), 2);
}

#[tokio::test]
async fn a_ticket_opens_one_socket() {
    let setup = start().await;
    let url = setup.app.open_url().await;
    let _open = tokio_tungstenite::connect_async(&url).await.unwrap();
    assert!(tokio_tungstenite::connect_async(&url).await.is_err());
}

#[tokio::test]
async fn the_eleventh_socket_is_refused_with_too_many_websockets() {
    let setup = start().await;
    let mut open = Vec::new();
    for _ in 0..10 {
        open.push(setup.app.connect(|_, _| Reply::Ack).await);
    }
    let refused = setup.app.connect(|_, _| Reply::Ack).await;
    let disconnect = &refused.of_type("disconnect")[0];
    assert_eq!(disconnect["reason"], "too_many_websockets");
    assert_eq!(disconnect["num_connections"], 10);
    assert_eq!(setup.slack.open_sockets(), 10);
}

#[tokio::test]
async fn each_envelope_goes_to_one_socket_and_all_sockets_get_some() {
    let setup = start().await;
    let mut sockets = Vec::new();
    for _ in 0..3 {
        sockets.push(setup.app.connect(|_, _| Reply::Ack).await);
    }
    for _ in 0..6 {
        setup
            .slack
            .person("dana")
            .command("/apono", "list")
            .await
            .unwrap();
    }
    let counts: Vec<usize> = sockets
        .iter()
        .map(|socket| socket.of_type("slash_commands").len())
        .collect();
    assert_eq!(counts, [2, 2, 2]);
}

#[tokio::test]
async fn an_ack_is_recorded_with_its_time_and_payload() {
    let (setup, _socket) = start_answering(|_, _| Reply::AckWith(json!({"text": "done"}))).await;
    setup
        .slack
        .person("dana")
        .command("/apono", "list")
        .await
        .unwrap();
    let envelopes = setup.slack.envelopes();
    let [envelope] = envelopes.as_slice() else {
        panic!("one envelope, not {}", envelopes.len())
    };
    assert_eq!(envelope.kind, "slash_commands");
    assert_eq!(envelope.ack, Some(json!({"text": "done"})));
    assert!(envelope.acked_in_time());
}

#[tokio::test]
async fn without_an_ack_within_three_seconds_the_person_sees_operation_timeout() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Silence).await;
    let dana = setup.slack.person("dana");
    let command = tokio::spawn(async move { dana.command("/apono", "list").await });
    let envelope = socket.wait_for(|frame| frame["type"] == "slash_commands").await;
    setup.slack.advance(ACK_DEADLINE + Duration::from_secs(1));
    assert_eq!(command.await.unwrap(), Err(ActError::TimedOut));
    assert_eq!(setup.slack.envelopes()[0].acked_after, None);

    socket.ack(envelope["envelope_id"].as_str().unwrap());
    socket.close().await;
    let late = &setup.slack.envelopes()[0];
    assert!(late.acked_after.unwrap() > ACK_DEADLINE);
    assert!(!late.acked_in_time());
}

#[tokio::test]
async fn without_an_open_socket_an_interaction_fails_at_once() {
    let setup = start().await;
    let failed = setup.slack.person("dana").command("/apono", "list").await;
    assert_eq!(failed, Err(ActError::NotConnected));
    assert!(setup.slack.envelopes().is_empty());
}

#[tokio::test]
async fn an_event_without_an_ack_is_sent_again_at_once_then_after_one_and_five_minutes() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Silence).await;
    setup.slack.person("dana").say_to_bot("hello").await.unwrap();
    for (attempt, pause) in (0..4).zip([0, 0, 60, 300]) {
        setup.slack.advance(Duration::from_secs(pause));
        socket.wait_for(|frame| frame["retry_attempt"] == attempt).await;
        setup.slack.advance(ACK_DEADLINE);
    }
    let events = socket.of_type("events_api");
    assert!(
        events
            .iter()
            .all(|event| event["payload"]["event_id"] == events[0]["payload"]["event_id"])
    );
    assert!(
        events[1..]
            .iter()
            .all(|event| event["envelope_id"] != events[0]["envelope_id"])
    );
    let reasons: Vec<_> = events
        .iter()
        .map(|event| event["retry_reason"].as_str().unwrap())
        .collect();
    assert_eq!(reasons, ["", "timeout", "timeout", "timeout"]);
}

#[tokio::test]
async fn an_event_that_came_while_no_socket_was_open_arrives_by_retry() {
    let setup = start().await;
    setup.slack.person("dana").say_to_bot("hello").await.unwrap();
    let mut socket = setup.app.connect(|_, _| Reply::Ack).await;
    setup.slack.advance(Duration::from_mins(1));
    let event = socket.wait_for(|frame| frame["type"] == "events_api").await;
    assert_eq!(event["payload"]["event"]["text"], "hello");
    assert_eq!(event["payload"]["event"]["channel_type"], "im");
}

#[tokio::test]
async fn an_acked_event_is_not_sent_again() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    setup.slack.person("dana").say_to_bot("hello").await.unwrap();
    socket.wait_for(|frame| frame["type"] == "events_api").await;
    setup
        .slack
        .person("dana")
        .command("/apono", "list")
        .await
        .unwrap();
    setup.slack.advance(Duration::from_mins(10));
    setup
        .slack
        .person("dana")
        .command("/apono", "list")
        .await
        .unwrap();
    assert_eq!(socket.of_type("events_api").len(), 1);
}

#[tokio::test]
async fn a_warned_socket_gets_envelopes_for_ten_seconds_more_and_is_closed_then() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    setup.slack.disconnect_sockets("warning");
    let frame = socket.wait_for(|frame| frame["type"] == "disconnect").await;
    assert_eq!(frame["reason"], "warning");
    assert!(frame["debug_info"]["host"].is_string());
    setup
        .slack
        .person("dana")
        .command("/apono", "list")
        .await
        .unwrap();
    setup.slack.advance(Duration::from_secs(10));
    socket.wait_until_closed().await;
    assert_eq!(setup.slack.open_sockets(), 0);
}

#[tokio::test]
async fn link_disabled_closes_the_sockets_at_once() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    setup.slack.disconnect_sockets("link_disabled");
    socket.wait_until_closed().await;
    assert_eq!(socket.of_type("disconnect")[0]["reason"], "link_disabled");
}

#[tokio::test]
async fn only_commands_submissions_and_suggestions_take_a_payload_in_the_ack() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    let dana = setup.slack.person("dana");
    dana.command("/apono", "list").await.unwrap();
    dana.shortcut("request_access").await.unwrap();
    dana.say_to_bot("hello").await.unwrap();
    let event = socket.wait_for(|frame| frame["type"] == "events_api").await;
    assert_eq!(event["accepts_response_payload"], false);
    assert_eq!(
        socket.of_type("slash_commands")[0]["accepts_response_payload"],
        true
    );
    assert_eq!(
        socket.of_type("interactive")[0]["accepts_response_payload"],
        false
    );
}

#[tokio::test]
async fn the_app_hears_its_own_messages_too() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    setup
        .app
        .call("chat.postMessage", json!({"channel": "U0DANA", "text": "hello"}))
        .await;
    let event = socket.wait_for(|frame| frame["type"] == "events_api").await;
    assert_eq!(event["payload"]["event"]["bot_id"], "B0APONO");
}
