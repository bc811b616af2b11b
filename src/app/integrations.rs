//! From the config's integrations to the things that act on targets.

use std::sync::Arc;

use crate::config::{Config, IntegrationConfig, IntegrationKind, PostgresConfig};
use crate::integrations::postgres::{Postgres, PostgresSettings};
use crate::integrations::registry::Registry;
use crate::integrations::{Integration, IntegrationError};
use crate::usecases::Rules;

/// What the config says about requests and access.
pub(super) fn rules(config: &Config) -> Rules {
    Rules {
        policy: Arc::new(config.policy.clone()),
        integrations: registry(config),
        pending_for: config.requests.pending_for,
        provision_for: config.requests.provision_for,
    }
}

/// Every integration that can be set up now. One whose secret cannot be read is left out and said loudly: it grants
/// nothing, while live access on it still ends from its stored snapshot.
fn registry(config: &Config) -> Registry {
    let mut integrations: Vec<(String, Arc<dyn Integration>)> = Vec::new();
    for integration in &config.integrations {
        match make(integration) {
            Ok(made) => integrations.push((integration.name.clone(), made)),
            Err(error) => {
                tracing::error!(%error, integration = integration.name, "an integration cannot be used; nothing is granted on it");
            }
        }
    }
    Registry::new(integrations)
}

/// One integration of the config.
pub(crate) fn make(integration: &IntegrationConfig) -> Result<Arc<dyn Integration>, IntegrationError> {
    match &integration.kind {
        IntegrationKind::Postgres(postgres) => {
            let settings = postgres_settings(&integration.name, postgres);
            Ok(Arc::new(Postgres::new(settings)?))
        }
    }
}

/// What a PostgreSQL target of the config is to its integration.
pub(crate) fn postgres_settings(name: &str, postgres: &PostgresConfig) -> PostgresSettings {
    PostgresSettings {
        name: name.to_owned(),
        url: postgres.url.clone(),
        permissions: postgres.permissions.clone(),
        resources: postgres.resources.clone(),
        connect_host: postgres.connect_host.clone(),
        connect_port: postgres.connect_port,
        allow_roles: postgres.allow_roles.clone(),
    }
}
