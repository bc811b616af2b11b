//! What is kept of a payload, and that any payload can be read.

use super::*;
use proptest::prelude::*;
use serde_json::json;

#[test]
fn secrets_of_the_payload_are_not_kept() {
    let payload = json!({
        "type": "block_actions", "token": "verification-token", "bot_access_token": "xwfp-secret",
        "user": { "id": "U1", "team_id": "T1" }, "team": { "id": "T2" }, "api_app_id": "A1",
        "container": { "type": "message", "channel_id": "D1", "message_ts": "1.2" },
        "trigger_id": "1.2.3", "message": { "blocks": [{ "text": "somebody's words" }] },
        "actions": [{ "type": "button", "action_id": "approve", "value": "r1" }],
    });
    let incoming = read("interactive", &payload).unwrap();
    let kept = serde_json::to_string(&incoming).unwrap();
    for secret in ["verification-token", "xwfp-secret", "somebody's words"] {
        assert!(!kept.contains(secret), "{kept}");
    }
    assert_eq!(incoming.by.account.team.as_deref(), Some("T1"));
}

#[test]
fn what_a_forged_button_carries_can_be_kept_in_any_database() {
    let payload = json!({
        "type": "block_actions", "user": { "id": "U1", "team_id": "T1" }, "team": { "id": "T1" }, "api_app_id": "A1",
        "container": { "type": "message", "channel_id": "D1", "message_ts": "1.2" }, "trigger_id": "1.2.3",
        "actions": [{ "type": "button", "action_id": "approve", "value": "r\u{0}1" }],
    });
    let incoming = read("interactive", &payload).unwrap();
    assert!(matches!(incoming.act, Act::Click(pressed) if pressed.value == "r1"));
}

fn any_json() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec![
        "type",
        "user",
        "id",
        "team",
        "actions",
        "view",
        "state",
        "values",
        "event",
        "container",
        "value",
        "selected_options",
        "action_id",
        "trigger_id",
        "api_app_id",
        "response_url",
        "channel_id",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec![
            "block_actions",
            "view_submission",
            "button",
            "message",
            "im",
            ""
        ])
        .prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names.clone(), inner, 0..8).prop_map(|members| {
                Value::Object(
                    members
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

proptest! {
    #[test]
    fn any_payload_is_read_or_refused(payload in any_json(), kind in prop::sample::select(vec!["slash_commands", "interactive", "events_api", "?"])) {
        let _ = read(kind, &payload);
        let _ = skeleton(kind, &payload);
        let _ = key("envelope", &payload);
    }
}

#[test]
fn what_slack_leaves_out_of_an_account_is_kept_as_an_empty_text() {
    let account = SlackAccount {
        enterprise: None,
        team: Some("T1".to_owned()),
        user: "U1".to_owned(),
    };
    let kept = serde_json::to_string(&account).unwrap();
    assert_eq!(kept, r#"{"enterprise":"","team":"T1","user":"U1"}"#);
    assert_eq!(serde_json::from_str::<SlackAccount>(&kept).unwrap(), account);
}
