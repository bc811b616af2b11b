//! What differs between two config texts, in words for the trail: by section, name and key.
//!
//! Invariant: nothing of a database's address is repeated; all other secrets are references in every config.

use std::collections::BTreeSet;

use secrecy::ExposeSecret;
use toml::de::{DeTable, DeValue};

use super::tree::Value;
use super::{Config, DatabaseUrl, PostgresUrl};

/// Most characters of one change.
const LONGEST: usize = 280;

/// Sections whose tables have names, and what one of them is called.
const NAMED: [(&str, &str); 2] = [("integrations", "integration"), ("flows", "flow")];

/// Sections of which every key is a list of people, and what one of them is called.
const LISTS: [(&str, &str); 2] = [("groups", "group"), ("roles", "role")];

/// Every change from one text to the other, a sentence each; `None` if one of them is not TOML.
pub fn changes(from: &str, to: &str) -> Option<Vec<String>> {
    let (from, to) = (DeTable::parse(from).ok()?, DeTable::parse(to).ok()?);
    let (from, to) = (from.get_ref(), to.get_ref());
    let mut changes = Vec::new();
    for section in union(from, to) {
        let (before, after) = (from.get(section), to.get(section));
        if let Some((_, one)) = NAMED.iter().find(|(name, _)| *name == section) {
            named(one, &tables(before), &tables(after), &mut changes);
        } else if let Some((_, one)) = LISTS.iter().find(|(name, _)| *name == section) {
            lists(one, before, after, &mut changes);
        } else {
            let empty = DeTable::new();
            let before = before.and_then(|value| value.get_ref().as_table());
            let after = after.and_then(|value| value.get_ref().as_table());
            let differing = keys(
                before.unwrap_or(&empty),
                after.unwrap_or(&empty),
                section == "database",
            );
            changes.extend(differing.map(|change| format!("[{section}] {change}")));
        }
    }
    Some(changes.iter().map(|change| shortened(change)).collect())
}

impl Config {
    /// What of `next` counts only after a restart, by section and key.
    pub fn needs_restart_for(&self, next: &Self) -> Vec<&'static str> {
        let (ours, theirs) = (&self.slack, &next.slack);
        let parts = [
            (
                "[database] url",
                !same_database(&self.database.url, &next.database.url),
            ),
            ("[slack] api_url", ours.api_url != theirs.api_url),
            (
                "[slack] allow_plain_http",
                ours.allow_plain_http != theirs.allow_plain_http,
            ),
            (
                "[slack] audit_channel",
                ours.audit_channel != theirs.audit_channel,
            ),
            ("[alerts] channel", self.alerts.channel != next.alerts.channel),
            ("[slack] ca_file", ours.ca_file != theirs.ca_file),
            ("[slack] sockets", ours.sockets != theirs.sockets),
        ];
        parts
            .into_iter()
            .filter(|(_, differs)| *differs)
            .map(|(name, _)| name)
            .collect()
    }
}

fn same_database(one: &DatabaseUrl, other: &DatabaseUrl) -> bool {
    match (one, other) {
        (DatabaseUrl::Sqlite(one), DatabaseUrl::Sqlite(other)) => one == other,
        (DatabaseUrl::Postgres(one), DatabaseUrl::Postgres(other)) => match (one, other) {
            (PostgresUrl::Plain(one), PostgresUrl::Plain(other)) => {
                one.expose_secret() == other.expose_secret()
            }
            (PostgresUrl::Secret(one), PostgresUrl::Secret(other)) => one == other,
            (PostgresUrl::Plain(_), PostgresUrl::Secret(_))
            | (PostgresUrl::Secret(_), PostgresUrl::Plain(_)) => false,
        },
        (DatabaseUrl::Sqlite(_), DatabaseUrl::Postgres(_))
        | (DatabaseUrl::Postgres(_), DatabaseUrl::Sqlite(_)) => false,
    }
}

/// The keys of both, each once.
fn union<'t>(from: &'t DeTable<'_>, to: &'t DeTable<'_>) -> BTreeSet<&'t str> {
    from.keys().chain(to.keys()).map(|key| &**key.get_ref()).collect()
}

/// The tables of a `[[section]]` with their names, in file order.
fn tables<'t, 'v>(section: Option<&'t Value<'v>>) -> Vec<(&'t str, &'t DeTable<'v>)> {
    let list = section.and_then(|value| value.get_ref().as_array());
    list.into_iter()
        .flat_map(|list| list.iter())
        .filter_map(|item| {
            let table = item.get_ref().as_table()?;
            Some((table.get("name")?.get_ref().as_str()?, table))
        })
        .collect()
}

fn named(
    one: &str,
    before: &[(&str, &DeTable<'_>)],
    after: &[(&str, &DeTable<'_>)],
    changes: &mut Vec<String>,
) {
    for (name, table) in before {
        match after.iter().find(|(other, _)| other == name) {
            None => changes.push(format!("{one} {name:?} removed")),
            Some((_, now)) => {
                let differing = keys(table, now, false);
                changes.extend(differing.map(|change| format!("{one} {name:?}: {change}")));
            }
        }
    }
    let is_old = |name: &str| before.iter().any(|(other, _)| *other == name);
    for (name, table) in after.iter().filter(|(name, _)| !is_old(name)) {
        let described: Vec<String> = table
            .iter()
            .filter(|(key, _)| &**key.get_ref() != "name")
            .map(|(key, value)| format!("{} {}", key.get_ref(), shown(value.get_ref())))
            .collect();
        changes.push(format!("{one} {name:?} added: {}", described.join("; ")));
    }
    // The first flow that fits decides, so their order is policy; that of the integrations is not.
    let is_kept = |name: &&str| is_old(name) && after.iter().any(|(other, _)| other == name);
    let order = |list: &[(&'_ str, &DeTable<'_>)]| -> Vec<String> {
        let names = list.iter().map(|(name, _)| *name).filter(is_kept);
        names.map(|name| format!("{name:?}")).collect()
    };
    let now = order(after);
    if one == "flow" && order(before) != now {
        changes.push(format!(
            "the flows are tried in another order: {}",
            now.join(", ")
        ));
    }
}

fn lists(one: &str, before: Option<&Value<'_>>, after: Option<&Value<'_>>, changes: &mut Vec<String>) {
    let list = |section: Option<&Value<'_>>, name: &str| -> Option<BTreeSet<String>> {
        let value = section?.get_ref().as_table()?.get(name)?;
        Some(items(value.get_ref()))
    };
    let names = |section: Option<&Value<'_>>| -> BTreeSet<String> {
        let table = section.and_then(|value| value.get_ref().as_table());
        let keys = table.into_iter().flat_map(|table| table.keys());
        keys.map(|key| key.get_ref().to_string()).collect()
    };
    for name in names(before).union(&names(after)) {
        match (list(before, name), list(after, name)) {
            (Some(_), None) => changes.push(format!("{one} {name} removed")),
            (None, Some(now)) => changes.push(format!("{one} {name} added: {}", joined(&now))),
            (Some(was), Some(now)) if was != now => {
                changes.push(format!("{one} {name}: {}", comings_and_goings(&was, &now)));
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }
}

/// The keys that differ. `hidden` values are not shown.
fn keys<'t>(
    before: &'t DeTable<'_>,
    after: &'t DeTable<'_>,
    hidden: bool,
) -> impl Iterator<Item = String> + use<'t> {
    let describe = move |key: &str| {
        let (was, now) = (before.get(key)?.get_ref(), after.get(key)?.get_ref());
        if shown(was) == shown(now) {
            return None;
        }
        Some(match (was, now) {
            (DeValue::Array(_), DeValue::Array(_)) => comings_and_goings(&items(was), &items(now)),
            _ => format!("{} → {}", shown(was), shown(now)),
        })
    };
    let mut changes = Vec::new();
    for key in union(before, after) {
        let change = match (before.get(key), after.get(key)) {
            (Some(_), Some(_)) => match describe(key) {
                Some(_) if hidden => "changed".to_owned(),
                Some(change) => change,
                None => continue,
            },
            (None, Some(_)) | (Some(_), None) if hidden => "changed".to_owned(),
            (None, Some(now)) => format!("set to {}", shown(now.get_ref())),
            (Some(was), None) => format!("no longer set (was {})", shown(was.get_ref())),
            (None, None) => continue,
        };
        changes.push(format!("{key} {change}"));
    }
    changes.into_iter()
}

fn items(value: &DeValue<'_>) -> BTreeSet<String> {
    let list = value.as_array();
    list.into_iter()
        .flat_map(|list| list.iter())
        .map(|item| shown(item.get_ref()))
        .collect()
}

/// `+ dana@example.com, − eve@example.com`.
fn comings_and_goings(was: &BTreeSet<String>, now: &BTreeSet<String>) -> String {
    let came = now.difference(was).map(|item| format!("+ {item}"));
    let went = was.difference(now).map(|item| format!("− {item}"));
    let all: Vec<String> = came.chain(went).collect();
    if all.is_empty() {
        return "in another order".to_owned();
    }
    all.join(", ")
}

fn joined(items: &BTreeSet<String>) -> String {
    items.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// A value as people would say it.
fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(yes) => yes.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(list) => {
            let items: Vec<String> = list.iter().map(|item| shown(item.get_ref())).collect();
            items.join(", ")
        }
        DeValue::Table(table) => {
            let pairs: Vec<String> = table
                .iter()
                .map(|(key, value)| format!("{} {}", key.get_ref(), shown(value.get_ref())))
                .collect();
            format!("({})", pairs.join(", "))
        }
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let kept: String = text.chars().take(LONGEST - 1).collect();
    format!("{kept}…")
}
