//! Two config texts beside each other: each key that differs, with its value before and after.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::worded::{quoted, same, shown};
use crate::document::Value;

/// A key with another value than before; `None` where it was or is absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Section, name and key: `flows.orders.approval`.
    pub key: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Every key whose value differs, in the order of their names; `None` if one of the texts is not TOML.
pub fn beside(from: &str, to: &str) -> Option<Vec<Beside>> {
    let (from, to) = (DeTable::parse(from).ok()?, DeTable::parse(to).ok()?);
    let (mut before, after) = (leaves(from.get_ref()), leaves(to.get_ref()));
    let mut all = BTreeMap::new();
    for (key, now) in &after {
        all.insert(key.clone(), (before.remove(key), Some(now)));
    }
    let gone = before.into_iter().map(|(key, was)| (key, (Some(was), None)));
    all.extend(gone);
    let differing = all.into_iter().filter(|(_, (was, now))| was.as_ref() != *now);
    let text = |leaf: &Leaf<'_>| leaf.text();
    Some(
        differing
            .map(|(key, (was, now))| Beside {
                key,
                before: was.as_ref().map(text),
                after: now.map(text),
            })
            .collect(),
    )
}

/// What a key has.
enum Leaf<'t> {
    Value(&'t DeValue<'t>),
    /// The tables of a list, by their names, in their order: the first flow that fits decides.
    Order(Vec<&'t str>),
}

impl PartialEq for Leaf<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Value(one), Self::Value(other)) => same(one, other),
            (Self::Order(one), Self::Order(other)) => one == other,
            (Self::Value(_), Self::Order(_)) | (Self::Order(_), Self::Value(_)) => false,
        }
    }
}

impl Leaf<'_> {
    fn text(&self) -> String {
        match self {
            Self::Value(value) => shown(value),
            Self::Order(names) => names
                .iter()
                .map(|name| quoted(name))
                .collect::<Vec<_>>()
                .join(", "),
        }
    }
}

/// Every value that is no table, by its path.
fn leaves<'t>(table: &'t DeTable<'t>) -> BTreeMap<String, Leaf<'t>> {
    let mut leaves = BTreeMap::new();
    for (section, value) in table {
        add(quoted(section.get_ref()), value.get_ref(), &mut leaves);
    }
    leaves
}

fn add<'t>(path: String, value: &'t DeValue<'t>, to: &mut BTreeMap<String, Leaf<'t>>) {
    let name = |item: &'t Value<'t>| item.get_ref().get("name")?.get_ref().as_str();
    match value {
        DeValue::Table(table) => {
            for (key, value) in table {
                add(format!("{path}.{}", quoted(key.get_ref())), value.get_ref(), to);
            }
        }
        DeValue::Array(list) if !list.is_empty() && list.iter().all(|item| name(item).is_some()) => {
            for (name, item) in list.iter().filter_map(|item| Some((name(item)?, item))) {
                add(format!("{path}.{}", quoted(name)), item.get_ref(), to);
            }
            to.insert(path, Leaf::Order(list.iter().filter_map(name).collect()));
        }
        DeValue::Array(_)
        | DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => {
            to.insert(path, Leaf::Value(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_that_differs_has_its_value_before_and_after() {
        let from = "[roles]\nadmins = [\"ada@example.com\"]\n[[flows]]\nname = \"orders\"\nduration = \"1h\"\napproval = \"one\"\n";
        let to = "[roles]\nadmins = [\"ada@example.com\", \"bo@example.com\"]\n[[flows]]\nname = \"orders\"\nduration = \"2h\"\n[web]\nlisten = \"127.0.0.1:1\"\n";
        let shown: Vec<String> = beside(from, to)
            .unwrap()
            .into_iter()
            .map(|one| {
                let absent = || "-".to_owned();
                let (before, after) = (
                    one.before.unwrap_or_else(absent),
                    one.after.unwrap_or_else(absent),
                );
                format!("{} | {before} | {after}", one.key)
            })
            .collect();
        assert_eq!(
            shown,
            [
                "flows.orders.approval | one | -",
                "flows.orders.duration | 1h | 2h",
                "roles.admins | ada@example.com | ada@example.com, bo@example.com",
                "web.listen | - | 127.0.0.1:1",
            ]
        );
    }

    #[test]
    fn lists_without_names_stay_whole_and_the_order_of_those_with_names_counts() {
        let person = |account: &str| format!("[[people]]\naccounts = [\"{account}\"]\n");
        let flow = |name: &str| format!("[[flows]]\nname = \"{name}\"\nduration = 8\n");
        let from = format!("{}{}{}{}", person("dana"), person("eve"), flow("a"), flow("b"));
        let to = format!(
            "{}{}{}",
            person("eve"),
            flow("b"),
            flow("a").replace('8', "\"8\"")
        );
        let shown: Vec<String> = beside(&from, &to)
            .unwrap()
            .into_iter()
            .map(|one| format!("{} | {} | {}", one.key, one.before.unwrap(), one.after.unwrap()))
            .collect();
        assert_eq!(
            shown,
            [
                "flows | a, b | b, a",
                "flows.a.duration | 8 | 8",
                "people | (accounts dana), (accounts eve) | (accounts eve)",
            ]
        );
    }

    #[test]
    fn a_text_that_is_no_toml_has_nothing_beside_it() {
        assert_eq!(beside("a = 1", "a ="), None);
        assert_eq!(beside("a = 1", "a = 1"), Some(Vec::new()));
    }
}
