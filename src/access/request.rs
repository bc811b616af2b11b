//! A request and its state. The states are the words people use; the only way from one to the next is [`next`].
//!
//! [`next`]: super::transition::next

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::{PersonId, RequestId, RequestNumber, SubmissionId, TextId};
use super::named::named;
use super::time::Timestamp;

/// One resource and one permission on it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Unit {
    pub resource_id: String,
    pub resource_name: String,
    pub permission: String,
}

/// At most this many units in one request.
pub const MAX_UNITS: usize = 100;

/// What was requested, and its state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub id: RequestId,
    pub number: RequestNumber,
    pub submission: SubmissionId,
    pub requester: PersonId,
    pub grantee: PersonId,
    pub integration: String,
    /// The integration's kind at the time of the request.
    pub kind: String,
    pub resource_type: String,
    pub units: Vec<Unit>,
    /// The access flows that allowed the request, in config order.
    pub flows: Vec<String>,
    /// Evidence of the policy under which it was requested; never compared to decide.
    pub policy_digest: String,
    pub duration: Duration,
    pub justification: TextId,
    pub state: State,
    /// Grows by one with every change; a change that saw another version is refused.
    pub version: i64,
    pub created_at: Timestamp,
    pub changed_at: Timestamp,
    /// When a request that nobody answered lapses.
    pub answer_due: Timestamp,
}

impl Request {
    /// Permission names, each once, in the order requested.
    pub fn permissions(&self) -> Vec<&str> {
        once(self.units.iter().map(|unit| unit.permission.as_str()))
    }

    /// Resource names, each once, in the order requested.
    pub fn resources(&self) -> Vec<&str> {
        once(self.units.iter().map(|unit| unit.resource_name.as_str()))
    }

    /// Whether this person requested it, or gets the access.
    pub fn is_of(&self, person: &PersonId) -> bool {
        *person == self.requester || *person == self.grantee
    }
}

fn once<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}

/// The state of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Pending,
    Approved,
    Granted,
    Revoking(RevokeCause),
    Rejected(RejectCause),
    Cancelled,
    Expired,
    Revoked(RevokeCause),
    Failed(FailCause),
}

/// Why access is being revoked, or was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RevokeCause {
    TimeOver,
    /// The requester or grantee gave it back.
    GivenBack,
    ByAdmin,
    /// Somebody who approved or extended it.
    ByApprover,
    /// The grantee's account was deactivated, became a guest account, or was removed.
    Left,
    /// An admin blocked the grantee.
    Blocked,
    /// Somebody changed it on the target, and it could not be corrected.
    Changed,
    /// The grantee turned out to have approved it, from another account.
    SelfApproved,
    /// In an access review.
    Reviewed,
    /// Granting never completed; whatever was touched is undone.
    Undo(FailCause),
}

named! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum RejectCause {
        ByApprover = "by_approver",
        Lapsed = "lapsed",
        /// The requester left the workspace.
        Left = "left",
        /// An admin blocked the requester.
        Blocked = "blocked",
        /// The last people who could answer left or were blocked.
        NobodyLeft = "nobody_left",
        /// The config no longer has the integration, or has one of another kind under its name.
        IntegrationGone = "integration_gone",
        /// The config retired the integration.
        IntegrationRetired = "integration_retired",
        /// The config no longer has a permission that it asks for.
        PermissionGone = "permission_gone",
        /// The config no longer has a resource that it asks for.
        ResourceGone = "resource_gone",
    }
}

named! {
    /// Why a request could not be granted.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub enum FailCause {
        /// The policy no longer allows it.
        NotAllowedAnyMore = "not_allowed_any_more",
        /// The target refused for good.
        TargetRefused = "target_refused",
        /// The target did not answer within `provision_for`.
        TargetUnreachable = "target_unreachable",
        /// People could not be looked up in Slack within `provision_for`, so nothing was touched.
        PeopleUnknown = "people_unknown",
        /// Its time ran out before the target confirmed.
        TimeOver = "time_over",
        /// Its integration was frozen for all of `provision_for`.
        Frozen = "frozen",
        /// The audit channel was behind for all of `provision_for`.
        AuditBehind = "audit_behind",
        /// The audit channel could not be compared with the database for all of `provision_for`.
        NotCompared = "not_compared",
        /// The database was restored from a backup, and nobody accepted that within `provision_for`.
        RestoredBackup = "restored_backup",
        /// The requester left the workspace before it was granted.
        Left = "left",
        /// An admin blocked the requester before it was granted.
        Blocked = "blocked",
        /// The config no longer has the integration, or has one of another kind under its name.
        IntegrationGone = "integration_gone",
        /// The config retired the integration.
        IntegrationRetired = "integration_retired",
        /// The config no longer has a permission that it asks for.
        PermissionGone = "permission_gone",
        /// The config no longer has a resource that it asks for.
        ResourceGone = "resource_gone",
    }
}

impl State {
    /// The word that people read.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Approved => "Approved",
            Self::Granted => "Granted",
            Self::Revoking(_) => "Revoking",
            Self::Rejected(_) => "Rejected",
            Self::Cancelled => "Cancelled",
            Self::Expired => "Expired",
            Self::Revoked(_) => "Revoked",
            Self::Failed(_) => "Failed",
        }
    }

    /// Nothing can follow.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Pending | Self::Approved | Self::Granted | Self::Revoking(_) => false,
            Self::Rejected(_) | Self::Cancelled | Self::Expired | Self::Revoked(_) | Self::Failed(_) => true,
        }
    }

    /// The state's name and its reason's, as stored.
    pub const fn stored(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Pending => ("pending", None),
            Self::Approved => ("approved", None),
            Self::Granted => ("granted", None),
            Self::Revoking(cause) => ("revoking", Some(cause.stored())),
            Self::Rejected(cause) => ("rejected", Some(cause.name())),
            Self::Cancelled => ("cancelled", None),
            Self::Expired => ("expired", None),
            Self::Revoked(cause) => ("revoked", Some(cause.stored())),
            Self::Failed(cause) => ("failed", Some(cause.name())),
        }
    }

    /// The reverse of [`State::stored`].
    pub fn from_stored(name: &str, reason: Option<&str>) -> Option<Self> {
        let all_revokes = RevokeCause::ALL.into_iter();
        let all_fails = FailCause::ALL.into_iter();
        let candidates = [
            Self::Pending,
            Self::Approved,
            Self::Granted,
            Self::Cancelled,
            Self::Expired,
        ]
        .into_iter()
        .chain(RejectCause::ALL.map(Self::Rejected))
        .chain(all_revokes.clone().map(Self::Revoking))
        .chain(all_revokes.map(Self::Revoked))
        .chain(all_fails.map(Self::Failed));
        candidates
            .into_iter()
            .find(|state| state.stored() == (name, reason))
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl RevokeCause {
    pub const ALL: [Self; 24] = [
        Self::TimeOver,
        Self::GivenBack,
        Self::ByAdmin,
        Self::ByApprover,
        Self::Left,
        Self::Blocked,
        Self::Changed,
        Self::SelfApproved,
        Self::Reviewed,
        Self::Undo(FailCause::NotAllowedAnyMore),
        Self::Undo(FailCause::TargetRefused),
        Self::Undo(FailCause::TargetUnreachable),
        Self::Undo(FailCause::PeopleUnknown),
        Self::Undo(FailCause::TimeOver),
        Self::Undo(FailCause::Frozen),
        Self::Undo(FailCause::AuditBehind),
        Self::Undo(FailCause::NotCompared),
        Self::Undo(FailCause::RestoredBackup),
        Self::Undo(FailCause::Left),
        Self::Undo(FailCause::Blocked),
        Self::Undo(FailCause::IntegrationGone),
        Self::Undo(FailCause::IntegrationRetired),
        Self::Undo(FailCause::PermissionGone),
        Self::Undo(FailCause::ResourceGone),
    ];

    const fn stored(self) -> &'static str {
        match self {
            Self::TimeOver => "time_over",
            Self::GivenBack => "given_back",
            Self::ByAdmin => "by_admin",
            Self::ByApprover => "by_approver",
            Self::Left => "left",
            Self::Blocked => "blocked",
            Self::Changed => "changed",
            Self::SelfApproved => "self_approved",
            Self::Reviewed => "reviewed",
            Self::Undo(FailCause::NotAllowedAnyMore) => "undo_not_allowed_any_more",
            Self::Undo(FailCause::TargetRefused) => "undo_target_refused",
            Self::Undo(FailCause::TargetUnreachable) => "undo_target_unreachable",
            Self::Undo(FailCause::PeopleUnknown) => "undo_people_unknown",
            Self::Undo(FailCause::TimeOver) => "undo_time_over",
            Self::Undo(FailCause::Frozen) => "undo_frozen",
            Self::Undo(FailCause::AuditBehind) => "undo_audit_behind",
            Self::Undo(FailCause::NotCompared) => "undo_not_compared",
            Self::Undo(FailCause::RestoredBackup) => "undo_restored_backup",
            Self::Undo(FailCause::Left) => "undo_left",
            Self::Undo(FailCause::Blocked) => "undo_blocked",
            Self::Undo(FailCause::IntegrationGone) => "undo_integration_gone",
            Self::Undo(FailCause::IntegrationRetired) => "undo_integration_retired",
            Self::Undo(FailCause::PermissionGone) => "undo_permission_gone",
            Self::Undo(FailCause::ResourceGone) => "undo_resource_gone",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stored_state_is_read_back() {
        let mut states = vec![
            State::Pending,
            State::Approved,
            State::Granted,
            State::Cancelled,
            State::Expired,
        ];
        states.extend(RejectCause::ALL.map(State::Rejected));
        states.extend(RevokeCause::ALL.map(State::Revoking));
        states.extend(RevokeCause::ALL.map(State::Revoked));
        states.extend(FailCause::ALL.map(State::Failed));
        for state in states {
            let (name, reason) = state.stored();
            assert_eq!(State::from_stored(name, reason), Some(state));
        }
        assert_eq!(State::from_stored("granted", Some("lapsed")), None);
    }
}
