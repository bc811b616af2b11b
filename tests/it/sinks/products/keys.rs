//! The keys of each kind: what is wrong is said with its place and what to write.

use crate::config::{LEAST, problems};

fn with(keys: &str) -> String {
    problems(&format!("{LEAST}[[sinks]]\nname = \"siem\"\n{keys}\n"))
}

#[test]
fn each_kind_names_what_it_needs() {
    let mut said = String::new();
    for kind in super::PRODUCTS {
        said.push_str(&with(&format!("kind = \"{kind}\"")));
        said.push_str("\n\n");
    }
    insta::assert_snapshot!(said);
}

#[test]
fn no_secret_is_in_the_config_and_nothing_leaves_unencrypted() {
    let token = "token = \"B5A79AAD-D822-46CC-80D1-819F80D7BFB0\"";
    let url = "url = \"http://splunk.example.com:8088/services/collector/event\"";
    insta::assert_snapshot!(with(&format!("kind = \"splunk\"\n{url}\n{token}")), @r#"
    config.toml:13:7: Write an https:// address without user and password; http:// is only accepted for this machine (127.0.0.1).
    config.toml:14:9: Secrets do not belong in this file; write { env = "NAME" } or { file = "path" }.
    "#);
    let url = "url = \"https://collectors.sumologic.com/receiver/v1/http/SECRET\"";
    insta::assert_snapshot!(with(&format!("kind = \"sumo\"\n{url}")), @r#"config.toml:13:7: Secrets do not belong in this file; write { env = "NAME" } or { file = "path" }."#);
}

#[test]
fn other_wrong_values_say_what_to_write() {
    let url = "url = \"https://siem.example.com\"";
    let key = "key = { env = \"KEY\" }";
    insta::assert_snapshot!(with(&format!("kind = \"elastic\"\n{url}\n{key}\nstream = \"Logs\"")), @"config.toml:15:10: A data stream has a name in lower case that begins with a letter or a digit.");
    insta::assert_snapshot!(with(&format!("kind = \"loki\"\n{url}\nuser = \"me\"\ntenant = \"a b\"")), @r"
    config.toml:10:1: Write user and password, or neither.
    config.toml:15:10: A name has 1 to 63 characters, out of a-z A-Z 0-9 . _ -
    ");
    insta::assert_snapshot!(with(&format!("kind = \"coralogix\"\n{url}\n{key}\nformat = \"oscf\"")), @r#"config.toml:15:10: There is no format "oscf"; did you mean "ocsf"?"#);
    insta::assert_snapshot!(with(&format!("kind = \"newrelic\"\n{url}\n{key}\nformat = \"ocsf\"")), @r#"config.toml:15:1: Unknown key "format"; known: name, kind, url, key, events, integrations, words, lag."#);
}
