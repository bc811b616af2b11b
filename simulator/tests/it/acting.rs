//! People act and read.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use slack_simulator::Submitted;

use crate::support::{Reply, Setup, modal, plain, start, start_answering, text_input};

#[tokio::test]
async fn a_command_is_answered_by_the_message_in_its_ack_and_only_the_person_sees_it() {
    let (setup, _socket) = start_answering(|_, _| Reply::AckWith(json!({"text": "hello <@U0DANA>"}))).await;
    let dana = setup.slack.person("dana");
    let answer = dana.command("/apono", "help").await.unwrap();
    assert_eq!(answer.text, "hello @Dana Ito");
    assert_eq!(dana.ephemerals().len(), 1);
    assert!(setup.slack.channel_messages("#general").is_empty());
    assert!(setup.slack.person("omar").ephemerals().is_empty());
}

#[tokio::test]
async fn a_form_is_opened_filled_by_label_and_sent() {
    let (setup, mut socket) = start_answering(|app, frame| {
        if frame["type"] == "slash_commands" {
            let (app, trigger) = (app.clone(), frame["payload"]["trigger_id"].clone());
            tokio::spawn(async move {
                let view = modal("Ask", &json!([text_input("why", "Why")]));
                app.call("views.open", json!({"trigger_id": trigger, "view": view}))
                    .await
            });
        }
        Reply::Ack
    })
    .await;
    let dana = setup.slack.person("dana");
    dana.command("/apono", "request").await.unwrap();
    dana.fill("Why", "to fix it").await.unwrap();
    insta::assert_snapshot!(dana.modal().await.unwrap().rendered, @"Why: to fix it");
    assert_eq!(dana.submit().await.unwrap(), Submitted::Closed);
    assert_eq!(dana.top_modal(), None);
    let submission = socket
        .wait_for(|frame| frame["payload"]["type"] == "view_submission")
        .await;
    assert_eq!(
        submission["payload"]["view"]["state"]["values"]["why"]["why"]["value"],
        "to fix it"
    );
}

#[tokio::test]
async fn a_button_is_clicked_by_its_text_on_the_newest_message_that_has_it() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    let button = json!({"type": "button", "action_id": "approve", "value": "AR-1", "text": plain("Approve")});
    let card =
        json!({"channel": "U0OMAR", "text": "AR-1", "blocks": [{"type": "actions", "elements": [button]}]});
    let posted = setup.app.call("chat.postMessage", card).await;
    setup.slack.person("omar").click("AR-1", "Approve").await.unwrap();
    let click = socket
        .wait_for(|frame| frame["payload"]["type"] == "block_actions")
        .await;
    assert_eq!(click["payload"]["actions"][0]["value"], "AR-1");
    assert_eq!(click["payload"]["container"]["message_ts"], posted["ts"]);
    assert_eq!(click["payload"]["user"]["team_id"], "T0EXAMPLE");
}

#[tokio::test]
async fn somebody_who_is_deactivated_cannot_act() {
    let setup = start().await;
    let error = setup
        .slack
        .person("del")
        .command("/apono", "help")
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "U0DEL is deactivated");
}

#[tokio::test]
async fn a_command_runs_in_channels_the_person_is_in() {
    let (setup, _socket) = start_answering(|_, _| Reply::Ack).await;
    let error = setup
        .slack
        .person("wanda")
        .command("/apono", "request")
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "U0WANDA is not in #general");
    assert!(
        setup
            .slack
            .person("dana")
            .command_in("@bot", "/apono", "help")
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_click_from_another_workspace_names_our_team_and_their_user() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    post_card(&setup, "C0SHARED").await;
    setup
        .slack
        .person("wanda")
        .click("AR-1", "Approve")
        .await
        .unwrap();
    let click = socket
        .wait_for(|frame| frame["payload"]["type"] == "block_actions")
        .await;
    assert_eq!(click["payload"]["team"]["id"], "T0EXAMPLE");
    assert_eq!(click["payload"]["user"]["team_id"], "T0OTHER");
}

#[tokio::test]
async fn a_stale_client_clicks_a_button_that_the_message_no_longer_has() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    let ts = post_card(&setup, "U0OMAR").await;
    let omar = setup.slack.person("omar");
    let seen = omar.wait_for("@bot", "AR-1").await.unwrap();
    let update = json!({"channel": "D0OMAR", "ts": ts, "text": "AR-1 decided", "blocks": []});
    setup.app.call("chat.update", update).await;
    assert!(omar.click_message("@bot", &seen.ts, "Approve").await.is_err());
    omar.stale_click(&seen, "Approve").await.unwrap();
    let click = socket
        .wait_for(|frame| frame["payload"]["type"] == "block_actions")
        .await;
    assert_eq!(click["payload"]["actions"][0]["value"], "AR-1");
    assert_eq!(click["payload"]["message"]["text"], "AR-1 decided");
}

#[tokio::test]
async fn a_hand_made_interaction_is_sent_as_given_with_the_rest_filled_in() {
    let (setup, _socket) = start_answering(|_, _| Reply::Ack).await;
    let forged = json!({"type": "block_actions", "api_app_id": "A0OTHER", "user": {"id": "U0ADA", "team_id": "T0EXAMPLE"}});
    let record = setup.slack.person("eve").raw_interaction(forged).await.unwrap();
    assert_eq!(record.payload["api_app_id"], "A0OTHER");
    assert_eq!(record.payload["user"]["id"], "U0ADA");
    assert_eq!(record.payload["team"]["id"], "T0EXAMPLE");
    assert!(record.payload["trigger_id"].is_string());
}

#[tokio::test]
async fn a_click_payload_has_what_slack_sends() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    post_card(&setup, "U0OMAR").await;
    setup.slack.person("omar").click("AR-1", "Approve").await.unwrap();
    let click = socket
        .wait_for(|frame| frame["payload"]["type"] == "block_actions")
        .await;
    let keys: BTreeSet<&str> = click["payload"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let slacks = "actions api_app_id channel container enterprise is_enterprise_install message response_url state team token trigger_id \
                  type user";
    assert_eq!(keys, slacks.split_whitespace().collect());
    assert_eq!(
        click["payload"]["message"]["metadata"]["event_payload"]["id"],
        "AR-1"
    );
}

/// Posts a card with the button Approve and returns its ts.
async fn post_card(setup: &Setup, channel: &str) -> Value {
    let button = json!({"type": "button", "action_id": "approve", "value": "AR-1", "text": plain("Approve")});
    let metadata = json!({"event_type": "card", "event_payload": {"id": "AR-1"}});
    let blocks = json!([{"type": "actions", "elements": [button]}]);
    let card = json!({"channel": channel, "text": "AR-1", "blocks": blocks, "metadata": metadata});
    setup.app.call("chat.postMessage", card).await["ts"].clone()
}
