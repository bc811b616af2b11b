//! A server and its streaming replicas.
//!
//! Roles are the same on all of them and are changed on the primary alone, but each has sessions of its own, which the
//! others neither see nor can end.

use std::sync::Arc;

use super::super::IntegrationError;
use super::server::{Endpoint, Server};
use super::target::Target;
use crate::secrets::SecretRef;

#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) primary: Arc<Server>,
    pub(crate) replicas: Vec<Arc<Server>>,
    /// The bot writes there through the functions of the bounded role alone.
    pub(crate) bounded: bool,
    /// Why the admin URLs of other replicas cannot be read; only a reap goes on without them.
    pub(crate) unread: Vec<String>,
}

impl Cluster {
    /// Reads each admin URL once, to learn the host that its password is for.
    pub(crate) fn from_secrets(
        primary: &SecretRef,
        replicas: &[SecretRef],
        bounded: bool,
    ) -> Result<Self, IntegrationError> {
        let endpoint = Endpoint::from_secret(primary)?;
        let mut standbys: Vec<Endpoint> = Vec::new();
        for secret in replicas {
            let replica = Endpoint::from_secret(secret)?;
            let same = |other: &Endpoint| (&other.host, other.port) == (&replica.host, replica.port);
            if same(&endpoint) || standbys.iter().any(same) {
                return Err(IntegrationError::Refuse(format!(
                    "{}:{} is named twice among the server and its replicas",
                    replica.host, replica.port
                )));
            }
            standbys.push(replica);
        }
        Ok(Self::of(endpoint, standbys, bounded))
    }

    /// The same with those replicas alone whose admin URL can be read.
    pub(crate) fn of_readable_secrets(
        primary: &SecretRef,
        replicas: &[SecretRef],
        bounded: bool,
    ) -> Result<Self, IntegrationError> {
        let mut readable = Vec::new();
        let mut unread = Vec::new();
        for secret in replicas {
            match Endpoint::from_secret(secret) {
                Ok(_) => readable.push(secret.clone()),
                Err(error) => unread.push(format!("a replica: {error}")),
            }
        }
        let cluster = Self::from_secrets(primary, &readable, bounded)?;
        Ok(Self { unread, ..cluster })
    }

    /// Refuses unless the way to each server is protected, or this machine's alone.
    pub(crate) fn must_be_protected(&self) -> Result<(), IntegrationError> {
        let replicas = self.replicas.iter().map(Arc::as_ref);
        std::iter::once(&*self.primary)
            .chain(replicas)
            .try_for_each(Server::must_be_protected)
    }

    /// What a grant was made on.
    pub(crate) fn of_snapshot(target: &Target) -> Self {
        Self::of(target.endpoint.clone(), target.replicas.clone(), target.bounded)
    }

    fn of(primary: Endpoint, replicas: Vec<Endpoint>, bounded: bool) -> Self {
        let replicas = replicas.into_iter().map(|replica| Arc::new(Server::new(replica)));
        Self {
            primary: Arc::new(Server::new(primary)),
            replicas: replicas.collect(),
            bounded,
            unread: Vec::new(),
        }
    }
}
