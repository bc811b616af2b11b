//! users.*, usergroups.* and what changes of people do.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::{Value, json};
use slack_simulator::{NamedTeam, UserGroup};

use crate::support::{Reply, start, start_answering};

/// The flags of a user object that are true, each after a space.
fn flags(user: &Value) -> String {
    let set = user
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| **value == true);
    set.map(|(name, _)| format!(" {name}"))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

#[tokio::test]
async fn the_flags_of_a_user_tell_what_sort_of_actor_it_is() {
    let setup = start().await;
    let list = setup.app.get("users.list", "").await;
    let mut table = String::new();
    for user in list["members"].as_array().unwrap() {
        let (name, team) = (user["name"].as_str().unwrap(), user["team_id"].as_str().unwrap());
        writeln!(table, "{name} {team}:{}", flags(user)).unwrap();
    }
    insta::assert_snapshot!(table, @r#"
    apono T0EXAMPLE: is_bot
    ada T0EXAMPLE: is_email_confirmed
    dana T0EXAMPLE: is_email_confirmed
    omar T0EXAMPLE: is_email_confirmed
    priya T0EXAMPLE: is_email_confirmed
    sam T0EXAMPLE: is_email_confirmed
    eve T0EXAMPLE: is_email_confirmed
    nils T0EXAMPLE: is_email_confirmed
    gus T0EXAMPLE: is_email_confirmed is_restricted is_ultra_restricted
    mona T0EXAMPLE: is_email_confirmed is_restricted
    del T0EXAMPLE: deleted is_email_confirmed
    una T0EXAMPLE:
    wbot T0EXAMPLE: is_bot is_workflow_bot
    slackbot T0EXAMPLE:
    wanda T0OTHER: is_email_confirmed is_stranger
    "#);
}

#[tokio::test]
async fn an_address_finds_active_people_of_the_own_workspace_only() {
    let setup = start().await;
    let lookup = async |email: &str| {
        setup
            .app
            .get("users.lookupByEmail", &format!("email={email}"))
            .await
    };
    assert_eq!(lookup("DANA@example.com").await["user"]["id"], "U0DANA");
    for email in ["nobody@example.com", "del@example.com", "wanda@other.example"] {
        assert_eq!(lookup(email).await["error"], "users_not_found", "{email}");
    }
    assert_eq!(
        lookup("una@example.com").await["user"]["is_email_confirmed"],
        false
    );
}

#[tokio::test]
async fn addresses_are_shown_only_with_the_scope_for_them() {
    let setup = start().await;
    let email = async || setup.app.get("users.info", "user=U0DANA").await["user"]["profile"]["email"].clone();
    assert_eq!(email().await, "dana@example.com");
    setup
        .slack
        .change_world(|world| world.remove_scope("users:read.email"));
    assert_eq!(email().await, Value::Null);
}

#[tokio::test]
async fn in_an_enterprise_people_and_app_name_it() {
    let setup = start().await;
    setup.slack.change_world(|world| {
        world.set_enterprise("E0CORP");
        world.change_person("dana", |dana| {
            dana.enterprise_id = Some("E0CORP".to_owned());
        });
    });
    assert_eq!(setup.app.get("auth.test", "").await["enterprise_id"], "E0CORP");
    let dana = setup.app.get("users.info", "user=U0DANA").await;
    assert_eq!(dana["user"]["enterprise_user"]["enterprise_id"], "E0CORP");
}

#[tokio::test]
async fn a_workspace_that_joins_an_organisation_names_it_and_keeps_its_people() {
    let setup = start().await;
    let join = |named| {
        setup
            .slack
            .change_world(|world| world.join_organisation("E0CORP", named));
    };
    setup.slack.change_world(|world| {
        world.change_person("dana", |dana| dana.enterprise_user = Some("W0DANA".to_owned()));
    });
    join(NamedTeam::Organisation);
    let by_own = setup.app.get("users.info", "user=U0DANA").await["user"].clone();
    assert_eq!(
        (&by_own["id"], &by_own["team_id"]),
        (&json!("U0DANA"), &json!("E0CORP"))
    );
    assert_eq!(by_own["enterprise_user"]["id"], "W0DANA");
    let by_organisations = setup.app.get("users.info", "user=W0DANA").await["user"].clone();
    assert_eq!(by_organisations["id"], "W0DANA");
    assert_eq!(by_organisations["enterprise_user"], by_own["enterprise_user"]);
    let found = setup
        .app
        .get("users.lookupByEmail", "email=omar@example.com")
        .await;
    assert_eq!(found["user"]["enterprise_user"]["id"], "U0OMAR");
    let wanda = setup.app.get("users.info", "user=U0WANDA").await["user"].clone();
    assert_eq!(
        (&wanda["team_id"], &wanda["enterprise_user"]),
        (&json!("T0OTHER"), &Value::Null)
    );
    join(NamedTeam::Nothing);
    let by_own = setup.app.get("users.info", "user=U0DANA").await["user"].clone();
    assert_eq!(by_own.get("team_id"), None);
    assert_eq!(setup.app.get("auth.test", "").await["team_id"], "T0EXAMPLE");
}

#[tokio::test]
async fn user_groups_list_their_people_and_hide_when_disabled() {
    let setup = start().await;
    let mut group = UserGroup {
        id: "S0SRE".to_owned(),
        handle: "sre".to_owned(),
        name: "Site reliability".to_owned(),
        users: vec!["U0OMAR".to_owned(), "U0PRIYA".to_owned()],
        disabled: false,
    };
    setup.slack.change_world(|world| world.set_group(group.clone()));
    let list = setup.app.get("usergroups.list", "include_users=true").await;
    assert_eq!(list["usergroups"][0]["users"], json!(["U0OMAR", "U0PRIYA"]));
    let users = setup.app.get("usergroups.users.list", "usergroup=S0SRE").await;
    assert_eq!(users["users"], json!(["U0OMAR", "U0PRIYA"]));

    group.disabled = true;
    setup.slack.change_world(|world| world.set_group(group));
    assert_eq!(
        setup.app.get("usergroups.list", "").await["usergroups"],
        json!([])
    );
    assert_eq!(
        setup.app.get("usergroups.users.list", "usergroup=S0SRE").await["error"],
        "no_such_subteam"
    );
}

#[tokio::test]
async fn the_app_hears_of_changes_it_subscribes_to_and_of_no_others() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    setup.slack.change_world(|world| {
        world.subscribe(&["user_change", "member_left_channel"]);
        world.archive("shared");
        world.leave("permissions-audit", "@bot");
        world.deactivate("gus");
    });
    let change = socket
        .wait_for(|frame| frame["payload"]["event"]["type"] == "user_change")
        .await;
    assert_eq!(change["payload"]["event"]["user"]["deleted"], true);
    let left = socket
        .wait_for(|frame| frame["payload"]["event"]["type"] == "member_left_channel")
        .await;
    assert_eq!(left["payload"]["event"]["user"], "U0APONO");
    assert_eq!(socket.of_type("events_api").len(), 2);
}

#[tokio::test]
async fn an_event_from_a_shared_channel_says_so() {
    let (setup, mut socket) = start_answering(|_, _| Reply::Ack).await;
    setup
        .slack
        .person("wanda")
        .say("shared", "<@U0APONO> hello")
        .await
        .unwrap();
    let mention = socket
        .wait_for(|frame| frame["payload"]["event"]["type"] == "app_mention")
        .await;
    assert_eq!(mention["payload"]["is_ext_shared_channel"], true);
    assert_eq!(mention["payload"]["event"]["user"], "U0WANDA");
}
