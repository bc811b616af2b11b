//! What a list is limited to, as somebody typed it: `@dana orders-db 2026-11-01.. granted`.

use crate::access::edge::{Edges, range};
use crate::access::filter::Status;
use crate::access::usage::Used;

use super::super::super::encoded::Word;

/// What was typed, in any order. Names are looked up where the list is made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sought {
    /// A Slack user id.
    pub person: Option<String>,
    /// Of an integration, a resource, or one of each.
    pub names: Vec<String>,
    pub requested: Option<Edges>,
    pub status: Option<Status>,
    pub used: Option<Used>,
}

/// Reads them all; `None` if something does not fit.
pub(super) fn sought(words: &[Word]) -> Option<Sought> {
    let mut sought = Sought::default();
    for word in words {
        let text = word.text.to_lowercase();
        if let Some(user) = &word.mention {
            set(&mut sought.person, user.clone())?;
        } else if let Some(status) = Status::named(&text) {
            set(&mut sought.status, status)?;
        } else if let Some(used) = Used::named(&text.replace('-', "_")) {
            set(&mut sought.used, used)?;
        } else if let Some(edges) = range(&text) {
            set(&mut sought.requested, edges)?;
        } else if text.contains("..") {
            // A time that cannot be read: no name has two dots.
            return None;
        } else if !FILLERS.contains(&text.as_str()) {
            sought.names.push(word.text.clone());
        }
    }
    (sought.names.len() <= 2 && sought.names.iter().all(|name| is_a_name(name))).then_some(sought)
}

/// Words that people put between the others.
const FILLERS: [&str; 8] = ["all", "everything", "everybody", "on", "by", "of", "from", "in"];

fn set<T>(place: &mut Option<T>, value: T) -> Option<()> {
    if place.is_some() {
        return None;
    }
    *place = Some(value);
    Some(())
}

/// A mention that Slack did not recognise is no name.
fn is_a_name(text: &str) -> bool {
    !text.starts_with('@') && text.len() < 300
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::super::super::super::encoded::Words;
    use super::*;
    use crate::access::edge::Edge;
    use crate::access::time::Timestamp;

    fn read(text: &str) -> Option<Sought> {
        sought(Words::decode(text).as_slice())
    }

    #[test]
    fn people_names_times_and_statuses_are_read_in_any_order() {
        let found = read("granted <@U0DANA|dana> on orders-db 2026-11-01..2026-11-02").unwrap();
        let day = |seconds| Some(Edge::At(Timestamp::from_seconds(seconds)));
        let expected = Sought {
            person: Some("U0DANA".to_owned()),
            names: vec!["orders-db".to_owned()],
            requested: Some(Edges {
                from: day(1_793_491_200),
                to: day(1_793_491_200 + 2 * 86_400),
            }),
            status: Some(Status::Granted),
            used: None,
        };
        assert_eq!(found, expected);
        assert_eq!(read("Never 7d..").unwrap().used, Some(Used::Never));
        assert_eq!(read("not-seen").unwrap().used, Some(Used::NotSeen));
        assert_eq!(read("all"), Some(Sought::default()));
        assert_eq!(
            read("7d..").unwrap().requested.unwrap().from,
            Some(Edge::Ago(Duration::from_hours(7 * 24)))
        );
    }

    #[test]
    fn what_does_not_fit_is_not_guessed() {
        for text in ["@dana", "granted expired", "a b c", "..", "today yesterday"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_read(text in ".*") {
            let _ = read(&text);
        }
    }
}
