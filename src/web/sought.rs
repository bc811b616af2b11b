//! What somebody looks for in a list, as the address of the page says it: an address can be passed on, and each reader sees
//! through it what they may.

use std::collections::HashSet;
use std::time::Duration;

use url::form_urlencoded;

use super::Portal;
use super::sent::Fields;
use super::shown::{self, Shown};
use super::who::Who;
use super::zone;
use crate::access::address;
use crate::access::filter::{Filter, Span};
use crate::access::flows::PersonRef;
use crate::access::ids::PersonId;
use crate::access::time::Timestamp;
use crate::store::{ReadPeople, StoreError};
use crate::telling;
use crate::usecases::look;
use crate::usecases::named::{self, Known, Named};
use crate::usecases::reports;

/// The keys of times. Their days are those of the zone that the page shows.
const TIMES: [&str; 5] = ["created", "decided", "granted", "ended", "live"];

/// The key of a moment.
const AT: &str = "at";

pub(super) const BACKWARDS: &str = "A range ends before it begins. Write the earlier time first.";

/// The moment, or the day, of which a page shows what was live.
#[derive(Clone, Copy, Debug)]
pub(super) struct At(Span);

impl At {
    /// `at 2026-11-24 14:30:00 UTC`, or for a day `at any moment of 2026-11-24`.
    pub(super) fn shown(self, now: Timestamp) -> Option<Shown> {
        let (from, to) = (self.0.from?, self.0.to?);
        Some(if self.0 == Span::at(from) {
            shown::joined([shown::text("at"), shown::time(from)], " ")
        } else {
            let so_far = if to > now { " so far" } else { "" };
            // The end is not in it.
            let (first, last) = (zone::date(from), zone::date(to.minus(Duration::from_micros(1))));
            let days = if first == last {
                first
            } else {
                format!("{first} to {last}")
            };
            shown::text(&format!("at any moment of {days}{so_far}"))
        })
    }

    fn is_future(self, now: Timestamp) -> bool {
        self.0.from.is_some_and(|from| from > now)
    }
}

/// A filter, and what the address says.
pub(super) struct Sought {
    pub(super) filter: Filter,
    /// The moment that the address asks for with `at`; the filter lets through what was live then.
    pub(super) at: Option<At>,
    /// Why the address is not a filter.
    pub(super) wrong: Option<String>,
    said: Vec<(String, String)>,
}

/// Reads the filter. What is not known lets nothing through; only who reads everything is told why.
pub(super) async fn read(portal: &Portal, who: &Who, query: &Fields) -> Result<Sought, StoreError> {
    let said: Vec<(String, String)> = query
        .pairs()
        .filter(|(key, value)| !value.is_empty() && (*key == AT || address::has_key(key)))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let mut meant = said.clone();
    let unknown = if says_twice(&said) {
        // Refused below, before anything is looked up.
        None
    } else {
        look_up(portal, &mut meant).await?
    };
    let now = portal.core.now();
    for (_, value) in meant.iter_mut().filter(|(key, _)| TIMES.contains(&key.as_str())) {
        *value = zone::range_meant(value, now);
    }
    let (mut filter, wrong) = match address::read(&written(&meant), now) {
        Ok(address) => (address.filter, None),
        Err(error) => (Filter::default(), Some(error.to_string())),
    };
    let moment = said.iter().find(|(key, _)| key == AT).map(|(_, value)| value);
    let at = moment.and_then(|moment| zone::moment(moment, now)).map(At);
    if let Some(At(span)) = at {
        filter.live = span;
    }
    let no_moment = moment.and_then(|moment| match at {
        None => Some(format!(
            "\"{moment}\" is not a moment. Write a time such as 2026-11-24T14:30Z, a day, a month such as 2026-11, or 3d for 3 days ago."
        )),
        Some(at) if at.is_future(now) => Some(format!(
            "\"{moment}\" is in the future. Write a time or a day that has begun, or leave it empty for now."
        )),
        Some(_) => None,
    });
    let backwards = filter.is_backwards().then(|| BACKWARDS.to_owned());
    Ok(Sought {
        filter,
        at,
        wrong: wrong
            .or(no_moment)
            .or(backwards)
            .or(unknown.filter(|_| who.reads_all())),
        said,
    })
}

/// The filter in these fields as an address: with names as the bot knows them, and times as they were written. What is not known is
/// said to those who read everything. What is too long, or says something twice, is refused where it is read, and nothing is
/// looked up for it.
pub(super) async fn to_keep(
    portal: &Portal,
    who: &Who,
    fields: &Fields,
) -> Result<Result<String, String>, StoreError> {
    let mut meant: Vec<(String, String)> = fields
        .pairs()
        .filter(|(key, value)| !value.is_empty() && address::has_key(key))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    let as_sent = written(&meant);
    if says_twice(&meant) || as_sent.len() > reports::LONGEST_QUERY {
        return Ok(Ok(as_sent));
    }
    let unknown = look_up(portal, &mut meant).await?;
    Ok(match unknown.filter(|_| who.reads_all()) {
        Some(why) => Err(why),
        None => Ok(written(&meant)),
    })
}

/// Whether a key comes twice that may come once.
fn says_twice(pairs: &[(String, String)]) -> bool {
    let mut seen = HashSet::new();
    let mut keys = pairs.iter().map(|(key, _)| key.as_str());
    keys.any(|key| key != "status" && !seen.insert(key))
}

/// Puts what the bot knows in the place of what people typed. Returns what can be said about the first name that matches nothing.
async fn look_up(portal: &Portal, meant: &mut [(String, String)]) -> Result<Option<String>, StoreError> {
    let mut unknown = None;
    for (key, value) in meant {
        let found = match key.as_str() {
            "person" | "requester" | "grantee" | "approver" => {
                person(portal, value).await?.map(|person| person.to_string())
            }
            "integration" => written_as(portal, Named::Integration, value).await?,
            "resource" => written_as(portal, Named::Resource, value).await?,
            "permission" => written_as(portal, Named::Permission, value).await?,
            "flow" => written_as(portal, Named::Flow, value).await?,
            _ => continue,
        };
        match found {
            Ok(found) => *value = found,
            Err(why) => unknown = unknown.or(Some(why)),
        }
    }
    Ok(unknown)
}

/// How a name is written, or that it matches nothing.
async fn written_as(portal: &Portal, named: Named, name: &str) -> Result<Result<String, String>, StoreError> {
    Ok(match named::known(&portal.core, named, name).await? {
        Known::As(name) => Ok(name),
        Known::Nothing { close } => Err(telling::named::nothing(named, name, close.as_deref())),
    })
}

pub(super) fn nobody(named: &str) -> String {
    format!("Nobody known to the bot is \"{named}\". Use a name, an e-mail address or a Slack member ID.")
}

/// The person whom somebody named by an address, a Slack member ID, the id by which the bot knows them, or their name; or why
/// that is no one person, for those who may know.
pub(super) async fn person(portal: &Portal, text: &str) -> Result<Result<PersonId, String>, StoreError> {
    let store = &portal.core.store;
    let named: Vec<PersonRef> = PersonRef::typed(text).into_iter().collect();
    if let Some(person) = store.people_named(&named).await?.into_iter().next() {
        return Ok(Ok(person));
    }
    if let Some(known) = store.people_by_id(&[PersonId::new(text)]).await?.pop() {
        return Ok(Ok(known.id));
    }
    let mut called = look::people_called(&portal.core, text).await?.into_iter();
    Ok(match (called.next(), called.next()) {
        (Some(person), None) => Ok(person),
        (Some(_), Some(_)) => Err(format!(
            "Several people are called \"{text}\". Use the whole name, an e-mail address or a Slack member ID."
        )),
        (None, _) => Err(nobody(text)),
    })
}

impl Sought {
    /// The filter as a query, as it was written; empty if nothing is sought.
    pub(super) fn query(&self) -> String {
        written(&self.said)
    }

    /// A filter as a query, together with the moment that is asked for, if there is one.
    pub(super) fn at_with(&self, filter: &str) -> String {
        match self.said(AT) {
            "" => filter.to_owned(),
            at => format!("{filter}&{}", written(&[(AT.to_owned(), at.to_owned())])),
        }
    }

    /// The filter as a query, in which these keys say something else.
    pub(super) fn with(&self, pairs: &[(&str, &str)]) -> String {
        let is_other = |key: &str| pairs.iter().all(|(other, _)| *other != key);
        let others = self.said.iter().filter(|(key, _)| is_other(key)).cloned();
        let owned = pairs
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        written(&others.chain(owned).collect::<Vec<_>>())
    }

    /// What the address says for a key of the filter; empty if it says nothing.
    pub(super) fn said(&self, key: &str) -> &str {
        let mut said = self.said.iter();
        said.find(|(said, _)| said == key).map_or("", |(_, value)| value)
    }

    pub(super) fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| !self.said(key).is_empty())
    }
}

fn written(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}
