//! What a grant's snapshot says about its target: enough to take the access away when the config has forgotten it.
//!
//! Invariant: it holds the reference of the admin secret, never the secret.

use serde::{Deserialize, Serialize};

use super::super::{GrantOrder, Granted, IntegrationError};
use super::names::{BadName, Identifier, role_name};
use super::server::Endpoint;
use super::{KIND, PostgresSettings};
use crate::access::ids::{InstallId, RequestNumber};

/// Stands in a group role's name for the resource's.
pub(crate) const RESOURCE_PLACE: &str = "{resource}";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) endpoint: Endpoint,
    pub(crate) install: InstallId,
    pub(crate) request: RequestNumber,
    /// Never empty. Databases stand in the request's order, and the permissions on each in the config's.
    pub(crate) units: Vec<TargetUnit>,
    /// Host and port that people use.
    pub(crate) connect_host: String,
    pub(crate) connect_port: u16,
    /// Powerful group roles that the config listed on purpose when this was prepared.
    pub(crate) allow_roles: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TargetUnit {
    pub(crate) database: String,
    pub(crate) group: String,
}

/// A snapshot and its login's name, both checked.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) login: Identifier,
    pub(crate) target: Target,
}

impl Plan {
    /// Reads back what [`prepare`] made.
    pub(crate) fn read(granted: &Granted) -> Result<Self, IntegrationError> {
        let unreadable = || {
            IntegrationError::Refuse(format!(
                "the stored grant of {} on {} cannot be read",
                granted.principal, granted.integration
            ))
        };
        if granted.kind != KIND {
            return Err(unreadable());
        }
        Ok(Self {
            login: Identifier::new(&granted.principal).map_err(|_| unreadable())?,
            target: Target::deserialize(&granted.target).map_err(|_| unreadable())?,
        })
    }

    /// The group roles of all units, each once, in the units' order.
    pub(crate) fn groups(&self) -> Result<Vec<Identifier>, IntegrationError> {
        let mut groups = Vec::new();
        for unit in &self.target.units {
            let group = group_named(&unit.group)?;
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        Ok(groups)
    }

    /// The databases of all units, each once, in the units' order.
    pub(crate) fn databases(&self) -> Vec<&str> {
        let mut databases: Vec<&str> = Vec::new();
        for unit in &self.target.units {
            if !databases.contains(&unit.database.as_str()) {
                databases.push(&unit.database);
            }
        }
        databases
    }
}

/// The group role that `permission` means on `database`, by the config's template.
pub(crate) fn group_of(template: &str, database: &str) -> String {
    template.replace(RESOURCE_PLACE, database)
}

pub(crate) fn group_named(name: &str) -> Result<Identifier, IntegrationError> {
    Identifier::new(name).map_err(|e| IntegrationError::Refuse(format!("the group role's name {name:?} {e}")))
}

/// Plans a grant from the order and the settings alone.
pub(crate) fn prepare(
    settings: &PostgresSettings,
    endpoint: &Endpoint,
    order: &GrantOrder,
) -> Result<Granted, IntegrationError> {
    let refuse = |text: String| IntegrationError::Refuse(text);
    if order.units.is_empty() {
        return Err(refuse("the request names nothing".to_owned()));
    }
    let login = role_name(&order.install, order.request, &order.grantee_name)
        .map_err(|e: BadName| refuse(format!("the install's id {e}")))?;
    let mut units = Vec::new();
    for unit in &order.units {
        let database = &unit.resource_id;
        Identifier::new(database).map_err(|e| refuse(format!("the database's name {database:?} {e}")))?;
        if let Some(listed) = &settings.resources
            && !listed.contains(database)
        {
            let name = &settings.name;
            return Err(refuse(format!("{name} does not list the database {database}")));
        }
        let (strength, template) = settings
            .permissions
            .iter()
            .enumerate()
            .find_map(|(i, (name, template))| (*name == unit.permission).then_some((i, template)))
            .ok_or_else(|| refuse(format!("{} has no permission {}", settings.name, unit.permission)))?;
        let group = group_of(template, database);
        group_named(&group)?;
        let place = order.units.iter().position(|u| u.resource_id == *database);
        let database = database.clone();
        units.push((place, strength, TargetUnit { database, group }));
    }
    units.sort_by_key(|(place, strength, _)| (*place, *strength));
    let target = Target {
        endpoint: endpoint.clone(),
        install: order.install.clone(),
        request: order.request,
        units: units.into_iter().map(|(_, _, unit)| unit).collect(),
        connect_host: settings
            .connect_host
            .clone()
            .unwrap_or_else(|| endpoint.host.clone()),
        connect_port: settings.connect_port.unwrap_or(endpoint.port),
        allow_roles: settings.allow_roles.clone(),
    };
    Ok(Granted {
        integration: settings.name.clone(),
        kind: KIND.to_owned(),
        principal: login.as_str().to_owned(),
        target: serde_json::to_value(target).expect("a struct of texts and numbers is JSON"),
        credentials_until: None,
    })
}
