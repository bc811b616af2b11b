//! Why access ends, and why a request is closed without any: by whom, by which rule, with which limit. The text for people
//! is made in `telling`.

use serde::{Deserialize, Serialize};

use super::event::PersonFacts;
use crate::access::ids::SubmissionId;
use crate::access::offered::Gone;
use crate::access::people::Standing;
use crate::access::policy::Refusal;
use crate::access::request::FailCause;
use crate::access::target::TargetFailure;

/// Why access ends, or a request that waited is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Cause {
    TimeOver,
    /// The requester or grantee gave it back.
    GivenBack,
    ByAdmin,
    /// Somebody who approved or extended it.
    ByApprover,
    /// By an admin who ended all of it at once.
    RevokeAll {
        /// The id in the event that reports it.
        press: SubmissionId,
    },
    /// In an access review.
    Reviewed {
        /// The review, as in `RV-3`.
        review: String,
        /// Its line, from 1 on.
        line: u64,
        /// Nobody decided it before the review was due.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        undecided: bool,
    },
    /// The requester is no longer one of ours.
    Left {
        person: PersonFacts,
        became: Became,
    },
    /// An admin blocked the requester.
    Blocked {
        person: PersonFacts,
    },
    /// The requester approved it, from another account.
    SelfApproved,
    /// The last people who could answer left or were blocked.
    NobodyLeft,
    /// The config no longer has what it needs.
    Gone(Gone),
    /// Somebody changed it on the target, and it could not be corrected.
    Changed {
        target: TargetFailure,
    },
    NotGranted(NotGranted),
}

/// What became of an account that was ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// Slack no longer knows the account.
    Unknown,
    Now(Standing),
}

/// Why an approved request is not granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum NotGranted {
    /// Policy refuses it now.
    Policy(Refusal),
    /// The approval no longer counts.
    ApprovalStopped { approved_by: Vec<PersonFacts> },
    /// Slack no longer knows somebody in it.
    SomebodyUnknown,
    /// People could not be looked up in the directory.
    PeopleUnknown { said: String },
    /// The config now names another account for the grantee.
    AccountChanged { account: String },
    /// The integration is now of this kind, and was of another at the time of the request.
    KindChanged { kind: String },
    /// The config no longer has what it needs.
    Gone(Gone),
    /// Another replica's config is active.
    AnotherConfig,
    /// Nothing is granted to anybody on the integration.
    HeldUp(HeldUp),
    /// The config has no such integration, or it cannot be used.
    NoIntegration { integration: String },
    /// The target will not do it until somebody changes something.
    TargetRefused(TargetFailure),
    /// The target did not do it for as long as it was retried.
    TargetFailed(TargetFailure),
}

/// Why nothing is granted to anybody on an integration now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldUp {
    /// An admin froze it.
    Frozen,
    /// The database is older than what the audit channel shows.
    RestoredBackup,
    /// The audit channel is far behind.
    AuditBehind,
    /// The audit channel was not compared with the database since the start.
    NotCompared,
}

/// What a cancelled request was waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waited {
    /// For an answer.
    Pending,
    /// For being granted.
    Approved,
}

/// Why a certificate authority's key is not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum KeyTrouble {
    /// A different key than the one on record was found.
    Another { fingerprint: String },
    /// It cannot be read or made.
    Unusable { said: String },
}

impl Cause {
    /// The cause of failure of a request that is not granted for this reason.
    pub const fn fails(&self) -> FailCause {
        match self {
            Self::TimeOver => FailCause::TimeOver,
            Self::Left { .. } => FailCause::Left,
            Self::Blocked { .. } => FailCause::Blocked,
            Self::Gone(gone) => gone.fails(),
            Self::NotGranted(why) => why.fails(),
            Self::GivenBack
            | Self::ByAdmin
            | Self::ByApprover
            | Self::RevokeAll { .. }
            | Self::Reviewed { .. }
            | Self::SelfApproved
            | Self::NobodyLeft
            | Self::Changed { .. } => FailCause::NotAllowedAnyMore,
        }
    }
}

impl NotGranted {
    /// The cause of failure of a request for this reason.
    pub const fn fails(&self) -> FailCause {
        match self {
            Self::Policy(Refusal::StaleFacts) | Self::PeopleUnknown { .. } => FailCause::PeopleUnknown,
            Self::Policy(Refusal::Frozen { .. }) | Self::HeldUp(HeldUp::Frozen) => FailCause::Frozen,
            Self::Policy(Refusal::RevokeOnly) | Self::HeldUp(HeldUp::RestoredBackup) => {
                FailCause::RestoredBackup
            }
            Self::Gone(gone) => gone.fails(),
            Self::HeldUp(HeldUp::AuditBehind) => FailCause::AuditBehind,
            Self::HeldUp(HeldUp::NotCompared) => FailCause::NotCompared,
            Self::Policy(_)
            | Self::ApprovalStopped { .. }
            | Self::SomebodyUnknown
            | Self::AccountChanged { .. }
            | Self::KindChanged { .. } => FailCause::NotAllowedAnyMore,
            Self::TargetRefused(_) => FailCause::TargetRefused,
            Self::AnotherConfig | Self::NoIntegration { .. } | Self::TargetFailed(_) => {
                FailCause::TargetUnreachable
            }
        }
    }
}
