//! A filter as the query string of a page's address, so a link to a list can be shared:
//! `?status=granted,revoking&integration=orders-db&created=7d..`.
//!
//! Times that move with the present are read, but a [`Filter`] has none: to keep `7d..` in a link, keep the query string.

use std::fmt::Write as _;

use url::form_urlencoded;

use super::edge::{range, written};
use super::filter::{DecidedBy, Filter, Span, Status};
use super::ids::PersonId;
use super::search::sought;
use super::time::Timestamp;
use super::usage::Used;

/// Longest value, in characters.
const LONGEST: usize = 300;

/// A query string, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    pub filter: Filter,
    /// Keys that are not the filter's, with their values, in order: the page's own.
    pub others: Vec<(String, String)>,
}

/// Why a query string is not a filter. Its message is shown to people; they wrote or were sent the values that it quotes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("There is no status \"{0}\". Use one or several of: {names}.", names = names(&Status::ALL.map(Status::name)))]
    Status(String),
    #[error("\"{0}\" is no way to decide. Use one of: {names}.", names = names(&DecidedBy::ALL.map(DecidedBy::name)))]
    DecidedBy(String),
    #[error("\"{0}\" is no word for use. Use one of: {names}.", names = names(&Used::ALL.map(Used::name)))]
    Used(String),
    #[error(
        "\"{value}\" is not a time for \"{key}\". Write a day such as 2026-11-01, a range such as 2026-11-01..2026-11-30, 2026-Q4, last month, or 7d.. for the last 7 days."
    )]
    Time { key: String, value: String },
    #[error("\"{0}\" has nothing to search for. Write the start of a word.")]
    Text(String),
    #[error("\"{0}\" is there twice. Leave one out.")]
    Twice(String),
    #[error("The value of \"{0}\" is too long: at most {LONGEST} characters.")]
    TooLong(String),
}

fn names(all: &[&str]) -> String {
    all.join(", ")
}

/// Reads a query string, without its `?`; moving times are taken at `now`. Empty values are left out.
pub fn read(query: &str, now: Timestamp) -> Result<Address, AddressError> {
    let mut address = Address::default();
    let mut seen: Vec<String> = Vec::new();
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        let value = value.trim();
        if value.chars().count() > LONGEST {
            return Err(AddressError::TooLong(start_of(&key)));
        }
        if !take(&mut address.filter, &key, value, now)? {
            address.others.push((key.into_owned(), value.to_owned()));
        } else if key != "status" && seen.iter().any(|other| *other == key) {
            return Err(AddressError::Twice(key.into_owned()));
        } else if !value.is_empty() {
            seen.push(key.into_owned());
        }
    }
    Ok(address)
}

/// Whether a key of a query string is the filter's.
pub fn has_key(key: &str) -> bool {
    take(&mut Filter::default(), key, "", Timestamp::from_micros(0)) == Ok(true)
}

/// Whether it is one of the filter's keys.
fn take(filter: &mut Filter, key: &str, value: &str, now: Timestamp) -> Result<bool, AddressError> {
    let name = || Some(value.to_owned()).filter(|value| !value.is_empty());
    let person = || name().map(PersonId::new);
    match key {
        "person" => filter.person = person(),
        "requester" => filter.requester = person(),
        "grantee" => filter.grantee = person(),
        "approver" => filter.approver = person(),
        "integration" => filter.integration = name(),
        "resource" => filter.resource = name(),
        "permission" => filter.permission = name(),
        "flow" => filter.flow = name(),
        "status" => {
            for name in value.split(',').map(str::trim).filter(|name| !name.is_empty()) {
                let status = Status::named(name).ok_or_else(|| AddressError::Status(start_of(name)))?;
                if !filter.status.contains(&status) {
                    filter.status.push(status);
                }
            }
        }
        "decided_by" => {
            let unknown = |name: String| AddressError::DecidedBy(start_of(&name));
            let named = |name: String| DecidedBy::named(&name).ok_or_else(|| unknown(name));
            filter.decided_by = name().map(named).transpose()?;
        }
        "used" => {
            let named = |name: String| Used::named(&name).ok_or_else(|| AddressError::Used(start_of(&name)));
            filter.used = name().map(named).transpose()?;
        }
        "created" => {
            let span = span(key, value, now)?;
            (filter.from, filter.to) = (span.from, span.to);
        }
        "decided" => filter.decided = span(key, value, now)?,
        "granted" => filter.granted = span(key, value, now)?,
        "ended" => filter.ended = span(key, value, now)?,
        "live" => filter.live = span(key, value, now)?,
        "text" => {
            if !value.is_empty() && sought(value).is_empty() {
                return Err(AddressError::Text(start_of(value)));
            }
            filter.text = name();
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn span(key: &str, value: &str, now: Timestamp) -> Result<Span, AddressError> {
    if value.is_empty() {
        return Ok(Span::default());
    }
    let edges = range(&value.to_lowercase()).ok_or_else(|| AddressError::Time {
        key: key.to_owned(),
        value: start_of(value),
    })?;
    Ok(edges.at(now))
}

/// As much of it as a sentence quotes.
fn start_of(value: &str) -> String {
    let mut start: String = value.chars().filter(|c| !c.is_control()).take(40).collect();
    if start.len() < value.len() {
        let _ = write!(start, "…");
    }
    start
}

/// The query string of a filter, without a `?`; empty if it lets everything through.
pub fn write(filter: &Filter) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    let id = |person: &Option<PersonId>| person.as_ref().map(|id| id.as_str().to_owned());
    let statuses: Vec<&str> = filter.status.iter().map(|status| status.name()).collect();
    let pairs = [
        ("status", Some(statuses.join(","))),
        ("person", id(&filter.person)),
        ("requester", id(&filter.requester)),
        ("grantee", id(&filter.grantee)),
        ("approver", id(&filter.approver)),
        ("integration", filter.integration.clone()),
        ("resource", filter.resource.clone()),
        ("permission", filter.permission.clone()),
        ("flow", filter.flow.clone()),
        ("decided_by", filter.decided_by.map(|how| how.name().to_owned())),
        ("created", Some(written(filter.created()))),
        ("decided", Some(written(filter.decided))),
        ("granted", Some(written(filter.granted))),
        ("ended", Some(written(filter.ended))),
        ("live", Some(written(filter.live))),
        ("used", filter.used.map(|used| used.name().to_owned())),
        ("text", filter.text.clone()),
    ];
    for (key, value) in pairs {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            query.append_pair(key, &value);
        }
    }
    query.finish()
}

#[cfg(test)]
mod tests {
    use proptest::option::of;
    use proptest::prelude::*;
    use proptest::sample::subsequence;

    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_793_491_200 + 3_600);

    fn said(query: &str) -> String {
        read(query, NOW).unwrap_err().to_string()
    }

    #[test]
    fn an_address_is_read_with_what_is_not_the_filters() {
        let read = read(
            "status=granted,revoking&integration=orders-db&created=7d..&before=12&text=inc+47&flow=",
            NOW,
        )
        .unwrap();
        let expected = Filter {
            status: vec![Status::Granted, Status::Revoking],
            integration: Some("orders-db".to_owned()),
            from: Some(Timestamp::from_seconds(NOW.seconds() - 7 * 86_400)),
            text: Some("inc 47".to_owned()),
            ..Filter::default()
        };
        assert_eq!(read.filter, expected);
        assert_eq!(read.others, [("before".to_owned(), "12".to_owned())]);
        assert!(has_key("created") && has_key("text") && !has_key("before"));
        insta::assert_snapshot!(write(&read.filter), @"status=granted%2Crevoking&integration=orders-db&created=2026-10-25T01%3A00%3A00.000000Z..&text=inc+47");
        assert_eq!(write(&Filter::default()), "");
    }

    #[test]
    fn what_cannot_be_read_gets_a_sentence() {
        insta::assert_snapshot!(said("status=open"), @r#"There is no status "open". Use one or several of: pending, approved, rejected, lapsed, cancelled, granted, revoking, expired, revoked, failed."#);
        insta::assert_snapshot!(said("decided_by=me"), @r#""me" is no way to decide. Use one of: person, automatic, lapsed, cancelled, closed."#);
        insta::assert_snapshot!(said("used=maybe"), @r#""maybe" is no word for use. Use one of: never, not_seen, seen, given_out."#);
        insta::assert_snapshot!(said("ended=soon"), @r#""soon" is not a time for "ended". Write a day such as 2026-11-01, a range such as 2026-11-01..2026-11-30, 2026-Q4, last month, or 7d.. for the last 7 days."#);
        insta::assert_snapshot!(said("text=%21%21"), @r#""!!" has nothing to search for. Write the start of a word."#);
        insta::assert_snapshot!(said("flow=a&flow=b"), @r#""flow" is there twice. Leave one out."#);
        insta::assert_snapshot!(said(&format!("flow={}", "x".repeat(301))), @r#"The value of "flow" is too long: at most 300 characters."#);
    }

    fn person() -> impl Strategy<Value = Option<PersonId>> {
        of("[ -~]{0,20}[a-z0-9]".prop_map(|id| PersonId::new(id.trim())))
    }

    fn name() -> impl Strategy<Value = Option<String>> {
        of("\\PC{1,20}".prop_filter_map("nothing to see", |name| {
            Some(name.trim().to_owned()).filter(|name| !name.is_empty())
        }))
    }

    fn span() -> impl Strategy<Value = Span> {
        // Until the end of 9998, as times are read.
        let time = || of((0..253_370_764_800_000_000_i64).prop_map(Timestamp::from_micros));
        (time(), time()).prop_map(|(from, to)| Span { from, to })
    }

    prop_compose! {
        fn filter()(
            people in (person(), person(), person(), person()),
            names in (name(), name(), name(), name()),
            status in subsequence(Status::ALL.to_vec(), 0..=3),
            decided_by in of(proptest::sample::select(DecidedBy::ALL.to_vec())),
            spans in (span(), span(), span(), span(), span()),
            used in of(proptest::sample::select(Used::ALL.to_vec())),
            text in of("[a-z]{1,8}( [a-z東]{1,8})?"),
        ) -> Filter {
            Filter {
                person: people.0,
                requester: people.1,
                grantee: people.2,
                approver: people.3,
                integration: names.0,
                resource: names.1,
                permission: names.2,
                flow: names.3,
                status,
                decided_by,
                from: spans.0.from,
                to: spans.0.to,
                decided: spans.1,
                granted: spans.2,
                ended: spans.3,
                live: spans.4,
                used,
                text,
            }
        }
    }

    proptest! {
        #[test]
        fn any_filter_is_read_back_from_its_address(filter in filter()) {
            let read = read(&write(&filter), NOW).unwrap();
            prop_assert_eq!(read, Address { filter, others: Vec::new() });
        }

        #[test]
        fn any_filter_is_read_back_from_a_button(filter in filter()) {
            let stored = serde_json::to_string(&filter).unwrap();
            prop_assert_eq!(serde_json::from_str::<Filter>(&stored).unwrap(), filter);
        }

        #[test]
        fn anything_is_read(query in ".*") {
            let _ = read(&query, NOW);
        }
    }
}
