//! What every kind of target can do.

use std::time::Duration;

use async_trait::async_trait;

use crate::access::grant::Granted;
use crate::access::ids::{InstallId, RequestNumber};
use crate::access::resource::Resource;
use crate::access::time::Timestamp;
use crate::access::usage::{Sessions, Tells};
use crate::findings::Finding;

use super::IntegrationError;
use super::credentials::{CertifiesKeys, MakesCredentials};
use super::on_target::{KeepsState, Memberships};

/// What a kind of integration can promise; cards and the audit channel word their texts by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guarantees {
    pub early_revoke: EarlyRevoke,
    /// Open sessions end with the access.
    pub ends_sessions: bool,
    /// The bot reads back from the target that access has ended before it says so.
    pub reads_back: bool,
    /// The target itself knows the deadline, so new logins stop even if the bot is dead.
    pub target_deadline: bool,
}

/// When an early revoke takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarlyRevoke {
    Now,
    AtLatest(Duration),
}

/// What a request needs on its target: one principal that carries all its units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantOrder {
    pub install: InstallId,
    pub request: RequestNumber,
    /// The grantee's name; principals contain a readable part of it.
    pub grantee_name: String,
    /// The grantee's personal account on this target according to the config, if it lists such accounts.
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
    /// The grant with the target's own identifiers for it, which names alone do not give. It replaces what was prepared.
    pub granted: Granted,
    /// The deadline that the target itself holds, if it can.
    pub target_deadline: Option<Timestamp>,
}

/// The login is locked, sessions are ended, and both were read back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    pub sessions_ended: u32,
    /// What was read back, for people: `login locked, 0 sessions`.
    pub proof: String,
    /// The sessions right before they were ended; `None` if the target does not show them.
    pub last_look: Option<LastLook>,
}

/// The last look at a grant before its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastLook {
    pub found: Sessions,
    /// How long ago that was.
    pub ago: Duration,
}

/// What a permission lets people do on a resource that can be requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnOffer {
    pub resource: String,
    pub permission: String,
    pub reach: Reach,
}

/// How far a permission reaches on a resource, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// `12 tables`, `the account deploy`.
    Has(String),
    /// It lets nobody do anything: why, and what to do about it.
    Nothing { why: String, mend: String },
    /// It could not be looked at; a finding of the check says why.
    Unknown,
}

/// What can be requested on a target.
pub enum Offer<'a> {
    /// What the config lists.
    Listed(Vec<Resource>),
    /// What the target has now.
    Discovered(&'a dyn Discovers),
}

/// How people get what they need to log in.
pub enum Connect<'a> {
    /// Credentials are made for them.
    Makes(&'a dyn MakesCredentials),
    /// Their own public key is certified.
    Certifies(&'a dyn CertifiesKeys),
}

/// One target. Every call has its own timeout and is idempotent.
#[async_trait]
pub trait Integration: Send + Sync {
    fn kind(&self) -> &'static str;

    fn guarantees(&self) -> Guarantees;

    /// What tells how `granted` is used; `None` if nothing does, because people log in as they do without it.
    fn tells_use(&self, granted: &Granted) -> Option<Tells>;

    /// Permission names of the config, in file order.
    fn permissions(&self) -> Vec<String>;

    /// What a permission on a resource is on the target, in a few words for people who decide: `group role orders_write`. `None`
    /// if the config does not say.
    fn means(&self, permission: &str, resource: &str) -> Option<String>;

    fn offer(&self) -> Offer<'_>;

    /// What prevents it from granting anything, if that can be seen without a request.
    async fn ready(&self) -> Result<(), IntegrationError> {
        Ok(())
    }

    /// Checks the target for what will fail or is unwise, for `apono check --online`, and changes nothing there. `now` is
    /// compared with the target's clock.
    async fn check(&self, now: Timestamp) -> Result<Vec<Finding>, IntegrationError>;

    /// What each permission of `resources`, which are on offer, lets people do there, for `apono check --online`. It only
    /// reads.
    async fn reach(&self, resources: &[Resource]) -> Result<Vec<OnOffer>, IntegrationError>;

    /// Plans the grant without touching the target; refuses a request that can never be granted.
    fn prepare(&self, order: &GrantOrder) -> Result<Granted, IntegrationError>;

    /// Makes it live until `until`. Idempotent for each grant; a later `until` extends it; never revives a revoked grant.
    async fn grant(&self, granted: &Granted, until: Timestamp) -> Result<Confirmed, IntegrationError>;

    /// Locks the login, ends sessions and reads both back. Also succeeds if nothing was ever granted. Called only after
    /// [`Granted::credentials_until`].
    async fn revoke(&self, granted: &Granted) -> Result<Revoked, IntegrationError>;

    fn connect(&self) -> Connect<'_>;

    /// What it keeps on its target beyond a credential, if anything. Only such state needs cleaning up and can be changed
    /// there by others.
    fn state(&self) -> Option<&dyn KeepsState> {
        None
    }

    /// For targets where others can become members of what was granted, or what was granted can become a member of something
    /// else.
    fn memberships(&self) -> Option<&dyn Memberships> {
        None
    }
}

/// A target that can list its own resources.
#[async_trait]
pub trait Discovers: Sync {
    /// Everything that can be requested. An outage is an error, never an empty list.
    async fn discover(&self) -> Result<Vec<Resource>, IntegrationError>;
}
