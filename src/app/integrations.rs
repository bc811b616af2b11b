//! From the config's integrations to the things that act on targets.

use std::sync::Arc;

use crate::config::{Config, IntegrationKind};
use crate::integrations::Integration;
use crate::integrations::postgres::{Postgres, PostgresSettings};
use crate::integrations::registry::Registry;
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
        let made = match &integration.kind {
            IntegrationKind::Postgres(settings) => Postgres::new(PostgresSettings {
                name: integration.name.clone(),
                url: settings.url.clone(),
                permissions: settings.permissions.clone(),
                resources: settings.resources.clone(),
                connect_host: settings.connect_host.clone(),
                connect_port: settings.connect_port,
                allow_roles: settings.allow_roles.clone(),
            }),
        };
        match made {
            Ok(made) => integrations.push((integration.name.clone(), Arc::new(made))),
            Err(error) => {
                tracing::error!(%error, integration = integration.name, "an integration cannot be used; nothing is granted on it");
            }
        }
    }
    Registry::new(integrations)
}
