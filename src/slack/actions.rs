//! The names of buttons, inputs and modals in payloads. Released names keep their meaning: old cards carry them.

use serde::{Deserialize, Serialize};

use crate::access::named::named;

named! {
    /// A button.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Button {
        Approve = "approve",
        /// Opens the full long list; the button in that window approves.
        ReadAndApprove = "read_and_approve",
        Reject = "reject",
        Connect = "connect",
        Revoke = "revoke",
        Open = "open",
        Cancel = "cancel",
        Again = "again",
        Extend = "extend",
        ExtendApprove = "extend_approve",
        ExtendReadAndApprove = "extend_read_and_approve",
        ExtendReject = "extend_reject",
        /// For admins, on an alarm.
        EndSessions = "end_sessions",
        /// A list in a window.
        Read = "read",
        /// The previous page.
        Newer = "newer",
        /// The next page.
        Older = "older",
        /// Opens a window with everything that is requested, which approves or rejects it.
        Answer = "answer",
        /// Opens a window that asks why somebody else's access is ended.
        End = "end",
        /// Ends a session of the portal.
        EndSession = "end_session",
        /// Opens a window with lines of an access review, which keeps or revokes each.
        Review = "review",
    }
}

named! {
    /// A window that can be submitted.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum FormKind {
        Request = "request_form",
        Approve = "approve_form",
        Reject = "reject_form",
        /// Asks for a public key.
        Connect = "connect_form",
        Extend = "extend_form",
        ExtendApprove = "extend_approve_form",
        ExtendReject = "extend_reject_form",
        RedButton = "red_button_form",
        /// Approves or rejects.
        Answer = "answer_form",
        /// Ends somebody else's access.
        End = "end_form",
        /// Keeps or revokes lines of an access review.
        Review = "review_form",
    }
}

impl Button {
    /// Whether it opens a window, and changes nothing by itself.
    pub const fn opens_window(self) -> bool {
        match self {
            Self::Connect
            | Self::Reject
            | Self::ReadAndApprove
            | Self::Open
            | Self::Again
            | Self::Extend
            | Self::ExtendReadAndApprove
            | Self::ExtendReject
            | Self::Read
            | Self::Newer
            | Self::Older
            | Self::Answer
            | Self::End
            | Self::Review => true,
            Self::Approve
            | Self::Revoke
            | Self::Cancel
            | Self::ExtendApprove
            | Self::EndSessions
            | Self::EndSession => false,
        }
    }

    /// Whether it gives access back, withdraws a request or signs out: that asks nobody who the person is, and has more room.
    pub const fn gives_back(self) -> bool {
        match self {
            Self::Revoke | Self::Cancel | Self::EndSession => true,
            Self::Approve
            | Self::ReadAndApprove
            | Self::Reject
            | Self::Connect
            | Self::Open
            | Self::Again
            | Self::Extend
            | Self::ExtendApprove
            | Self::ExtendReadAndApprove
            | Self::ExtendReject
            | Self::EndSessions
            | Self::Read
            | Self::Newer
            | Self::Older
            | Self::Answer
            | Self::End
            | Self::Review => false,
        }
    }
}

impl FormKind {
    /// Whether something still happens after its acknowledgement.
    pub const fn continues_after_its_acknowledgement(self) -> bool {
        match self {
            Self::RedButton => true,
            Self::Request
            | Self::Approve
            | Self::Reject
            | Self::Connect
            | Self::Extend
            | Self::ExtendApprove
            | Self::ExtendReject
            | Self::Answer
            | Self::End
            | Self::Review => false,
        }
    }
}

/// The inputs of the forms.
pub const INTEGRATION: &str = "integration";
pub const RESOURCE_TYPE: &str = "resource_type";
pub const RESOURCES: &str = "resources";
pub const PERMISSIONS: &str = "permissions";
pub const DURATION: &str = "duration";
/// A choice that fills in the duration.
pub const USUAL: &str = "usual_duration";
pub const JUSTIFICATION: &str = "justification";
pub const REASON: &str = "reason";
pub const KNOWN_KEY: &str = "known_key";
pub const PUBLIC_KEY: &str = "public_key";
/// The checkbox of the red button.
pub const BRAKE: &str = "brake";
/// Approve or reject.
pub const VERDICT: &str = "verdict";
/// Keep or revoke; the number of the line follows.
pub const REVIEW_LINE: &str = "review_line_";

/// Message metadata, by which a message with an unknown outcome is found again.
pub const METADATA_MESSAGE: &str = "apono_message";
pub const METADATA_AUDIT: &str = "apono_audit";
