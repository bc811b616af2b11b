//! `manifest.yaml` and the link that creates the app from it.
//!
//! The types below are the part of Slack's schema of app manifests (version 2.0.0) that the manifest uses; a member that
//! the schema does not know fails to parse.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use apono::cli::manifest::{create_link, manifest_text};
use apono::slack::check::NEEDED;
use serde::Deserialize;
use serde_json::Value;
use url::Url;
use yaml_rust2::{Yaml, YamlLoader};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    #[serde(rename = "_metadata")]
    metadata: Metadata,
    display_information: DisplayInformation,
    features: Features,
    oauth_config: OauthConfig,
    settings: Settings,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    major_version: u32,
    #[serde(rename = "minor_version")]
    _minor_version: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DisplayInformation {
    name: String,
    description: String,
    long_description: String,
    background_color: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Features {
    app_home: AppHome,
    bot_user: BotUser,
    shortcuts: [Shortcut; 1],
    slash_commands: [SlashCommand; 1],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AppHome {
    #[serde(rename = "home_tab_enabled")]
    _home_tab_enabled: bool,
    messages_tab_enabled: bool,
    messages_tab_read_only_enabled: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BotUser {
    display_name: String,
    #[serde(rename = "always_online")]
    _always_online: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shortcut {
    name: String,
    r#type: String,
    callback_id: String,
    description: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SlashCommand {
    command: String,
    description: String,
    usage_hint: String,
    should_escape: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OauthConfig {
    scopes: Scopes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scopes {
    bot: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    event_subscriptions: EventSubscriptions,
    interactivity: Interactivity,
    org_deploy_enabled: bool,
    socket_mode_enabled: bool,
    token_rotation_enabled: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EventSubscriptions {
    bot_events: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Interactivity {
    is_enabled: bool,
}

/// What each Web API method that the bot calls asks of a bot token, for the conversations that the bot uses it in:
/// direct messages and a public or private audit channel. From each method's page under <https://docs.slack.dev/reference/methods>.
const SCOPES_OF_METHODS: [(&str, &[&str]); 19] = [
    ("apps.connections.open", &[]),
    ("auth.test", &[]),
    ("chat.deleteScheduledMessage", &["chat:write"]),
    ("chat.postMessage", &["chat:write"]),
    ("chat.scheduleMessage", &["chat:write"]),
    ("chat.scheduledMessages.list", &[]),
    ("chat.update", &["chat:write"]),
    (
        "conversations.history",
        &["im:history", "channels:history", "groups:history"],
    ),
    ("conversations.info", &["channels:read", "groups:read"]),
    ("conversations.list", &["channels:read", "groups:read"]),
    ("conversations.open", &["im:write"]),
    ("conversations.replies", &["channels:history", "groups:history"]),
    ("files.completeUploadExternal", &["files:write"]),
    ("files.getUploadURLExternal", &["files:write"]),
    ("users.info", &["users:read", "users:read.email"]),
    ("users.lookupByEmail", &["users:read.email"]),
    ("views.open", &[]),
    ("views.push", &[]),
    ("views.update", &[]),
];

/// What is not a method: the slash command with the shortcut, and the event `message.im`.
const SCOPES_OF_FEATURES: [&str; 2] = ["commands", "im:history"];

fn manifest() -> Manifest {
    serde_json::from_value(read(manifest_text())).unwrap()
}

/// The one document of `text`, in the part of YAML that is also JSON.
fn read(text: &str) -> Value {
    let documents = YamlLoader::load_from_str(text).unwrap();
    assert_eq!(documents.len(), 1);
    as_json(&documents[0])
}

fn as_json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::String(text) => text.as_str().into(),
        Yaml::Boolean(truth) => (*truth).into(),
        Yaml::Integer(number) => (*number).into(),
        Yaml::Array(items) => items.iter().map(as_json).collect(),
        Yaml::Hash(members) => members
            .iter()
            .map(|(name, value)| (name.as_str().unwrap().to_owned(), as_json(value)))
            .collect(),
        _ => panic!("{yaml:?} has no place in a manifest"),
    }
}

#[test]
fn every_text_has_a_length_that_slack_takes() {
    let manifest = manifest();
    let Features {
        bot_user,
        shortcuts: [shortcut],
        slash_commands: [command],
        ..
    } = &manifest.features;
    let shown = &manifest.display_information;
    let texts: [(&str, RangeInclusive<usize>); 10] = [
        (&shown.name, 1..=35),
        (&shown.description, 1..=140),
        (&shown.long_description, 175..=4000),
        (&bot_user.display_name, 1..=80),
        (&shortcut.name, 1..=24),
        (&shortcut.callback_id, 1..=255),
        (&shortcut.description, 1..=150),
        (&command.command, 2..=32),
        (&command.description, 1..=2000),
        (&command.usage_hint, 1..=1000),
    ];
    for (text, length) in texts {
        assert!(length.contains(&text.chars().count()), "{length:?}: {text}");
    }
    let color = shown.background_color.strip_prefix('#').unwrap();
    assert!(matches!(color.len(), 3 | 6) && color.bytes().all(|digit| digit.is_ascii_hexdigit()));
}

#[test]
fn everything_arrives_over_the_socket() {
    let manifest = manifest();
    assert_eq!(manifest.metadata.major_version, 2);
    let settings = &manifest.settings;
    assert!(settings.socket_mode_enabled);
    assert!(settings.interactivity.is_enabled);
    assert!(!settings.org_deploy_enabled);
    // The bot takes its token from the configuration and could not renew it.
    assert!(!settings.token_rotation_enabled);
    let events = &settings.event_subscriptions.bot_events;
    // Needs the scope users:read, which is there anyway.
    assert_eq!(events[..2], ["user_change", "message.im"]);
    // Each of the others is about the audit channel, and needs no more than the scopes to read channels, or about the
    // app itself, and needs none.
    let of_channels = |event: &String| {
        event.starts_with("channel_")
            || event.starts_with("group_")
            || ["member_joined_channel", "tokens_revoked", "app_uninstalled"].contains(&event.as_str())
    };
    assert!(events[2..].iter().all(of_channels), "{events:?}");
}

#[test]
fn the_check_asks_for_the_scopes_of_the_manifest() {
    let mut asked: Vec<&str> = NEEDED.iter().map(|(scope, _)| *scope).collect();
    let mut wanted = manifest().oauth_config.scopes.bot;
    asked.sort_unstable();
    wanted.sort();
    assert_eq!(asked, wanted);
}

#[test]
fn people_can_ask_by_command_by_shortcut_and_by_message() {
    let features = manifest().features;
    let [command] = &features.slash_commands;
    assert_eq!(command.command, "/apono");
    assert!(command.should_escape);
    let [shortcut] = &features.shortcuts;
    assert_eq!(shortcut.name, "Request access");
    assert_eq!(shortcut.r#type, "global");
    assert_eq!(shortcut.callback_id, "request_access");
    assert!(features.app_home.messages_tab_enabled);
    assert!(!features.app_home.messages_tab_read_only_enabled);
}

#[test]
fn the_bot_asks_for_the_scopes_it_uses_and_no_other() {
    let methods = include_str!("../../src/slack/web/method.rs");
    let called: BTreeSet<&str> = methods
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| text.contains('.') && text.bytes().all(|c| c.is_ascii_alphabetic() || c == b'.'))
        .collect();
    let known: BTreeSet<&str> = SCOPES_OF_METHODS.iter().map(|(method, _)| *method).collect();
    assert_eq!(
        called, known,
        "a method was added or removed: SCOPES_OF_METHODS says what each needs"
    );

    let needed: BTreeSet<&str> = SCOPES_OF_METHODS
        .iter()
        .flat_map(|(_, scopes)| scopes.iter().copied())
        .chain(SCOPES_OF_FEATURES)
        .collect();
    let asked = manifest().oauth_config.scopes.bot;
    assert_eq!(asked.iter().map(String::as_str).collect::<BTreeSet<_>>(), needed);
    assert_eq!(asked.len(), needed.len(), "a scope stands there twice");
}

#[test]
fn each_scope_says_what_it_is_for() {
    let lines: Vec<&str> = manifest_text().lines().map(str::trim).collect();
    for scope in manifest().oauth_config.scopes.bot {
        let at = lines
            .iter()
            .position(|line| line.strip_prefix("- ") == Some(&scope))
            .unwrap();
        assert!(lines[at - 1].starts_with("# "), "{scope}");
    }
}

#[test]
fn the_link_carries_the_whole_manifest() {
    let link = Url::parse(&create_link()).unwrap();
    assert_eq!(link.host_str(), Some("api.slack.com"));
    assert_eq!(link.path(), "/apps");
    let pairs: Vec<(String, String)> = link.query_pairs().into_owned().collect();
    let [(new_app, one), (name, carried)] = &pairs[..] else {
        panic!("{pairs:?}")
    };
    assert_eq!((new_app.as_str(), one.as_str()), ("new_app", "1"));
    assert_eq!(name, "manifest_yaml");
    assert_eq!(read(carried), read(manifest_text()));
    // Longer addresses are cut by browsers and servers on the way.
    assert!(link.as_str().len() < 4096, "{}", link.as_str().len());
}
