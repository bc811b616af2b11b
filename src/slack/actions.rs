//! The names that buttons, inputs and modals travel under. Released names keep their meaning: old cards carry them.

use serde::{Deserialize, Serialize};

/// A button.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Button {
    Approve,
    /// Opens the whole of a long list; the button of that window approves.
    ReadAndApprove,
    Reject,
    Connect,
    Revoke,
    Open,
    Cancel,
    Again,
    Extend,
    ExtendApprove,
    ExtendReadAndApprove,
    ExtendReject,
    /// For admins, on an alarm.
    EndSessions,
    /// A list in a window.
    Read,
    /// Its page before.
    Newer,
    /// Its page after.
    Older,
}

/// A window that can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FormKind {
    Request,
    Approve,
    Reject,
    /// Asks for a public key.
    Connect,
    Extend,
    ExtendApprove,
    ExtendReject,
    RedButton,
}

impl Button {
    const ALL: [Self; 16] = [
        Self::Approve,
        Self::ReadAndApprove,
        Self::Reject,
        Self::Connect,
        Self::Revoke,
        Self::Open,
        Self::Cancel,
        Self::Again,
        Self::Extend,
        Self::ExtendApprove,
        Self::ExtendReadAndApprove,
        Self::ExtendReject,
        Self::EndSessions,
        Self::Read,
        Self::Newer,
        Self::Older,
    ];

    /// What it travels under.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::ReadAndApprove => "read_and_approve",
            Self::Reject => "reject",
            Self::Connect => "connect",
            Self::Revoke => "revoke",
            Self::Open => "open",
            Self::Cancel => "cancel",
            Self::Again => "again",
            Self::Extend => "extend",
            Self::ExtendApprove => "extend_approve",
            Self::ExtendReadAndApprove => "extend_read_and_approve",
            Self::ExtendReject => "extend_reject",
            Self::EndSessions => "end_sessions",
            Self::Read => "read",
            Self::Newer => "newer",
            Self::Older => "older",
        }
    }

    /// The reverse of [`Button::name`].
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|button| button.name() == name)
    }

    /// Whether it asks for a window, and changes nothing by itself.
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
            | Self::Older => true,
            Self::Approve | Self::Revoke | Self::Cancel | Self::ExtendApprove | Self::EndSessions => false,
        }
    }
}

impl FormKind {
    const ALL: [Self; 8] = [
        Self::Request,
        Self::Approve,
        Self::Reject,
        Self::Connect,
        Self::Extend,
        Self::ExtendApprove,
        Self::ExtendReject,
        Self::RedButton,
    ];

    /// What it travels under.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Request => "request_form",
            Self::Approve => "approve_form",
            Self::Reject => "reject_form",
            Self::Connect => "connect_form",
            Self::Extend => "extend_form",
            Self::ExtendApprove => "extend_approve_form",
            Self::ExtendReject => "extend_reject_form",
            Self::RedButton => "red_button_form",
        }
    }

    /// The reverse of [`FormKind::name`].
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }
}

/// The inputs of the forms.
pub const INTEGRATION: &str = "integration";
pub const RESOURCE_TYPE: &str = "resource_type";
pub const RESOURCES: &str = "resources";
pub const PERMISSIONS: &str = "permissions";
pub const DURATION: &str = "duration";
pub const JUSTIFICATION: &str = "justification";
pub const REASON: &str = "reason";
pub const KNOWN_KEY: &str = "known_key";
pub const PUBLIC_KEY: &str = "public_key";
/// The tick box of the red button.
pub const BRAKE: &str = "brake";

/// Message metadata: how a message whose fate is unknown is found again.
pub const METADATA_MESSAGE: &str = "apono_message";
pub const METADATA_AUDIT: &str = "apono_audit";
