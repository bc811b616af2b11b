//! Who is no longer one of ours, according to what the directory says now, and which accounts it says have changed.
//!
//! Invariant: only what the directory says about a person makes them a leaver. An error says nothing.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::access::flows::Policy;
use crate::access::ids::PersonId;
use crate::access::matching::first_match;
use crate::access::people::{Person, Standing};
use crate::access::request::Request;
use crate::store::{ReadRequests, Store, StoreError};

use super::{Directory, Look};

/// Accounts reported as changed, each once with the key of the first report, until they are checked.
#[derive(Default)]
pub struct Changes {
    waiting: Mutex<BTreeMap<String, String>>,
    came: Notify,
}

impl Changes {
    /// Most account changes do not concern us, and there may be thousands at once: each account is checked in its turn.
    pub fn note(&self, account: String, key: String) {
        self.waiting.lock().entry(account).or_insert(key);
        self.came.notify_one();
    }

    /// The accounts noted since the last call, once there are any.
    pub async fn next(&self) -> BTreeMap<String, String> {
        self.came.notified().await;
        std::mem::take(&mut *self.waiting.lock())
    }
}

/// What became of somebody who has or waits for access.
#[derive(Clone, Debug)]
pub enum Became {
    /// They are still one of ours, or nobody can tell.
    Stays,
    /// They are no longer one of ours.
    Gone(Box<Person>),
    /// The directory does not know an account of theirs, by which they may be one of ours.
    Unknown,
}

/// Asks the directory about somebody. A guest stays as long as a flow that names their account's id gives them what they have.
pub async fn what_became_of(
    store: &Store,
    directory: &dyn Directory,
    person: &PersonId,
    policy: &Policy,
) -> Result<Became, StoreError> {
    let (accounts, is_all) = match directory.look_at(person, policy).await? {
        Look::Shows { accounts, is_all } => (accounts, is_all),
        Look::CannotSay => return Ok(Became::Stays),
    };
    let has = |standing| accounts.iter().find(|account| account.standing == standing);
    if has(Standing::Member).is_some() {
        return Ok(Became::Stays);
    }
    if let Some(guest) = has(Standing::Guest) {
        let open = store.open_requests_of(person).await?;
        if open.iter().all(|request| guest_may(policy, guest, request)) {
            return Ok(Became::Stays);
        }
    }
    if !is_all {
        return Ok(Became::Unknown);
    }
    let gone = accounts.into_iter().next();
    Ok(gone.map_or(Became::Stays, |account| Became::Gone(Box::new(account))))
}

fn guest_may(policy: &Policy, guest: &Person, request: &Request) -> bool {
    let mut units = request.units.iter();
    units.all(|unit| first_match(policy, guest, &request.integration, unit).is_some())
}
