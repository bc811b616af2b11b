//! The integrations of the config, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::access::grant::Granted;
use crate::access::target::Trouble;

use super::kind::OfGrants;
use super::{Integration, IntegrationError, KINDS};

/// What the config names, in file order. Clones share it.
#[derive(Clone)]
pub struct Registry {
    integrations: Arc<[(String, Arc<dyn Integration>)]>,
    /// For integrations that are no longer in the config, by kind.
    of_grants: Arc<BTreeMap<&'static str, Arc<dyn OfGrants>>>,
}

impl Default for Registry {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Registry {
    pub fn new(integrations: Vec<(String, Arc<dyn Integration>)>) -> Self {
        let of_grants = KINDS.iter().map(|kind| (kind.name(), kind.of_grants()));
        Self {
            integrations: integrations.into(),
            of_grants: Arc::new(of_grants.collect()),
        }
    }

    pub fn get(&self, name: &str) -> Option<&Arc<dyn Integration>> {
        self.integrations
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, integration)| integration)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<dyn Integration>)> {
        self.integrations
            .iter()
            .map(|(name, integration)| (name.as_str(), integration))
    }

    /// What can end `granted`: the configured integration, or one made from the grant's own snapshot, so revoking does not
    /// depend on the config.
    pub fn for_granted(&self, granted: &Granted) -> Result<Arc<dyn Integration>, IntegrationError> {
        if let Some(integration) = self.get(&granted.integration)
            && integration.kind() == granted.kind
        {
            return Ok(Arc::clone(integration));
        }
        let Some(of_grants) = self.of_grants.get(granted.kind.as_str()) else {
            let kind = &granted.kind;
            return Err(IntegrationError::refuse(
                Trouble::Unsupported,
                format!("this version of apono does not support integrations of kind {kind}"),
            ));
        };
        of_grants.make(granted)
    }
}
