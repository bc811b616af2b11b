//! Posts to response urls.

use hyper::{Method, StatusCode};
use serde_json::{Value, json};
use slack_simulator::{RESPONSE_URL_LIFE, RESPONSE_URL_USES};

use crate::support::{Reply, Setup, Socket, plain, request, start_answering};

async fn post(url: &str, body: Value) -> (StatusCode, Value) {
    request(Method::POST, url, None, "application/json", body.to_string()).await
}

/// A command by dana, its response url, and the setup for the next steps.
async fn commanded() -> (Setup, Socket, String) {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    setup
        .slack
        .person("dana")
        .command("/apono", "list")
        .await
        .unwrap();
    let frame = socket.wait_for(|frame| frame["type"] == "slash_commands").await;
    let url = frame["payload"]["response_url"].as_str().unwrap().to_owned();
    (setup, socket, url)
}

/// A click of omar's on a card, and its response url.
async fn clicked() -> (Setup, Socket, String) {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    let button = json!({"type": "button", "action_id": "go", "text": plain("Go")});
    let card =
        json!({"channel": "U0OMAR", "text": "card", "blocks": [{"type": "actions", "elements": [button]}]});
    setup.app.call("chat.postMessage", card).await;
    setup.slack.person("omar").click("card", "Go").await.unwrap();
    let frame = socket.wait_for(|frame| frame["type"] == "interactive").await;
    let url = frame["payload"]["response_url"].as_str().unwrap().to_owned();
    (setup, socket, url)
}

#[tokio::test]
async fn a_response_url_takes_five_posts() {
    let (setup, _socket, url) = commanded().await;
    for _ in 0..RESPONSE_URL_USES {
        assert_eq!(
            post(&url, json!({"text": "here"})).await,
            (StatusCode::OK, json!({"ok": true}))
        );
    }
    let (status, body) = post(&url, json!({"text": "here"})).await;
    assert_eq!(
        (status, &body["error"]),
        (StatusCode::NOT_FOUND, &json!("used_url"))
    );
    assert_eq!(setup.slack.person("dana").ephemerals().len(), 5);
}

#[tokio::test]
async fn a_response_url_lasts_half_an_hour() {
    let (setup, _socket, url) = commanded().await;
    setup.slack.advance(RESPONSE_URL_LIFE);
    let (status, body) = post(&url, json!({"text": "here"})).await;
    assert_eq!(
        (status, &body["error"]),
        (StatusCode::NOT_FOUND, &json!("expired_url"))
    );
}

#[tokio::test]
async fn an_answer_is_for_the_person_unless_it_says_in_channel() {
    let (setup, _socket, url) = commanded().await;
    post(&url, json!({"text": "for you"})).await;
    post(&url, json!({"text": "for all", "response_type": "in_channel"})).await;
    let dana = setup.slack.person("dana");
    assert_eq!(
        dana.wait_for_ephemeral("for you").await.unwrap().channel,
        "C0GENERAL"
    );
    let general = setup.slack.channel_messages("general");
    assert_eq!(
        general
            .iter()
            .map(|message| message.text.as_str())
            .collect::<Vec<_>>(),
        ["for all"]
    );
}

#[tokio::test]
async fn the_message_that_was_clicked_is_replaced_or_deleted() {
    let (setup, _socket, url) = clicked().await;
    post(&url, json!({"text": "done", "replace_original": true})).await;
    let message = &setup.slack.person("omar").reads("@bot")[0];
    assert_eq!((message.text.as_str(), message.buttons.len()), ("done", 0));
    post(&url, json!({"delete_original": true})).await;
    assert!(setup.slack.person("omar").reads("@bot").is_empty());
}

#[tokio::test]
async fn an_ephemeral_message_is_replaced_by_the_url_of_a_click_on_it() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    let button = json!({"type": "button", "action_id": "go", "text": plain("Go")});
    let blocks = json!([{"type": "actions", "elements": [button]}]);
    let card = json!({"channel": "C0GENERAL", "user": "U0DANA", "text": "card", "blocks": blocks});
    setup.app.call("chat.postEphemeral", card).await;
    let dana = setup.slack.person("dana");
    dana.click("card", "Go").await.unwrap();
    let click = socket.wait_for(|frame| frame["type"] == "interactive").await;
    assert_eq!(click["payload"]["container"]["is_ephemeral"], true);
    assert!(click["payload"].get("message").is_none());
    let url = click["payload"]["response_url"].as_str().unwrap();
    post(url, json!({"text": "done", "replace_original": true})).await;
    let texts: Vec<String> = dana
        .ephemerals()
        .into_iter()
        .map(|message| message.text)
        .collect();
    assert_eq!(texts, ["done"]);
}

#[tokio::test]
async fn a_post_that_slack_would_refuse_shows_nothing() {
    let (setup, _socket, url) = commanded().await;
    for (body, error) in [
        (json!({"text": ""}), "no_text"),
        (json!({"text": "a", "colour": "red"}), "invalid_arguments"),
        (
            json!({"text": "a", "blocks": [{"type": "unheard_of"}]}),
            "invalid_blocks",
        ),
    ] {
        let (status, answer) = post(&url, body.clone()).await;
        assert_eq!(
            (status, &answer["error"]),
            (StatusCode::BAD_REQUEST, &json!(error)),
            "{body}"
        );
    }
    assert!(setup.slack.person("dana").ephemerals().is_empty());
}
