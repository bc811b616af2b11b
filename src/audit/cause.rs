//! Why access ends, and why a request is closed without any: by whom, by which rule, with which limit. What people read of it
//! is made in `telling`.

use serde::{Deserialize, Serialize};

use super::event::PersonFacts;
use crate::access::ids::SubmissionId;
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
    /// By an admin who had all of it end at once.
    RevokeAll {
        /// That of the event which tells of it.
        press: SubmissionId,
    },
    /// Whoever asked is not one of ours any more.
    Left {
        person: PersonFacts,
        became: Became,
    },
    /// An admin blocked whoever asked.
    Blocked {
        person: PersonFacts,
    },
    /// Whoever asked for it approved it, by another account.
    SelfApproved,
    /// The last people who could answer left or were blocked.
    NobodyLeft,
    /// Somebody changed it on the target, and it could not be set right.
    Changed {
        target: TargetFailure,
    },
    NotGranted(NotGranted),
}

/// What became of an account that was ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Became {
    /// Slack knows no such account any more.
    Unknown,
    Now(Standing),
}

/// Why something that was approved is not granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum NotGranted {
    /// Policy refuses it now.
    Policy(Refusal),
    /// Whoever approved it does not count any more.
    ApprovalStopped { approved_by: Vec<PersonFacts> },
    /// Slack knows somebody in it no more.
    SomebodyUnknown,
    /// The directory of people did not say who is who.
    PeopleUnknown { said: String },
    /// The config names another account of the grantee's now.
    AccountChanged { account: String },
    /// The integration is of this kind now, and was of another when it was asked for.
    KindChanged { kind: String },
    /// Another replica's config is the active one.
    AnotherConfig,
    /// Nothing is granted on the integration, whoever asks.
    HeldUp(HeldUp),
    /// The config has no such integration, or it cannot be used.
    NoIntegration { integration: String },
    /// The target will not do it until somebody changes something.
    TargetRefused(TargetFailure),
    /// The target did not do it for as long as it was tried.
    TargetFailed(TargetFailure),
}

/// Why nothing is granted on an integration now, whoever asks.
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

/// What a request waited for that was cancelled.
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
    /// Another key than the one on record stands there.
    Another { fingerprint: String },
    /// It cannot be read or made.
    Unusable { said: String },
}

impl Cause {
    /// What a request fails by if this is why it is not granted.
    pub const fn fails(&self) -> FailCause {
        match self {
            Self::TimeOver => FailCause::TimeOver,
            Self::Left { .. } => FailCause::Left,
            Self::Blocked { .. } => FailCause::Blocked,
            Self::NotGranted(why) => why.fails(),
            Self::GivenBack
            | Self::ByAdmin
            | Self::RevokeAll { .. }
            | Self::SelfApproved
            | Self::NobodyLeft
            | Self::Changed { .. } => FailCause::NotAllowedAnyMore,
        }
    }
}

impl NotGranted {
    /// What a request fails by if this is why.
    pub const fn fails(&self) -> FailCause {
        match self {
            Self::Policy(Refusal::StaleFacts) | Self::PeopleUnknown { .. } => FailCause::PeopleUnknown,
            Self::Policy(Refusal::Frozen { .. }) | Self::HeldUp(HeldUp::Frozen) => FailCause::Frozen,
            Self::Policy(Refusal::RevokeOnly) | Self::HeldUp(HeldUp::RestoredBackup) => {
                FailCause::RestoredBackup
            }
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
