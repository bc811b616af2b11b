//! config.toml: every problem at once, with line, column and what to do; and an example that is true.

use std::any::Any;
use std::path::Path;
use std::sync::LazyLock;

use apono::config::{Config, ConfigError};
use apono::integrations::postgres::PostgresConfig;
use apono::integrations::ssh::SshSettings;

mod access;
mod arbitrary;
mod changes;
mod doubts;
mod example;
mod mail;
mod metrics;
mod modes;
mod secrets;
mod sections;
mod sinks;
mod ssh;
mod syntax;
mod web;

/// The example as people copy it.
pub(crate) const COPIED: &str = include_str!("../../../config.example.toml");

/// The same with every section switched on.
static EXAMPLE: LazyLock<String> = LazyLock::new(|| {
    let mut is_off = false;
    let lines = COPIED.lines().map(|line| {
        is_off = line.starts_with("#[") || is_off && !line.is_empty();
        if is_off { &line[1..] } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
});

/// The least that is a config.
pub(crate) const LEAST: &str = r#"version = 1
[slack]
app_token = { env = "APP" }
bot_token = { env = "BOT" }
audit_channel = "audit"
[database]
url = "sqlite://apono.db"
[roles]
admins = ["ada@example.com"]
"#;

/// A target to add to [`LEAST`]; it starts at line 10.
const ORDERS: &str = r#"[groups]
sre = ["omar@example.com"]
[[integrations]]
name = "orders-db"
kind = "postgres"
url = { env = "ORDERS" }
permissions = { read = "{resource}_read" }
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("/etc/apono/config.toml"))
}

/// The settings of an integration, by its place in the file.
fn postgres(config: &Config, index: usize) -> &PostgresConfig {
    settings(config, index)
}

fn ssh(config: &Config, index: usize) -> &SshSettings {
    settings(config, index)
}

fn settings<T: Any>(config: &Config, index: usize) -> &T {
    let settings: &dyn Any = &*config.integrations[index].settings;
    settings.downcast_ref().unwrap()
}

/// What `apono check` would print, without the folder.
pub(crate) fn problems(text: &str) -> String {
    match parse(text) {
        Ok(config) => format!("right: {}", config.summary()),
        Err(e) => e.to_string().replace("/etc/apono/", ""),
    }
}

/// [`LEAST`] with one of its lines replaced.
fn least_with(line: &str, instead: &str) -> String {
    assert!(LEAST.contains(line), "{line}");
    LEAST.replace(line, instead)
}

/// The example with the keys switched on that only show their default or a possible value.
fn example_in_full() -> String {
    let switched_on: Vec<&str> = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(key) if key.starts_with(|c: char| c.is_ascii_lowercase()) => key,
            Some(_) | None => line,
        })
        .collect();
    switched_on.join("\n")
}
