//! What every kind of target can do.

use std::time::Duration;

use async_trait::async_trait;

use crate::access::grant::Granted;
use crate::access::ids::{InstallId, RequestNumber};
use crate::access::resource::Resource;
use crate::access::time::Timestamp;
use crate::findings::Finding;

use super::IntegrationError;
use super::credentials::{CertifiesKeys, MakesCredentials};
use super::on_target::{KeepsState, Memberships};

/// What a kind of integration can promise; cards and the audit channel take their words from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guarantees {
    pub early_revoke: EarlyRevoke,
    /// Open sessions are ended with the access.
    pub ends_sessions: bool,
    /// The end is read back from the target before it is reported.
    pub reads_back: bool,
    /// The target itself holds the deadline, so new logins end even with the bot dead.
    pub target_deadline: bool,
}

/// When an early revoke takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarlyRevoke {
    Now,
    AtLatest(Duration),
}

/// What a request wants on its target: one principal that carries all its units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantOrder {
    pub install: InstallId,
    pub request: RequestNumber,
    /// The grantee's name, from which principals take a readable part.
    pub grantee_name: String,
    /// The account that the config names for the grantee on this target, where it names people's own.
    pub account: Option<String>,
    pub units: Vec<OrderUnit>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderUnit {
    pub resource_id: String,
    pub resource_name: String,
    pub permission: String,
}

/// The target confirmed the grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// The grant with what the target calls it, which names alone do not say: to be kept in place of what was prepared.
    pub granted: Granted,
    /// The deadline that the target holds itself, where it can.
    pub target_deadline: Option<Timestamp>,
}

/// Locked out, sessions ended, and read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    pub sessions_ended: u32,
    /// What was read back, for people: `login locked, 0 sessions`.
    pub proof: String,
}

/// What can be asked for on a target.
pub enum Offer<'a> {
    /// What the config lists.
    Listed(Vec<Resource>),
    /// What the target has now.
    Discovered(&'a dyn Discovers),
}

/// How people get what they log in with.
pub enum Connect<'a> {
    /// It is made for them.
    Makes(&'a dyn MakesCredentials),
    /// A public key of theirs is certified.
    Certifies(&'a dyn CertifiesKeys),
}

/// One target. Every call has a time-out of its own and is idempotent.
#[async_trait]
pub trait Integration: Send + Sync {
    fn kind(&self) -> &'static str;

    fn guarantees(&self) -> Guarantees;

    /// Permission names of the config, in file order.
    fn permissions(&self) -> Vec<String>;

    fn offer(&self) -> Offer<'_>;

    /// What keeps it from granting anything, where that can be seen without a request.
    async fn ready(&self) -> Result<(), IntegrationError> {
        Ok(())
    }

    /// Looks at the target for what will fail or is unwise, for `apono check --online`, and changes nothing there. `now`
    /// is compared with the target's clock.
    async fn check(&self, now: Timestamp) -> Result<Vec<Finding>, IntegrationError>;

    /// Plans the grant without touching the target; refuses what can never be granted.
    fn prepare(&self, order: &GrantOrder) -> Result<Granted, IntegrationError>;

    /// Makes it live until `until`. Idempotent by grant; a later `until` extends; never revives what was revoked.
    async fn grant(&self, granted: &Granted, until: Timestamp) -> Result<Confirmed, IntegrationError>;

    /// Locks out, ends sessions and reads back. Succeeds too where nothing was ever granted. Called only when
    /// [`Granted::credentials_until`] is over.
    async fn revoke(&self, granted: &Granted) -> Result<Revoked, IntegrationError>;

    fn connect(&self) -> Connect<'_>;

    /// What it keeps on its target beyond a credential, if anything: only that leaves something to clean up, and can be
    /// changed there by others.
    fn state(&self) -> Option<&dyn KeepsState> {
        None
    }

    /// Where others can join what was granted, or what was granted can join other things.
    fn memberships(&self) -> Option<&dyn Memberships> {
        None
    }
}

/// A target that says itself what there is.
#[async_trait]
pub trait Discovers: Sync {
    /// Everything that can be asked for. An outage is an error, never an empty list.
    async fn discover(&self) -> Result<Vec<Resource>, IntegrationError>;
}
