//! Messages that Slack posts later.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Setup, start};

const CHANNEL: &str = "C0GENERAL";

/// Slack's clock in seconds, as the `ts` of a new message tells it.
async fn now(setup: &Setup) -> u64 {
    let posted = setup
        .app
        .call(
            "chat.postMessage",
            json!({"channel": "U0DANA", "text": "what time is it?"}),
        )
        .await;
    let ts = posted["ts"].as_str().unwrap();
    ts.split_once('.').unwrap().0.parse().unwrap()
}

async fn schedule(setup: &Setup, arguments: Value) -> Value {
    setup.app.call("chat.scheduleMessage", arguments).await
}

async fn delete(setup: &Setup, id: &Value) -> Value {
    let arguments = json!({"channel": CHANNEL, "scheduled_message_id": id});
    setup.app.call("chat.deleteScheduledMessage", arguments).await
}

async fn list(setup: &Setup, query: &str) -> Value {
    setup.app.get("chat.scheduledMessages.list", query).await
}

#[tokio::test]
async fn a_scheduled_message_is_listed_until_it_is_posted_at_its_time() {
    let setup = start().await;
    let at = now(&setup).await + 600;
    let answer = schedule(
        &setup,
        json!({"channel": CHANNEL, "text": "later", "post_at": at}),
    )
    .await;
    assert_eq!(answer["post_at"], at.to_string());
    let listed = list(&setup, &format!("channel={CHANNEL}")).await;
    let listed = &listed["scheduled_messages"][0];
    assert_eq!(listed["id"], answer["scheduled_message_id"]);
    assert_eq!(
        (&listed["text"], &listed["post_at"]),
        (&json!("later"), &json!(at))
    );
    assert!(setup.slack.channel_messages(CHANNEL).is_empty());

    setup.slack.advance(Duration::from_mins(11));
    let dana = setup.slack.person("dana");
    let posted = dana.wait_for("#general", "later").await.unwrap();
    assert_eq!(posted.text, "later");
    assert_eq!(list(&setup, "").await["scheduled_messages"], json!([]));
}

#[tokio::test]
async fn what_is_deleted_is_not_posted_and_nothing_is_deleted_in_the_last_minute() {
    let setup = start().await;
    let at = now(&setup).await + 600;
    let first = schedule(&setup, json!({"channel": CHANNEL, "text": "one", "post_at": at})).await;
    let second = schedule(&setup, json!({"channel": CHANNEL, "text": "two", "post_at": at})).await;
    assert_eq!(delete(&setup, &first["scheduled_message_id"]).await["ok"], true);
    let again = delete(&setup, &first["scheduled_message_id"]).await;
    assert_eq!(again["error"], "invalid_scheduled_message_id");

    setup
        .slack
        .advance(Duration::from_mins(9) + Duration::from_secs(30));
    let too_late = delete(&setup, &second["scheduled_message_id"]).await;
    assert_eq!(too_late["error"], "invalid_scheduled_message_id");
    setup.slack.advance(Duration::from_mins(1));
    let dana = setup.slack.person("dana");
    dana.wait_for("#general", "two").await.unwrap();
    assert_eq!(setup.slack.channel_messages(CHANNEL).len(), 1);
}

#[tokio::test]
async fn a_time_is_a_number_to_come_and_not_too_far() {
    let setup = start().await;
    let now = now(&setup).await;
    let too_far = now + 121 * 24 * 3600;
    for (post_at, error) in [
        (json!(now - 1), "time_in_past"),
        (json!(too_far), "time_too_far"),
        (json!("soon"), "invalid_time"),
    ] {
        let arguments = json!({"channel": CHANNEL, "text": "hello", "post_at": post_at});
        assert_eq!(schedule(&setup, arguments).await["error"], error, "{post_at}");
    }
}

#[tokio::test]
async fn a_message_is_scheduled_only_where_the_bot_may_write_and_with_something_in_it() {
    let setup = start().await;
    let at = now(&setup).await + 600;
    for (channel, text, error) in [
        ("C0RANDOM", "hello", "not_in_channel"),
        ("C0NOWHERE", "hello", "channel_not_found"),
        (CHANNEL, "", "no_text"),
    ] {
        let arguments = json!({"channel": channel, "text": text, "post_at": at});
        assert_eq!(schedule(&setup, arguments).await["error"], error, "{channel}");
    }
    setup.slack.change_world(|world| world.remove_scope("chat:write"));
    let arguments = json!({"channel": CHANNEL, "text": "hello", "post_at": at});
    assert_eq!(schedule(&setup, arguments).await["error"], "missing_scope");
}

#[tokio::test]
async fn five_minutes_of_a_channel_take_thirty_messages() {
    let setup = start().await;
    let at = now(&setup).await + 3_600;
    let arguments = |at: u64| json!({"channel": CHANNEL, "text": "hello", "post_at": at});
    for n in 0..30 {
        assert_eq!(schedule(&setup, arguments(at + n)).await["ok"], true, "{n}");
    }
    for near in [at, at + 299, at - 200] {
        assert_eq!(
            schedule(&setup, arguments(near)).await["error"],
            "restricted_too_many"
        );
    }
    assert_eq!(schedule(&setup, arguments(at + 400)).await["ok"], true);
    let elsewhere = json!({"channel": "C0AUDIT", "text": "hello", "post_at": at});
    assert_eq!(schedule(&setup, elsewhere).await["ok"], true);
}

#[tokio::test]
async fn a_message_with_metadata_is_taken_and_never_posted() {
    let setup = start().await;
    let at = now(&setup).await + 600;
    let metadata = json!({"event_type": "note", "event_payload": {}});
    let with = json!({"channel": CHANNEL, "text": "with", "post_at": at, "metadata": metadata});
    assert_eq!(schedule(&setup, with).await["ok"], true);
    schedule(
        &setup,
        json!({"channel": CHANNEL, "text": "without", "post_at": at}),
    )
    .await;
    setup.slack.advance(Duration::from_mins(11));
    let dana = setup.slack.person("dana");
    dana.wait_for("#general", "without").await.unwrap();
    assert_eq!(setup.slack.channel_messages(CHANNEL).len(), 1);
}
