//! Tokens, scopes and arguments of the Web API.

use hyper::Method;
use serde_json::json;

use crate::support::{TestApp, request, start};

#[tokio::test]
async fn a_call_needs_a_token_of_the_right_kind() {
    let TestApp {
        app_token, bot_token, ..
    } = start().await.app;
    let app = start().await.app;
    for (method, token, error) in [
        ("auth.test", None, "not_authed"),
        ("auth.test", Some("xoxb-wrong"), "invalid_auth"),
        ("auth.test", Some(app_token.as_str()), "not_allowed_token_type"),
        (
            "apps.connections.open",
            Some(bot_token.as_str()),
            "not_allowed_token_type",
        ),
    ] {
        assert_eq!(
            app.call_as(token, method, json!({})).await["error"],
            error,
            "{method} with {token:?}"
        );
    }
}

#[tokio::test]
async fn a_missing_scope_is_named_beside_those_that_are_there() {
    let setup = start().await;
    setup.slack.change_world(|world| world.remove_scope("chat:write"));
    let answer = setup
        .app
        .call(
            "chat.postMessage",
            json!({"channel": "C0GENERAL", "text": "hello"}),
        )
        .await;
    assert_eq!(answer["error"], "missing_scope");
    assert_eq!(answer["needed"], "chat:write");
    assert!(answer["provided"].as_str().unwrap().contains("users:read.email"));
}

#[tokio::test]
async fn each_sort_of_conversation_has_a_scope_of_its_own() {
    let setup = start().await;
    let direct = setup
        .app
        .call("conversations.open", json!({"users": "U0DANA"}))
        .await["channel"]["id"]
        .clone();
    setup.slack.change_world(|world| world.remove_scope("im:history"));
    let answer = setup
        .app
        .call("conversations.history", json!({"channel": direct}))
        .await;
    assert_eq!(answer["needed"], "im:history");
    assert_eq!(
        setup
            .app
            .call("conversations.history", json!({"channel": "C0GENERAL"}))
            .await["ok"],
        true
    );
}

#[tokio::test]
async fn an_unknown_method_and_an_unknown_argument_are_refused() {
    let app = start().await.app;
    assert_eq!(app.call("chat.shout", json!({})).await["error"], "unknown_method");
    let answer = app
        .call(
            "chat.postMessage",
            json!({"channel": "C0GENERAL", "text": "hello", "colour": "red"}),
        )
        .await;
    assert_eq!(answer["error"], "invalid_arguments");
    assert_eq!(
        answer["response_metadata"]["messages"][0],
        "[ERROR] unknown argument: colour [json-pointer:/colour]"
    );
}

#[tokio::test]
async fn a_missing_argument_is_named() {
    let answer = start().await.app.call("users.info", json!({})).await;
    assert_eq!(answer["error"], "invalid_arguments");
    assert_eq!(
        answer["response_metadata"]["messages"][0],
        "[ERROR] missing required field: user"
    );
}

#[tokio::test]
async fn an_argument_of_the_wrong_type_is_refused() {
    let answer = start().await.app.call("users.info", json!({"user": 7})).await;
    assert_eq!(
        answer["response_metadata"]["messages"][0],
        "[ERROR] user must be a string [json-pointer:/user]"
    );
}

#[tokio::test]
async fn arguments_may_come_as_json_as_a_form_or_as_a_query() {
    let setup = start().await;
    let blocks = r#"[{"type":"divider"}]"#;
    let form = format!(
        "token={}&channel=C0GENERAL&text=form&blocks={blocks}&unfurl_links=false",
        setup.app.bot_token
    );
    let url = format!("{}/chat.postMessage", setup.app.api_url);
    let (_, answer) = request(
        Method::POST,
        &url,
        None,
        "application/x-www-form-urlencoded",
        form,
    )
    .await;
    assert_eq!(answer["ok"], true, "{answer}");
    setup
        .app
        .call(
            "chat.postMessage",
            json!({"channel": "C0GENERAL", "text": "json"}),
        )
        .await;
    assert_eq!(
        setup.app.get("conversations.info", "channel=C0GENERAL").await["channel"]["name"],
        "general"
    );
    let texts: Vec<String> = setup
        .slack
        .channel_messages("general")
        .into_iter()
        .map(|message| message.text)
        .collect();
    assert_eq!(texts, ["form", "json"]);
}

#[tokio::test]
async fn a_token_in_a_json_body_is_no_token() {
    let setup = start().await;
    let answer = setup
        .app
        .call_as(None, "auth.test", json!({"token": setup.app.bot_token}))
        .await;
    assert_eq!(answer["error"], "not_authed");
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_refused() {
    let app = start().await.app;
    let url = format!("{}/auth.test", app.api_url);
    for (body, error) in [("{", "invalid_json"), ("[]", "json_not_object")] {
        let (_, answer) = request(
            Method::POST,
            &url,
            Some(&app.bot_token),
            "application/json",
            body.to_owned(),
        )
        .await;
        assert_eq!(answer["error"], error);
    }
}

#[tokio::test]
async fn auth_test_says_who_and_where_the_app_is() {
    let answer = start().await.app.get("auth.test", "").await;
    let expected = json!({
        "ok": true, "url": "https://example.slack.com/", "team": "Example Inc", "team_id": "T0EXAMPLE", "user": "apono",
        "user_id": "U0APONO", "bot_id": "B0APONO", "is_enterprise_install": false,
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn every_call_is_recorded_in_order_without_its_token() {
    let setup = start().await;
    setup.app.get("users.info", "user=U0DANA").await;
    setup.app.call("users.info", json!({"user": "U0NOBODY"})).await;
    let calls: Vec<_> = setup
        .slack
        .calls()
        .into_iter()
        .map(|call| (call.method, call.arguments, call.error))
        .collect();
    let method = "users.info".to_owned();
    assert_eq!(
        calls,
        [
            (method.clone(), json!({"user": "U0DANA"}), None),
            (
                method,
                json!({"user": "U0NOBODY"}),
                Some("user_not_found".to_owned())
            ),
        ]
    );
}
