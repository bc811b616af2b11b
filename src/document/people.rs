//! How people are named: `dana@example.com`, `U0DANA`.

use std::ops::Range;

use crate::access::flows::PersonRef;

use super::{Document, Value};

/// The prefix of a group's name.
pub(crate) const GROUP: &str = "group:";

impl<'a> Document<'a> {
    /// A person; e-mails come out in lower case.
    pub(crate) fn person(&self, value: &'a Value<'a>) -> Option<PersonRef> {
        self.person_named(self.text(value)?, value.span())
    }

    /// Somebody whom only an address names, because they have no account in Slack.
    pub(crate) fn address(&self, value: &'a Value<'a>) -> Option<PersonRef> {
        let text = self.text(value)?;
        let address = parse_person(text).filter(|person| matches!(person, PersonRef::Email(_)));
        match &address {
            Some(address) => {
                let place = self.place(value.span());
                self.people.borrow_mut().push((address.clone(), place));
            }
            None => self.problem(
                value.span(),
                "Write an e-mail address, such as \"audit@example.com\": people with a Slack account belong in auditors.",
            ),
        }
        address
    }

    /// The person that `text`, at `span`, names.
    pub(crate) fn person_named(&self, text: &str, span: Range<usize>) -> Option<PersonRef> {
        let place = self.place(span.clone());
        if text.starts_with(GROUP) {
            self.problem(
                span,
                "Name people one by one here: groups work only as requesters and approvers of flows.",
            );
            return None;
        }
        let Some(person) = parse_person(text) else {
            let problem = if text.contains(['*', '?']) {
                format!(
                    "{text:?} names nobody: there are no patterns for people, and no name for everybody. Name each person by e-mail or Slack member id; flows can also name a group of [groups], such as \"group:developers\"."
                )
            } else {
                format!("{text:?} is neither an e-mail address nor a Slack member id (U... or W...).")
            };
            self.problem(span, problem);
            return None;
        };
        self.people.borrow_mut().push((person.clone(), place));
        Some(person)
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
