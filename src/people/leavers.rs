//! Who is not one of ours any more, by what the directory says of them now, and which accounts it says have changed.
//!
//! Invariant: only what the directory says about a person makes them somebody who left. An error says nothing.

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

/// Accounts that are said to have changed, each once with the key of what said so first, until somebody looks at them.
#[derive(Default)]
pub struct Changes {
    waiting: Mutex<BTreeMap<String, String>>,
    came: Notify,
}

impl Changes {
    /// Most changes of an account are none of ours, and there may be thousands at once: it is looked at in its turn.
    pub fn note(&self, account: String, key: String) {
        self.waiting.lock().entry(account).or_insert(key);
        self.came.notify_one();
    }

    /// Those noted since the last time, once there are any.
    pub async fn next(&self) -> BTreeMap<String, String> {
        self.came.notified().await;
        std::mem::take(&mut *self.waiting.lock())
    }
}

/// What became of somebody who has or waits for something.
#[derive(Clone, Debug)]
pub enum Became {
    /// Or nobody can say.
    Stays,
    /// They are not one of ours.
    Gone(Box<Person>),
    /// The directory does not know an account of theirs, by which they may be one of ours.
    Unknown,
}

/// Asks the directory about somebody. A guest stays as long as a flow gives them by their account's id what they have.
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
