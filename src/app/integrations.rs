//! Turns the config's integrations into objects that act on targets.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::Config;
use crate::integrations::kind::{self, Around};
use crate::integrations::registry::Registry;
use crate::integrations::{Integration, IntegrationConfig};
use crate::store::{LiveIntegration, Store, StoreError};
use crate::usecases::Rules;

use super::kind_records;

/// What the config says about requests and access.
pub(crate) async fn rules(config: &Config, store: &Store) -> Result<Rules, StoreError> {
    Ok(Rules {
        policy: Arc::new(config.policy.clone()),
        integrations: registry(config, store).await?,
        min_duration: config.requests.min_duration,
        offered: Arc::new(config.offered()),
        link_hosts: config.requests.link_hosts.clone().into(),
        pending_for: config.requests.pending_for,
        allowance: config.limits,
        provision_for: config.requests.provision_for,
        day_at: config.audit.day_at,
        audit_lag: config.alerts.audit_lag,
        mention: config.mentioned().to_vec(),
        email_domains: config.reports.email_domains.clone().into(),
        fonts: config.reports.fonts.clone().into(),
    })
}

/// Every integration that can be set up now. One whose secret cannot be read is left out and logged as an error: it grants
/// nothing, while live access on it still ends, from its stored snapshot.
async fn registry(config: &Config, store: &Store) -> Result<Registry, StoreError> {
    let mut integrations: Vec<(String, Arc<dyn Integration>)> = Vec::new();
    for integration in &config.integrations {
        let around = Around {
            records: records_of(integration, store).await?,
            longest: Some(config.longest_access(&integration.name)),
        };
        match integration.settings.make(&around) {
            Ok(made) => integrations.push((integration.name.clone(), made)),
            Err(error) => {
                tracing::error!(%error, integration = integration.name, "an integration cannot be used; nothing is granted on it");
            }
        }
    }
    Ok(Registry::new(integrations))
}

/// What the database stores for an integration.
pub(crate) async fn records_of(
    integration: &IntegrationConfig,
    store: &Store,
) -> Result<BTreeMap<&'static str, String>, StoreError> {
    let mut found = BTreeMap::new();
    for name in integration.settings.records() {
        if let Some(value) = kind_records::get(store, &integration.name, name).await? {
            found.insert(*name, value);
        }
    }
    Ok(found)
}

/// Those whose access this build can end.
pub(crate) fn of_known_kinds(live: Vec<LiveIntegration>) -> Vec<LiveIntegration> {
    live.into_iter()
        .filter(|live| kind::named(&live.kind).is_some())
        .collect()
}

/// A sentence about each integration in `live` whose kind this build does not have.
pub(crate) fn of_unknown_kinds(live: &[LiveIntegration]) -> Vec<String> {
    live.iter()
        .filter(|live| kind::named(&live.kind).is_none())
        .map(|LiveIntegration { name, kind, count }| {
            format!(
                "This build of apono does not know integrations of kind {kind:?}, and {name:?} has live access ({count}): nothing ends it until you run a build that does."
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_build_cannot_end_is_said_by_name_and_kind() {
        let of = |kind: &str| LiveIntegration {
            name: "orders-db".to_owned(),
            kind: kind.to_owned(),
            count: 2,
        };
        assert_eq!(of_unknown_kinds(&[of("postgres"), of("ssh")]), [""; 0]);
        insta::assert_snapshot!(of_unknown_kinds(&[of("postgres"), of("mysql")]).join("\n"), @r#"This build of apono does not know integrations of kind "mysql", and "orders-db" has live access (2): nothing ends it until you run a build that does."#);
    }
}
