//! What can be requested, in memory: the last discovery of each integration, so a form never waits for a target.

use crate::access::resource::Resource;
use std::collections::HashMap;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use parking_lot::RwLock;
use sha2::{Digest, Sha256};

/// A resource and the opaque value that represents it in a form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub value: String,
    pub resource: Resource,
    /// The name in lower case, if that is a different text.
    lower_name: Option<Box<str>>,
}

impl Entry {
    fn new(resource: Resource) -> Self {
        let lower = resource.name.to_lowercase();
        Self {
            value: value_of(&resource),
            lower_name: (lower != resource.name).then(|| lower.into_boxed_str()),
            resource,
        }
    }

    /// The name in lower case.
    pub(crate) fn lower_name(&self) -> &str {
        self.lower_name.as_deref().unwrap_or(&self.resource.name)
    }
}

/// The resources of one integration, in the order of their names.
#[derive(Debug, Default)]
pub struct Entries {
    by_name: Vec<Entry>,
    /// Places in `by_name`, in the order of the entries' values.
    by_value: Vec<usize>,
    /// Each once, in order of first appearance by name.
    types: Vec<String>,
}

impl Entries {
    fn new(resources: Vec<Resource>) -> Self {
        let mut by_name: Vec<Entry> = resources.into_iter().map(Entry::new).collect();
        by_name.sort_by(|a, b| a.resource.name.cmp(&b.resource.name));
        let mut by_value: Vec<usize> = (0..by_name.len()).collect();
        by_value.sort_by(|a, b| by_name[*a].value.cmp(&by_name[*b].value));
        let mut types: Vec<String> = Vec::new();
        for Entry { resource, .. } in &by_name {
            if !types.contains(&resource.resource_type) {
                types.push(resource.resource_type.clone());
            }
        }
        Self {
            by_name,
            by_value,
            types,
        }
    }

    fn are(&self, resources: &[Resource]) -> bool {
        let known = |resource: &Resource| {
            let entry = self.with_value(&value_of(resource));
            entry.is_some_and(|entry| entry.resource == *resource)
        };
        self.by_name.len() == resources.len() && resources.iter().all(known)
    }

    /// In the order of their names.
    pub fn all(&self) -> std::slice::Iter<'_, Entry> {
        self.by_name.iter()
    }

    pub(crate) fn with_value(&self, value: &str) -> Option<&Entry> {
        let place = self
            .by_value
            .binary_search_by(|place| self.by_name[*place].value.as_str().cmp(value));
        Some(&self.by_name[self.by_value[place.ok()?]])
    }

    pub(crate) fn types(&self) -> &[String] {
        &self.types
    }
}

/// The resources of every integration.
#[derive(Debug, Default)]
pub struct Catalogue {
    integrations: RwLock<HashMap<String, Arc<Entries>>>,
}

impl Catalogue {
    /// Replaces what is known about one integration.
    pub fn replace(&self, integration: &str, resources: Vec<Resource>) {
        let entries = Arc::new(Entries::new(resources));
        let mut all = self.integrations.write();
        all.insert(integration.to_owned(), entries);
    }

    /// Whether nothing changed on the integration.
    pub(crate) fn knows(&self, integration: &str, resources: &[Resource]) -> bool {
        self.of(integration).are(resources)
    }

    /// Empty if the integration was never discovered.
    pub fn of(&self, integration: &str) -> Arc<Entries> {
        let all = self.integrations.read();
        all.get(integration).cloned().unwrap_or_default()
    }
}

/// Slack allows 150 characters for an option's value and targets have longer ids, so a hash is used instead.
fn value_of(resource: &Resource) -> String {
    let mut hasher = Sha256::new();
    hasher.update(resource.resource_type.as_bytes());
    hasher.update([0]);
    hasher.update(resource.id.as_bytes());
    HEXLOWER.encode(&hasher.finalize()[..16])
}
