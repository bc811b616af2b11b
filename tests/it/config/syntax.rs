//! What holds in every section: versions, syntax, unknown keys, types, columns.

use std::path::Path;

use apono::config::Config;
use insta::assert_snapshot;

use super::{LEAST, least_with, problems};

#[test]
fn an_empty_file_hears_everything_it_needs() {
    assert_snapshot!(problems(""), @"
    config.toml:1:1: The file needs a line such as `version = 1`.
    config.toml:1:1: The file needs a section [slack].
    config.toml:1:1: The file needs a section [database].
    config.toml:1:1: The file needs a section [roles].
    ");
    assert_snapshot!(problems("version = 1\n[slack]\n[database]\n[roles]\n"), @r#"
    config.toml:2:1: [slack] needs a line such as `app_token = { env = "SLACK_APP_TOKEN" }`.
    config.toml:2:1: [slack] needs a line such as `bot_token = { env = "SLACK_BOT_TOKEN" }`.
    config.toml:2:1: [slack] needs a line such as `audit_channel = "permissions-audit"`.
    config.toml:3:1: [database] needs a line such as `url = "sqlite://apono.db"`.
    config.toml:4:1: [roles] needs a line such as `admins = ["ada@example.com"]`.
    "#);
}

#[test]
fn another_version_is_the_only_problem() {
    assert_snapshot!(problems("version = 2\ncolour = 1"), @"config.toml:1:11: This version of apono reads files with `version = 1`.");
    assert_snapshot!(problems(&least_with("version = 1\n", "")), @"config.toml:1:1: The file needs a line such as `version = 1`.");
}

#[test]
fn broken_syntax_is_reported_in_whole_and_alone() {
    assert_snapshot!(problems("version = 1\n[slack\nsockets = 08\nname = \"ä\" x\nsockets = 1\n"), @"
    config.toml:2:7: This is not TOML: unclosed table, expected `]`.
    config.toml:4:12: This is not TOML: unexpected key or value, expected newline, `#`.
    ");
}

#[test]
fn unknown_keys_are_problems_and_their_slips_are_seen() {
    let text = LEAST
        .replace("app_token", "ap_token")
        .replace("[roles]", "[role]")
        + "[colours]\nred = 1\n";
    assert_snapshot!(problems(&text), @r#"
    config.toml:3:1: Unknown key "ap_token"; did you mean "app_token"?
    config.toml:8:2: Unknown key "role"; did you mean "roles"?
    config.toml:10:2: Unknown key "colours"; known: version, slack, database, requests, audit, alerts, web, metrics, mail, reports, roles, groups, people, limits, integrations, sinks, flows.
    "#);
}

#[test]
fn wrong_types_are_problems() {
    let text = LEAST
        .replace("\"audit\"", "7\nsockets = 2.5\nallow_plain_http = \"no\"")
        .replace("[\"ada@example.com\"]", "\"ada@example.com\"\nauditors = [3]")
        .replace("[database]\nurl = \"sqlite://apono.db\"", "[[database]]")
        + "[integrations]\n";
    assert_snapshot!(problems(&text), @"
    config.toml:5:17: Write text in quotes here, not a whole number.
    config.toml:6:11: Write a whole number from 1 to 10 here.
    config.toml:7:20: Write true or false here, not text.
    config.toml:8:1: Write [database] as a section, in single brackets.
    config.toml:10:10: Write a list in brackets here, not text.
    config.toml:11:13: Write text in quotes here, not a whole number.
    config.toml:12:1: Write [[integrations]] in double brackets, because there can be several.
    ");
}

#[test]
fn columns_count_characters_and_invisible_ones_are_refused() {
    let text = least_with("[\"ada@example.com\"]", "[\"żółć@example.com\", \"ada\"]");
    assert_snapshot!(problems(&text), @r#"config.toml:9:31: "ada" is neither an e-mail address nor a Slack member id (U... or W...)."#);
    let text = least_with("ada@example.com", "ada\u{200b}@example.com");
    assert_snapshot!(problems(&text), @"config.toml:9:11: Remove the invisible characters (line ends, tabs, zero-width or direction marks) from this text.");
    assert_snapshot!(problems("\u{feff}version = 3\r\n"), @"config.toml:1:11: This version of apono reads files with `version = 1`.");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let missing = Config::load(Path::new("no/such/config.toml")).unwrap_err();
    assert_snapshot!(missing, @"no/such/config.toml cannot be read: No such file or directory (os error 2)");
}
