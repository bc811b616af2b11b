//! How people and groups are named: `dana@example.com`, `U0DANA`, `group:sre`; and `[[people]]` with several accounts.

use std::ops::Range;

use super::closest::suggestion;
use super::keys;
use super::roles::GroupNames;
use super::tree::{Document, Section, Value};
use crate::access::flows::{PersonRef, Who};

const GROUP: &str = "group:";

/// The accounts of each person who has several.
pub(super) fn read(root: &Section<'_>) -> Vec<Vec<PersonRef>> {
    let doc = root.doc;
    let mut people: Vec<Vec<PersonRef>> = Vec::new();
    for (table, span) in root.tables("people") {
        let section = Section::open(doc, table, span, "This person", keys::PEOPLE);
        let accounts = section.must("accounts", r#"["dana@example.com", "U0DANA2"]"#, |v| {
            let accounts = doc.full_list(v, "name the accounts of one person", |item| {
                let account = doc.person(item)?;
                if people.iter().flatten().any(|known| *known == account) {
                    doc.problem(
                        item.span(),
                        format!("\"{account}\" is an account of another person above; join the two."),
                    );
                    return None;
                }
                Some(account)
            })?;
            if accounts.len() < 2 {
                doc.problem(
                    v.span(),
                    "A person with one account needs no entry; name all accounts of one person.",
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
    /// A person; e-mails come out in lower case.
    pub(super) fn person(&self, value: &'a Value<'a>) -> Option<PersonRef> {
        self.person_named(self.text(value)?, value.span())
    }

    /// The person whom `text`, which stands at `span`, names.
    pub(super) fn person_named(&self, text: &str, span: Range<usize>) -> Option<PersonRef> {
        let place = self.place(span.clone());
        if text.starts_with(GROUP) {
            self.problem(
                span,
                "Name people one by one here: groups are for requesters and approvers of flows.",
            );
            return None;
        }
        let Some(person) = parse_person(text) else {
            self.problem(
                span,
                format!("{text:?} is neither an e-mail address nor a Slack member id (U... or W...)."),
            );
            return None;
        };
        self.people.borrow_mut().push((person.clone(), place));
        Some(person)
    }

    /// A person, or one of `groups`.
    pub(super) fn who(&self, value: &'a Value<'a>, groups: &GroupNames<'a>) -> Option<Who> {
        let text = self.text(value)?;
        let Some(name) = text.strip_prefix(GROUP) else {
            if groups.contains(text) {
                self.problem(value.span(), format!("Write \"{GROUP}{text}\" for the group."));
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

fn parse_person(text: &str) -> Option<PersonRef> {
    if let Some((local, domain)) = text.split_once('@') {
        let harmless = |c: char| !c.is_whitespace() && !"@<>()[],;:\"\\".contains(c);
        let labels_filled = domain.split('.').all(|label| !label.is_empty());
        let sound = !local.is_empty()
            && local.chars().all(harmless)
            && domain.chars().all(harmless)
            && domain.contains('.')
            && labels_filled;
        return sound.then(|| PersonRef::Email(text.to_lowercase()));
    }
    let rest = text.strip_prefix(['U', 'W'])?;
    let sound = rest.len() >= 2 && rest.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    sound.then(|| PersonRef::Slack(text.to_owned()))
}
