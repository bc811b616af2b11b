//! What a grant's snapshot says: who may log in, where and to which account.

use serde::{Deserialize, Serialize};

use super::{KIND, SshSettings};
use crate::access::grant::Granted;
use crate::access::ids::{InstallId, RequestNumber};
use crate::access::target::Trouble;
use crate::integrations::{GrantOrder, IntegrationError};

/// The placeholders for the resource's name and the account's in the template of a principal.
pub(super) const RESOURCE_PLACE: &str = "{resource}";
pub(super) const ACCOUNT_PLACE: &str = "{account}";

/// How much of a person's name goes into a certificate's key id at most.
const LONGEST_NAME: usize = 60;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Target {
    install: InstallId,
    pub(super) request: RequestNumber,
    grantee: String,
    /// Never empty, in the request's order.
    pub(super) logins: Vec<Login>,
}

/// One account on one resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Login {
    pub(super) resource: String,
    pub(super) hosts: Vec<String>,
    pub(super) port: u16,
    pub(super) account: String,
    principal: String,
}

impl Target {
    /// Reads back what [`prepare`] made.
    pub(super) fn read(granted: &Granted) -> Result<Self, IntegrationError> {
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
        Self::deserialize(&granted.target).map_err(|_| unreadable())
    }

    /// What hosts write to their logs: `AR-7 Dana Ito apono-abcdefgh`.
    pub(super) fn key_id(&self) -> String {
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_' | '@');
        let name: String = self.grantee.chars().filter(plain).take(LONGEST_NAME).collect();
        format!("{} {} apono-{}", self.request, name.trim(), self.install)
    }

    /// Each once.
    pub(super) fn principals(&self) -> Vec<&str> {
        let mut principals: Vec<&str> = Vec::new();
        for login in &self.logins {
            if !principals.contains(&login.principal.as_str()) {
                principals.push(&login.principal);
            }
        }
        principals
    }
}

/// The principal of an account on a resource.
pub(super) fn principal_of(template: &str, resource: &str, account: &str) -> String {
    // The account first: nothing in a resource's name is ever mistaken for a placeholder.
    template
        .replace(ACCOUNT_PLACE, account)
        .replace(RESOURCE_PLACE, resource)
}

/// Plans a grant from the order and the settings alone.
pub(super) fn prepare(settings: &SshSettings, order: &GrantOrder) -> Result<Granted, IntegrationError> {
    let name = &settings.name;
    let refuse = |text: String| Err(IntegrationError::refuse(Trouble::Setup, text));
    let mut logins = Vec::new();
    for unit in &order.units {
        let wanted = &unit.resource_id;
        let Some(resource) = settings
            .resources
            .iter()
            .find(|resource| resource.name == *wanted)
        else {
            return refuse(format!("{name} has no resource {wanted}"));
        };
        let found = settings
            .permissions
            .iter()
            .find(|(permission, _)| *permission == unit.permission);
        let Some((_, account)) = found else {
            return refuse(format!("{name} has no permission {}", unit.permission));
        };
        logins.push(Login {
            resource: resource.name.clone(),
            hosts: resource.hosts.clone(),
            port: resource.port,
            account: account.clone(),
            principal: principal_of(&settings.principal, &resource.name, account),
        });
    }
    if logins.is_empty() {
        return refuse("the request names no resource".to_owned());
    }
    let target = Target {
        install: order.install.clone(),
        request: order.request,
        grantee: order.grantee_name.clone(),
        logins,
    };
    Ok(Granted {
        integration: name.clone(),
        kind: KIND.to_owned(),
        // Accounts are shared, so the request's number is added: no two grants have the same principal.
        principal: format!("{} ({})", target.principals().join(", "), order.request),
        target: serde_json::to_value(target).expect("a struct of texts and numbers can be written as JSON"),
        credentials_until: None,
    })
}
