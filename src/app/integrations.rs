//! From the config's integrations to the things that act on targets.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{
    AllowedForwarding, CaKey, Config, IntegrationConfig, IntegrationKind, MadeKey, PermissionConfig,
    PostgresConfig, SshConfig,
};
use crate::integrations::postgres::{AccountKind, Permission, Postgres, PostgresSettings};
use crate::integrations::registry::Registry;
use crate::integrations::ssh::{
    AgentSocket, AuthorityKey, Forwarding, KeyType, Ssh, SshResource, SshSettings,
};
use crate::integrations::{Integration, IntegrationError};
use crate::store::{Store, StoreError};
use crate::usecases::Rules;

use super::authorities;

/// What the config says about requests and access.
pub(super) async fn rules(config: &Config, store: &Store) -> Result<Rules, StoreError> {
    Ok(Rules {
        policy: Arc::new(config.policy.clone()),
        integrations: registry(config, store).await?,
        pending_for: config.requests.pending_for,
        allowance: config.limits,
        provision_for: config.requests.provision_for,
        day_at: config.audit.day_at,
        audit_lag: config.alerts.audit_lag,
        mention: config.mentioned().to_vec(),
    })
}

/// Every integration that can be set up now. One whose secret cannot be read is left out and said loudly: it grants
/// nothing, while live access on it still ends from its stored snapshot.
async fn registry(config: &Config, store: &Store) -> Result<Registry, StoreError> {
    let mut integrations: Vec<(String, Arc<dyn Integration>)> = Vec::new();
    for integration in &config.integrations {
        let on_record = authorities::on_record(store, &integration.name).await?;
        let longest = Some(config.longest_access(&integration.name));
        match make(integration, on_record, longest) {
            Ok(made) => integrations.push((integration.name.clone(), made)),
            Err(error) => {
                tracing::error!(%error, integration = integration.name, "an integration cannot be used; nothing is granted on it");
            }
        }
    }
    Ok(Registry::new(integrations))
}

/// What a certificate authority of the config does, and where its key is.
pub fn ssh_settings(name: &str, config: &SshConfig) -> SshSettings {
    SshSettings {
        name: name.to_owned(),
        authority: authority_key(&config.ca_key),
        resources: config
            .resources
            .iter()
            .map(|resource| SshResource {
                name: resource.name.clone(),
                hosts: resource.hosts.clone(),
                port: resource.port,
            })
            .collect(),
        permissions: config.permissions.clone(),
        principal: config.principal.clone(),
        certificate_for: config.certificate_for,
        clock_skew: config.clock_skew,
        allow: config
            .allow
            .iter()
            .map(|forwarding| match forwarding {
                AllowedForwarding::Port => Forwarding::Port,
                AllowedForwarding::Agent => Forwarding::Agent,
                AllowedForwarding::X11 => Forwarding::X11,
            })
            .collect(),
        source_address: config.source_address.clone(),
    }
}

pub(super) fn authority_key(key: &CaKey) -> AuthorityKey {
    let agent = |socket, fingerprint: &String| AuthorityKey::Agent {
        socket,
        fingerprint: fingerprint.clone(),
    };
    match key {
        CaKey::Secret(reference) => AuthorityKey::Secret(reference.clone()),
        CaKey::Made { file, key_type } => AuthorityKey::Made {
            path: file.clone(),
            key_type: match key_type {
                MadeKey::Ed25519 => KeyType::Ed25519,
                MadeKey::EcdsaP256 => KeyType::EcdsaP256,
            },
        },
        CaKey::Agent { socket, fingerprint } => agent(AgentSocket::Path(socket.clone()), fingerprint),
        CaKey::AgentOfEnv {
            variable,
            fingerprint,
        } => agent(AgentSocket::Env(variable.clone()), fingerprint),
    }
}

/// One integration of the config. `on_record` is the key that a certificate authority was recorded with; `longest` is how long
/// its flows give access for.
pub(crate) fn make(
    integration: &IntegrationConfig,
    on_record: Option<String>,
    longest: Option<Duration>,
) -> Result<Arc<dyn Integration>, IntegrationError> {
    match &integration.kind {
        IntegrationKind::Postgres(postgres) => {
            let settings = PostgresSettings {
                longest,
                ..postgres_settings(&integration.name, postgres)
            };
            Ok(Arc::new(Postgres::new(settings)?))
        }
        IntegrationKind::Ssh(ssh) => Ok(Arc::new(Ssh::new(
            ssh_settings(&integration.name, ssh),
            on_record,
        ))),
    }
}

fn permission((name, config): &(String, PermissionConfig)) -> Permission {
    Permission {
        name: name.clone(),
        group: config.group.clone(),
        set_role: config.set_role,
        leave_code: config.leave_code,
        heir: config.heir.clone(),
    }
}

/// What a PostgreSQL target of the config is to its integration.
pub(crate) fn postgres_settings(name: &str, postgres: &PostgresConfig) -> PostgresSettings {
    PostgresSettings {
        name: name.to_owned(),
        url: postgres.url.clone(),
        permissions: postgres.permissions.iter().map(permission).collect(),
        resources: postgres.resources.clone(),
        connect_host: postgres.connect_host.clone(),
        connect_port: postgres.connect_port,
        allow_roles: postgres.allow_roles.clone(),
        account: match &postgres.accounts {
            None => AccountKind::Ephemeral,
            Some(accounts) => AccountKind::Personal {
                roles: accounts.names().map(str::to_owned).collect(),
            },
        },
        replicas: postgres.replicas.clone(),
        bounded: postgres.bounded,
        longest: None,
    }
}
