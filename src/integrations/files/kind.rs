//! Registers the made-up kind.

use std::sync::Arc;

use super::config::{self, FilesConfig};
use super::promises::PROMISES;
use super::{Files, KIND};
use crate::access::grant::Granted;
use crate::document::Section;
use crate::integrations::kind::{Around, Kind, OfGrants, Settings};
use crate::integrations::promises::Promises;
use crate::integrations::reconciled::Reconciled;
use crate::integrations::{Integration, IntegrationConfig, IntegrationError};

/// The kind `files`.
#[derive(Debug)]
pub struct FilesKind;

impl Kind for FilesKind {
    fn name(&self) -> &'static str {
        KIND
    }

    fn is_made_up(&self) -> bool {
        true
    }

    fn keys(&self) -> &'static [&'static str] {
        config::KEYS
    }

    fn example(&self) -> &'static str {
        include_str!("example.toml")
    }

    fn promises(&self) -> &'static [Promises] {
        PROMISES
    }

    fn read(
        &self,
        section: &Section<'_>,
        name: &str,
        _earlier: &[IntegrationConfig],
    ) -> Option<Arc<dyn Settings>> {
        Some(Arc::new(config::read(section, name)?))
    }

    fn of_grants(&self) -> Arc<dyn OfGrants> {
        Arc::new(Self)
    }
}

impl OfGrants for FilesKind {
    fn make(&self, granted: &Granted) -> Result<Arc<dyn Integration>, IntegrationError> {
        Ok(Arc::new(Files::from_granted(granted)?))
    }
}

impl Settings for FilesConfig {
    fn kind(&self) -> &'static dyn Kind {
        &FilesKind
    }

    fn permissions(&self) -> Vec<&str> {
        let permissions = self.target.permissions.iter();
        permissions.map(|(name, _)| name.as_str()).collect()
    }

    fn resources(&self) -> Option<Vec<&str>> {
        Some(self.target.resources.iter().map(String::as_str).collect())
    }

    fn reconciled(&self) -> Option<Reconciled> {
        Some(self.reconciled)
    }

    fn make(&self, _around: &Around) -> Result<Arc<dyn Integration>, IntegrationError> {
        Ok(Arc::new(Files::new(self.target.clone())))
    }
}
