//! What the config can still give, regardless of who may request it: its integrations with their permissions, and with their resources if
//! it lists them. Resources that a target itself lists are never missed here: an outage must not look like a removal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::request::{FailCause, RejectCause, Request};

/// The integrations of the config, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offered(BTreeMap<String, OnOffer>);

/// What one integration of the config offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnOffer {
    pub kind: String,
    /// Nothing is granted on it any more.
    pub retired: bool,
    pub permissions: Vec<String>,
    /// Those of the permissions that are marked wherever they are asked for.
    pub sensitive: Vec<String>,
    /// Names of the resources; `None` if the target lists them.
    pub resources: Option<Vec<String>>,
}

/// What a request needs and the config no longer has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Gone {
    Integration {
        integration: String,
    },
    /// Its name now stands for an integration of another kind.
    Kind {
        integration: String,
        kind: String,
    },
    Retired {
        integration: String,
    },
    Permission {
        integration: String,
        permission: String,
    },
    Resource {
        integration: String,
        resource: String,
    },
}

impl Offered {
    pub fn new(integrations: impl IntoIterator<Item = (String, OnOffer)>) -> Self {
        Self(integrations.into_iter().collect())
    }

    /// Those of `permissions` that the config calls sensitive.
    pub fn sensitive<'p>(
        &self,
        integration: &str,
        permissions: impl IntoIterator<Item = &'p str>,
    ) -> Vec<String> {
        let marked = self
            .0
            .get(integration)
            .map_or(&[][..], |on_offer| &on_offer.sensitive);
        let found = permissions
            .into_iter()
            .filter(|name| marked.iter().any(|other| other == name));
        found.map(str::to_owned).collect()
    }

    /// What the config lacks of `request`, so it can never be granted; `None` if nothing.
    pub fn lacks(&self, request: &Request) -> Option<Gone> {
        let integration = request.integration.clone();
        let Some(on_offer) = self.0.get(&integration) else {
            return Some(Gone::Integration { integration });
        };
        if on_offer.kind != request.kind {
            let kind = on_offer.kind.clone();
            return Some(Gone::Kind { integration, kind });
        }
        if on_offer.retired {
            return Some(Gone::Retired { integration });
        }
        request.units.iter().find_map(|unit| {
            let integration = integration.clone();
            if !on_offer.permissions.contains(&unit.permission) {
                let permission = unit.permission.clone();
                return Some(Gone::Permission {
                    integration,
                    permission,
                });
            }
            let listed = on_offer.resources.as_ref()?;
            (!listed.contains(&unit.resource_name)).then(|| Gone::Resource {
                integration,
                resource: unit.resource_name.clone(),
            })
        })
    }
}

impl Gone {
    /// The cause with which a request that waited for an answer is closed.
    pub const fn rejects(&self) -> RejectCause {
        match self {
            Self::Integration { .. } | Self::Kind { .. } => RejectCause::IntegrationGone,
            Self::Retired { .. } => RejectCause::IntegrationRetired,
            Self::Permission { .. } => RejectCause::PermissionGone,
            Self::Resource { .. } => RejectCause::ResourceGone,
        }
    }

    /// The cause with which an approved request fails.
    pub const fn fails(&self) -> FailCause {
        match self {
            Self::Integration { .. } | Self::Kind { .. } => FailCause::IntegrationGone,
            Self::Retired { .. } => FailCause::IntegrationRetired,
            Self::Permission { .. } => FailCause::PermissionGone,
            Self::Resource { .. } => FailCause::ResourceGone,
        }
    }
}
