//! Which requests a list shows, besides what its reader may see.

use serde::{Deserialize, Deserializer, Serialize};

use super::ids::PersonId;
use super::named::named;
use super::request::{RejectCause, State};
use super::time::Timestamp;
use super::usage::Used;

/// Only requests for which all of these are true. It travels in buttons and addresses and carries no authority.
///
/// Buttons that were posted long ago hold it as JSON, so a released name keeps its meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Requested by or for this person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requester: Option<PersonId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grantee: Option<PersonId>,
    /// Approved or rejected by this person, also if that no longer counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approver: Option<PersonId>,
    /// On this integration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
    /// With a resource of this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// With this permission; on the resource, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permission: Option<String>,
    /// Under a flow of this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<String>,
    /// With one of these statuses; any if there is none.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "one_or_several")]
    pub status: Vec<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<DecidedBy>,
    /// Requested at this time or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Requested before this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    #[serde(skip_serializing_if = "Span::is_open")]
    pub decided: Span,
    #[serde(skip_serializing_if = "Span::is_open")]
    pub granted: Span,
    /// Its access ended, as read back from the target.
    #[serde(skip_serializing_if = "Span::is_open")]
    pub ended: Span,
    /// Its access was live at any moment in this span.
    #[serde(skip_serializing_if = "Span::is_open")]
    pub live: Span,
    /// What is known about the use of its access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used: Option<Used>,
    /// Every word of it begins a word of the justification, or of a name in the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// From a time on, and before another; open on a side that is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Span {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
}

impl Span {
    /// This one moment.
    pub const fn at(moment: Timestamp) -> Self {
        Self {
            from: Some(moment),
            to: Some(Timestamp::from_micros(moment.micros().saturating_add(1))),
        }
    }

    /// Whether it has neither start nor end.
    pub const fn is_open(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }

    /// Whether nothing is in it, because it ends before it begins.
    pub fn is_backwards(&self) -> bool {
        self.from.zip(self.to).is_some_and(|(from, to)| to <= from)
    }
}

impl Filter {
    /// When it was requested.
    pub const fn created(&self) -> Span {
        Span {
            from: self.from,
            to: self.to,
        }
    }

    /// Whether one of its spans of time ends before it begins.
    pub fn is_backwards(&self) -> bool {
        let spans = [self.created(), self.decided, self.granted, self.ended, self.live];
        spans.iter().any(Span::is_backwards)
    }

    /// The same filter for access that is live now; `None` if its statuses leave none.
    pub fn of_live(&self) -> Option<Self> {
        let live = [Status::Granted, Status::Revoking];
        let wanted = |status: &Status| self.status.is_empty() || self.status.contains(status);
        let status: Vec<Status> = live.into_iter().filter(wanted).collect();
        (!status.is_empty()).then(|| Self {
            status,
            ..self.clone()
        })
    }
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

named! {
    /// How it was decided whether a request is granted.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum DecidedBy {
        /// Approvers approved or rejected it.
        Person = "person",
        /// Its flows approve automatically.
        Automatic = "automatic",
        /// Nobody answered in time.
        Lapsed = "lapsed",
        /// It was withdrawn before anybody decided.
        Cancelled = "cancelled",
        /// It was closed before anybody decided: the requester left or was blocked, nobody was left to answer, or the config no
        /// longer has what it asks for.
        Closed = "closed",
    }
}

impl DecidedBy {
    /// How a request that came into this state was decided, if it was not decided before; `None` while nobody has.
    pub const fn of(state: State) -> Option<Self> {
        match state {
            State::Pending => None,
            State::Rejected(RejectCause::Lapsed) => Some(Self::Lapsed),
            State::Rejected(
                RejectCause::Left
                | RejectCause::Blocked
                | RejectCause::NobodyLeft
                | RejectCause::IntegrationGone
                | RejectCause::IntegrationRetired
                | RejectCause::PermissionGone
                | RejectCause::ResourceGone,
            ) => Some(Self::Closed),
            State::Cancelled => Some(Self::Cancelled),
            State::Rejected(RejectCause::ByApprover)
            | State::Approved
            | State::Granted
            | State::Revoking(_)
            | State::Expired
            | State::Revoked(_)
            | State::Failed(_) => Some(Self::Person),
        }
    }
}

/// Earlier versions kept one status.
fn one_or_several<'de, D: Deserializer<'de>>(stored: D) -> Result<Vec<Status>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        One(Status),
        Several(Vec<Status>),
    }
    Ok(match Stored::deserialize(stored)? {
        Stored::One(status) => vec![status],
        Stored::Several(several) => several,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_short_in_a_button() {
        let filter = Filter {
            status: vec![Status::Granted],
            ..Filter::default()
        };
        assert_eq!(
            serde_json::to_string(&filter).unwrap(),
            r#"{"status":["granted"]}"#
        );
        assert_eq!(serde_json::from_str::<Filter>("{}").unwrap(), Filter::default());
    }

    #[test]
    fn a_button_of_an_earlier_version_is_read() {
        let stored = r#"{"person":"p1","integration":"orders-db","resource":"orders","from":1,"to":2,"status":"granted"}"#;
        let filter: Filter = serde_json::from_str(stored).unwrap();
        let expected = Filter {
            person: Some(PersonId::new("p1")),
            integration: Some("orders-db".to_owned()),
            resource: Some("orders".to_owned()),
            from: Some(Timestamp::from_micros(1)),
            to: Some(Timestamp::from_micros(2)),
            status: vec![Status::Granted],
            ..Filter::default()
        };
        assert_eq!(filter, expected);
    }

    #[test]
    fn live_access_with_another_status_is_none() {
        let of = |status: &[Status]| {
            let filter = Filter {
                status: status.to_vec(),
                ..Filter::default()
            };
            filter.of_live().map(|live| live.status)
        };
        assert_eq!(of(&[]), Some(vec![Status::Granted, Status::Revoking]));
        assert_eq!(
            of(&[Status::Granted, Status::Expired]),
            Some(vec![Status::Granted])
        );
        assert_eq!(of(&[Status::Expired]), None);
    }
}
