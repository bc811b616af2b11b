//! The integrations of the config, by name.

use std::sync::Arc;

use crate::access::grant::Granted;
use crate::access::target::Trouble;

use super::{Integration, IntegrationError, postgres, ssh};

/// What the config names, in file order. Clones share it.
#[derive(Clone, Default)]
pub struct Registry {
    integrations: Arc<[(String, Arc<dyn Integration>)]>,
    /// Of what the config no longer has, which is made anew at each try.
    unfinished: postgres::Unfinished,
}

impl Registry {
    pub fn new(integrations: Vec<(String, Arc<dyn Integration>)>) -> Self {
        Self {
            integrations: integrations.into(),
            unfinished: postgres::Unfinished::default(),
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

    /// What can end `granted`: the configured integration, or one made from the grant's own snapshot, so that
    /// revocation does not depend on the config.
    pub fn for_granted(&self, granted: &Granted) -> Result<Arc<dyn Integration>, IntegrationError> {
        match self.get(&granted.integration) {
            Some(integration) if integration.kind() == granted.kind => Ok(Arc::clone(integration)),
            Some(_) | None => match granted.kind.as_str() {
                postgres::KIND => {
                    let made = postgres::Postgres::from_granted(granted)?;
                    Ok(Arc::new(made.going_on_with(self.unfinished.clone())))
                }
                ssh::KIND => Ok(Arc::new(ssh::Ssh::from_granted(granted)?)),
                other => Err(IntegrationError::refuse(
                    Trouble::Unsupported,
                    format!("this version of apono does not know integrations of kind {other}"),
                )),
            },
        }
    }
}
