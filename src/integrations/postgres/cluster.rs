//! A server and its streaming replicas.
//!
//! Roles are the same on all of them and are changed only on the primary, but each has its own sessions, which the others can
//! neither see nor end.

use std::sync::Arc;

use super::super::IntegrationError;
use super::server::{Endpoint, Server};
use super::target::Target;
use crate::access::target::Trouble;
use crate::secrets::SecretRef;

#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) primary: Arc<Server>,
    pub(crate) replicas: Vec<Arc<Server>>,
    /// Whether the bot writes only through the functions of the bounded role.
    pub(crate) bounded: bool,
    /// Why the admin URLs of other replicas cannot be read; only a reap continues without them.
    pub(crate) unread: Vec<String>,
}

impl Cluster {
    /// Reads each admin URL once, to learn which host its password is for.
    pub(crate) fn from_secrets(
        primary: &SecretRef,
        replicas: &[SecretRef],
        bounded: bool,
    ) -> Result<Self, IntegrationError> {
        let primary = Endpoint::from_secret(primary)?;
        let replicas = replicas.iter().map(Endpoint::from_secret);
        Self::of_different(primary, replicas.collect::<Result<Vec<_>, _>>()?, bounded)
    }

    /// The same, with only those replicas whose admin URL can be read.
    pub(crate) fn of_readable_secrets(
        primary: &SecretRef,
        replicas: &[SecretRef],
        bounded: bool,
    ) -> Result<Self, IntegrationError> {
        let mut readable = Vec::new();
        let mut unread = Vec::new();
        for secret in replicas {
            match Endpoint::from_secret(secret) {
                Ok(replica) => readable.push(replica),
                Err(error) => unread.push(format!("a replica: {error}")),
            }
        }
        let cluster = Self::of_different(Endpoint::from_secret(primary)?, readable, bounded)?;
        Ok(Self { unread, ..cluster })
    }

    /// Refuses a server that is listed twice.
    fn of_different(
        primary: Endpoint,
        replicas: Vec<Endpoint>,
        bounded: bool,
    ) -> Result<Self, IntegrationError> {
        for (index, replica) in replicas.iter().enumerate() {
            let same = |other: &Endpoint| (&other.host, other.port) == (&replica.host, replica.port);
            if same(&primary) || replicas[..index].iter().any(same) {
                return Err(IntegrationError::refuse(
                    Trouble::Setup,
                    format!(
                        "{}:{} is listed twice among the server and its replicas",
                        replica.host, replica.port
                    ),
                ));
            }
        }
        Ok(Self::of(primary, replicas, bounded))
    }

    /// Refuses unless the connection to each server is protected or stays on this machine.
    pub(crate) fn must_be_protected(&self) -> Result<(), IntegrationError> {
        let replicas = self.replicas.iter().map(Arc::as_ref);
        std::iter::once(&*self.primary)
            .chain(replicas)
            .try_for_each(Server::must_be_protected)
    }

    /// The servers a grant was made on.
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
