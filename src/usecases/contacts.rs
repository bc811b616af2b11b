//! When each target last answered this process.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use crate::access::time::Timestamp;

/// By integration.
#[derive(Debug, Default)]
pub struct Contacts(Mutex<BTreeMap<String, Timestamp>>);

impl Contacts {
    /// The target of `integration` answered a call.
    pub fn answered(&self, integration: &str, now: Timestamp) {
        self.0.lock().insert(integration.to_owned(), now);
    }

    /// When it did last; `None` if it has not since the start.
    pub fn last(&self, integration: &str) -> Option<Timestamp> {
        self.0.lock().get(integration).copied()
    }
}
