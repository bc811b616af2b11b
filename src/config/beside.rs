//! Two config texts beside each other: each key that differs, with its value before and after.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::worded::{quoted, shown};

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
    let (mut before, after) = (values(from)?, values(to)?);
    let mut all: BTreeMap<String, (Option<String>, Option<String>)> = BTreeMap::new();
    for (key, now) in after {
        let was = before.remove(&key);
        all.insert(key, (was, Some(now)));
    }
    all.extend(before.into_iter().map(|(key, was)| (key, (Some(was), None))));
    let differing = all.into_iter().filter(|(_, (before, after))| before != after);
    Some(
        differing
            .map(|(key, (before, after))| Beside { key, before, after })
            .collect(),
    )
}

/// Every value that is no table, by its path.
fn values(text: &str) -> Option<BTreeMap<String, String>> {
    let table = DeTable::parse(text).ok()?;
    let mut values = BTreeMap::new();
    for (section, value) in table.get_ref() {
        add(quoted(section.get_ref()), value.get_ref(), &mut values);
    }
    Some(values)
}

fn add(path: String, value: &DeValue<'_>, to: &mut BTreeMap<String, String>) {
    match value {
        DeValue::Table(table) => {
            for (key, value) in table {
                add(format!("{path}.{}", quoted(key.get_ref())), value.get_ref(), to);
            }
        }
        DeValue::Array(list) if list.iter().any(|item| item.get_ref().is_table()) => {
            for (place, item) in list.iter().enumerate() {
                let name = item
                    .get_ref()
                    .get("name")
                    .and_then(|name| name.get_ref().as_str());
                let one = name.map_or_else(|| (place + 1).to_string(), quoted);
                add(format!("{path}.{one}"), item.get_ref(), to);
            }
        }
        DeValue::Array(_)
        | DeValue::String(_)
        | DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_) => {
            to.insert(path, shown(value));
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
    fn a_text_that_is_no_toml_has_nothing_beside_it() {
        assert_eq!(beside("a = 1", "a ="), None);
        assert_eq!(beside("a = 1", "a = 1"), Some(Vec::new()));
    }
}
