//! The names that buttons, inputs and modals travel under. Released names keep their meaning: old cards carry them.

pub const APPROVE: &str = "approve";
/// Opens the whole of a long list; the button of that window approves.
pub const READ_AND_APPROVE: &str = "read_and_approve";
pub const REJECT: &str = "reject";
pub const CONNECT: &str = "connect";
pub const REVOKE: &str = "revoke";
pub const OPEN: &str = "open";
pub const CANCEL: &str = "cancel";
pub const AGAIN: &str = "again";
pub const EXTEND: &str = "extend";
pub const EXTEND_APPROVE: &str = "extend_approve";
pub const EXTEND_READ_AND_APPROVE: &str = "extend_read_and_approve";
pub const EXTEND_REJECT: &str = "extend_reject";
/// For admins, on an alarm.
pub const END_SESSIONS: &str = "end_sessions";

/// A list in a window, and its other pages.
pub const READ: &str = "read";
pub const NEWER: &str = "newer";
pub const OLDER: &str = "older";

/// The request form's callback and its inputs' actions.
pub const FORM: &str = "request_form";
pub const INTEGRATION: &str = "integration";
pub const RESOURCE_TYPE: &str = "resource_type";
pub const RESOURCES: &str = "resources";
pub const PERMISSIONS: &str = "permissions";
pub const DURATION: &str = "duration";
pub const JUSTIFICATION: &str = "justification";

/// The callbacks of the forms that approve and reject, and their input.
pub const APPROVE_FORM: &str = "approve_form";
pub const REJECT_FORM: &str = "reject_form";
pub const REASON: &str = "reason";

/// The form that asks for a public key, and its inputs.
pub const CONNECT_FORM: &str = "connect_form";
pub const KNOWN_KEY: &str = "known_key";
pub const PUBLIC_KEY: &str = "public_key";

/// The forms of an extension: asked for, approved and rejected. Their inputs are those of the others.
pub const EXTEND_FORM: &str = "extend_form";
pub const EXTEND_APPROVE_FORM: &str = "extend_approve_form";
pub const EXTEND_REJECT_FORM: &str = "extend_reject_form";

/// The form of the red button, with the reason that others have, and its tick box.
pub const RED_BUTTON_FORM: &str = "red_button_form";
pub const BRAKE: &str = "brake";

/// Message metadata: how a message whose fate is unknown is found again.
pub const METADATA_MESSAGE: &str = "apono_message";
pub const METADATA_AUDIT: &str = "apono_audit";
