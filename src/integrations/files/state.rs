//! What a folder keeps.

use async_trait::async_trait;

use super::{Files, grant, inspect, revoke};
use crate::access::grant::Granted;
use crate::access::ids::InstallId;
use crate::access::time::Timestamp;
use crate::integrations::{Cleaned, Confirmed, Earlier, IntegrationError, KeepsState, LiveGrant, Reap};

#[async_trait]
impl KeepsState for Files {
    fn place(&self) -> String {
        self.folder.place()
    }

    async fn inspect(&self, install: &InstallId) -> Result<Vec<LiveGrant>, IntegrationError> {
        inspect::inspect(&self.settings.name, &self.folder, install).await
    }

    fn intact(&self, granted: &Granted, until: Timestamp) -> Result<LiveGrant, IntegrationError> {
        inspect::intact(granted, until)
    }

    async fn restore(
        &self,
        granted: &Granted,
        until: Timestamp,
        _earlier: Earlier,
    ) -> Result<Confirmed, IntegrationError> {
        grant::restore(granted, until).await
    }

    async fn clean_up(&self, granted: &Granted) -> Result<Cleaned, IntegrationError> {
        revoke::clean_up(granted).await
    }

    async fn reap(&self) -> Result<Reap, IntegrationError> {
        revoke::reap(&self.folder).await
    }
}
