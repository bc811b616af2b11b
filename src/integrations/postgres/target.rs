//! What a grant's snapshot says about its target: enough to take the access away when it is no longer in the config.
//!
//! Invariant: it holds a reference to the admin secret, never the secret.

use serde::{Deserialize, Serialize};

use super::super::{GrantOrder, IntegrationError};
use super::cluster::Cluster;
use super::groups::Allowed;
use super::mark::Made;
use super::names::{BadName, Identifier, role_name};
use super::power::Power;
use super::server::Endpoint;
use super::steps::MEMBERSHIP_OPTIONS_SINCE;
use super::{AccountKind, KIND, PostgresSettings};
use crate::access::grant::Granted;
use crate::access::ids::{InstallId, RequestNumber};
use crate::access::target::Trouble;

/// The placeholder for the resource's name in a group role's name.
pub(crate) const RESOURCE_PLACE: &str = "{resource}";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Target {
    pub(crate) endpoint: Endpoint,
    pub(crate) install: InstallId,
    pub(crate) request: RequestNumber,
    /// Never empty. Databases are in the request's order, and the permissions on each in the config's.
    pub(crate) units: Vec<TargetUnit>,
    /// Host and port that people use.
    pub(crate) connect_host: String,
    pub(crate) connect_port: u16,
    /// Powers of group roles that the config explicitly allowed when this was prepared.
    pub(crate) allow_roles: Allowed,
    /// For an account that the grantee already has; none if the principal itself is the login made for this grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) membership: Option<Membership>,
    /// Streaming replicas that the config listed when this was prepared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) replicas: Vec<Endpoint>,
    /// Whether the bot writes only through the functions of the bounded role.
    #[serde(default)]
    pub(crate) bounded: bool,
    /// A role about which we know only what the server says, because no request of ours belongs to it: its name and comment
    /// are only claims.
    #[serde(default)]
    pub(crate) claimed: bool,
    /// The oid of the role that was made, once the server has confirmed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) oid: Option<i64>,
    /// The oid of the account that the role is for, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account_oid: Option<i64>,
    /// The server's version at that time, as `server_version_num`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<u32>,
}

/// The role that carries the units of a grant, and the account that is its member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Membership {
    pub(crate) account: String,
    pub(crate) lease: String,
}

impl Membership {
    /// As a grant's principal: `dana through apono_k3v7q2xa_ar412_dana_ito`, which is unique to one grant.
    pub(crate) fn principal(account: &str, lease: &str) -> String {
        format!("{account} through {lease}")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TargetUnit {
    pub(crate) database: String,
    pub(crate) group: String,
    #[serde(default)]
    pub(crate) set_role: bool,
    #[serde(default)]
    pub(crate) leave_code: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) heir: Option<String>,
}

/// A snapshot and its roles' names, checked.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The role that is made for this grant: a login, or the lease that `account` is a member of.
    pub(crate) login: Identifier,
    /// The grantee's own account, if the grant is a membership.
    pub(crate) account: Option<Identifier>,
    pub(crate) target: Target,
    granted: Granted,
}

impl Plan {
    /// Reads back what [`prepare`] made.
    pub(crate) fn read(granted: &Granted) -> Result<Self, IntegrationError> {
        let unreadable = || {
            IntegrationError::refuse(
                Trouble::Unsupported,
                format!(
                    "the stored grant of {} on {} cannot be read",
                    granted.principal, granted.integration
                ),
            )
        };
        if granted.kind != KIND {
            return Err(unreadable());
        }
        let target = Target::deserialize(&granted.target).map_err(|_| unreadable())?;
        let name = |text: &str| Identifier::new(text).map_err(|_| unreadable());
        let (login, account) = match &target.membership {
            None => (name(&granted.principal)?, None),
            Some(membership) => (name(&membership.lease)?, Some(name(&membership.account)?)),
        };
        Ok(Self {
            login,
            account,
            target,
            granted: granted.clone(),
        })
    }

    /// The grant with the oids from the server: others can take a name, but not an oid.
    pub(crate) fn confirmed(&self, oid: i64, account_oid: Option<i64>, version: Option<u32>) -> Granted {
        let target = Target {
            oid: Some(oid),
            account_oid,
            version,
            ..self.target.clone()
        };
        Granted {
            target: as_json(&target),
            ..self.granted.clone()
        }
    }

    /// Whether a role with the grant's name is not the one the server confirmed.
    pub(crate) fn is_another(&self, oid: i64) -> bool {
        self.target.oid.is_some_and(|known| known != oid)
    }

    /// The same for the role under its present name on the server.
    pub(crate) fn by_its_name(&self, name: Identifier) -> Self {
        Self {
            login: name,
            ..self.clone()
        }
    }

    /// Whether members of this group role may become it with `SET ROLE`, which the permission has to allow.
    pub(crate) fn may_set_role(&self, group: &Identifier) -> bool {
        let mut units = self.target.units.iter();
        units.any(|unit| unit.group == group.as_str() && unit.set_role)
    }

    /// Whether the config allows the group role this power.
    pub(crate) fn may(&self, group: &str, power: Power) -> bool {
        let allowed = self.target.allow_roles.get(group);
        allowed.is_some_and(|words| words.iter().any(|word| word == power.name()))
    }

    /// What the role of this grant is made for.
    pub(crate) fn made(&self) -> Made {
        match self.account {
            None => Made::Login,
            Some(_) => Made::Lease,
        }
    }

    /// The word people read for the role made for this grant.
    pub(crate) fn word(&self) -> &'static str {
        self.made().word()
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

    /// Those of them that the role can become with `SET ROLE`, if the server that confirmed the grant records that.
    pub(crate) fn settable(&self) -> Result<Vec<Identifier>, IntegrationError> {
        let tells = self
            .target
            .version
            .is_some_and(|version| version >= MEMBERSHIP_OPTIONS_SINCE);
        let mut groups = self.groups()?;
        groups.retain(|group| tells && self.may_set_role(group));
        Ok(groups)
    }

    /// The group roles of the units in that database, and those whose database is unknown.
    pub(crate) fn groups_in(&self, database: &str) -> Result<Vec<Identifier>, IntegrationError> {
        let mut groups = self.groups()?;
        groups.retain(|group| {
            self.target.units.iter().any(|unit| {
                unit.group == group.as_str() && (unit.database == database || unit.database.is_empty())
            })
        });
        Ok(groups)
    }

    /// The unit that decides for a database: the last one there, because the config lists permissions from the weaker to the
    /// stronger.
    pub(crate) fn unit_in(&self, database: &str) -> Option<&TargetUnit> {
        self.target.units.iter().rfind(|unit| unit.database == database)
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

fn as_json(target: &Target) -> serde_json::Value {
    serde_json::to_value(target).expect("a struct of texts and numbers can be written as JSON")
}

/// The group role that `permission` means on `database`, by the config's template.
pub(crate) fn group_of(template: &str, database: &str) -> String {
    template.replace(RESOURCE_PLACE, database)
}

pub(crate) fn group_named(name: &str) -> Result<Identifier, IntegrationError> {
    Identifier::new(name)
        .map_err(|e| IntegrationError::refuse(Trouble::Setup, format!("the group role's name {name:?} {e}")))
}

pub(crate) fn account_named(name: &str) -> Result<Identifier, IntegrationError> {
    Identifier::new(name)
        .map_err(|e| IntegrationError::refuse(Trouble::Setup, format!("the account's name {name:?} {e}")))
}

/// What the units are on the server, by database in the order requested, with the strongest permission of each last.
fn units_of(settings: &PostgresSettings, order: &GrantOrder) -> Result<Vec<TargetUnit>, IntegrationError> {
    let refuse = |text: String| IntegrationError::refuse(Trouble::Setup, text);
    let mut units = Vec::new();
    for unit in &order.units {
        let database = &unit.resource_id;
        Identifier::new(database).map_err(|e| refuse(format!("the database's name {database:?} {e}")))?;
        if let Some(listed) = &settings.resources
            && !listed.contains(database)
        {
            let name = &settings.name;
            return Err(refuse(format!("{name} has no database {database}")));
        }
        let (strength, permission) = settings
            .permissions
            .iter()
            .enumerate()
            .find(|(_, permission)| permission.name == unit.permission)
            .ok_or_else(|| refuse(format!("{} has no permission {}", settings.name, unit.permission)))?;
        let group = group_of(&permission.group, database);
        group_named(&group)?;
        let heir = permission.heir.as_ref().map(|heir| group_of(heir, database));
        let place = order.units.iter().position(|u| u.resource_id == *database);
        let unit = TargetUnit {
            database: database.clone(),
            group,
            set_role: permission.set_role,
            leave_code: permission.leave_code,
            heir,
        };
        units.push((place, strength, unit));
    }
    units.sort_by_key(|(place, strength, _)| (*place, *strength));
    Ok(units.into_iter().map(|(_, _, unit)| unit).collect())
}

/// Plans a grant from the order and the settings alone.
pub(crate) fn prepare(
    settings: &PostgresSettings,
    cluster: &Cluster,
    order: &GrantOrder,
) -> Result<Granted, IntegrationError> {
    let endpoint = &cluster.primary.endpoint;
    let refuse = |text: String| IntegrationError::refuse(Trouble::Setup, text);
    if order.units.is_empty() {
        return Err(refuse("the request names no resource".to_owned()));
    }
    let made = role_name(&order.install, order.request, &order.grantee_name)
        .map_err(|e: BadName| refuse(format!("the installation's id {e}")))?;
    let (principal, membership) = match (&settings.account, &order.account) {
        (AccountKind::Ephemeral, _) => (made.as_str().to_owned(), None),
        (AccountKind::Personal { .. }, Some(account)) => {
            account_named(account)?;
            let membership = Membership {
                account: account.clone(),
                lease: made.as_str().to_owned(),
            };
            (Membership::principal(account, made.as_str()), Some(membership))
        }
        (AccountKind::Personal { .. }, None) => {
            let (name, who) = (&settings.name, &order.grantee_name);
            return Err(refuse(format!("{name} has no account for {who}")));
        }
    };
    let target = Target {
        endpoint: endpoint.clone(),
        install: order.install.clone(),
        request: order.request,
        units: units_of(settings, order)?,
        connect_host: settings
            .connect_host
            .clone()
            .unwrap_or_else(|| endpoint.host.clone()),
        connect_port: settings.connect_port.unwrap_or(endpoint.port),
        allow_roles: settings.allow_roles.clone(),
        membership,
        replicas: cluster
            .replicas
            .iter()
            .map(|replica| replica.endpoint.clone())
            .collect(),
        bounded: settings.bounded,
        claimed: false,
        oid: None,
        account_oid: None,
        version: None,
    };
    Ok(Granted {
        integration: settings.name.clone(),
        kind: KIND.to_owned(),
        principal,
        target: as_json(&target),
        credentials_until: None,
    })
}
