//! Modals and the home tab.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use slack_simulator::{ActError, Actor, MODAL_STACK, Submitted, TRIGGER_LIFE};

use crate::support::{Reply, Setup, Socket, modal, option, plain, start_answering, text_input};

/// An app that acks everything, dana, and a fresh trigger of hers.
async fn with_trigger() -> (Setup, Socket, Actor, String) {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    let dana = setup.slack.person("dana");
    let trigger = new_trigger(&mut socket, &dana).await;
    (setup, socket, dana, trigger)
}

async fn new_trigger(socket: &mut Socket, person: &Actor) -> String {
    let before = socket.of_type("slash_commands").len();
    person.command("/apono", "request").await.unwrap();
    let seen = socket.of_type("slash_commands");
    assert_eq!(seen.len(), before + 1);
    seen[before]["payload"]["trigger_id"].as_str().unwrap().to_owned()
}

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

async fn open(setup: &Setup, trigger: &str, view: &Value) -> Value {
    setup
        .app
        .call("views.open", json!({"trigger_id": trigger, "view": view}))
        .await
}

fn empty(title: &str) -> Value {
    modal(title, &json!([{"type": "divider"}]))
}

fn select(block_id: &str, label: &str, options: &[&str]) -> Value {
    let options: Vec<Value> = options.iter().map(|text| option(text)).collect();
    let element = json!({"type": "static_select", "action_id": "pick", "options": options});
    json!({"type": "input", "block_id": block_id, "dispatch_action": true, "label": plain(label), "element": element})
}

#[tokio::test]
async fn a_trigger_opens_one_view() {
    let (setup, _socket, _, trigger) = with_trigger().await;
    assert_eq!(open(&setup, &trigger, &empty("One")).await["ok"], true);
    assert_eq!(
        open(&setup, &trigger, &empty("Two")).await["error"],
        "exchanged_trigger_id"
    );
    assert_eq!(
        open(&setup, "1.2.abc", &empty("Two")).await["error"],
        "invalid_trigger_id"
    );
}

#[tokio::test]
async fn a_trigger_expires_after_three_seconds() {
    let (setup, _socket, _, trigger) = with_trigger().await;
    setup.slack.advance(TRIGGER_LIFE);
    assert_eq!(
        open(&setup, &trigger, &empty("Late")).await["error"],
        "expired_trigger_id"
    );
}

#[tokio::test]
async fn a_refused_view_leaves_the_trigger_unused() {
    let (setup, _socket, _, trigger) = with_trigger().await;
    let refused = open(
        &setup,
        &trigger,
        &json!({"type": "modal", "title": plain("No blocks")}),
    )
    .await;
    assert_eq!(refused["error"], "invalid_arguments");
    assert!(
        refused["response_metadata"]["messages"][0]
            .as_str()
            .unwrap()
            .contains("json-pointer:/view")
    );
    assert_eq!(open(&setup, &trigger, &empty("Sound")).await["ok"], true);
}

#[tokio::test]
async fn at_most_three_modals_stand_on_each_other() {
    let (setup, mut socket, dana, trigger) = with_trigger().await;
    let first = open(&setup, &trigger, &empty("1")).await;
    let mut last = first.clone();
    for title in 2..=MODAL_STACK {
        let trigger = new_trigger(&mut socket, &dana).await;
        let push = json!({"trigger_id": trigger, "view": empty(&title.to_string())});
        let pushed = setup.app.call("views.push", push).await;
        assert_eq!(pushed["view"]["previous_view_id"], last["view"]["id"]);
        assert_eq!(pushed["view"]["root_view_id"], first["view"]["id"]);
        last = pushed;
    }
    let trigger = new_trigger(&mut socket, &dana).await;
    let refused = setup
        .app
        .call("views.push", json!({"trigger_id": trigger, "view": empty("4")}))
        .await;
    assert_eq!(refused["error"], "push_limit_reached");
    dana.close_modal().await.unwrap();
    assert_eq!(dana.modal().await.unwrap().title, "2");
}

#[tokio::test]
async fn an_update_needs_a_view_that_is_open_and_the_hash_of_its_latest_state() {
    let (setup, _socket, dana, trigger) = with_trigger().await;
    let opened = open(&setup, &trigger, &empty("One")).await["view"].clone();
    let update = async |hash: &Value, title: &str| {
        let arguments = json!({"view_id": opened["id"], "hash": hash, "view": empty(title)});
        setup.app.call("views.update", arguments).await
    };
    let updated = update(&opened["hash"], "Two").await;
    assert_ne!(updated["view"]["hash"], opened["hash"]);
    assert_eq!(update(&opened["hash"], "Three").await["error"], "hash_conflict");
    assert_eq!(dana.modal().await.unwrap().title, "Two");
    dana.close_modal().await.unwrap();
    assert_eq!(update(&Value::Null, "Four").await["error"], "not_found");
}

#[tokio::test]
async fn an_external_id_names_one_view() {
    let (setup, mut socket, dana, trigger) = with_trigger().await;
    let mut view = empty("One");
    view["external_id"] = json!("form-1");
    open(&setup, &trigger, &view).await;
    let trigger = new_trigger(&mut socket, &dana).await;
    let again = setup
        .app
        .call("views.push", json!({"trigger_id": trigger, "view": view}))
        .await;
    assert_eq!(again["error"], "duplicate_external_id");
    let update = json!({"external_id": "form-1", "view": empty("Two")});
    assert_eq!(setup.app.call("views.update", update).await["ok"], true);
}

#[tokio::test]
async fn what_was_entered_survives_an_update_under_the_same_ids_only() {
    let (setup, _socket, dana, trigger) = with_trigger().await;
    let opened = open(
        &setup,
        &trigger,
        &modal(
            "Ask",
            &json!([text_input("why", "Why"), text_input("who", "Who")]),
        ),
    )
    .await;
    dana.fill("Why", "because").await.unwrap();
    dana.fill("Who", "me").await.unwrap();
    let mut kept = text_input("why", "Reason");
    kept["element"]["initial_value"] = json!("something else");
    let blocks = json!([kept, text_input("who-2", "Who")]);
    setup
        .app
        .call(
            "views.update",
            json!({"view_id": opened["view"]["id"], "view": modal("Ask", &blocks)}),
        )
        .await;
    insta::assert_snapshot!(dana.modal().await.unwrap().rendered, @r"
    Reason: because
    Who: ____
    ");
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
        "waited for the input \"Integration\" with what was asked of it; saw \"Integration\" with Orders"
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
    setup.slack.advance(slack_simulator::ACK_DEADLINE);
    assert_eq!(sending.await.unwrap(), Err(ActError::TimedOut));
    assert_eq!(dana.top_modal().unwrap().title, "Ask");
}

#[tokio::test]
async fn the_app_hears_of_a_closed_modal_only_if_it_asked_to() {
    let (setup, mut socket, dana, trigger) = with_trigger().await;
    open(&setup, &trigger, &empty("Quiet")).await;
    dana.close_modal().await.unwrap();
    let trigger = new_trigger(&mut socket, &dana).await;
    let mut view = empty("Loud");
    view["notify_on_close"] = json!(true);
    open(&setup, &trigger, &view).await;
    dana.close_modal().await.unwrap();
    let closed: Vec<Value> = socket.of_type("interactive");
    assert_eq!(closed.len(), 1);
    assert_eq!(closed[0]["payload"]["type"], "view_closed");
    assert_eq!(closed[0]["payload"]["view"]["title"]["text"], "Loud");
}

#[tokio::test]
async fn a_modal_without_a_submit_button_cannot_be_sent() {
    let (setup, _socket, dana, trigger) = with_trigger().await;
    let mut view = empty("Secret");
    view.as_object_mut().unwrap().remove("submit");
    open(&setup, &trigger, &view).await;
    assert!(matches!(dana.submit().await, Err(ActError::Refused(_))));
}

#[tokio::test]
async fn the_home_tab_is_published_read_and_clicked() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    let dana = setup.slack.person("dana");
    dana.open_home().await.unwrap();
    let opened = socket.wait_for(|frame| frame["type"] == "events_api").await;
    assert_eq!(opened["payload"]["event"]["type"], "app_home_opened");
    assert!(opened["payload"]["event"].get("view").is_none());

    let button = json!({"type": "button", "action_id": "request", "text": plain("Request access")});
    let home = json!({"type": "home", "blocks": [{"type": "actions", "elements": [button]}]});
    let publish = async |hash: Value| {
        setup
            .app
            .call(
                "views.publish",
                json!({"user_id": "U0DANA", "hash": hash, "view": home}),
            )
            .await
    };
    let published = publish(Value::Null).await;
    assert_eq!(dana.home().unwrap().rendered, "[Request access]");
    assert_eq!(publish(json!("old")).await["error"], "hash_conflict");
    assert_eq!(publish(published["view"]["hash"].clone()).await["ok"], true);
    dana.click_in_home("Request access").await.unwrap();
    let click = socket
        .wait_for(|frame| frame["payload"]["type"] == "block_actions")
        .await;
    assert_eq!(click["payload"]["view"]["type"], "home");
    assert!(click["payload"].get("response_url").is_none());
}
