//! The differences between two config texts, in words for the trail: the most important first, and nothing left out.
//!
//! Invariant: every value that differs between the two texts gets a sentence, whatever its section, key or length. No part of
//! a database's address is repeated; all other secrets are references in every config.

use secrecy::ExposeSecret;
use toml::de::{DeTable, DeValue};

use super::worded::{in_quotes, quoted, same, shown, union, value};
use super::{Config, DatabaseUrl, HeartbeatUrl, PostgresUrl, for_whom};
use crate::document::Value;
use crate::integrations::kind;

/// What a sentence is about, in the order the sentences are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    Roles,
    People,
    Groups,
    Approvers,
    Flows,
    Integrations,
    Sinks,
    Rest,
}

/// One sentence, and what it is about.
pub(super) type Change = (About, String);

/// Keys of a flow that allow more than people may expect when they are absent, and what then applies.
const WITHOUT: [(&str, &str); 3] = [
    ("resources", "every resource"),
    ("permissions", "every permission"),
    ("approval", "approvers decide"),
];

/// What a key that changed means, or what applies without it, if that may surprise people.
fn meaning(one: &str, now: &DeTable<'_>, key: &str) -> Option<&'static str> {
    if one == "integration" && key == "retired" {
        let is_retired = now.get(key).and_then(|value| value.get_ref().as_bool());
        return (is_retired == Some(true))
            .then_some("nothing can be requested on it any more, whatever its flows say");
    }
    let absent = if one == "flow" {
        &WITHOUT[..]
    } else {
        let name = now.get("kind").and_then(|kind| kind.get_ref().as_str());
        name.and_then(kind::named).map_or(&[][..], |kind| kind.absent())
    };
    let found = absent.iter().find(|(known, _)| *known == key);
    found
        .filter(|_| now.get(key).is_none())
        .map(|(_, meaning)| *meaning)
}

/// Every change from one text to the other, one sentence each, those about people's rights first; `None` if one of the texts
/// is not TOML.
pub fn changes(from: &str, to: &str) -> Option<Vec<String>> {
    let (before, after) = (DeTable::parse(from).ok()?, DeTable::parse(to).ok()?);
    let mut changes = for_whom::effects(from, to);
    for section in union(before.get_ref(), after.get_ref()) {
        let (was, now) = (before.get_ref().get(section), after.get_ref().get(section));
        changes.extend(in_section(section, was, now));
    }
    changes.sort_by_key(|(about, _)| *about);
    Some(changes.into_iter().map(|(_, sentence)| sentence).collect())
}

fn in_section(section: &str, was: Option<&Value<'_>>, now: Option<&Value<'_>>) -> Vec<Change> {
    if let (Some(was), Some(now)) = (was, now)
        && same(was.get_ref(), now.get_ref())
    {
        return Vec::new();
    }
    let is_empty = |value: Option<&Value<'_>>| {
        value.is_none_or(|value| match value.get_ref() {
            DeValue::Array(list) => list.is_empty(),
            DeValue::Table(table) => table.is_empty(),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Float(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_) => false,
        })
    };
    if is_empty(was) && is_empty(now) {
        let sentence = format!("[{}] added or removed, with nothing in it", quoted(section));
        return vec![(About::Rest, sentence)];
    }
    let sentences = match section {
        "flows" | "integrations" | "sinks" => match (tables(was), tables(now)) {
            (Some(was), Some(now)) => return named(section, &was, &now),
            _ => value(section, was, now),
        },
        "roles" => return about(About::Roles, inside(section, "role ", ":", was, now)),
        "groups" => return about(About::Groups, inside(section, "group ", ":", was, now)),
        "people" => return about(About::People, people(was, now)),
        "database" => vec!["[database] url changed".to_owned()],
        _ => inside(section, &format!("[{}] ", quoted(section)), "", was, now),
    };
    about(About::Rest, sentences)
}

fn about(about: About, sentences: Vec<String>) -> Vec<Change> {
    sentences.into_iter().map(|sentence| (about, sentence)).collect()
}

impl Config {
    /// Which changes in `next` only take effect after a restart, by section and key.
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
            ("[web]", self.web != next.web),
            ("[metrics]", self.metrics != next.metrics),
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

impl Config {
    /// Changes in `next` that neither text shows because they may be secret. The sentences say that a value changed and
    /// nothing more.
    pub fn hidden_changes(&self, next: &Self) -> Vec<String> {
        let plain = |url: &DatabaseUrl| match url {
            DatabaseUrl::Postgres(PostgresUrl::Plain(url)) => Some(url.expose_secret().to_owned()),
            DatabaseUrl::Postgres(PostgresUrl::Secret(_)) | DatabaseUrl::Sqlite(_) => None,
        };
        let heartbeat = |config: &Self| match &config.alerts.heartbeat {
            Some(HeartbeatUrl::Plain(url)) => Some(url.expose_secret().to_owned()),
            Some(HeartbeatUrl::Secret(_)) | None => None,
        };
        let both = [
            (
                "[database] url changed",
                plain(&self.database.url),
                plain(&next.database.url),
            ),
            ("[alerts] heartbeat changed", heartbeat(self), heartbeat(next)),
        ];
        both.into_iter()
            .filter(|(_, was, now)| was.is_some() && now.is_some() && was != now)
            .map(|(sentence, ..)| sentence.to_owned())
            .collect()
    }
}

/// The tables of a `[[section]]` with their names, in file order; `None` unless each has a name of its own.
fn tables<'t, 'v>(section: Option<&'t Value<'v>>) -> Option<Vec<(&'t str, &'t DeTable<'v>)>> {
    let Some(section) = section else {
        return Some(Vec::new());
    };
    let mut named: Vec<(&str, &DeTable<'_>)> = Vec::new();
    for item in section.get_ref().as_array()? {
        let table = item.get_ref().as_table()?;
        let name = table.get("name")?.get_ref().as_str()?;
        if named.iter().any(|(other, _)| *other == name) {
            return None;
        }
        named.push((name, table));
    }
    Some(named)
}

fn named(section: &str, before: &[(&str, &DeTable<'_>)], after: &[(&str, &DeTable<'_>)]) -> Vec<Change> {
    let (one, rank) = match section {
        "flows" => ("flow", About::Flows),
        "sinks" => ("sink", About::Sinks),
        _ => ("integration", About::Integrations),
    };
    let mut changes = Vec::new();
    let others = |list: &[(&str, &DeTable<'_>)], name: &str| list.iter().all(|(other, _)| *other != name);
    for (name, table) in before {
        let Some((_, now)) = after.iter().find(|(other, _)| other == name) else {
            changes.push((rank, format!("{one} {} removed", in_quotes(name))));
            continue;
        };
        for key in union(table, now) {
            let rank = match key {
                "approval" | "approvers" if rank == About::Flows => About::Approvers,
                _ => rank,
            };
            let path = format!("{one} {}: {}", in_quotes(name), quoted(key));
            let sentences = value(&path, table.get(key), now.get(key));
            let meaning = meaning(one, now, key);
            changes.extend(sentences.into_iter().map(|sentence| match meaning {
                Some(meaning) => (rank, format!("{sentence}: {meaning}")),
                None => (rank, sentence),
            }));
        }
    }
    for (name, table) in after.iter().filter(|(name, _)| others(before, name)) {
        let keys = table.iter().filter(|(key, _)| &**key.get_ref() != "name");
        let described: Vec<String> = keys
            .map(|(key, value)| format!("{} {}", quoted(key.get_ref()), shown(value.get_ref())))
            .collect();
        // The first flow that matches decides, so a new one's place among the others is policy too.
        let former = after.iter().take_while(|(other, _)| other != name).last();
        let place = match (rank, former) {
            (About::Flows, None) => ", tried first".to_owned(),
            (About::Flows, Some((former, _))) => format!(", tried after {}", in_quotes(former)),
            _ => String::new(),
        };
        changes.push((
            rank,
            format!("{one} {} added{place}: {}", in_quotes(name), described.join("; ")),
        ));
    }
    let kept = |list: &[(&'_ str, &DeTable<'_>)], other: &[(&str, &DeTable<'_>)]| -> Vec<String> {
        let names = list.iter().map(|(name, _)| *name);
        names.filter(|name| !others(other, name)).map(in_quotes).collect()
    };
    let now = kept(after, before);
    if kept(before, after) != now {
        let order = match rank {
            About::Flows => "the flows are tried in a new order".to_owned(),
            _ => format!("the {section} are listed in a new order"),
        };
        changes.push((rank, format!("{order}: {}", now.join(", "))));
    }
    changes
}

/// `[[people]]`: which accounts belong to one person.
fn people(was: Option<&Value<'_>>, now: Option<&Value<'_>>) -> Vec<String> {
    let entries = |section: Option<&Value<'_>>| -> Vec<String> {
        let list = section.and_then(|section| section.get_ref().as_array());
        let tables = list.into_iter().flat_map(|list| list.iter());
        tables
            .map(|table| match table.get_ref().get("accounts") {
                Some(accounts) if table.get_ref().as_table().is_some_and(|table| table.len() == 1) => {
                    shown(accounts.get_ref())
                }
                Some(_) | None => shown(table.get_ref()),
            })
            .collect()
    };
    let (before, after) = (entries(was), entries(now));
    let came = after.iter().filter(|entry| !before.contains(entry));
    let went = before.iter().filter(|entry| !after.contains(entry));
    let came = came.map(|entry| format!("now one person: {entry}"));
    let went = went.map(|entry| {
        format!("no longer listed as one person, but still one person if they were linked before: {entry}")
    });
    let sentences: Vec<String> = came.chain(went).collect();
    if sentences.is_empty() {
        return vec!["the people with several accounts are listed in a new order".to_owned()];
    }
    sentences
}

/// The differences inside a section, if it is one; its keys are put between `prefix` and `suffix`.
fn inside(
    section: &str,
    prefix: &str,
    suffix: &str,
    was: Option<&Value<'_>>,
    now: Option<&Value<'_>>,
) -> Vec<String> {
    let empty = DeTable::new();
    let is_section = |value: Option<&Value<'_>>| value.is_none_or(|value| value.get_ref().is_table());
    if !is_section(was) || !is_section(now) {
        return value(section, was, now);
    }
    let before = was.and_then(|value| value.get_ref().as_table()).unwrap_or(&empty);
    let after = now.and_then(|value| value.get_ref().as_table()).unwrap_or(&empty);
    let keys = union(before, after);
    keys.into_iter()
        .flat_map(|key| {
            let path = format!("{prefix}{}{suffix}", quoted(key));
            value(&path, before.get(key), after.get(key))
        })
        .collect()
}
