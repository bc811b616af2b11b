//! What each event is called.

use super::cause::{Cause, NotGranted};
use super::event::What;

/// The name of the kind that has no post in the audit channel: there can be as many as people read pages. The daily line sums
/// them up.
pub const UNPOSTED: &str = "read";

/// The name of every kind, in alphabetical order.
pub const NAMES: [&str; 79] = [
    "address_accepted",
    "adopted",
    "after_silence",
    "approved",
    "approved_after_rejection",
    "authority_recorded",
    "authority_refused",
    "blocked",
    "cancelled",
    "cleaned_up",
    "credentials_shown",
    "day",
    "drift",
    "expired",
    "exported",
    "extended",
    "extension_asked",
    "extension_confirmed",
    "extension_failed",
    "extension_lapsed",
    "extension_rejected",
    "failed",
    "frozen",
    "genesis",
    "granted",
    "identity_bound",
    "joined",
    "lapsed",
    "left_over",
    "many_at_night",
    "move_accepted",
    "new_resource",
    "not_reached",
    "overdue",
    "policy_changed",
    "policy_changed_further",
    "quick_approver",
    "read",
    "refusals_in_a_row",
    "refused",
    "refused_again",
    "rejected",
    "reload_refused",
    "reopened",
    "replayed",
    "report_changed",
    "report_deleted",
    "report_not_delivered",
    "report_paused",
    "report_ran",
    "report_saved",
    "requested",
    "restore_accepted",
    "restore_found",
    "review_ended",
    "review_kept",
    "review_started",
    "revoke_all",
    "revoked",
    "revoking",
    "self_similar",
    "sessions_ended",
    "sessions_kept",
    "sessions_ordered",
    "set_aside",
    "set_right",
    "signed_in",
    "signed_out",
    "started",
    "stopped",
    "stray_cleaned",
    "stray_ended",
    "taken_off",
    "tested",
    "thawed",
    "tokens_exchanged",
    "turned_down",
    "unblocked",
    "ungranted",
];

impl What {
    /// Whether the audit channel gets a post about it.
    pub fn is_posted(&self) -> bool {
        self.name() != UNPOSTED
    }

    /// The kind's name, as stored beside the payload for queries.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Genesis => "genesis",
            Self::Requested { .. } => "requested",
            Self::Approved { .. } => "approved",
            Self::Rejected { .. } => "rejected",
            Self::Lapsed { .. } => "lapsed",
            Self::Cancelled { .. } => "cancelled",
            Self::Reopened { .. } => "reopened",
            Self::Granted { .. } => "granted",
            Self::Revoking { .. } => "revoking",
            Self::Revoked(_) => "revoked",
            Self::Expired(_) => "expired",
            Self::Failed { .. } => "failed",
            Self::CredentialsShown { .. } => "credentials_shown",
            Self::CleanedUp { .. } => "cleaned_up",
            Self::Refused { .. } => "refused",
            Self::Started { .. } => "started",
            Self::Stopped => "stopped",
            Self::PolicyChanged { .. } => "policy_changed",
            Self::PolicyChangedFurther { .. } => "policy_changed_further",
            Self::ReloadRefused { .. } => "reload_refused",
            Self::TokensExchanged { .. } => "tokens_exchanged",
            Self::AuthorityRecorded { .. } => "authority_recorded",
            Self::AuthorityRefused { .. } => "authority_refused",
            Self::ExtensionAsked { .. } => "extension_asked",
            Self::Extended { .. } => "extended",
            Self::ExtensionConfirmed { .. } => "extension_confirmed",
            Self::ExtensionRejected { .. } => "extension_rejected",
            Self::ExtensionLapsed { .. } => "extension_lapsed",
            Self::ExtensionFailed { .. } => "extension_failed",
            Self::TurnedDown { .. } => "turned_down",
            Self::NotReached { .. } => "not_reached",
            Self::Blocked { .. } => "blocked",
            Self::Unblocked { .. } => "unblocked",
            Self::Frozen { .. } => "frozen",
            Self::Thawed { .. } => "thawed",
            Self::RevokeAll { .. } => "revoke_all",
            Self::Joined { .. } => "joined",
            Self::AddressAccepted { .. } => "address_accepted",
            Self::RefusedAgain { .. } => "refused_again",
            Self::Day(_) => "day",
            Self::OnTarget(found) => found.name(),
            Self::Overdue(_) => "overdue",
            Self::Restored(restored) => restored.name(),
            Self::Portal(portal) => portal.name(),
            Self::Exported(_) => "exported",
            Self::Read(_) => "read",
            Self::ToSink(to_sink) => to_sink.name(),
            Self::Reporting(reporting) => reporting.name(),
            Self::Anomaly(anomaly) => anomaly.kind.name(),
            Self::Reviewing(reviewing) => reviewing.name(),
        }
    }
}

impl What {
    /// The cause, for events that have one.
    pub const fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Revoking { cause, .. } | Self::Failed { cause, .. } | Self::TurnedDown { cause } => {
                Some(cause)
            }
            Self::Revoked(end) | Self::Expired(end) => Some(&end.cause),
            Self::Genesis
            | Self::Requested { .. }
            | Self::Approved { .. }
            | Self::Rejected { .. }
            | Self::Lapsed { .. }
            | Self::Cancelled { .. }
            | Self::Reopened { .. }
            | Self::Granted { .. }
            | Self::CredentialsShown { .. }
            | Self::CleanedUp { .. }
            | Self::Refused { .. }
            | Self::Started { .. }
            | Self::Stopped
            | Self::PolicyChanged { .. }
            | Self::PolicyChangedFurther { .. }
            | Self::ReloadRefused { .. }
            | Self::TokensExchanged { .. }
            | Self::AuthorityRecorded { .. }
            | Self::AuthorityRefused { .. }
            | Self::ExtensionAsked { .. }
            | Self::Extended { .. }
            | Self::ExtensionConfirmed { .. }
            | Self::ExtensionRejected { .. }
            | Self::ExtensionLapsed { .. }
            | Self::ExtensionFailed { .. }
            | Self::NotReached { .. }
            | Self::Blocked { .. }
            | Self::Unblocked { .. }
            | Self::Frozen { .. }
            | Self::Thawed { .. }
            | Self::RevokeAll { .. }
            | Self::Joined { .. }
            | Self::AddressAccepted { .. }
            | Self::RefusedAgain { .. }
            | Self::Day(_)
            | Self::OnTarget(_)
            | Self::Overdue(_)
            | Self::Restored(_)
            | Self::Portal(_)
            | Self::Exported(_)
            | Self::Read(_)
            | Self::ToSink(_)
            | Self::Reporting(_)
            | Self::Anomaly(_)
            | Self::Reviewing(_) => None,
        }
    }
}

impl Cause {
    /// What it is called, as in the payload.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TimeOver => "time_over",
            Self::GivenBack => "given_back",
            Self::ByApprover => "by_approver",
            Self::ByAdmin => "by_admin",
            Self::RevokeAll { .. } => "revoke_all",
            Self::Reviewed { .. } => "reviewed",
            Self::Left { .. } => "left",
            Self::Blocked { .. } => "blocked",
            Self::SelfApproved => "self_approved",
            Self::NobodyLeft => "nobody_left",
            Self::Gone(_) => "gone",
            Self::Changed { .. } => "changed",
            Self::NotGranted(why) => why.name(),
        }
    }
}

impl NotGranted {
    const fn name(&self) -> &'static str {
        match self {
            Self::Policy(_) => "policy",
            Self::ApprovalStopped { .. } => "approval_stopped",
            Self::SomebodyUnknown => "somebody_unknown",
            Self::PeopleUnknown { .. } => "people_unknown",
            Self::AccountChanged { .. } => "account_changed",
            Self::KindChanged { .. } => "kind_changed",
            Self::Gone(_) => "gone",
            Self::AnotherConfig => "another_config",
            Self::HeldUp(_) => "held_up",
            Self::NoIntegration { .. } => "no_integration",
            Self::TargetRefused(_) => "target_refused",
            Self::TargetFailed(_) => "target_failed",
        }
    }
}
