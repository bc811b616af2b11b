//! A made-up kind for tests: a grant is one file in a folder, and anyone with its password is let in. It is the smallest
//! example of a kind that keeps something on its target.
//!
//! Invariant: a locked file is never opened again, a password is shown only to its owner and stored nowhere, and anything that
//! cannot be read as a file of ours is never touched.

mod config;
mod connect;
mod folder;
mod grant;
mod inspect;
mod kind;
mod promises;
mod record;
mod revoke;
mod state;
mod target;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;

use self::folder::Folder;
use self::target::Target;
use super::{
    Confirmed, Connect, EarlyRevoke, GrantOrder, Guarantees, Integration, IntegrationError, KeepsState,
    Offer, OnOffer, Reach, Revoked,
};
use crate::access::grant::Granted;
use crate::access::resource::Resource;
use crate::access::time::Timestamp;
use crate::access::usage::Tells;
use crate::findings::Finding;

pub use self::config::FilesConfig;
pub use self::kind::FilesKind;

pub const KIND: &str = "files";

/// How long one call may wait for another process that is changing the folder.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(8);

/// The name people see in the form.
const RESOURCE_TYPE: &str = "Thing";

/// One `[[integrations]]` of kind `files`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilesSettings {
    pub name: String,
    /// Absolute, and on a local disk: a call waits for it.
    pub folder: PathBuf,
    /// What can be requested.
    pub resources: Vec<String>,
    /// Each permission and its letters in a grant's file, in the order of the config.
    pub permissions: Vec<(String, String)>,
}

/// A folder as a target.
#[derive(Debug)]
pub struct Files {
    settings: FilesSettings,
    folder: Folder,
}

impl Files {
    pub fn new(settings: FilesSettings) -> Self {
        let folder = Folder::at(settings.folder.clone());
        Self { settings, folder }
    }

    /// The target of a stored grant whose integration is no longer in the config: it ends access and offers nothing.
    pub fn from_granted(granted: &Granted) -> Result<Self, IntegrationError> {
        let target = Target::read(granted)?;
        Ok(Self::new(FilesSettings {
            name: granted.integration.clone(),
            folder: target.folder,
            resources: Vec::new(),
            permissions: Vec::new(),
        }))
    }
}

#[async_trait]
impl Integration for Files {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn guarantees(&self) -> Guarantees {
        Guarantees {
            early_revoke: EarlyRevoke::Now,
            // There are none.
            ends_sessions: true,
            reads_back: true,
            target_deadline: true,
        }
    }

    fn tells_use(&self, _granted: &Granted) -> Option<Tells> {
        Some(Tells::Credentials)
    }

    fn permissions(&self) -> Vec<String> {
        let names = self.settings.permissions.iter().map(|(name, _)| name);
        names.cloned().collect()
    }

    fn means(&self, permission: &str, _resource: &str) -> Option<String> {
        let mut permissions = self.settings.permissions.iter();
        let letters = permissions.find(|(name, _)| name == permission);
        letters.map(|(_, letters)| format!("letters {letters}"))
    }

    fn offer(&self) -> Offer<'_> {
        let resources = self.settings.resources.iter().map(|name| Resource {
            resource_type: RESOURCE_TYPE.to_owned(),
            id: name.clone(),
            name: name.clone(),
            path: format!("{}/{name}", self.settings.folder.display()),
            tags: BTreeMap::new(),
            permissions: self.permissions(),
            owner: None,
        });
        Offer::Listed(resources.collect())
    }

    async fn check(&self, _now: Timestamp) -> Result<Vec<Finding>, IntegrationError> {
        let lock = self.folder.lock().await?;
        let grants = lock.all()?.len();
        Ok(vec![Finding::ok(format!("the folder has {grants} grants"))])
    }

    async fn reach(&self, resources: &[Resource]) -> Result<Vec<OnOffer>, IntegrationError> {
        let of_a_resource = |resource: &Resource| {
            let resource = resource.name.clone();
            self.settings
                .permissions
                .iter()
                .map(move |(permission, letters)| OnOffer {
                    resource: resource.clone(),
                    permission: permission.clone(),
                    reach: Reach::Has(format!("the letters {letters}")),
                })
        };
        Ok(resources.iter().flat_map(of_a_resource).collect())
    }

    fn prepare(&self, order: &GrantOrder) -> Result<Granted, IntegrationError> {
        target::prepare(&self.settings, order)
    }

    async fn grant(&self, granted: &Granted, until: Timestamp) -> Result<Confirmed, IntegrationError> {
        grant::grant(granted, until).await
    }

    async fn revoke(&self, granted: &Granted) -> Result<Revoked, IntegrationError> {
        revoke::revoke(granted).await
    }

    fn connect(&self) -> Connect<'_> {
        Connect::Makes(self)
    }

    fn state(&self) -> Option<&dyn KeepsState> {
        Some(self)
    }
}
