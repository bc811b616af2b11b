//! How people and groups are named: `dana@example.com`, `U0DANA`, `group:sre`; and `[[people]]` with several accounts.

use super::keys;
use super::roles::GroupNames;
use crate::access::flows::{PersonRef, Who};
use crate::document::{Document, GROUP, Section, Value, suggestion};

/// The accounts of each person who has more than one.
pub(super) fn read(root: &Section<'_>) -> Vec<Vec<PersonRef>> {
    let doc = root.doc;
    let mut people: Vec<Vec<PersonRef>> = Vec::new();
    for (table, span) in root.tables("people") {
        let section = Section::open(doc, table, span, "This person", keys::PEOPLE);
        let accounts = section.must("accounts", r#"["dana@example.com", "U0DANA2"]"#, |v| {
            let accounts = doc.full_list(v, "list the accounts of one person", |item| {
                let account = doc.person(item)?;
                if people.iter().flatten().any(|known| *known == account) {
                    doc.problem(
                        item.span(),
                        format!("\"{account}\" is already an account of another person above; merge the two entries."),
                    );
                    return None;
                }
                Some(account)
            })?;
            if accounts.len() < 2 {
                doc.problem(
                    v.span(),
                    "A person with one account needs no entry; list all accounts of one person.",
                );
                return None;
            }
            Some(accounts)
        });
        people.extend(accounts);
    }
    people
}

impl<'a> Document<'a> {
    /// A person, or one of `groups`.
    pub(super) fn who(&self, value: &'a Value<'a>, groups: &GroupNames<'a>) -> Option<Who> {
        let text = self.text(value)?;
        let Some(name) = text.strip_prefix(GROUP) else {
            if groups.contains(text) {
                self.problem(
                    value.span(),
                    format!("To name the group, write \"{GROUP}{text}\"."),
                );
                return None;
            }
            return self.person(value).map(Who::Person);
        };
        if !groups.contains(name) {
            self.problem(
                value.span(),
                format!(
                    "There is no group {name:?} in [groups]{}",
                    suggestion(name, groups.iter().copied())
                ),
            );
            return None;
        }
        Some(Who::Group(name.to_owned()))
    }
}
