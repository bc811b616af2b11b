//! What a grant's snapshot says: which file, and what is in it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::record::{Record, Unit, principal};
use super::{FilesSettings, KIND};
use crate::access::grant::Granted;
use crate::access::ids::{InstallId, RequestNumber};
use crate::access::target::Trouble;
use crate::access::time::Timestamp;
use crate::integrations::{GrantOrder, IntegrationError, OrderUnit};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Target {
    /// Absolute.
    pub(super) folder: PathBuf,
    pub(super) install: InstallId,
    pub(super) request: RequestNumber,
    /// Never empty for what was prepared, in the request's order.
    pub(super) units: Vec<Unit>,
}

impl Target {
    /// Reads back what [`prepare`] made.
    pub(super) fn read(granted: &Granted) -> Result<Self, IntegrationError> {
        let target = Self::deserialize(&granted.target).ok();
        let ours = |target: &Self| granted.kind == KIND && granted.principal == target.principal();
        target.filter(ours).ok_or_else(|| {
            let (principal, integration) = (&granted.principal, &granted.integration);
            let said = format!("the stored grant of {principal} on {integration} cannot be read");
            IntegrationError::refuse(Trouble::Unsupported, said)
        })
    }

    pub(super) fn principal(&self) -> String {
        principal(&self.install, self.request)
    }

    pub(super) fn folder(&self) -> Folder {
        Folder::at(self.folder.clone())
    }

    /// The file's content before anybody has a password.
    pub(super) fn record(&self, until: Timestamp) -> Record {
        Record {
            install: self.install.clone(),
            request: self.request,
            units: self.units.clone(),
            until,
            password: None,
            locked: false,
        }
    }

    /// As it is stored, for an integration of this name.
    pub(super) fn granted(&self, integration: &str) -> Granted {
        Granted {
            integration: integration.to_owned(),
            kind: KIND.to_owned(),
            principal: self.principal(),
            target: serde_json::json!({
                "folder": self.folder.to_string_lossy(),
                "install": self.install,
                "request": self.request,
                "units": self.units,
            }),
            credentials_until: None,
        }
    }
}

/// Plans a grant from the order and the settings alone.
pub(super) fn prepare(settings: &FilesSettings, order: &GrantOrder) -> Result<Granted, IntegrationError> {
    let refuse = |said: String| IntegrationError::refuse(Trouble::Setup, said);
    if order.units.is_empty() {
        return Err(refuse("the request names no resource".to_owned()));
    }
    let install = order.install.as_str();
    if install.is_empty() || !install.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(refuse(
            "the installation's id cannot be part of a file name".to_owned(),
        ));
    }
    let unit = |wanted: &OrderUnit| {
        let resource = settings
            .resources
            .iter()
            .find(|name| **name == wanted.resource_id);
        let permission = settings
            .permissions
            .iter()
            .find(|(name, _)| *name == wanted.permission);
        let (resource, (_, letters)) = resource.zip(permission).ok_or_else(|| {
            let (name, permission, resource) = (&settings.name, &wanted.permission, &wanted.resource_id);
            refuse(format!("{name} does not have {permission} on {resource}"))
        })?;
        Ok(Unit {
            resource: resource.clone(),
            letters: letters.clone(),
        })
    };
    let units: Result<Vec<Unit>, IntegrationError> = order.units.iter().map(unit).collect();
    let target = Target {
        folder: settings.folder.clone(),
        install: order.install.clone(),
        request: order.request,
        units: units?,
    };
    Ok(target.granted(&settings.name))
}
