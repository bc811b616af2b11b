//! `[slack]` and `[database]`.

use insta::assert_snapshot;

use super::{LEAST, least_with, parse, problems};

#[test]
fn slack_needs_sensible_values() {
    let text = LEAST
        .replace("{ env = \"APP\" }", "\"xapp-1-SECRET\"")
        .replace("{ env = \"BOT\" }", "{ env = \"xoxb-SECRET\" }")
        .replace(
            "\"audit\"",
            "\"Permissions Audit\"\nsockets = 11\napi_url = \"https://me:SECRET@slack.com/api\"",
        );
    let shown = problems(&text);
    assert!(!shown.contains("SECRET"));
    assert_snapshot!(shown, @r#"
    config.toml:3:13: Secrets do not belong in this file; write { env = "NAME" } or { file = "path" }.
    config.toml:4:21: Write the name of an environment variable (letters, digits and _), not its value.
    config.toml:5:17: Write a channel's name in lower case (letters, digits, - and _) or its id (C...).
    config.toml:6:11: Write a whole number from 1 to 10 here.
    config.toml:7:11: Remove the user, the password, ? and # from this address.
    "#);
}

#[test]
fn plain_http_stays_on_this_machine_unless_allowed() {
    let with = |more: &str| problems(&least_with("[database]", &format!("{more}\n[database]")));
    for address in [
        "http://127.0.0.1:8080/api/",
        "http://localhost/api",
        "http://[::1]:1/",
    ] {
        let text = least_with("[database]", &format!("api_url = {address:?}\n[database]"));
        let config = parse(&text).unwrap();
        assert_eq!(config.slack.api_url, address.trim_end_matches('/'));
    }
    assert_snapshot!(with("api_url = \"http://10.0.0.8/api\""), @"config.toml:6:11: Write https://: http:// sends the tokens unencrypted, so it is only accepted for this machine (127.0.0.1), unless allow_plain_http = true.");
    assert_snapshot!(with("api_url = \"http://localhost.evil.com/api\""), @"config.toml:6:11: Write https://: http:// sends the tokens unencrypted, so it is only accepted for this machine (127.0.0.1), unless allow_plain_http = true.");
    assert_snapshot!(with("api_url = \"http://10.0.0.8/api\"\nallow_plain_http = true"), @"right: 0 integrations, 0 flows, 0 groups, 1 person");
    assert_snapshot!(with("api_url = \"ftp://slack.com\""), @r#"config.toml:6:11: Write an address that starts with https://, such as "https://slack.com/api"."#);
}

#[test]
fn the_database_is_a_file_or_postgres() {
    let with = |url: &str| problems(&least_with("\"sqlite://apono.db\"", url));
    assert_snapshot!(with("\"sqlite::memory:\""), @"config.toml:7:7: An in-memory database forgets live access when the process ends; name a file: sqlite://apono.db.");
    assert_snapshot!(with("\"sqlite://\""), @"config.toml:7:7: Name a file: sqlite://apono.db.");
    assert_snapshot!(with("\"sqlite://apono.db?mode=rwc\""), @"config.toml:7:7: Remove ? or # and everything after it; apono sets SQLite's options itself.");
    assert_snapshot!(with("\"mysql://localhost/apono\""), @r#"config.toml:7:7: Write sqlite://FILE or postgres://..., or { env = "NAME" } for a variable that holds a postgres:// URL."#);
    assert_snapshot!(with("\"postgres://apono:p@ss#word@db/apono\""), @"config.toml:7:7: A PostgreSQL URL is postgres://user:password@host:port/database, with characters such as @ : / # in the password percent-encoded.");
    assert_snapshot!(with("\"postgres://apono:password@db.example.com/apono\""), @"right: 0 integrations, 0 flows, 0 groups, 1 person");
    assert_snapshot!(with("\"postgres://apono:SECRET@db/apono?ssl=true\""), @"config.toml:7:7: Write sslmode=verify-full (or verify-ca, or require) instead of ssl, which the driver ignores.");
    assert_snapshot!(with("\"postgres://apono:SECRET@db/apono?sslmode=allow\""), @"config.toml:7:7: Write another sslmode instead of allow: the driver treats allow as disable.");
    assert_snapshot!(with("\"postgres:///apono?host=/var/run/postgresql\""), @"right: 0 integrations, 0 flows, 0 groups, 1 person");
    assert_snapshot!(with("{ env = \"APONO_DB_URL\" }"), @"right: 0 integrations, 0 flows, 0 groups, 1 person");
}
