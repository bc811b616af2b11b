//! People act and read.

use serde_json::json;
use slack_simulator::Submitted;

use crate::support::{Reply, modal, plain, start, start_answering, text_input};

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
