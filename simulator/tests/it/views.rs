//! Modals and the home tab, as the app opens, changes and loses them.

use serde_json::{Value, json};
use slack_simulator::{Actor, MODAL_STACK, TRIGGER_LIFE};

use crate::support::{Reply, Setup, Socket, modal, plain, start_answering, text_input};

/// An app that acks everything, dana, and a fresh trigger of hers.
pub(crate) async fn with_trigger() -> (Setup, Socket, Actor, String) {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    let dana = setup.slack.person("dana");
    let trigger = new_trigger(&mut socket, &dana).await;
    (setup, socket, dana, trigger)
}

pub(crate) async fn new_trigger(socket: &mut Socket, person: &Actor) -> String {
    let before = socket.of_type("slash_commands").len();
    person.command("/apono", "request").await.unwrap();
    let seen = socket.of_type("slash_commands");
    assert_eq!(seen.len(), before + 1);
    seen[before]["payload"]["trigger_id"].as_str().unwrap().to_owned()
}

pub(crate) async fn open(setup: &Setup, trigger: &str, view: &Value) -> Value {
    setup
        .app
        .call("views.open", json!({"trigger_id": trigger, "view": view}))
        .await
}

pub(crate) fn empty(title: &str) -> Value {
    modal(title, &json!([{"type": "divider"}]))
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
