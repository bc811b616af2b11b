//! What can be asked for, in memory: the last discovery of each integration, so that a form never waits for a target.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::integrations::Resource;

/// A resource and the opaque value that stands for it in a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub value: String,
    pub resource: Resource,
}

/// The resources of every integration.
#[derive(Debug, Default)]
pub struct Catalogue {
    integrations: RwLock<HashMap<String, Arc<Vec<Entry>>>>,
}

impl Catalogue {
    /// Replaces what is known of one integration; sorted by name for people.
    pub fn replace(&self, integration: &str, resources: Vec<Resource>) {
        let entry = |resource: Resource| Entry {
            value: value_of(&resource),
            resource,
        };
        let mut entries: Vec<Entry> = resources.into_iter().map(entry).collect();
        entries.sort_by(|a, b| a.resource.name.cmp(&b.resource.name));
        let mut all = self
            .integrations
            .write()
            .expect("no holder of this lock can panic");
        all.insert(integration.to_owned(), Arc::new(entries));
    }

    /// Empty if the integration was never discovered.
    pub fn of(&self, integration: &str) -> Arc<Vec<Entry>> {
        let all = self
            .integrations
            .read()
            .expect("no holder of this lock can panic");
        all.get(integration).cloned().unwrap_or_default()
    }
}

/// Slack takes 150 characters for an option's value and targets have longer ids, so a hash stands for them.
fn value_of(resource: &Resource) -> String {
    let mut hasher = Sha256::new();
    hasher.update(resource.resource_type.as_bytes());
    hasher.update([0]);
    hasher.update(resource.id.as_bytes());
    HEXLOWER.encode(&hasher.finalize()[..16])
}
