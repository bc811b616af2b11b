//! Forms, as people fill them in and send them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use slack_simulator::{ACK_DEADLINE, ActError, Actor, Submitted};

use crate::support::{Reply, Setup, Socket, modal, option, plain, start_answering, text_input};
use crate::views::{empty, new_trigger, open, with_trigger};

/// An app that acks a submission with `answer`, and dana in front of a modal with the input Why.
async fn answering_submissions(answer: Value) -> (Setup, Socket, Actor) {
    let (setup, mut socket) = start_answering(move |_, frame| match frame["payload"]["type"].as_str() {
        Some("view_submission") => Reply::AckWith(answer.clone()),
        _ => Reply::Ack,
    })
    .await;
    let dana = setup.slack.person("dana");
    let trigger = new_trigger(&mut socket, &dana).await;
    open(
        &setup,
        &trigger,
        &modal("Ask", &json!([text_input("why", "Why")])),
    )
    .await;
    dana.fill("Why", "because").await.unwrap();
    (setup, socket, dana)
}

fn select(block_id: &str, label: &str, options: &[&str]) -> Value {
    let options: Vec<Value> = options.iter().map(|text| option(text)).collect();
    let element = json!({"type": "static_select", "action_id": "pick", "options": options});
    json!({"type": "input", "block_id": block_id, "dispatch_action": true, "label": plain(label), "element": element})
}

#[tokio::test]
async fn a_choice_is_told_at_once_where_the_input_says_so_and_the_next_label_is_that_of_the_updated_form() {
    let (setup, mut socket) = start_answering(|app, frame| {
        let (app, payload) = (app.clone(), frame["payload"].clone());
        tokio::spawn(async move {
            if payload["type"] == "block_actions" {
                let chosen = payload["actions"][0]["selected_option"]["value"].as_str().unwrap();
                let blocks = json!([select("a", "Integration", &["Orders", "Payroll"]), select(chosen, "Resource", &[chosen])]);
                let update = json!({"view_id": payload["view"]["id"], "hash": payload["view"]["hash"], "view": modal("Ask", &blocks)});
                app.call("views.update", update).await;
            } else {
                let blocks = json!([select("a", "Integration", &["Orders", "Payroll"]), select("none", "Resource", &["nothing yet"])]);
                app.call("views.open", json!({"trigger_id": payload["trigger_id"], "view": modal("Ask", &blocks)})).await;
            }
        });
        Reply::Ack
    })
    .await;
    let dana = setup.slack.person("dana");
    dana.command("/apono", "request").await.unwrap();
    dana.choose("Integration", &["Payroll"]).await.unwrap();
    assert_eq!(dana.options("Resource").await.unwrap(), ["payroll"]);
    dana.choose("Resource", &["payroll"]).await.unwrap();
    let told = socket
        .wait_for(|frame| frame["payload"]["type"] == "block_actions")
        .await;
    assert_eq!(
        told["payload"]["view"]["state"]["values"]["a"]["pick"]["selected_option"]["value"],
        "payroll"
    );
    assert_eq!(told["payload"]["container"]["type"], "view");
}

#[tokio::test]
async fn an_option_that_is_not_offered_cannot_be_chosen() {
    let (setup, _socket, dana, trigger) = with_trigger().await;
    open(
        &setup,
        &trigger,
        &modal("Ask", &json!([select("a", "Integration", &["Orders"])])),
    )
    .await;
    setup.slack.set_patience(Duration::ZERO);
    let error = dana.choose("Integration", &["Payroll"]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "waited for a suitable input \"Integration\"; saw \"Integration\" with Orders"
    );
}

#[tokio::test]
async fn an_external_select_asks_the_app_from_the_minimal_length_on() {
    let (setup, mut socket) = start_answering(|_, frame| match frame["payload"]["type"].as_str() {
        Some("block_suggestion") => {
            Reply::AckWith(json!({"options": [option("orders"), option("orders-old")]}))
        }
        _ => Reply::Ack,
    })
    .await;
    let dana = setup.slack.person("dana");
    let trigger = new_trigger(&mut socket, &dana).await;
    let element = json!({"type": "multi_external_select", "action_id": "pick", "min_query_length": 2});
    let input = json!({"type": "input", "block_id": "a", "label": plain("Resources"), "element": element});
    open(&setup, &trigger, &modal("Ask", &json!([input]))).await;

    assert!(dana.type_in("Resources", "o").await.unwrap().is_empty());
    assert!(socket.of_type("interactive").is_empty());
    assert_eq!(
        dana.type_in("Resources", "or").await.unwrap(),
        ["orders", "orders-old"]
    );
    let asked = &socket.of_type("interactive")[0]["payload"];
    assert_eq!(
        (&asked["value"], &asked["block_id"], &asked["action_id"]),
        (&json!("or"), &json!("a"), &json!("pick"))
    );
    dana.choose("Resources", &["orders", "orders-old"]).await.unwrap();
    insta::assert_snapshot!(dana.modal().await.unwrap().rendered, @"Resources: orders, orders-old");
    assert!(matches!(
        dana.choose("Resources", &["orders-new"]).await,
        Err(ActError::NotSeen { .. })
    ));
}

#[tokio::test]
async fn suggestions_that_slack_refuses_are_an_error_of_the_app() {
    let (setup, mut socket) = start_answering(|_, frame| match frame["payload"]["type"].as_str() {
        Some("block_suggestion") => Reply::AckWith(json!({"options": [{"text": plain(""), "value": ""}]})),
        _ => Reply::Ack,
    })
    .await;
    let dana = setup.slack.person("dana");
    let trigger = new_trigger(&mut socket, &dana).await;
    let element = json!({"type": "external_select", "action_id": "pick"});
    let input = json!({"type": "input", "block_id": "a", "label": plain("Resource"), "element": element});
    open(&setup, &trigger, &modal("Ask", &json!([input]))).await;
    assert!(matches!(
        dana.type_in("Resource", "orders").await,
        Err(ActError::BadAnswer(_))
    ));
}

#[tokio::test]
async fn sending_waits_for_the_form_to_open() {
    let (setup, _socket, dana, trigger) = with_trigger().await;
    let sender = dana.clone();
    let sending = tokio::spawn(async move { sender.submit().await });
    tokio::task::yield_now().await;
    open(&setup, &trigger, &empty("Late")).await;
    assert_eq!(sending.await.unwrap(), Ok(Submitted::Closed));
}

#[tokio::test]
async fn a_form_with_an_empty_required_input_is_not_sent() {
    let (setup, socket, dana, trigger) = with_trigger().await;
    let mut optional = text_input("more", "More");
    optional["optional"] = json!(true);
    open(
        &setup,
        &trigger,
        &modal("Ask", &json!([text_input("why", "Why"), optional])),
    )
    .await;
    let missing = BTreeMap::from([(
        "Why".to_owned(),
        "Please complete this required field.".to_owned(),
    )]);
    assert_eq!(dana.submit().await.unwrap(), Submitted::Errors(missing));
    assert!(socket.of_type("interactive").is_empty());
}

#[tokio::test]
async fn errors_in_the_ack_stand_under_the_labels_and_the_form_stays() {
    let (_setup, _socket, dana) =
        answering_submissions(json!({"response_action": "errors", "errors": {"why": "Too short"}})).await;
    let errors = BTreeMap::from([("Why".to_owned(), "Too short".to_owned())]);
    assert_eq!(dana.submit().await.unwrap(), Submitted::Errors(errors.clone()));
    let form = dana.top_modal().unwrap();
    assert_eq!(form.errors, errors);
    insta::assert_snapshot!(form.rendered, @r"
    Why: because
      ! Too short
    ");
}

#[tokio::test]
async fn errors_for_blocks_that_are_no_inputs_are_refused() {
    let (_setup, _socket, dana) =
        answering_submissions(json!({"response_action": "errors", "errors": {"elsewhere": "No"}})).await;
    assert!(matches!(dana.submit().await, Err(ActError::BadAnswer(_))));
    assert!(dana.top_modal().is_some());
}

#[tokio::test]
async fn the_ack_of_a_submission_updates_pushes_or_clears() {
    for (answer, outcome, top) in [
        (
            json!({"response_action": "update", "view": empty("Updated")}),
            Submitted::Updated,
            Some("Updated"),
        ),
        (
            json!({"response_action": "push", "view": empty("Pushed")}),
            Submitted::Pushed,
            Some("Pushed"),
        ),
        (json!({"response_action": "clear"}), Submitted::Closed, None),
        (json!({}), Submitted::Closed, None),
    ] {
        let (_setup, _socket, dana) = answering_submissions(answer).await;
        assert_eq!(dana.submit().await.unwrap(), outcome);
        assert_eq!(dana.top_modal().map(|modal| modal.title).as_deref(), top);
    }
}

#[tokio::test]
async fn without_an_ack_the_form_stays() {
    let (setup, mut socket) = start_answering(|_, frame| match frame["payload"]["type"].as_str() {
        Some("view_submission") => Reply::Silence,
        _ => Reply::Ack,
    })
    .await;
    let dana = setup.slack.person("dana");
    let trigger = new_trigger(&mut socket, &dana).await;
    open(&setup, &trigger, &empty("Ask")).await;
    let sender = dana.clone();
    let sending = tokio::spawn(async move { sender.submit().await });
    socket
        .wait_for(|frame| frame["payload"]["type"] == "view_submission")
        .await;
    setup.slack.advance(ACK_DEADLINE);
    assert_eq!(sending.await.unwrap(), Err(ActError::TimedOut));
    assert_eq!(dana.top_modal().unwrap().title, "Ask");
}

#[tokio::test]
async fn a_modal_without_a_submit_button_cannot_be_sent() {
    let (setup, _socket, dana, trigger) = with_trigger().await;
    let mut view = empty("Secret");
    view.as_object_mut().unwrap().remove("submit");
    open(&setup, &trigger, &view).await;
    assert!(matches!(dana.submit().await, Err(ActError::Refused(_))));
}
