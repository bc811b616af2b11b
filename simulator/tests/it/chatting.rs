//! chat.postMessage and its kin.

use serde_json::{Value, json};

use crate::support::{Setup, start};

async fn post(setup: &Setup, channel: &str, text: &str) -> Value {
    setup
        .app
        .call("chat.postMessage", json!({"channel": channel, "text": text}))
        .await
}

#[tokio::test]
async fn posting_is_refused_where_the_bot_may_not_write() {
    let setup = start().await;
    setup
        .slack
        .change_world(|world| world.archive("permissions-audit"));
    for (channel, error) in [
        ("C0RANDOM", "not_in_channel"),
        ("C0AUDIT", "is_archived"),
        ("C0SECRET", "channel_not_found"),
        ("C0NOWHERE", "channel_not_found"),
        ("U0DEL", "channel_not_found"),
        ("U0WBOT", "channel_not_found"),
    ] {
        assert_eq!(post(&setup, channel, "hello").await["error"], error, "{channel}");
    }
}

#[tokio::test]
async fn with_chat_write_public_the_bot_posts_in_public_channels_uninvited() {
    let setup = start().await;
    setup
        .slack
        .change_world(|world| world.grant_scope("chat:write.public"));
    assert_eq!(post(&setup, "C0RANDOM", "hello").await["ok"], true);
    assert_eq!(
        post(&setup, "C0SECRET", "hello").await["error"],
        "channel_not_found"
    );
}

#[tokio::test]
async fn a_post_to_a_user_id_opens_the_direct_message() {
    let setup = start().await;
    let posted = post(&setup, "U0DANA", "hello").await;
    assert_eq!(posted["channel"], "D0DANA");
    assert_eq!(setup.slack.person("dana").reads("@bot")[0].text, "hello");
}

#[tokio::test]
async fn timestamps_are_unique_and_grow() {
    let setup = start().await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(
            post(&setup, "C0GENERAL", "hello").await["ts"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }
    assert!(all.is_sorted_by(|one, next| one < next), "{all:?}");
}

#[tokio::test]
async fn a_message_needs_something_in_it_and_blocks_that_are_sound() {
    let setup = start().await;
    let bad = json!([{"type": "section", "text": {"type": "mrkdwn", "text": ""}}]);
    for (content, error) in [
        (json!({"channel": "C0GENERAL"}), "no_text"),
        (json!({"channel": "C0GENERAL", "blocks": bad}), "invalid_blocks"),
        (
            json!({"channel": "C0GENERAL", "blocks": "not json"}),
            "invalid_blocks_format",
        ),
        (
            json!({"channel": "C0GENERAL", "blocks": {}}),
            "invalid_blocks_format",
        ),
        (
            json!({"channel": "C0GENERAL", "text": "a", "metadata": {"event_type": "x"}}),
            "invalid_metadata_format",
        ),
        (
            json!({"channel": "C0GENERAL", "text": "a", "markdown_text": "b"}),
            "markdown_text_conflict",
        ),
    ] {
        let answer = setup.app.call("chat.postMessage", content.clone()).await;
        assert_eq!(answer["error"], error, "{content}: {answer}");
    }
    assert!(setup.slack.channel_messages("general").is_empty());
}

#[tokio::test]
async fn ids_that_the_app_left_out_are_filled_in() {
    let setup = start().await;
    let button = json!({"type": "button", "text": {"type": "plain_text", "text": "Go"}});
    let blocks = json!([{"type": "actions", "elements": [button]}]);
    let posted = setup
        .app
        .call(
            "chat.postMessage",
            json!({"channel": "C0GENERAL", "text": "a", "blocks": blocks}),
        )
        .await;
    let block = &posted["message"]["blocks"][0];
    assert!(
        block["block_id"].is_string() && block["elements"][0]["action_id"].is_string(),
        "{block}"
    );
}

#[tokio::test]
async fn an_update_changes_what_it_names_and_keeps_the_rest() {
    let setup = start().await;
    let metadata = json!({"event_type": "card", "event_payload": {"id": "AR-1"}});
    let blocks = json!([{"type": "divider"}]);
    let content = json!({"channel": "C0GENERAL", "text": "pending", "blocks": blocks, "metadata": metadata});
    let posted = setup.app.call("chat.postMessage", content).await;
    let update = json!({"channel": "C0GENERAL", "ts": posted["ts"], "text": "granted"});
    let updated = setup.app.call("chat.update", update).await;
    assert_eq!(updated["text"], "granted");
    let message = &setup.slack.channel_messages("general")[0];
    assert_eq!(message.text, "granted");
    assert_eq!(message.blocks[0]["type"], "divider");
    assert_eq!(message.metadata, Some(metadata));
    assert!(message.edited);
}

#[tokio::test]
async fn an_update_takes_away_blocks_by_an_empty_list_and_metadata_by_an_empty_object() {
    let setup = start().await;
    let metadata = json!({"event_type": "card", "event_payload": {}});
    let content =
        json!({"channel": "C0GENERAL", "text": "a", "blocks": [{"type": "divider"}], "metadata": metadata});
    let ts = setup.app.call("chat.postMessage", content).await["ts"].clone();
    let update = json!({"channel": "C0GENERAL", "ts": ts, "text": "b", "blocks": [], "metadata": {}});
    assert_eq!(setup.app.call("chat.update", update).await["ok"], true);
    let message = &setup.slack.channel_messages("general")[0];
    assert_eq!(
        (message.blocks.clone(), message.metadata.clone()),
        (json!([]), None)
    );
}

#[tokio::test]
async fn only_own_messages_that_exist_can_be_updated_or_deleted() {
    let setup = start().await;
    setup.slack.person("dana").say("#general", "mine").await.unwrap();
    let theirs = setup.slack.channel_messages("general")[0].ts.clone();
    for (method, ts, error) in [
        ("chat.update", theirs.as_str(), "cant_update_message"),
        ("chat.update", "1.000001", "message_not_found"),
        ("chat.delete", theirs.as_str(), "cant_delete_message"),
        ("chat.delete", "1.000001", "message_not_found"),
    ] {
        let mut arguments = json!({"channel": "C0GENERAL", "ts": ts});
        if method == "chat.update" {
            arguments["text"] = json!("yours");
        }
        assert_eq!(
            setup.app.call(method, arguments).await["error"],
            error,
            "{method} {ts}"
        );
    }
}

#[tokio::test]
async fn an_update_takes_less_text_than_a_post() {
    let setup = start().await;
    let long = "x".repeat(4001);
    let ts = post(&setup, "C0GENERAL", &long).await["ts"].clone();
    let answer = setup
        .app
        .call(
            "chat.update",
            json!({"channel": "C0GENERAL", "ts": ts, "text": long}),
        )
        .await;
    assert_eq!(answer["error"], "msg_too_long");
}

#[tokio::test]
async fn a_deleted_message_is_gone() {
    let setup = start().await;
    let ts = post(&setup, "C0GENERAL", "oops").await["ts"].clone();
    assert_eq!(
        setup
            .app
            .call("chat.delete", json!({"channel": "C0GENERAL", "ts": ts}))
            .await["ok"],
        true
    );
    assert!(setup.slack.channel_messages("general").is_empty());
}

#[tokio::test]
async fn an_ephemeral_message_reaches_one_member_and_no_history() {
    let setup = start().await;
    for (channel, user, error) in [
        ("C0RANDOM", "U0DANA", "not_in_channel"),
        ("C0AUDIT", "U0DANA", "user_not_in_channel"),
        ("C0NOWHERE", "U0DANA", "channel_not_found"),
    ] {
        let arguments = json!({"channel": channel, "user": user, "text": "psst"});
        assert_eq!(
            setup.app.call("chat.postEphemeral", arguments).await["error"],
            error
        );
    }
    let arguments = json!({"channel": "C0GENERAL", "user": "U0DANA", "text": "psst"});
    assert!(setup.app.call("chat.postEphemeral", arguments).await["message_ts"].is_string());
    assert_eq!(setup.slack.person("dana").ephemerals()[0].text, "psst");
    let history = setup
        .app
        .call("conversations.history", json!({"channel": "C0GENERAL"}))
        .await;
    assert_eq!(history["messages"], json!([]));
}

#[tokio::test]
async fn a_reply_needs_a_message_that_can_open_a_thread() {
    let setup = start().await;
    let parent = post(&setup, "C0GENERAL", "parent").await["ts"].clone();
    let reply = json!({"channel": "C0GENERAL", "text": "reply", "thread_ts": parent});
    let reply = setup.app.call("chat.postMessage", reply).await;
    assert_eq!(reply["message"]["thread_ts"], parent);
    for thread in [reply["ts"].clone(), json!("1.000001")] {
        let deeper = json!({"channel": "C0GENERAL", "text": "deeper", "thread_ts": thread});
        assert_eq!(
            setup.app.call("chat.postMessage", deeper).await["error"],
            "cannot_reply_to_message"
        );
    }
}

#[tokio::test]
async fn the_link_of_a_reply_leads_into_its_thread() {
    let setup = start().await;
    let parent = post(&setup, "C0GENERAL", "parent").await["ts"]
        .as_str()
        .unwrap()
        .to_owned();
    let reply = json!({"channel": "C0GENERAL", "text": "reply", "thread_ts": parent});
    let reply = setup.app.call("chat.postMessage", reply).await["ts"]
        .as_str()
        .unwrap()
        .to_owned();
    let link = setup
        .app
        .get(
            "chat.getPermalink",
            &format!("channel=C0GENERAL&message_ts={reply}"),
        )
        .await;
    let place = format!(
        "https://example.slack.com/archives/C0GENERAL/p{}",
        reply.replace('.', "")
    );
    assert_eq!(
        link["permalink"],
        format!("{place}?thread_ts={parent}&cid=C0GENERAL")
    );
}
