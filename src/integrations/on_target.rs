//! What some kinds keep on their targets: found there, set right, cleaned up, and ended with the bot dead.

use async_trait::async_trait;

use crate::access::grant::Granted;
use crate::access::ids::{InstallId, RequestNumber};
use crate::access::reconcile::Held;
use crate::access::target::Trouble;
use crate::access::time::Timestamp;

use super::{Confirmed, Integration, IntegrationError, Revoked};

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

impl Cleaned {
    /// There was nothing.
    pub fn nothing() -> Self {
        Self {
            summary: "nothing to remove".to_owned(),
            kept: false,
        }
    }
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

/// What ended by [`KeepsState::reap`].
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

/// A kind whose grants stand on the target.
#[async_trait]
pub trait KeepsState: Sync {
    /// The one target that [`Self::inspect`] looks at.
    fn place(&self) -> String;

    /// What of this install stands on the target and was not taken away there.
    async fn inspect(&self, install: &InstallId) -> Result<Vec<LiveGrant>, IntegrationError>;

    /// What [`Self::inspect`] says of a grant that nobody has changed since, without asking the target; its place is the one
    /// that it was made on, which the config may have left since.
    fn intact(&self, granted: &Granted, until: Timestamp) -> Result<LiveGrant, IntegrationError>;

    /// Makes what stands there exactly what was granted, until exactly `until`: what is too much goes, what is missing
    /// comes, what is gone is made anew. Where something went, the grantee's sessions end, and nobody else's. Idempotent;
    /// never revives what was locked or revoked.
    async fn restore(
        &self,
        granted: &Granted,
        until: Timestamp,
        earlier: Earlier,
    ) -> Result<Confirmed, IntegrationError>;

    /// Removes leftovers after a revoke.
    async fn clean_up(&self, granted: &Granted) -> Result<Cleaned, IntegrationError>;

    /// Ends whatever of any install is past its time by what the target alone knows, for when the bot is dead. Each call
    /// inside has a time-out of its own, so that many of them take as long as they take.
    async fn reap(&self) -> Result<Reap, IntegrationError>;
}

/// A target where accounts are members of others.
#[async_trait]
pub trait Memberships: Sync {
    /// Takes off every membership that was not granted, and changes nothing else: others' in what was made for the grant,
    /// and that in anything. Where the grantee had more by one, their sessions end; others' sessions go on, and end by
    /// [`Self::end_sessions_of`] alone. Idempotent; refuses what only somebody else can take off.
    async fn take_off(&self, granted: &Granted, earlier: Earlier) -> Result<(), IntegrationError>;

    /// Ends the sessions that this account has now, wherever the grant has any, and returns how many they were. The
    /// account is nobody's whom the grant is for, so it may log in again. Refuses accounts that are not ours to disturb.
    async fn end_sessions_of(&self, granted: &Granted, account: &str) -> Result<u32, IntegrationError>;
}

/// What `integration` keeps on its target; refused where it keeps nothing.
pub fn state_of(integration: &dyn Integration) -> Result<&dyn KeepsState, IntegrationError> {
    let state = integration.state();
    state.ok_or_else(|| unsupported("nothing is kept there that could be set right"))
}

/// The memberships on its target; refused where there are none.
pub fn memberships_of(integration: &dyn Integration) -> Result<&dyn Memberships, IntegrationError> {
    let memberships = integration.memberships();
    memberships.ok_or_else(|| unsupported("nobody can be a member of anything there"))
}

fn unsupported(said: &str) -> IntegrationError {
    IntegrationError::refuse(Trouble::Unsupported, said)
}
