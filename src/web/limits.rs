//! How much one address and one session may ask for in a minute, so nobody can drown out the others. Counted in this process.

use std::hash::Hash;
use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Many people can share an address, so this is room for a large office.
const PER_ADDRESS: NonZeroU32 = NonZeroU32::new(6_000).expect("6,000 is not zero");

/// What signs in: few people do that in the same minute.
const SIGN_INS: NonZeroU32 = NonZeroU32::new(60).expect("60 is not zero");

/// Pages of one session: more than anybody can click.
const PER_SESSION: NonZeroU32 = NonZeroU32::new(300).expect("300 is not zero");

/// Files of one session: each can hold the whole history.
const EXPORTS: NonZeroU32 = NonZeroU32::new(10).expect("10 is not zero");

/// How many are tracked before the quiet ones are forgotten.
const KEPT: usize = 10_000;

pub(super) struct Limits {
    addresses: Counter<IpAddr>,
    sign_ins: Counter<IpAddr>,
    sessions: Counter<String>,
    exports: Counter<String>,
}

struct Counter<K: Hash + Eq + Clone>(DefaultKeyedRateLimiter<K>);

impl Default for Limits {
    fn default() -> Self {
        Self {
            addresses: Counter::new(PER_ADDRESS),
            sign_ins: Counter::new(SIGN_INS),
            sessions: Counter::new(PER_SESSION),
            exports: Counter::new(EXPORTS),
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

    /// The same for a request of a session, by its id.
    pub(super) fn take_of(&self, session: &str) -> bool {
        self.sessions.take(&session.to_owned())
    }

    /// The same for a file that a session takes along.
    pub(super) fn take_export(&self, session: &str) -> bool {
        self.exports.take(&session.to_owned())
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
