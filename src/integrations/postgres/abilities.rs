//! What PostgreSQL can do in addition to what every kind can: it lists its resources, makes credentials, and keeps what it
//! granted on the server, including memberships.

use async_trait::async_trait;

use super::{Postgres, clean_up, connect, discover, end_sessions, inspect, reap, restore, take_off, within};
use crate::access::grant::Granted;
use crate::access::ids::InstallId;
use crate::access::resource::Resource;
use crate::access::time::Timestamp;
use crate::integrations::{
    AccessDetails, Cleaned, Confirmed, Discovers, Earlier, IntegrationError, KeepsState, LiveGrant,
    MakesCredentials, Memberships, Reap,
};

#[async_trait]
impl Discovers for Postgres {
    async fn discover(&self) -> Result<Vec<Resource>, IntegrationError> {
        within(async {
            let mut connection = self.cluster.primary.connection("connecting").await?;
            discover::discover(&mut connection, &self.settings, &self.cluster.primary.endpoint).await
        })
        .await
    }
}

#[async_trait]
impl MakesCredentials for Postgres {
    async fn make(&self, granted: &Granted) -> Result<AccessDetails, IntegrationError> {
        let plan = self.plan(granted)?;
        within(connect::connect(&self.cluster_of(&plan).primary, &plan)).await
    }
}

#[async_trait]
impl KeepsState for Postgres {
    fn place(&self) -> String {
        self.cluster.primary.endpoint.place()
    }

    async fn inspect(&self, install: &InstallId) -> Result<Vec<LiveGrant>, IntegrationError> {
        within(inspect::inspect(&self.settings.name, &self.cluster, install)).await
    }

    fn intact(&self, granted: &Granted, until: Timestamp) -> Result<LiveGrant, IntegrationError> {
        inspect::intact(granted, until)
    }

    async fn restore(
        &self,
        granted: &Granted,
        until: Timestamp,
        earlier: Earlier,
    ) -> Result<Confirmed, IntegrationError> {
        let plan = self.plan(granted)?;
        within(restore::restore(&self.cluster_of(&plan), &plan, until, earlier)).await
    }

    async fn clean_up(&self, granted: &Granted) -> Result<Cleaned, IntegrationError> {
        let plan = self.plan(granted)?;
        within(Box::pin(clean_up::clean_up(
            &self.cluster_of(&plan).primary,
            &plan,
        )))
        .await
    }

    async fn reap(&self) -> Result<Reap, IntegrationError> {
        reap::reap(&self.cluster, self.accounts()).await
    }
}

#[async_trait]
impl Memberships for Postgres {
    async fn take_off(&self, granted: &Granted, earlier: Earlier) -> Result<(), IntegrationError> {
        let plan = self.plan(granted)?;
        within(take_off::take_off(&self.cluster_of(&plan), &plan, earlier)).await
    }

    async fn end_sessions_of(&self, granted: &Granted, account: &str) -> Result<u32, IntegrationError> {
        let plan = self.plan(granted)?;
        within(end_sessions::of_others(&self.cluster_of(&plan), account)).await
    }
}
