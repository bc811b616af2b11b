//! What people read: blocks as lines, and what is unread.

use serde_json::{Value, json};
use slack_simulator::World;

use crate::support::{Reply, option, plain, start, start_answering};

async fn rendered(content: Value) -> String {
    let setup = start().await;
    let mut content = content;
    content["channel"] = json!("C0GENERAL");
    let posted = setup.app.call("chat.postMessage", content).await;
    assert_eq!(posted["ok"], true, "{posted}");
    setup.slack.person("dana").reads("general")[0].rendered.clone()
}

#[tokio::test]
async fn markup_reads_as_names_dates_and_links() {
    let text = "<@U0DANA> asks <!here>, see <#C0AUDIT> and <https://example.com|the runbook> \
                until <!date^1700000000^{time}|22:13 UTC>: 1 &lt; 2 &amp; *bold* <mailto:ada@example.com|Ada>";
    insta::assert_snapshot!(rendered(json!({"text": text})).await, @"@Dana Ito asks @here, see #permissions-audit and the runbook (https://example.com) until 22:13 UTC: 1 < 2 & *bold* Ada (mailto:ada@example.com)");
}

#[tokio::test]
async fn a_card_reads_as_lines() {
    let blocks = json!([
        {"type": "header", "text": plain("Access request")},
        {"type": "section", "text": {"type": "mrkdwn", "text": "AR-7 of <@U0DANA>"}, "fields": [
            {"type": "mrkdwn", "text": "*Permissions*\nread"},
            {"type": "mrkdwn", "text": "*Duration:*\n2 h"},
            {"type": "plain_text", "text": "Flow: Developers on *orders*"},
        ]},
        {"type": "divider"},
        {"type": "section", "text": plain("More"), "accessory": {"type": "overflow", "action_id": "more", "options": [option("Show"), option("Hide")]}},
        {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a chart"},
        {"type": "actions", "elements": [
            {"type": "button", "action_id": "a", "text": plain("Approve"), "style": "primary"},
            {"type": "button", "action_id": "b", "text": plain("Reject")},
        ]},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "`#1` · 9f3a"}, {"type": "plain_text", "text": "today"}]},
    ]);
    insta::assert_snapshot!(rendered(json!({"text": "fallback", "blocks": blocks})).await, @r#"
    # Access request
    AR-7 of @Dana Ito
    Permissions: read
    Duration: 2 h
    Flow: Developers on *orders*
    ---
    More
    [Show] [Hide]
    [image: a chart]
    [Approve] [Reject]
    `#1` · 9f3a today
    "#);
}

#[tokio::test]
async fn rich_text_reads_with_its_marks_lists_and_quotes() {
    let text = |text: &str| json!({"type": "text", "text": text});
    let styled = |text: &str, style: &str| json!({"type": "text", "text": text, "style": {style: true}});
    let item =
        |text: &str| json!({"type": "rich_text_section", "elements": [{"type": "text", "text": text}]});
    let blocks = json!([{"type": "rich_text", "elements": [
        {"type": "rich_text_section", "elements": [
            {"type": "emoji", "name": "memo", "unicode": "1f4dd"}, text(" "), styled("REQUESTED", "bold"), text(" AR-7 "),
            {"type": "user", "user_id": "U0DANA"}, text(" asks "), styled("write ", "italic"), styled("orders", "code"),
            text(" in "), {"type": "channel", "channel_id": "C0AUDIT"}, text(" "), {"type": "emoji", "name": "partyparrot"},
            text(" "), {"type": "link", "url": "https://example.com", "text": "why"}, text(" "),
            {"type": "date", "timestamp": 1_700_000_000, "format": "{time}", "fallback": "22:13 UTC"},
        ]},
        {"type": "rich_text_list", "style": "bullet", "elements": [item("one"), item("two")]},
        {"type": "rich_text_list", "style": "ordered", "indent": 1, "elements": [item("first"), item("second")]},
        {"type": "rich_text_quote", "elements": [text("to fix it\nat once")]},
        {"type": "rich_text_preformatted", "elements": [text("psql -h db")]},
    ]}]);
    insta::assert_snapshot!(rendered(json!({"text": "fallback", "blocks": blocks})).await, @r#"
    📝 *REQUESTED* AR-7 @Dana Ito asks _write_ `orders` in #permissions-audit :partyparrot: why (https://example.com) 22:13 UTC
    • one
    • two
      1. first
      2. second
    > to fix it
    > at once
    ```
    psql -h db
    ```
    "#);
}

#[tokio::test]
async fn messages_stay_unread_until_they_are_read() {
    let (setup, _socket) = start_answering(|_, _| Reply::Ack).await;
    let (dana, omar) = (setup.slack.person("dana"), setup.slack.person("omar"));
    setup
        .app
        .call("chat.postMessage", json!({"channel": "U0DANA", "text": "one"}))
        .await;
    setup
        .app
        .call("chat.postMessage", json!({"channel": "C0GENERAL", "text": "two"}))
        .await;
    let unread = |actor: &slack_simulator::Actor| -> Vec<String> {
        actor.unread().into_iter().map(|message| message.text).collect()
    };
    assert_eq!(unread(&dana), ["one", "two"]);
    dana.wait_for("@bot", "one").await.unwrap();
    assert_eq!(unread(&dana), ["two"]);
    assert_eq!(unread(&omar), ["two"]);
    dana.mark_all_read();
    dana.say("general", "three").await.unwrap();
    assert!(dana.unread().is_empty());
}

#[tokio::test]
async fn nobody_reads_a_channel_without_being_in_it() {
    let setup = start().await;
    let error = setup
        .slack
        .person("dana")
        .read_channel("permissions-audit")
        .unwrap_err();
    assert_eq!(error.to_string(), "U0DANA cannot see permissions-audit");
    assert!(setup.slack.person("dana").reads("@bot").is_empty());
}

#[test]
fn a_world_is_read_from_json() {
    let text = r#"{
        "team": {"id": "T1", "name": "Acme", "domain": "acme"},
        "app": {"name": "helper"},
        "people": [{"id": "U1", "handle": "kim", "name": "Kim", "email": "kim@acme.example", "kind": "multi_channel_guest"}],
        "channels": [{"id": "C1", "name": "general", "members": ["U1", "U0HELPER"]}]
    }"#;
    assert!(World::from_json(text).is_ok());
    let stranger = text.replace("\"U1\", \"U0HELPER\"", "\"U2\"");
    let error = World::from_json(&stranger).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the channel general has the member U2, but nobody has that id"
    );
    assert!(World::from_json("{}").is_err());
}
