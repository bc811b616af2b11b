//! Logins by SSH certificate: a certificate authority whose certificates live for minutes and name accounts on hosts.
//!
//! There is no server to talk to. Hosts trust the authority's public key (`apono ssh trust` prints how), and check each
//! certificate on their own. So nothing can be taken back: an early revoke means that no more certificates are made, and takes
//! effect when the last one that was shown expires.
//!
//! Invariant: no certificate outlives its grant, none is made without the key that this installation has on record, and
//! people's private keys never come here.

mod agent;
mod authority;
mod ca_key;
mod certificate;
mod config;
mod connect;
mod kind;
mod making;
mod person_key;
mod promises;
mod records;
mod target;
mod trust;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::spawn_blocking;

use self::target::Target;
use super::{
    AccessDetails, CertifiesKeys, Certify, Confirmed, Connect, EarlyRevoke, GrantOrder, Guarantees,
    Integration, IntegrationError, KeyRefusal, Offer, OnOffer, PersonKey, Reach, Revoked,
};
use crate::access::grant::Granted;
use crate::access::resource::Resource;
use crate::access::target::Trouble;
use crate::access::time::Timestamp;
use crate::access::usage::Tells;
use crate::findings::Finding;

pub use self::authority::{AgentSocket, AuthorityKey, fingerprint};
pub use self::kind::SshKind;
pub use self::making::KeyType;
pub use self::person_key::{PasteRefusal, PastedKey};
pub use self::trust::trust;

pub const KIND: &str = "ssh";

/// The name people see in the form.
const RESOURCE_TYPE: &str = "Host";

/// One `[[integrations]]` of kind `ssh`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshSettings {
    pub name: String,
    pub authority: AuthorityKey,
    /// Never empty.
    pub resources: Vec<SshResource>,
    /// Each permission and its account on the hosts, in file order.
    pub permissions: Vec<(String, String)>,
    /// The principal in a certificate: `{account}`, and `{resource}` if there are several resources.
    pub principal: String,
    /// How long a certificate is valid at most.
    pub certificate_for: Duration,
    /// How far before its creation a certificate's validity begins, for hosts whose clocks are behind.
    pub clock_skew: Duration,
    pub allow: Vec<Forwarding>,
    /// Addresses from which certificates work, in CIDR notation; empty means from anywhere.
    pub source_address: Vec<String>,
}

/// A host, or several that are requested as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SshResource {
    pub name: String,
    /// Never empty.
    pub hosts: Vec<String>,
    pub port: u16,
}

/// What a certificate may allow in addition to a terminal and commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forwarding {
    Port,
    Agent,
    X11,
}

/// A certificate authority as a target.
#[derive(Debug)]
pub struct Ssh {
    settings: SshSettings,
    /// The fingerprint of the authority's key that this installation has on record; without one nothing is granted.
    on_record: Option<String>,
    /// Whether it is still in the config.
    configured: bool,
}

impl Ssh {
    pub fn new(settings: SshSettings, on_record: Option<String>) -> Self {
        Self {
            settings,
            on_record,
            configured: true,
        }
    }

    /// The target of a stored grant whose integration is no longer in the config: it ends access and gives none.
    pub fn from_granted(granted: &Granted) -> Result<Self, IntegrationError> {
        Target::read(granted)?;
        Ok(Self {
            settings: SshSettings {
                name: granted.integration.clone(),
                authority: AuthorityKey::made(std::path::PathBuf::new()),
                resources: Vec::new(),
                permissions: Vec::new(),
                principal: String::new(),
                certificate_for: Duration::ZERO,
                clock_skew: Duration::ZERO,
                allow: Vec::new(),
                source_address: Vec::new(),
            },
            on_record: None,
            configured: false,
        })
    }

    fn record(&self) -> Result<String, IntegrationError> {
        let name = &self.settings.name;
        if !self.configured {
            return Err(IntegrationError::refuse(
                Trouble::Setup,
                format!("{name} is no longer in the config"),
            ));
        }
        self.on_record.clone().ok_or_else(|| {
            IntegrationError::refuse(
                Trouble::Setup,
                format!("{name} has no CA key on record, so it cannot give access"),
            )
        })
    }
}

/// Runs work that blocks on files or an ssh-agent.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IntegrationError> + Send + 'static,
) -> Result<T, IntegrationError> {
    spawn_blocking(work).await.unwrap_or_else(|_| {
        Err(IntegrationError::retry(
            Trouble::Odd,
            "the CA key could not be used",
        ))
    })
}

#[async_trait]
impl Integration for Ssh {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn guarantees(&self) -> Guarantees {
        Guarantees {
            early_revoke: EarlyRevoke::AtLatest(self.settings.certificate_for),
            ends_sessions: false,
            reads_back: false,
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
        let account = permissions.find(|(name, _)| name == permission);
        account.map(|(_, account)| format!("account {account}"))
    }

    fn offer(&self) -> Offer<'_> {
        let resources = self.settings.resources.iter().map(|resource| Resource {
            resource_type: RESOURCE_TYPE.to_owned(),
            id: resource.name.clone(),
            name: resource.name.clone(),
            path: format!("{}:{}", resource.hosts.join(","), resource.port),
            tags: BTreeMap::new(),
            permissions: self.permissions(),
            owner: None,
        });
        Offer::Listed(resources.collect())
    }

    async fn ready(&self) -> Result<(), IntegrationError> {
        let on_record = self.record()?;
        let authority = self.settings.authority.clone();
        blocking(move || authority.verify(&on_record)).await
    }

    fn prepare(&self, order: &GrantOrder) -> Result<Granted, IntegrationError> {
        self.record()?;
        target::prepare(&self.settings, order)
    }

    /// Nothing is put on a host. This confirms that certificates can be made, and each has its own expiry.
    async fn grant(&self, granted: &Granted, until: Timestamp) -> Result<Confirmed, IntegrationError> {
        Target::read(granted)?;
        self.ready().await?;
        Ok(Confirmed {
            granted: granted.clone(),
            target_deadline: Some(until),
        })
    }

    async fn revoke(&self, granted: &Granted) -> Result<Revoked, IntegrationError> {
        let proof = match granted.credentials_until {
            None => "no certificate was ever issued".to_owned(),
            Some(end) => format!("no more certificates are issued, and the last one expired at {end}"),
        };
        Ok(Revoked {
            sessions_ended: 0,
            last_look: None,
            proof,
        })
    }

    /// There is no target to ask: the authority's key has to be present, and has to be the one on record.
    async fn check(&self, _now: Timestamp) -> Result<Vec<Finding>, IntegrationError> {
        let Some(on_record) = self.on_record.clone() else {
            return Ok(vec![Finding::unseen(
                "no CA key is on record yet",
                "start the bot once; it records or creates the key, and reports it in the audit channel",
            )]);
        };
        let authority = self.settings.authority.clone();
        let fingerprint = on_record.clone();
        let found = match blocking(move || authority.verify(&on_record)).await {
            Ok(()) => Finding::ok(format!("the CA key {fingerprint} is the one on record")),
            Err(error) => Finding::problem(
                format!("cannot give access: {error}"),
                "restore the key that is on record, or accept the present one with `apono ssh accept-key --integration NAME`",
            ),
        };
        Ok(vec![found])
    }

    /// The hosts are not asked.
    async fn reach(&self, resources: &[Resource]) -> Result<Vec<OnOffer>, IntegrationError> {
        let of_a_resource = |resource: &Resource| {
            let hosts = self.settings.resources.iter();
            let hosts = hosts.filter(|listed| listed.name == resource.name);
            let hosts = hosts.map(|listed| listed.hosts.len()).sum::<usize>();
            let resource = resource.name.clone();
            self.settings
                .permissions
                .iter()
                .map(move |(permission, account)| OnOffer {
                    resource: resource.clone(),
                    permission: permission.clone(),
                    reach: Reach::Has(match hosts {
                        1 => format!("the account {account}"),
                        hosts => format!("the account {account} on {hosts} hosts"),
                    }),
                })
        };
        Ok(resources.iter().flat_map(of_a_resource).collect())
    }

    fn connect(&self) -> Connect<'_> {
        Connect::Certifies(self)
    }
}

#[async_trait]
impl CertifiesKeys for Ssh {
    fn read_key(&self, text: &str) -> Result<PersonKey, KeyRefusal> {
        let key = PastedKey::read(text).map_err(|refusal| KeyRefusal(refusal.to_string()))?;
        Ok(key.kept())
    }

    async fn certify(&self, granted: &Granted, order: Certify) -> Result<AccessDetails, IntegrationError> {
        let Certify { key, now, until } = order;
        let key = PastedKey::read(&key.line)
            .map_err(|refusal| IntegrationError::refuse(Trouble::Setup, refusal.to_string()))?;
        let target = Target::read(granted)?;
        let on_record = self.record()?;
        let end = certificate::ends_at(self.settings.certificate_for, now, until)
            .ok_or_else(|| IntegrationError::refuse(Trouble::Over, "this access has ended"))?;
        let draft = certificate::draft(&self.settings, &target, &key, now, end)?;
        let authority = self.settings.authority.clone();
        let certificate = blocking(move || authority.sign(&on_record, draft)).await?;
        let line = certificate
            .to_openssh()
            .map_err(|_| IntegrationError::refuse(Trouble::Odd, "the certificate could not be written"))?;
        Ok(connect::details(
            &target,
            &key,
            &line,
            end,
            self.settings.certificate_for,
        ))
    }
}
