//! Which requests a list shows, besides what its reader may see.

use serde::{Deserialize, Serialize};

use super::ids::PersonId;
use super::named::named;
use super::time::Timestamp;

/// Only requests for which all of these are true. It travels in buttons and carries no authority.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Requested by or for this person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// On this integration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
    /// With a resource of this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Requested at this time or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Requested before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

named! {
    /// A word for what became of a request.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Status {
        Pending = "pending",
        Approved = "approved",
        Rejected = "rejected",
        /// Rejected, because nobody answered.
        Lapsed = "lapsed",
        Cancelled = "cancelled",
        Granted = "granted",
        Revoking = "revoking",
        Expired = "expired",
        Revoked = "revoked",
        Failed = "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_short_in_a_button() {
        let filter = Filter {
            status: Some(Status::Granted),
            ..Filter::default()
        };
        assert_eq!(serde_json::to_string(&filter).unwrap(), r#"{"status":"granted"}"#);
        assert_eq!(serde_json::from_str::<Filter>("{}").unwrap(), Filter::default());
    }
}
