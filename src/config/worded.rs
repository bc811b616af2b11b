//! Values of a config text in words, and what differs between two of them.
//!
//! Invariant: two different values never read the same, however long or odd they are.
use crate::document::Value;

use std::collections::BTreeSet;

use toml::de::{DeTable, DeValue};

/// The keys of both tables, each once.
pub(super) fn union<'t>(from: &'t DeTable<'_>, to: &'t DeTable<'_>) -> BTreeSet<&'t str> {
    from.keys().chain(to.keys()).map(|key| &**key.get_ref()).collect()
}

/// The differences in the value at `path`; empty if there are none.
pub(super) fn value(path: &str, was: Option<&Value<'_>>, now: Option<&Value<'_>>) -> Vec<String> {
    let (was, now) = match (was, now) {
        (Some(was), Some(now)) => (was.get_ref(), now.get_ref()),
        (None, Some(now)) => return vec![format!("{path} set to {}", shown(now.get_ref()))],
        (Some(was), None) => return vec![format!("{path} no longer set (was {})", shown(was.get_ref()))],
        (None, None) => return Vec::new(),
    };
    if same(was, now) {
        return Vec::new();
    }
    match (was, now) {
        (DeValue::Array(_), DeValue::Array(_)) => vec![format!("{path} {}", comings_and_goings(was, now))],
        (DeValue::Table(before), DeValue::Table(after)) => union(before, after)
            .into_iter()
            .flat_map(|key| {
                value(
                    &format!("{path}.{}", quoted(key)),
                    before.get(key),
                    after.get(key),
                )
            })
            .collect(),
        _ => vec![format!("{path} {} → {}", shown(was), shown(now))],
    }
}

/// Whether both are the same value, wherever they are in the file.
pub(super) fn same(one: &DeValue<'_>, other: &DeValue<'_>) -> bool {
    match (one, other) {
        (DeValue::Array(one), DeValue::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other.iter())
                    .all(|(one, other)| same(one.get_ref(), other.get_ref()))
        }
        (DeValue::Table(one), DeValue::Table(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| {
                    let other = other.get(&**key.get_ref());
                    other.is_some_and(|other| same(value.get_ref(), other.get_ref()))
                })
        }
        // Numbers are shown as they were written; texts are always quoted, or start with a character that no other type starts
        // with.
        (one, other) => {
            std::mem::discriminant(one) == std::mem::discriminant(other) && shown(one) == shown(other)
        }
    }
}

/// `+ dana@example.com, − eve@example.com`.
fn comings_and_goings(was: &DeValue<'_>, now: &DeValue<'_>) -> String {
    let items = |value: &DeValue<'_>| -> BTreeSet<String> {
        let list = value.as_array();
        let items = list.into_iter().flat_map(|list| list.iter());
        items.map(|item| shown(item.get_ref())).collect()
    };
    let (before, after) = (items(was), items(now));
    let came = after.difference(&before).map(|item| format!("+ {item}"));
    let went = before.difference(&after).map(|item| format!("− {item}"));
    let all: Vec<String> = came.chain(went).collect();
    if all.is_empty() {
        return format!("listed differently: {}", shown(now));
    }
    all.join(", ")
}

/// A value in words.
pub(super) fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => quoted(text),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(yes) => yes.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(list) => {
            let items: Vec<String> = list.iter().map(|item| shown(item.get_ref())).collect();
            if items.is_empty() {
                "nothing".to_owned()
            } else {
                items.join(", ")
            }
        }
        DeValue::Table(table) => {
            let pairs: Vec<String> = table
                .iter()
                .map(|(key, value)| format!("{} {}", quoted(key.get_ref()), shown(value.get_ref())))
                .collect();
            format!("({})", pairs.join(", "))
        }
    }
}

/// A text as it is, or in quotes if it could be mistaken for several texts, for nothing, or for another text. Invisible
/// characters are escaped.
pub(super) fn quoted(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "@._-+:/{}*?#=%&$!~^|".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    in_quotes(text)
}

/// A text in quotes, with invisible characters escaped.
pub(super) fn in_quotes(text: &str) -> String {
    let mut quoted = String::new();
    for c in format!("{text:?}").chars() {
        // Letters without a shape, and a space next to another one: Rust's own escapes leave these as they are.
        let is_unseen = matches!(
            c,
            '\u{34f}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{ffa0}'
        ) || (c == ' ' && quoted.ends_with([' ', '"', '}']));
        if is_unseen {
            quoted.extend(c.escape_unicode());
        } else {
            quoted.push(c);
        }
    }
    quoted
}
