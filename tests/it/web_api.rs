//! The Web API client against a server that answers in every way a server can.

use std::time::Duration;

use apono::network::{Network, install_crypto_provider};
use apono::slack::web::{
    ApiUrl, HistoryMessage, HistoryQuery, Lane, NewMessage, Pacing, Tokens, WebApi, WebError, WebSettings,
};
use serde_json::{Value, json};

use crate::tiny_slack::{Answer, TinySlack};

const POST: &str = "/api/chat.postMessage";

fn hello_to(channel: &str) -> NewMessage<'_> {
    NewMessage {
        channel,
        text: "hello",
        blocks: None,
        thread_ts: None,
        reply_broadcast: false,
        metadata: None,
    }
}

async fn post_answered(answer: Answer) -> WebError {
    let slack = TinySlack::start().await;
    slack.answer_next(POST, answer);
    slack.web().post_message(hello_to("C1")).await.unwrap_err()
}

#[tokio::test]
async fn a_post_says_where_the_message_stands_and_unfolds_no_links() {
    let slack = TinySlack::start().await;
    slack.answer_json(
        POST,
        &json!({ "ok": true, "channel": "D1", "ts": "1.2", "message": {} }),
    );
    let posted = slack.web().post_message(hello_to("U1")).await.unwrap();
    assert_eq!((posted.channel.as_str(), posted.ts.as_str()), ("D1", "1.2"));

    let request = &slack.requests(POST)[0];
    assert_eq!(request.authorization.as_deref(), Some("Bearer xoxb-very-secret"));
    insta::assert_json_snapshot!(request.body, @r#"
    {
      "channel": "U1",
      "text": "hello",
      "unfurl_links": false,
      "unfurl_media": false
    }
    "#);
}

#[tokio::test]
async fn a_no_from_slack_names_its_code_and_what_is_missing() {
    let slack = TinySlack::start().await;
    slack.answer_json(
        "/api/users.info",
        &json!({ "ok": false, "error": "missing_scope", "needed": "users:read", "provided": "commands" }),
    );
    let refusal = slack.web().user_info(Lane::Bulk, "U1").await.unwrap_err();
    assert_eq!(refusal.code(), Some("missing_scope"));
    insta::assert_snapshot!(refusal, @"users.info: slack answered missing_scope (needs users:read)");
}

#[tokio::test]
async fn what_may_have_been_done_is_ambiguous() {
    for answer in [
        Answer::HangUp,
        Answer::Http(200, "", r#"{"ok":false,"error":"internal_error"}"#.to_owned()),
        Answer::Http(502, "", "bad gateway".to_owned()),
        Answer::Http(200, "", "{".to_owned()),
        Answer::Http(200, "", r#"{"ok":true}"#.to_owned()),
        Answer::Http(200, "Content-Type: text/html\r\n", "<html>".to_owned()),
    ] {
        let error = post_answered(answer).await;
        assert!(error.is_ambiguous(), "{error}");
    }
}

#[tokio::test]
async fn what_was_never_sent_is_unreachable() {
    install_crypto_provider();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap();
    drop(free);
    let web = WebApi::new(WebSettings {
        api_url: ApiUrl::parse(&format!("http://{address}/api"), false).unwrap(),
        tokens: Some(Tokens::new(
            &"xoxb-1".to_owned().into(),
            &"xapp-1".to_owned().into(),
        )),
        network: Network::default(),
        pacing: Pacing::Slack,
    })
    .unwrap();
    let error = web.post_message(hello_to("C1")).await.unwrap_err();
    assert!(matches!(error, WebError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn views_open_gives_up_before_its_trigger_does() {
    let slack = TinySlack::start().await;
    slack.answer_next("/api/views.open", Answer::Silence);
    let started = std::time::Instant::now();
    let error = slack.web().views_open("T1", &json!({})).await.unwrap_err();
    assert!(error.is_ambiguous());
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn retry_after_is_waited_out_by_the_next_call_of_the_method() {
    let slack = TinySlack::start().await;
    let too_fast = r#"{"ok":false,"error":"ratelimited"}"#.to_owned();
    slack.answer_next(POST, Answer::Http(429, "Retry-After: 1\r\n", too_fast));
    slack.answer_json(POST, &json!({ "ok": true, "channel": "C1", "ts": "1.2" }));
    let web = slack.web();

    let started = std::time::Instant::now();
    let error = web.post_message(hello_to("C1")).await.unwrap_err();
    assert_eq!(
        error,
        WebError::RateLimited {
            method: "chat.postMessage",
            retry_after: Duration::from_secs(1)
        }
    );
    assert_eq!(
        slack.requests(POST).len(),
        1,
        "the client repeats nothing by itself"
    );
    web.post_message(hello_to("C1")).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn a_long_retry_after_is_told_at_once_and_not_sent() {
    let slack = TinySlack::start().await;
    slack.answer_next(
        "/api/users.info",
        Answer::Http(429, "Retry-After: 300\r\n", "{\"ok\":false}".to_owned()),
    );
    let web = slack.web();
    for _ in 0..3 {
        let error = web.user_info(Lane::Interactive, "U1").await.unwrap_err();
        assert!(matches!(error, WebError::RateLimited { .. }), "{error}");
    }
    assert_eq!(slack.requests("/api/users.info").len(), 1);
}

#[tokio::test]
async fn no_error_shows_a_token_a_body_or_a_ticket() {
    let body = r#"{"ok":false,"error":"fatal_error","echo":"xoxb-very-secret hush-hush"}"#;
    for answer in [
        Answer::Http(200, "", body.to_owned()),
        Answer::Http(200, "", format!("{body}{body}")),
        Answer::Http(500, "", body.to_owned()),
        Answer::Http(403, "", format!("<html>{body}")),
        Answer::Http(429, "", body.to_owned()),
        Answer::HangUp,
    ] {
        let error = post_answered(answer).await;
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("secret") && !shown.contains("hush"), "{shown}");
    }
    let slack = TinySlack::start().await;
    slack.answer_json(
        "/api/apps.connections.open",
        &json!({ "ok": true, "url": "ws://evil.example/?ticket=hush-hush" }),
    );
    let error = slack.web().open_connection().await.unwrap_err();
    insta::assert_snapshot!(error, @"the socket's address is plain ws:// to another machine");
    let shown = format!("{:?}", slack.web());
    assert!(!shown.contains("secret"), "{shown}");
}

#[tokio::test]
async fn an_answer_goes_only_to_slack_and_carries_no_token() {
    let slack = TinySlack::start().await;
    let web = slack.web();
    let body = json!({ "text": "done" });

    let refusal = web
        .respond("https://evil.example/actions/1", &body)
        .await
        .unwrap_err();
    insta::assert_snapshot!(refusal, @"the response_url does not lead to Slack");

    web.respond(&format!("{}/response/1", slack.origin()), &body)
        .await
        .unwrap();
    let request = &slack.requests("/response/1")[0];
    assert_eq!(request.authorization, None);
    assert_eq!(request.body, body);

    slack.answer_next("/response/1", Answer::Http(404, "", "used_url".to_owned()));
    let refusal = web
        .respond(&format!("{}/response/1", slack.origin()), &body)
        .await
        .unwrap_err();
    assert_eq!(refusal.code(), Some("used_url"));
}

#[tokio::test]
async fn users_info_keeps_every_field_that_decides_who_somebody_is() {
    let slack = TinySlack::start().await;
    slack.answer_json("/api/users.info", &json!({ "ok": true, "user": {
        "id": "U1", "team_id": "T2", "name": "dana", "deleted": false, "is_bot": false,
        "is_restricted": true, "is_ultra_restricted": true, "is_stranger": true, "is_workflow_bot": true,
        "is_connector_bot": true, "is_invited_user": true, "is_email_confirmed": false,
        "enterprise_user": { "enterprise_id": "E1", "teams": ["T2", "T3"] },
        "profile": { "real_name": "Dana Ito", "display_name": "", "email": "dana@example.com", "image_24": null },
        "who_can_share_contact_card": "EVERYONE",
    }}));
    let user = slack.web().user_info(Lane::Interactive, "U1").await.unwrap();
    assert_eq!(
        slack.requests("/api/users.info")[0].path,
        "/api/users.info?user=U1"
    );
    insta::assert_snapshot!(format!("{user:?}"), @r#"UserInfo { id: "U1", team_id: Some("T2"), enterprise_id: Some("E1"), enterprise_user: None, name: "dana", real_name: Some("Dana Ito"), display_name: None, email: Some("dana@example.com"), tz: None, is_email_confirmed: Some(false), deleted: false, is_bot: false, is_restricted: true, is_ultra_restricted: true, is_stranger: true, is_workflow_bot: true, is_connector_bot: true, is_invited_user: true }"#);
}

#[tokio::test]
async fn an_address_nobody_has_is_no_error() {
    let slack = TinySlack::start().await;
    slack.answer_json(
        "/api/users.lookupByEmail",
        &json!({ "ok": false, "error": "users_not_found" }),
    );
    let found = slack
        .web()
        .lookup_user_by_email(Lane::Bulk, "no+body@example.com")
        .await;
    assert_eq!(found, Ok(None));
    let path = &slack.requests("/api/users.lookupByEmail")[0].path;
    assert_eq!(path, "/api/users.lookupByEmail?email=no%2Bbody%40example.com");
}

#[tokio::test]
async fn a_channel_is_found_by_name_on_any_page() {
    let slack = TinySlack::start().await;
    let page = |id: &str, name: &str, cursor: &str| json!({ "ok": true, "channels": [{ "id": id, "name": name }], "response_metadata": { "next_cursor": cursor } });
    slack.answer_json("/api/conversations.list", &page("C1", "general", "more=="));
    slack.answer_json("/api/conversations.list", &page("C2", "permissions-audit", ""));
    let found = slack
        .web()
        .find_channel_by_name("#permissions-audit")
        .await
        .unwrap();
    assert_eq!(found.unwrap().id, "C2");
    let second = &slack.requests("/api/conversations.list")[1].path;
    assert!(second.contains("cursor=more%3D%3D"), "{second}");
}

#[tokio::test]
async fn a_channel_shared_with_or_offered_to_others_is_external() {
    for (flags, is_external) in [
        (json!({}), false),
        (json!({ "is_shared": true, "is_org_shared": true }), false),
        (json!({ "is_shared": true }), true),
        (
            json!({ "is_ext_shared": true, "is_shared": true, "is_org_shared": true }),
            true,
        ),
        (json!({ "is_pending_ext_shared": true }), true),
    ] {
        let mut channel = json!({ "id": "C1", "name": "shared", "is_member": true });
        channel
            .as_object_mut()
            .unwrap()
            .extend(flags.as_object().unwrap().clone());
        let slack = TinySlack::start().await;
        slack.answer_json(
            "/api/conversations.info",
            &json!({ "ok": true, "channel": channel }),
        );
        let channel = slack.web().channel_info(Lane::Bulk, "C1").await.unwrap();
        assert_eq!(channel.is_externally_shared(), is_external, "{flags}");
    }
}

#[tokio::test]
async fn history_turns_pages_up_to_its_limit_and_keeps_typed_metadata() {
    let slack = TinySlack::start().await;
    let metadata = json!({ "event_type": "apono", "event_payload": { "seq": 7, "head": { "of": "x" } } });
    let page = |from: u32, count: u32, cursor: &str| {
        let messages: Vec<Value> = (from..from + count)
            .map(|n| json!({ "ts": format!("{n}.0"), "text": "x", "metadata": metadata, "bot_id": "B1", "app_id": "A1" }))
            .collect();
        json!({ "ok": true, "messages": messages, "response_metadata": { "next_cursor": cursor } })
    };
    slack.answer_json("/api/conversations.history", &page(0, 200, "next"));
    slack.answer_json("/api/conversations.history", &page(200, 100, "next"));
    let query = HistoryQuery {
        channel: "C1",
        oldest: Some("0.1"),
    };
    let enough = |messages: &[HistoryMessage]| messages.len() > 250;
    let messages = slack.web().history(query, enough).await.unwrap();
    assert_eq!(messages.len(), 300);
    assert_eq!(messages[299].ts, "299.0");
    assert_eq!(messages[0].metadata, metadata);
    let paths: Vec<String> = slack
        .requests("/api/conversations.history")
        .into_iter()
        .map(|request| request.path)
        .collect();
    insta::assert_snapshot!(paths.join("\n"), @r"
    /api/conversations.history?channel=C1&include_all_metadata=true&inclusive=false&limit=200&oldest=0.1
    /api/conversations.history?channel=C1&cursor=next&include_all_metadata=true&inclusive=false&limit=200&oldest=0.1
    ");
}
