//! The control API over HTTP.

use std::time::Duration;

use hyper::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Reply, Setup, modal, plain, request, request_text, start, start_answering, text_input};

async fn get(setup: &Setup, path: &str) -> (StatusCode, Value) {
    request(
        Method::GET,
        &format!("{}{path}", setup.slack.control_url()),
        None,
        "",
        String::new(),
    )
    .await
}

async fn post(setup: &Setup, path: &str, body: Value) -> (StatusCode, Value) {
    let url = format!("{}{path}", setup.slack.control_url());
    request(Method::POST, &url, None, "application/json", body.to_string()).await
}

#[tokio::test]
async fn a_request_is_played_over_http() {
    let (setup, _socket) = start_answering(|app, frame| {
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
    assert_eq!(
        post(
            &setup,
            "/people/dana/command",
            json!({"command": "/apono", "text": "request"})
        )
        .await
        .1["ok"],
        true
    );
    assert_eq!(
        get(&setup, "/people/dana/modal").await.1["modal"]["labels"],
        json!(["Why"])
    );
    assert_eq!(
        post(
            &setup,
            "/people/dana/fill",
            json!({"label": "Why", "value": "to fix it"})
        )
        .await
        .1["ok"],
        true
    );
    assert_eq!(
        post(&setup, "/people/dana/submit", json!({})).await.1["submitted"],
        "closed"
    );

    let button = json!({"type": "button", "action_id": "go", "text": plain("Approve")});
    let card =
        json!({"channel": "U0OMAR", "text": "AR-1", "blocks": [{"type": "actions", "elements": [button]}]});
    setup.app.call("chat.postMessage", card).await;
    assert_eq!(
        get(&setup, "/unread?as=omar").await.1["messages"][0]["text"],
        "AR-1"
    );
    assert_eq!(
        post(
            &setup,
            "/people/omar/click",
            json!({"message": "AR-1", "button": "Approve"})
        )
        .await
        .1["ok"],
        true
    );
    assert_eq!(
        get(&setup, "/messages?channel=@bot&as=omar").await.1["messages"][0]["buttons"],
        json!(["Approve"])
    );
    let envelopes = get(&setup, "/envelopes").await.1["envelopes"].clone();
    let kinds: Vec<&Value> = envelopes
        .as_array()
        .unwrap()
        .iter()
        .map(|envelope| &envelope["kind"])
        .collect();
    assert_eq!(kinds[..2], ["slash_commands", "interactive"]);
}

#[tokio::test]
async fn every_error_is_a_sentence_with_a_status() {
    let setup = start().await;
    for (path, body, status, error) in [
        (
            "/people/nobody/submit",
            json!({}),
            StatusCode::NOT_FOUND,
            "there is no person nobody",
        ),
        (
            "/people/del/say",
            json!({"text": "hi"}),
            StatusCode::CONFLICT,
            "U0DEL is deactivated",
        ),
        (
            "/people/dana/fill",
            json!({"label": "Why"}),
            StatusCode::BAD_REQUEST,
            "fill: missing field `value`",
        ),
        (
            "/world/archive",
            json!({"channel": "nowhere"}),
            StatusCode::NOT_FOUND,
            "there is no channel nowhere",
        ),
        (
            "/world/deactivate",
            json!({"person": "nobody"}),
            StatusCode::NOT_FOUND,
            "there is no person nobody",
        ),
    ] {
        assert_eq!(
            post(&setup, path, body).await,
            (status, json!({"ok": false, "error": error})),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_workspace_is_changed_over_http() {
    let setup = start().await;
    for (path, body) in [
        ("/world/deactivate", json!({"person": "gus"})),
        (
            "/world/leave",
            json!({"channel": "permissions-audit", "person": "@bot"}),
        ),
        (
            "/world/share",
            json!({"channel": "permissions-audit", "teams": ["T0OTHER"]}),
        ),
        ("/world/remove_scope", json!({"scope": "im:write"})),
        ("/disconnect", json!({"reason": "warning"})),
        ("/advance", json!({"seconds": 60})),
    ] {
        assert_eq!(post(&setup, path, body).await.1, json!({"ok": true}), "{path}");
    }
    let world = get(&setup, "/world").await.1["world"].clone();
    let gus = world["people"]
        .as_array()
        .unwrap()
        .iter()
        .find(|person| person["handle"] == "gus")
        .unwrap();
    assert_eq!(gus["deactivated"], true);
    let audit = world["channels"]
        .as_array()
        .unwrap()
        .iter()
        .find(|channel| channel["id"] == "C0AUDIT")
        .unwrap();
    assert_eq!(audit["members"], json!(["U0ADA", "U0SAM"]));
    assert_eq!(audit["connected_teams"], json!(["T0OTHER"]));
    assert!(!world["scopes"].as_array().unwrap().contains(&json!("im:write")));
}

#[tokio::test]
async fn what_the_help_offers_is_there() {
    let setup = start().await;
    setup.slack.set_patience(Duration::ZERO);
    let (status, help) = request_text(&setup.slack.control_url()).await;
    assert_eq!(status, StatusCode::OK);
    for line in help.lines().filter(|line| line.trim_start().starts_with("curl")) {
        let path = line
            .split("/control")
            .nth(1)
            .unwrap()
            .split(['\'', ' '])
            .next()
            .unwrap();
        let (status, answer) = match line.split('\'').nth(1).filter(|_| line.contains("--json")) {
            Some(body) => post(&setup, path, serde_json::from_str(body).unwrap()).await,
            None => get(&setup, path).await,
        };
        let refused_by_the_situation = status == StatusCode::CONFLICT;
        assert!(
            status == StatusCode::OK || refused_by_the_situation,
            "{line}: {status} {answer}"
        );
    }
}
