//! Registers the kind for SSH.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;

use super::authority::AuthorityKey;
use super::promises::PROMISES;
use super::records::CA_KEY;
use super::{KIND, Ssh, SshSettings, config};
use crate::access::grant::Granted;
use crate::document::Section;
use crate::integrations::kind::{Around, Authority, Kind, NoSql, OfGrants, Settings, Sql};
use crate::integrations::promises::Promises;
use crate::integrations::records::{Records, RecordsError};
use crate::integrations::{Integration, IntegrationConfig, IntegrationError};

/// The kind `ssh`.
#[derive(Debug)]
pub struct SshKind;

impl Kind for SshKind {
    fn name(&self) -> &'static str {
        KIND
    }

    fn keys(&self) -> &'static [&'static str] {
        config::KEYS
    }

    fn absent(&self) -> &'static [(&'static str, &'static str)] {
        &[("source_address", "from anywhere")]
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
        earlier: &[IntegrationConfig],
    ) -> Option<Arc<dyn Settings>> {
        Some(Arc::new(config::read(section, name, earlier)?))
    }

    fn of_grants(&self) -> Arc<dyn OfGrants> {
        Arc::new(Self)
    }
}

impl OfGrants for SshKind {
    fn make(&self, granted: &Granted) -> Result<Arc<dyn Integration>, IntegrationError> {
        Ok(Arc::new(Ssh::from_granted(granted)?))
    }
}

#[async_trait]
impl Settings for SshSettings {
    fn kind(&self) -> &'static dyn Kind {
        &SshKind
    }

    fn permissions(&self) -> Vec<&str> {
        self.permissions.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn resources(&self) -> Option<Vec<&str>> {
        let names = self.resources.iter().map(|resource| resource.name.as_str());
        Some(names.collect())
    }

    fn kept_files(&self) -> Vec<&Path> {
        match &self.authority {
            AuthorityKey::Made { path, .. } => vec![path],
            AuthorityKey::Secret(_) | AuthorityKey::Agent { .. } => Vec::new(),
        }
    }

    fn records(&self) -> &'static [&'static str] {
        &[CA_KEY]
    }

    async fn settle(&self, records: &dyn Records) -> Result<(), RecordsError> {
        super::records::settle(self, records).await
    }

    fn sql(&self) -> Result<&dyn Sql, NoSql> {
        Err(NoSql {
            set_up: "`apono ssh trust` prints what to set up on its hosts",
            reap: "nothing has to be ended on its hosts: every certificate expires automatically",
        })
    }

    fn authority(&self) -> Option<&dyn Authority> {
        Some(self)
    }

    fn make(&self, around: &Around) -> Result<Arc<dyn Integration>, IntegrationError> {
        let on_record = around.records.get(CA_KEY).cloned();
        Ok(Arc::new(Ssh::new(self.clone(), on_record)))
    }
}
