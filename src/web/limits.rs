//! How much one address and one person may ask for, so nobody can drown out the others. Counted in this process.

use std::collections::HashSet;
use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use parking_lot::Mutex;

use crate::access::ids::PersonId;

/// Many people can share an address, so this is room for a large office.
const PER_ADDRESS: NonZeroU32 = NonZeroU32::new(6_000).expect("6,000 is not zero");

/// What signs in: few people do that in the same minute.
const SIGN_INS: NonZeroU32 = NonZeroU32::new(60).expect("60 is not zero");

/// Pages of one person, whatever the number of their sessions: more than anybody can click.
const PER_PERSON: NonZeroU32 = NonZeroU32::new(300).expect("300 is not zero");

/// Files of one person in a minute: each can hold the whole history.
const EXPORTS: NonZeroU32 = NonZeroU32::new(10).expect("10 is not zero");

/// How many are tracked before the quiet ones are forgotten.
const KEPT: usize = 10_000;

pub(super) struct Limits {
    addresses: Counter<IpAddr>,
    sign_ins: Counter<IpAddr>,
    people: Counter<PersonId>,
    exports: Counter<PersonId>,
    /// Who is taking a file along just now.
    exporting: Arc<Mutex<HashSet<PersonId>>>,
}

struct Counter<K: Hash + Eq + Clone>(DefaultKeyedRateLimiter<K>);

impl Default for Limits {
    fn default() -> Self {
        Self {
            addresses: Counter::new(PER_ADDRESS),
            sign_ins: Counter::new(SIGN_INS),
            people: Counter::new(PER_PERSON),
            exports: Counter::new(EXPORTS),
            exporting: Arc::default(),
        }
    }
}

impl Limits {
    /// Takes one request of this address from what it may ask for; false if nothing is left just now.
    pub(super) fn take(&self, address: IpAddr) -> bool {
        self.addresses.take(&address)
    }

    /// The same for a step of signing in.
    pub(super) fn take_sign_in(&self, address: IpAddr) -> bool {
        self.sign_ins.take(&address)
    }

    /// The same for a request of somebody who is signed in.
    pub(super) fn take_of(&self, person: &PersonId) -> bool {
        self.people.take(person)
    }

    /// The same for a file that somebody takes along, of which they get one at a time. It is being taken along for as long as
    /// the result exists.
    pub(super) fn take_export(&self, person: &PersonId) -> Option<Exporting> {
        if !self.exports.take(person) || !self.exporting.lock().insert(person.clone()) {
            return None;
        }
        Some(Exporting {
            person: person.clone(),
            all: Arc::clone(&self.exporting),
        })
    }
}

/// Somebody takes a file along.
pub(super) struct Exporting {
    person: PersonId,
    all: Arc<Mutex<HashSet<PersonId>>>,
}

impl Drop for Exporting {
    fn drop(&mut self) {
        self.all.lock().remove(&self.person);
    }
}

impl<K: Hash + Eq + Clone> Counter<K> {
    fn new(per_minute: NonZeroU32) -> Self {
        Self(RateLimiter::keyed(Quota::per_minute(per_minute)))
    }

    fn take(&self, key: &K) -> bool {
        if self.0.len() > KEPT {
            self.0.retain_recent();
        }
        self.0.check_key(key).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_at_a_time_leaves_for_each_person() {
        let limits = Limits::default();
        let (dana, eve) = (PersonId::new("dana"), PersonId::new("eve"));
        let first = limits.take_export(&dana);
        assert!(first.is_some());
        assert!(limits.take_export(&dana).is_none());
        assert!(limits.take_export(&eve).is_some());
        drop(first);
        assert!(limits.take_export(&dana).is_some());
    }
}
