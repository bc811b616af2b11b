//! Every config and every part of one is right, once what a part leaves out is added.

use std::path::Path;

use apono::config::Config;
use toml::{Table, Value};

use super::markdown::Page;
use super::{Wrong, assert_nothing_wrong, pages, said};
use crate::config::LEAST;

const POSTGRES: &str = r#"
name = "orders-db"
url = { env = "ORDERS" }
permissions = { read = "{resource}_read", write = "{resource}_write" }
"#;

const SSH: &str = r#"
name = "bastion-ssh"
ca_key = { made = "ca" }
resources = ["bastion.example.com"]
permissions = { login = "deploy" }
"#;

const FLOW: &str = r#"
name = "A flow"
requesters = ["group:developers"]
integration = "orders-db"
max_duration = "1h"
approvers = ["group:sre"]
"#;

#[test]
fn every_config_is_right() {
    assert_nothing_wrong(&pages().iter().flat_map(wrong_configs).collect::<Vec<_>>());
}

#[test]
fn a_config_that_is_wrong_is_found() {
    let fence = |text: &str| said(wrong_configs, &format!("```toml\n{text}\n```\n"));
    let part = "[[flows]]\nname = \"A\"\nrequesters = [\"group:ops\"]\nintegration = \"shop-db\"\npermissions = [\"own\"]\n\
                approvers = [\"group:dba\"]\nmax_duration = \"2h\"";
    assert_eq!(fence(part), [""; 0]);
    assert_eq!(
        fence("[slack]\nsockets = 3\n[[integrations]]\nkind = \"ssh\""),
        [""; 0]
    );
    for (text, word) in [
        ("[slack]\nsocket = 3", "socket"),
        ("[[integrations]]\nkind = \"postgres\"\nbound = true", "bound"),
        ("[[flows]]\nmax_duration = \"2 moons\"", "Write a duration"),
        ("[[flows]]\nmax_duration = ", "TOML"),
    ] {
        let said = fence(text);
        assert!(said.len() == 1 && said[0].contains(word), "{text}: {said:?}");
    }
}

fn wrong_configs(page: &Page) -> Vec<Wrong> {
    let fences = page.fences_of("toml");
    fences
        .filter_map(|fence| {
            let what = parse(&fence.text).err()?;
            Some(Wrong::new(page, fence.line, what))
        })
        .collect()
}

fn parse(text: &str) -> Result<(), String> {
    let mut config: Table = text.parse().map_err(|e| format!("no TOML: {e}"))?;
    complete(&mut config);
    let whole = config.to_string();
    Config::parse(&whole, Path::new("/etc/apono/config.toml"))
        .map(|_| ())
        .map_err(|e| e.to_string())
}

fn complete(config: &mut Table) {
    let rest: Table = LEAST.parse().unwrap();
    for (name, section) in rest {
        match (config.get_mut(&name), section) {
            (Some(Value::Table(there)), Value::Table(section)) => add(there, section),
            (Some(_), _) => {}
            (None, section) => {
                config.insert(name, section);
            }
        }
    }
    let mut groups = Vec::new();
    let mut wanted: Vec<(String, Value)> = Vec::new();
    for flow in tables(config, "flows") {
        // Who approves is not said where nobody has to.
        let is_automatic = flow.contains_key("approval");
        add(flow, FLOW.parse().unwrap());
        if is_automatic {
            flow.remove("approvers");
        }
        let integration = flow["integration"].as_str().unwrap_or_default().to_owned();
        wanted.push((
            integration,
            flow.get("permissions").cloned().unwrap_or(Value::Array(vec![])),
        ));
    }
    for integration in tables(config, "integrations") {
        let is_ssh = integration.get("kind").and_then(Value::as_str) == Some("ssh");
        let rest = if is_ssh { SSH } else { POSTGRES };
        add(integration, rest.parse().unwrap());
        integration.entry("kind").or_insert("postgres".into());
    }
    for (name, permissions) in wanted {
        let is_there = tables(config, "integrations").any(|it| it["name"].as_str() == Some(&name));
        if !is_there {
            add_integration(config, &name, &permissions);
        }
    }
    collect_groups(&Value::Table(config.clone()), &mut groups);
    let known = config.entry("groups").or_insert(Value::Table(Table::new()));
    let known = known.as_table_mut().unwrap();
    for group in groups {
        let somebody = Value::Array(vec![format!("{group}@example.com").into()]);
        known.entry(group).or_insert(somebody);
    }
}

/// An integration that a flow names, with the permissions that it gives.
fn add_integration(config: &mut Table, name: &str, permissions: &Value) {
    let mut integration: Table = POSTGRES.parse().unwrap();
    integration.insert("name".to_owned(), name.into());
    integration.insert("kind".to_owned(), "postgres".into());
    let roles = integration["permissions"].as_table_mut().unwrap();
    for permission in permissions.as_array().into_iter().flatten() {
        let permission = permission.as_str().unwrap_or_default();
        roles.insert(permission.to_owned(), format!("{{resource}}_{permission}").into());
    }
    let list = config.entry("integrations").or_insert(Value::Array(Vec::new()));
    list.as_array_mut().unwrap().push(Value::Table(integration));
}

/// Adds the keys that are not there.
fn add(to: &mut Table, rest: Table) {
    for (key, value) in rest {
        to.entry(key).or_insert(value);
    }
}

fn tables<'a>(config: &'a mut Table, section: &str) -> impl Iterator<Item = &'a mut Table> {
    let list = config.get_mut(section).and_then(Value::as_array_mut);
    list.into_iter().flatten().filter_map(Value::as_table_mut)
}

/// Every `group:NAME`, wherever it is named.
fn collect_groups(value: &Value, groups: &mut Vec<String>) {
    match value {
        Value::String(text) => groups.extend(text.strip_prefix("group:").map(str::to_owned)),
        Value::Array(list) => list.iter().for_each(|value| collect_groups(value, groups)),
        Value::Table(table) => table.values().for_each(|value| collect_groups(value, groups)),
        _ => {}
    }
}
