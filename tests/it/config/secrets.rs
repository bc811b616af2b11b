//! Secrets are references, tried on demand, and never shown.

use std::path::{Path, PathBuf};

use apono::config::{Config, DatabaseUrl, PostgresUrl};
use apono::secrets::SecretRef;
use insta::assert_snapshot;

use super::{LEAST, ORDERS, least_with, parse, problems};

#[test]
fn a_secret_is_one_reference() {
    let text = LEAST
        .replace("{ env = \"APP\" }", "{ env = \"APP\", file = \"app\" }")
        .replace("{ env = \"BOT\" }", "{ enf = \"BOT\" }")
        .replace("\"sqlite://apono.db\"", "{ file = \"postgres://SECRET@db/x\" }");
    let shown = problems(&text);
    assert!(!shown.contains("SECRET"));
    assert_snapshot!(shown, @r#"
    config.toml:3:13: Write exactly one of { env = "NAME" } and { file = "path" }.
    config.toml:4:15: Unknown key "enf"; did you mean "env"?
    config.toml:7:16: Write the path of a file, not its content.
    "#);
}

#[test]
fn a_password_of_the_file_is_never_shown() {
    let text = least_with("sqlite://apono.db", "postgres://apono:SECRET@db/apono");
    let config = parse(&text).unwrap();
    assert!(matches!(
        config.database.url,
        DatabaseUrl::Postgres(PostgresUrl::Plain(_))
    ));
    assert!(!format!("{config:?}").contains("SECRET"));
}

#[test]
fn relative_paths_are_relative_to_the_file() {
    let text = least_with(r#"{ env = "APP" }"#, r#"{ file = "secrets/app" }"#);
    let config = parse(&text).unwrap();
    assert_eq!(
        config.slack.app_token,
        SecretRef::File(PathBuf::from("/etc/apono/secrets/app"))
    );
    assert_snapshot!(format!("{:?}", config.database.url), @r#"Sqlite("/etc/apono/apono.db")"#);
    let absolute = least_with("sqlite://apono.db", "sqlite:///var/lib/apono.db");
    let config = parse(&absolute).unwrap();
    assert_snapshot!(format!("{:?}", config.database.url), @r#"Sqlite("/var/lib/apono.db")"#);
}

#[test]
fn secrets_are_tried_where_they_are_referred_to() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("app", "xoxb-SECRET\n");
    write("bot", "\n");
    write("orders", "postgres://bot:SE#CRET@db/orders\n");
    let text = format!("{LEAST}{ORDERS}")
        .replace("{ env = \"APP\" }", "{ file = \"app\" }")
        .replace("{ env = \"BOT\" }", "{ file = \"bot\" }")
        .replace("{ env = \"ORDERS\" }", "{ file = \"orders\" }")
        .replace("\"sqlite://apono.db\"", "{ env = \"APONO_TEST_NOT_SET\" }");
    let path = folder.path().join("config.toml");
    write("config.toml", &text);
    let config = Config::load(&path).unwrap();
    let shown: Vec<String> = config
        .check_secrets()
        .iter()
        .map(|problem| problem.shown_in(Path::new("config.toml")))
        .collect();
    let shown = shown
        .join("\n")
        .replace(folder.path().to_str().unwrap(), "FOLDER");
    assert!(!shown.contains("CRET"));
    assert_snapshot!(shown, @"
    config.toml:3:13: This secret is a bot token (xoxb-); app_token has to be the app-level token (xapp-).
    config.toml:4:13: This secret cannot be read: file FOLDER/bot is empty.
    config.toml:7:7: This secret cannot be read: environment variable APONO_TEST_NOT_SET is not set.
    config.toml:15:7: A PostgreSQL URL is postgres://user:password@host:port/database, with characters such as @ : / # in the password percent-encoded.
    ");
}

#[test]
fn a_password_in_the_database_url_is_not_in_the_text_that_is_stored() {
    let text = LEAST.replace(
        "sqlite://apono.db",
        "postgres://bot:hunter\\u0032@db.example.com/apono",
    );
    let config = Config::parse(&text, Path::new("/etc/apono/config.toml")).unwrap();
    assert!(!config.text.contains("hunter"), "{}", config.text);
    assert!(
        config.text.contains("url = \"postgres://...\""),
        "{}",
        config.text
    );
    assert!(config.text.contains("admins"), "{}", config.text);
}
