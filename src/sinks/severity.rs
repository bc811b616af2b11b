//! How much an event matters to those who watch.

use crate::audit::day::TrailState;
use crate::audit::event::What;
use crate::audit::on_target::OnTarget;
use crate::audit::report::Reporting;
use crate::audit::restored::Restored;
use crate::audit::sink::ToSink;

/// From what happens every day to what somebody has to look into at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    Informational,
    /// Somebody tried what they may not, or does not know what they are asked.
    Low,
    /// Something went wrong, or an admin pulled a brake.
    Medium,
    /// Somebody may have more access than they should.
    High,
    /// The trail itself is in doubt.
    Critical,
}

impl Severity {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Informational => "informational",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    pub(super) const fn of(what: &What) -> Self {
        match what {
            What::Genesis
            | What::Requested { .. }
            | What::Approved { .. }
            | What::Rejected { .. }
            | What::Lapsed { .. }
            | What::Cancelled { .. }
            | What::Reopened { .. }
            | What::Granted { .. }
            | What::Revoking { .. }
            | What::Revoked(_)
            | What::Expired(_)
            | What::CredentialsShown { .. }
            | What::CleanedUp { .. }
            | What::Started { .. }
            | What::Stopped
            | What::PolicyChanged { .. }
            | What::PolicyChangedFurther { .. }
            | What::TokensExchanged { .. }
            | What::AuthorityRecorded { .. }
            | What::ExtensionAsked { .. }
            | What::Extended { .. }
            | What::ExtensionConfirmed { .. }
            | What::ExtensionRejected { .. }
            | What::ExtensionLapsed { .. }
            | What::TurnedDown { .. }
            | What::Unblocked { .. }
            | What::Thawed { .. }
            | What::Joined { .. }
            | What::Portal(_)
            | What::Exported(_)
            | What::Read(_)
            | What::Reviewing(_)
            | What::ToSink(ToSink::Replayed { .. } | ToSink::Tested { .. })
            | What::Reporting(
                Reporting::Saved { .. }
                | Reporting::Changed { .. }
                | Reporting::Deleted { .. }
                | Reporting::Ran { .. },
            ) => Self::Informational,
            What::Anomaly(_) | What::Refused { .. } | What::RefusedAgain { .. } | What::NotReached { .. } => {
                Self::Low
            }
            What::Failed { .. }
            | What::ReloadRefused { .. }
            | What::ExtensionFailed { .. }
            | What::Blocked { .. }
            | What::Frozen { .. }
            | What::RevokeAll { .. }
            | What::AddressAccepted { .. }
            | What::Restored(Restored::Accepted { .. } | Restored::Moved { .. })
            | What::ToSink(ToSink::SetAside { .. })
            | What::Reporting(Reporting::Halted { .. } | Reporting::NotDelivered { .. }) => Self::Medium,
            What::AuthorityRefused { .. } | What::Overdue(_) => Self::High,
            What::Day(day) => match day.trail {
                TrailState::Fits { .. } => Self::Informational,
                TrailState::DoesNotFit(_) => Self::Critical,
            },
            What::OnTarget(found) => Self::of_finding(found),
            What::Restored(Restored::Found { .. }) => Self::Critical,
        }
    }

    const fn of_finding(found: &OnTarget) -> Self {
        match found {
            OnTarget::SetRight { .. }
            | OnTarget::TakenOff { .. }
            | OnTarget::SessionsOrdered { .. }
            | OnTarget::SessionsEnded { .. }
            | OnTarget::Ended { .. }
            | OnTarget::Cleaned { .. } => Self::Informational,
            OnTarget::Drift { .. } | OnTarget::LeftOver { .. } => Self::Medium,
            OnTarget::Ungranted { .. } | OnTarget::SessionsKept { .. } | OnTarget::Adopted { .. } => {
                Self::High
            }
        }
    }
}
