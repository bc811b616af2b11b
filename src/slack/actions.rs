//! The names that buttons, inputs and modals travel under. Released names keep their meaning: old cards carry them.

pub const APPROVE: &str = "approve";
pub const REJECT: &str = "reject";
pub const CONNECT: &str = "connect";
pub const REVOKE: &str = "revoke";
pub const OPEN: &str = "open";

/// The request form's callback and its inputs' actions.
pub const FORM: &str = "request_form";
pub const INTEGRATION: &str = "integration";
pub const RESOURCE_TYPE: &str = "resource_type";
pub const RESOURCES: &str = "resources";
pub const PERMISSIONS: &str = "permissions";
pub const DURATION: &str = "duration";
pub const JUSTIFICATION: &str = "justification";

/// The rejection form's callback and its input.
pub const REJECT_FORM: &str = "reject_form";
pub const REASON: &str = "reason";

/// The form that asks for a public key, and its inputs.
pub const CONNECT_FORM: &str = "connect_form";
pub const KNOWN_KEY: &str = "known_key";
pub const PUBLIC_KEY: &str = "public_key";

/// Message metadata: how a message whose fate is unknown is found again.
pub const METADATA_MESSAGE: &str = "apono_message";
pub const METADATA_AUDIT: &str = "apono_audit";
