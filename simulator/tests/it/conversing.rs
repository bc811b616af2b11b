//! Conversations and their history.

use serde_json::{Value, json};

use crate::support::{Setup, start};

async fn post(setup: &Setup, content: Value) -> String {
    let mut content = content;
    content["channel"] = json!("C0GENERAL");
    let posted = setup.app.call("chat.postMessage", content).await;
    posted["ts"]
        .as_str()
        .unwrap_or_else(|| panic!("{posted}"))
        .to_owned()
}

fn texts(answer: &Value) -> Vec<&str> {
    answer["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["text"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn history_shows_metadata_only_when_asked() {
    let setup = start().await;
    let metadata = json!({"event_type": "audit", "event_payload": {"seq": 7}});
    post(&setup, json!({"text": "one", "metadata": metadata})).await;
    let plain = setup.app.get("conversations.history", "channel=C0GENERAL").await;
    assert!(plain["messages"][0].get("metadata").is_none());
    let full = setup
        .app
        .get(
            "conversations.history",
            "channel=C0GENERAL&include_all_metadata=true",
        )
        .await;
    assert_eq!(full["messages"][0]["metadata"], metadata);
}

#[tokio::test]
async fn history_is_newest_first_in_pages_and_between_two_times() {
    let setup = start().await;
    let mut all = Vec::new();
    for text in ["one", "two", "three"] {
        all.push(post(&setup, json!({"text": text})).await);
    }
    let first = setup
        .app
        .get("conversations.history", "channel=C0GENERAL&limit=2")
        .await;
    assert_eq!(
        (texts(&first), &first["has_more"]),
        (vec!["three", "two"], &json!(true))
    );
    let cursor = first["response_metadata"]["next_cursor"].as_str().unwrap();
    let second = setup
        .app
        .get(
            "conversations.history",
            &format!("channel=C0GENERAL&limit=2&cursor={cursor}"),
        )
        .await;
    assert_eq!(
        (texts(&second), &second["has_more"]),
        (vec!["one"], &json!(false))
    );

    let after = setup
        .app
        .get(
            "conversations.history",
            &format!("channel=C0GENERAL&oldest={}", all[0]),
        )
        .await;
    assert_eq!(texts(&after), ["three", "two"]);
    let with = format!(
        "channel=C0GENERAL&oldest={}&latest={}&inclusive=true",
        all[0], all[1]
    );
    assert_eq!(
        texts(&setup.app.get("conversations.history", &with).await),
        ["two", "one"]
    );
}

#[tokio::test]
async fn replies_stand_in_their_thread_and_broadcast_ones_in_the_channel_too() {
    let setup = start().await;
    let parent = post(&setup, json!({"text": "parent"})).await;
    post(&setup, json!({"text": "quiet", "thread_ts": parent})).await;
    post(
        &setup,
        json!({"text": "loud", "thread_ts": parent, "reply_broadcast": true}),
    )
    .await;
    let history = setup.app.get("conversations.history", "channel=C0GENERAL").await;
    assert_eq!(texts(&history), ["loud", "parent"]);
    assert_eq!(history["messages"][0]["subtype"], "thread_broadcast");
    assert_eq!(history["messages"][1]["reply_count"], 2);
    let thread = setup
        .app
        .get("conversations.replies", &format!("channel=C0GENERAL&ts={parent}"))
        .await;
    assert_eq!(texts(&thread), ["parent", "quiet", "loud"]);
    let nowhere = setup
        .app
        .get("conversations.replies", "channel=C0GENERAL&ts=1.000001")
        .await;
    assert_eq!(nowhere["error"], "thread_not_found");
}

#[tokio::test]
async fn history_is_for_members_and_private_channels_exist_for_members_only() {
    let setup = start().await;
    for (channel, error) in [
        ("C0RANDOM", "not_in_channel"),
        ("C0SECRET", "channel_not_found"),
        ("C0NOWHERE", "channel_not_found"),
    ] {
        assert_eq!(
            setup
                .app
                .call("conversations.history", json!({"channel": channel}))
                .await["error"],
            error
        );
    }
    assert_eq!(
        setup.app.get("conversations.info", "channel=C0SECRET").await["error"],
        "channel_not_found"
    );
    setup.slack.change_world(|world| world.join("secret", "@bot"));
    assert_eq!(
        setup.app.get("conversations.info", "channel=C0SECRET").await["channel"]["is_private"],
        true
    );
}

#[tokio::test]
async fn info_tells_how_a_channel_is_shared() {
    let setup = start().await;
    let flags = |channel: Value| {
        [
            "is_shared",
            "is_ext_shared",
            "is_pending_ext_shared",
            "is_org_shared",
            "is_member",
            "is_archived",
        ]
        .map(|flag| channel["channel"][flag] == true)
    };
    let info = async |id: &str| {
        flags(
            setup
                .app
                .get("conversations.info", &format!("channel={id}"))
                .await,
        )
    };
    assert_eq!(info("C0AUDIT").await, [false, false, false, false, true, false]);
    assert_eq!(info("C0SHARED").await, [true, true, false, false, true, false]);
    setup.slack.change_world(|world| {
        world.set_pending_share("permissions-audit", true);
        world.archive("permissions-audit");
        world.leave("permissions-audit", "@bot");
    });
    assert_eq!(info("C0AUDIT").await, [false, false, true, false, false, true]);
    let shared = setup.app.get("conversations.info", "channel=C0SHARED").await;
    assert_eq!(shared["channel"]["connected_team_ids"], json!(["T0OTHER"]));
}

#[tokio::test]
async fn a_direct_message_opens_with_people_who_can_be_written_to() {
    let setup = start().await;
    for (users, error) in [
        (json!("U0NOBODY"), "user_not_found"),
        (json!("U0DEL"), "user_disabled"),
        (json!("U0WBOT"), "cannot_dm_bot"),
        (json!(["U0WANDA"]), "user_not_visible"),
        (json!([]), "users_list_not_supplied"),
    ] {
        assert_eq!(
            setup
                .app
                .call("conversations.open", json!({"users": users}))
                .await["error"],
            error,
            "{users}"
        );
    }
    let opened = setup
        .app
        .call("conversations.open", json!({"users": ["U0DANA"]}))
        .await;
    assert_eq!(
        (&opened["channel"], &opened["already_open"]),
        (&json!({"id": "D0DANA"}), &json!(false))
    );
    let again = setup
        .app
        .call(
            "conversations.open",
            json!({"users": "U0DANA", "return_im": true}),
        )
        .await;
    assert_eq!(
        (&again["channel"]["user"], &again["already_open"]),
        (&json!("U0DANA"), &json!(true))
    );
}

#[tokio::test]
async fn lists_show_what_was_asked_for_and_hide_private_channels_of_others() {
    let setup = start().await;
    setup.slack.change_world(|world| world.archive("random"));
    let names = async |query: &str| {
        let answer = setup.app.get("conversations.list", query).await;
        let channels = answer["channels"]
            .as_array()
            .unwrap_or_else(|| panic!("{answer}"))
            .clone();
        channels
            .iter()
            .map(|channel| channel["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(names("").await, "general permissions-audit random shared");
    assert_eq!(
        names("exclude_archived=true&types=public_channel,private_channel").await,
        "general permissions-audit shared"
    );
    assert_eq!(names("types=private_channel").await, "");
    assert_eq!(
        setup.app.get("conversations.list", "types=secret").await["error"],
        "invalid_types"
    );
    assert_eq!(
        setup.app.get("conversations.list", "cursor=later").await["error"],
        "invalid_cursor"
    );
}

#[tokio::test]
async fn the_bot_joins_public_channels_with_the_scope_for_it() {
    let setup = start().await;
    let join = async || {
        setup
            .app
            .call("conversations.join", json!({"channel": "C0RANDOM"}))
            .await
    };
    assert_eq!(join().await["error"], "missing_scope");
    setup
        .slack
        .change_world(|world| world.grant_scope("channels:join"));
    assert_eq!(join().await["channel"]["is_member"], true);
    assert_eq!(
        setup
            .app
            .call("conversations.join", json!({"channel": "C0SECRET"}))
            .await["error"],
        "channel_not_found"
    );
}

#[tokio::test]
async fn members_of_a_channel_are_listed_by_id() {
    let setup = start().await;
    let members = setup.app.get("conversations.members", "channel=C0AUDIT").await;
    assert_eq!(members["members"], json!(["U0ADA", "U0APONO", "U0SAM"]));
}
