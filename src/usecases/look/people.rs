//! The people whom the bot knows, by name.
//!
//! They are as many as ever had to do with access, and neither database folds names as people do, so all of them are read, in turn.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::access::ids::PersonId;
use crate::access::reader::Reader;
use crate::access::search::{folded, sought, words};
use crate::store::{KnownPerson, ReadPeople, StoreError};

use super::super::Core;
use super::super::turns::in_turn;

/// Which page of the list; a page begins beside somebody, whose place is where their name is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeoplePage {
    First,
    /// Those who follow the person with this account.
    After(String),
    /// Those who precede them.
    Before(String),
}

/// Who is on the list.
#[derive(Clone, Copy, Debug, Default)]
pub struct SoughtPeople<'a> {
    /// What a name or an address begins with.
    pub text: &'a str,
    /// Whether they have live access.
    pub has_live: Option<bool>,
    /// Whether they are blocked.
    pub is_blocked: Option<bool>,
}

/// A page of the list.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// Each with how much live access they have.
    pub items: Vec<(KnownPerson, u64)>,
    pub has_before: bool,
    pub has_after: bool,
}

/// Those with an account of this name, in upper or lower case, with or without accents; if there is nobody, those whose names have
/// words that begin like these.
pub async fn people_called(core: &Core, name: &str) -> Result<BTreeSet<PersonId>, StoreError> {
    let whole = folded(name);
    let accounts = in_turn(core.store.accounts()).await?;
    let those = |are_called: &dyn Fn(&KnownPerson) -> bool| -> BTreeSet<PersonId> {
        let called = accounts.iter().filter(|account| are_called(account));
        called.map(|account| account.id.clone()).collect()
    };
    let exactly = those(&|account| folded(&account.name) == whole);
    Ok(if exactly.is_empty() {
        those(&|account| begins(&account.name, name))
    } else {
        exactly
    })
}

/// At most `limit` people who are sought; nobody for a reader who may not read everything.
pub async fn people(
    core: &Core,
    reader: &Reader,
    sought: SoughtPeople<'_>,
    page: &PeoplePage,
    limit: usize,
) -> Result<People, StoreError> {
    if !reader.reads_all() {
        return Ok(People::default());
    }
    let accounts = in_turn(core.store.accounts()).await?;
    let place_of = |user: &str| {
        let mut accounts = accounts.iter();
        accounts.find(|account| account.account.user == user).map(place)
    };
    let edge = match page {
        PeoplePage::First => None,
        PeoplePage::After(user) | PeoplePage::Before(user) => place_of(user),
    };
    let holders = match sought.has_live {
        Some(_) => core.store.live_of(reader, None).await?,
        None => HashMap::new(),
    };
    let blocked = match sought.is_blocked {
        Some(_) => core.store.blocked(reader).await?,
        None => HashSet::new(),
    };
    let is_in = |id: &PersonId| {
        sought
            .has_live
            .is_none_or(|has_live| holders.contains_key(id) == has_live)
            && sought
                .is_blocked
                .is_none_or(|is_blocked| blocked.contains(id) == is_blocked)
    };
    let found: HashSet<PersonId> = accounts
        .iter()
        .filter(|account| is_sought(account, sought.text) && is_in(&account.id))
        .map(|account| account.id.clone())
        .collect();
    let mut known = HashSet::new();
    let mut people: Vec<(_, KnownPerson)> = accounts
        .into_iter()
        .filter(|account| known.insert(account.id.clone()) && found.contains(&account.id))
        .map(|person| (place(&person), person))
        .collect();
    people.sort_by(|(one, _), (other, _)| one.cmp(other));
    let from = match (page, &edge) {
        (PeoplePage::First, _) | (_, None) => 0,
        (PeoplePage::After(_), Some(edge)) => people.partition_point(|(place, _)| place <= edge),
        (PeoplePage::Before(_), Some(edge)) => {
            let end = people.partition_point(|(place, _)| place < edge);
            end.saturating_sub(limit)
        }
    };
    let all = people.len();
    let shown: Vec<KnownPerson> = people
        .into_iter()
        .skip(from)
        .take(limit)
        .map(|(_, person)| person)
        .collect();
    let ids: Vec<PersonId> = shown.iter().map(|person| person.id.clone()).collect();
    let live = core.store.live_of(reader, Some(&ids)).await?;
    Ok(People {
        has_before: from > 0,
        has_after: from + shown.len() < all,
        items: shown
            .into_iter()
            .map(|person| {
                let count = live.get(&person.id).copied().unwrap_or_default();
                (person, count)
            })
            .collect(),
    })
}

/// The place in the list.
fn place(person: &KnownPerson) -> (String, PersonId) {
    (folded(&person.name), person.id.clone())
}

/// Whether words of their name begin with all of the words of the text, or their address or member ID with the text.
fn is_sought(account: &KnownPerson, text: &str) -> bool {
    let text = text.to_lowercase();
    let addresses = [account.email.as_ref(), Some(&account.account.user)];
    let mut addresses = addresses.into_iter().flatten();
    if addresses.any(|address| address.to_lowercase().starts_with(&text)) {
        return true;
    }
    begins(&account.name, &text)
}

/// Whether words of the name begin with all of the words of the text.
fn begins(name: &str, text: &str) -> bool {
    let (beginnings, words) = (sought(text), words(name));
    let is_there = |beginning: &String| words.iter().any(|word| word.starts_with(beginning));
    !beginnings.is_empty() && beginnings.iter().all(is_there)
}
