//! To whom a file goes.

use super::channel;

/// The longest id in Slack, in bytes.
const LONGEST_ID: usize = 21;

/// The longest e-mail address, in bytes: RFC 5321, 4.5.3.1.3, without the brackets.
const LONGEST_ADDRESS: usize = 254;

/// Who gets a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient<'a> {
    /// Everybody in a channel, by its id.
    Channel(&'a str),
    /// A person, by the id of an account in Slack.
    Person(&'a str),
    /// Whoever reads what comes to an e-mail address.
    Address(&'a str),
}

impl<'a> Recipient<'a> {
    /// Reads what somebody wrote; `None` if it is none of them.
    pub fn of(text: &'a str) -> Option<Self> {
        if text.contains('@') {
            return is_address(text).then_some(Self::Address(text));
        }
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

/// Plain, without a name: nothing in it could end it, or begin another one.
fn is_address(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
    text.len() <= LONGEST_ADDRESS
        && text
            .split_once('@')
            .is_some_and(|(name, domain)| !name.is_empty() && name.chars().all(is_plain) && is_domain(domain))
}

fn is_domain(text: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    text.split('.').all(is_label)
}

/// What comes after the @ of an address.
pub fn domain_of(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_wrote_is_one_of_three_or_nothing() {
        for (text, expected) in [
            ("C0123456789", Some(Recipient::Channel("C0123456789"))),
            ("U0DANA", Some(Recipient::Person("U0DANA"))),
            (
                "dana.ito+a@example.com",
                Some(Recipient::Address("dana.ito+a@example.com")),
            ),
            ("D0123456789", None),
            ("dana", None),
            ("", None),
            ("@example.com", None),
            ("a@b@example.com", None),
            ("Dana <dana@example.com>", None),
            ("a@example.com,b@example.com", None),
            ("a@example.com\r\nRCPT", None),
            ("a@exa mple.com", None),
        ] {
            assert_eq!(Recipient::of(text), expected, "{text}");
        }
        assert_eq!(domain_of("dana@example.com"), "example.com");
    }
}
