//! What access is given on. Each kind implements [`Integration`]; callers know nothing of kinds.
//!
//! Invariant: what [`Integration::prepare`] returns is committed before the target is touched, and together with the
//! target's admin credential it suffices to take everything away again, whatever happened in between.

mod asking;
mod error;
pub mod postgres;
pub mod registry;
pub mod ssh;

use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretString;

use crate::access::grant::Granted;
use crate::access::ids::{InstallId, RequestNumber};
use crate::access::reconcile::Held;
use crate::access::resource::Resource;
use crate::access::time::Timestamp;
use crate::findings::Finding;

pub use asking::asked;
pub use error::IntegrationError;

use self::ssh::PersonKey;

/// What a kind of integration can promise; cards, audit and README take their words from it.
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

/// Whether there were tries before that did not get through, of which nobody remembers how far they came: what one of them
/// took away may still be in use by a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    None,
    Some,
}

/// Leftovers removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned {
    /// What was dropped and what is left, for people.
    pub summary: String,
    /// Something is left that somebody else has to take away first; then it can be cleaned up for good.
    pub kept: bool,
}

/// Something of an install that stands on a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveGrant {
    /// Where it stands: two integrations on one server know it for the same by that.
    pub place: String,
    /// What the target itself calls it; no two of a place have the same.
    pub name: String,
    pub held: Held,
    /// Enough to take it away, by what the target alone says; `None` where nothing there says that it is ours.
    pub granted: Option<Granted>,
}

/// What ended by [`Integration::reap`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reap {
    pub ended: Vec<Reaped>,
    /// Parts of the target that could not be looked at, and why, for people.
    pub unseen: Vec<String>,
}

/// Something of ours that was past its time on the target, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaped {
    pub principal: String,
    pub request: RequestNumber,
    pub end: Result<Revoked, IntegrationError>,
}

/// What a kind wants from a person before it can make credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectNeeds {
    Nothing,
    PublicKey,
}

/// What a person hands in when they connect.
#[derive(Clone, Debug)]
pub enum ConnectInput {
    /// Nothing is needed; the kind makes the credential itself.
    Nothing,
    /// To be certified now, for no longer than the grant's end.
    PublicKey {
        key: PersonKey,
        now: Timestamp,
        until: Timestamp,
    },
}

/// What a person needs to log in; made when shown and kept nowhere.
#[derive(Debug)]
pub struct AccessDetails {
    /// Lines to read, in order: `("Host", "db.example.com")`.
    pub fields: Vec<(&'static str, SecretString)>,
    /// To be saved whole, where one of the fields says.
    pub file: Option<File>,
    /// Lines for the shell.
    pub command: SecretString,
    /// How long the credentials last and what becomes of older ones, for people.
    pub note: String,
    /// Whether something in it was made for this showing; not where people log in with what they have anyway.
    pub made: bool,
    /// What stays good until its own end, whatever happens; `None` where credentials end with the access.
    pub credential: Option<Credential>,
}

/// A file's content.
#[derive(Debug)]
pub struct File(pub SecretString);

/// A credential that nobody can call back, as the trail tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The fingerprint of the key that it is for.
    pub key: String,
    pub until: Timestamp,
}

/// One kind of target. Every call has a time-out of its own and is idempotent.
#[async_trait]
pub trait Integration: Send + Sync {
    fn kind(&self) -> &'static str;

    fn guarantees(&self) -> Guarantees;

    /// Permission names of the config, in file order.
    fn permissions(&self) -> Vec<String>;

    /// What [`Self::connect`] has to be given.
    fn connect_needs(&self) -> ConnectNeeds {
        ConnectNeeds::Nothing
    }

    /// What keeps it from granting anything, where that can be seen without a request.
    async fn ready(&self) -> Result<(), IntegrationError> {
        Ok(())
    }

    /// Everything that can be asked for. An outage is an error, never an empty list.
    async fn discover(&self) -> Result<Vec<Resource>, IntegrationError>;

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

    /// Whether something is left after a revoke, for [`Self::clean_up`] to remove: not by a kind that keeps nothing on its targets.
    fn leaves_anything(&self) -> bool {
        self.place().is_some()
    }

    /// Removes leftovers after a revoke.
    async fn clean_up(&self, granted: &Granted) -> Result<Cleaned, IntegrationError>;

    /// What of this install stands on the target and was not taken away there.
    async fn inspect(&self, install: &InstallId) -> Result<Vec<LiveGrant>, IntegrationError>;

    /// The one target that [`Self::inspect`] looks at; `None` for a kind that keeps nothing on its targets.
    fn place(&self) -> Option<String>;

    /// What [`Self::inspect`] says of a grant that nobody has changed since, without asking the target; its place is the one
    /// that it was made on, which the config may have left since. `None` for a kind that keeps nothing on its targets.
    fn intact(&self, granted: &Granted, until: Timestamp) -> Result<Option<LiveGrant>, IntegrationError>;

    /// Makes what stands there exactly what was granted, until exactly `until`: what is too much goes, what is missing
    /// comes, what is gone is made anew. Where something went, the grantee's sessions end, and nobody else's. Idempotent;
    /// never revives what was locked or revoked.
    async fn restore(
        &self,
        granted: &Granted,
        until: Timestamp,
        earlier: Earlier,
    ) -> Result<Confirmed, IntegrationError>;

    /// Takes off every membership that was not granted, and changes nothing else: others' in what was made for the grant,
    /// and that in anything. Where the grantee had more by one, their sessions end; others' sessions go on, and end by
    /// [`Self::end_sessions_of`] alone. Idempotent; refuses what only somebody else can take off.
    async fn take_off(&self, granted: &Granted, earlier: Earlier) -> Result<(), IntegrationError>;

    /// Ends the sessions that this account has now, wherever the grant has any, and returns how many they were. The
    /// account is nobody's whom the grant is for, so it may log in again. Refuses accounts that are not ours to disturb.
    async fn end_sessions_of(&self, granted: &Granted, account: &str) -> Result<u32, IntegrationError>;

    /// Ends whatever of any install is past its time by what the target alone knows, for when the bot is dead. Each call
    /// inside has a time-out of its own, so that many of them take as long as they take.
    async fn reap(&self) -> Result<Reap, IntegrationError>;

    /// Makes new credentials; former ones stop working.
    async fn connect(
        &self,
        granted: &Granted,
        input: ConnectInput,
    ) -> Result<AccessDetails, IntegrationError>;
}
