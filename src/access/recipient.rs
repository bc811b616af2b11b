//! To whom a file goes.

use super::channel;

/// The longest id in Slack, in characters.
const LONGEST_ID: usize = 21;

/// Who gets a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient<'a> {
    /// Everybody in a channel, by its id.
    Channel(&'a str),
    /// A person, by the id of an account in Slack.
    Person(&'a str),
}

impl<'a> Recipient<'a> {
    /// Reads what somebody wrote; `None` if it is neither.
    pub fn of(text: &'a str) -> Option<Self> {
        if text.len() > LONGEST_ID {
            return None;
        }
        if channel::is_id(text) {
            return Some(Self::Channel(text));
        }
        let is_person = text.len() >= 3
            && text.starts_with(['U', 'W'])
            && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        is_person.then_some(Self::Person(text))
    }
}
