//! What some kinds keep on their targets: how it is found, restored, cleaned up, and ended when the bot is dead.

use async_trait::async_trait;

use crate::access::grant::Granted;
use crate::access::ids::{InstallId, RequestNumber};
use crate::access::reconcile::Held;
use crate::access::target::Trouble;
use crate::access::time::Timestamp;
use crate::access::usage::Sessions;

use super::{Confirmed, Integration, IntegrationError, Revoked};

/// Whether there were earlier tries that did not complete. Nothing records how far they got: a session may still be using what
/// one of them took away.
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
    /// Something is left that somebody else has to remove first; then the cleanup can be completed.
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

/// Something on a target that belongs to an installation of the bot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveGrant {
    /// Where it is: this tells two integrations on one server that they see the same thing.
    pub place: String,
    /// The target's own name for it; unique in its place.
    pub name: String,
    pub held: Held,
    /// Its sessions everywhere, if [`Integration::tells_use`] says that the target shows them.
    pub sessions: Sessions,
    /// Enough to take it away, based only on what the target says; `None` if nothing there says that it is ours.
    pub granted: Option<Granted>,
}

/// What [`KeepsState::reap`] ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reap {
    pub ended: Vec<Reaped>,
    /// Parts of the target that could not be checked, and why, for people.
    pub unseen: Vec<String>,
}

/// Something of ours that had expired on the target, and what happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaped {
    pub principal: String,
    pub request: RequestNumber,
    pub end: Result<Revoked, IntegrationError>,
}

/// A kind whose grants exist on the target.
#[async_trait]
pub trait KeepsState: Sync {
    /// The target that [`Self::inspect`] looks at.
    fn place(&self) -> String;

    /// Everything on the target that belongs to this installation and was not taken away there.
    async fn inspect(&self, install: &InstallId) -> Result<Vec<LiveGrant>, IntegrationError>;

    /// What [`Self::inspect`] would return for a grant that nobody has changed, without asking the target. Its place is the
    /// one it was made on; the config may point elsewhere by now.
    fn intact(&self, granted: &Granted, until: Timestamp) -> Result<LiveGrant, IntegrationError>;

    /// Makes the target match exactly what was granted, until exactly `until`: extra access is removed, missing access is
    /// added, and a missing account is created again. If something was removed, the grantee's sessions end, and nobody else's.
    /// Idempotent; never revives what was locked or revoked.
    async fn restore(
        &self,
        granted: &Granted,
        until: Timestamp,
        earlier: Earlier,
    ) -> Result<Confirmed, IntegrationError>;

    /// Removes leftovers after a revoke.
    async fn clean_up(&self, granted: &Granted) -> Result<Cleaned, IntegrationError>;

    /// Ends everything of any installation that has expired according to the target alone, for when the bot is dead. Each call
    /// inside has its own timeout; the number of calls has no limit.
    async fn reap(&self) -> Result<Reap, IntegrationError>;
}

/// A target where accounts can be members of others.
#[async_trait]
pub trait Memberships: Sync {
    /// Removes every membership that was not granted, and changes nothing else: memberships of others in what was made for the
    /// grant, and memberships of the grant in anything. If one gave the grantee more access, the grantee's sessions end;
    /// others' sessions keep running, and only [`Self::end_sessions_of`] ends them. Idempotent; refuses memberships that only
    /// somebody else can remove.
    async fn take_off(&self, granted: &Granted, earlier: Earlier) -> Result<(), IntegrationError>;

    /// Ends this account's present sessions in every place where the grant has any, and returns how many there were. The
    /// account does not belong to the grantee, so it may log in again. Refuses accounts that the bot must not disturb.
    async fn end_sessions_of(&self, granted: &Granted, account: &str) -> Result<u32, IntegrationError>;
}

/// What `integration` keeps on its target; refused if it keeps nothing.
pub fn state_of(integration: &dyn Integration) -> Result<&dyn KeepsState, IntegrationError> {
    let state = integration.state();
    state.ok_or_else(|| unsupported("this integration keeps nothing on its target that could be corrected"))
}

/// The memberships on its target; refused if there are none.
pub fn memberships_of(integration: &dyn Integration) -> Result<&dyn Memberships, IntegrationError> {
    let memberships = integration.memberships();
    memberships.ok_or_else(|| unsupported("this integration's target has no memberships"))
}

fn unsupported(said: &str) -> IntegrationError {
    IntegrationError::refuse(Trouble::Unsupported, said)
}
