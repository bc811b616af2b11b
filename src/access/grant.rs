//! What a request has, or had, on its target, and when it has to be gone. Together with the target's admin credential, a
//! [`Granted`] is enough to remove it all.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ids::RequestId;
use super::request::{Request, RevokeCause, State};
use super::time::Timestamp;

/// Access that is not confirmed gone this long after it should be is overdue.
const OVERDUE_AFTER: Duration = Duration::from_mins(1);

/// A grant as the target will know it. It holds no secret, only references to secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// The integration's name and kind when it was prepared.
    pub integration: String,
    pub kind: String,
    /// The account, role or certificate principal on the target; no two grants of an integration have the same.
    pub principal: String,
    /// What the kind itself needs to find it again: host, port, groups, a secret's reference.
    pub target: serde_json::Value,
    /// When the last credential that was shown and cannot be revoked expires; `None` if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials_until: Option<Timestamp>,
}

/// One principal on a target, from the first attempt on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub request: RequestId,
    pub granted: Granted,
    /// When it ends; committed, with its timer, before the target is touched.
    pub until: Timestamp,
    pub tries: u32,
    pub first_tried_at: Timestamp,
    /// When the target confirmed it.
    pub confirmed_at: Option<Timestamp>,
    pub target_deadline: Option<Timestamp>,
    /// When it was read back that it is gone.
    pub ended_at: Option<Timestamp>,
    pub sessions_ended: Option<u32>,
    pub proof: Option<String>,
    pub cleaned_at: Option<Timestamp>,
}

impl Grant {
    /// The first attempt, at `now`: it ends at `until`.
    pub fn begin(request: &RequestId, granted: &Granted, until: Timestamp, now: Timestamp) -> Self {
        Self {
            request: request.clone(),
            granted: granted.clone(),
            until,
            tries: 1,
            first_tried_at: now,
            confirmed_at: None,
            target_deadline: None,
            ended_at: None,
            sessions_ended: None,
            proof: None,
            cleaned_at: None,
        }
    }

    /// One more attempt, whose time starts again.
    #[must_use]
    pub fn tried_again(self, until: Timestamp) -> Self {
        Self {
            until,
            tries: self.tries + 1,
            ..self
        }
    }

    /// Whether its time is not up, whatever happened to it since.
    pub fn has_time(&self, now: Timestamp) -> bool {
        now < self.until
    }

    /// A credential that cannot be revoked is about to be shown.
    pub fn credential_shown(&mut self, until: Timestamp) {
        let shown = &mut self.granted.credentials_until;
        *shown = (*shown).max(Some(until));
    }

    /// When it should have ended, or should end: at its time, or when somebody began to revoke it before that, unless
    /// a credential had been shown that cannot be revoked.
    pub fn due(&self, request: &Request) -> Timestamp {
        due(
            request.state,
            request.changed_at,
            self.until,
            self.granted.credentials_until,
        )
    }

    /// Whether it is not confirmed gone long after it should be.
    pub fn is_overdue(&self, request: &Request, now: Timestamp) -> bool {
        self.ended_at.is_none() && self.due(request) < overdue_before(now)
    }
}

/// Access that was [due](due) before this and is still there is overdue.
pub fn overdue_before(now: Timestamp) -> Timestamp {
    now.minus(OVERDUE_AFTER)
}

/// The same as [`Grant::due`], if only these values are at hand.
pub fn due(
    state: State,
    changed_at: Timestamp,
    until: Timestamp,
    credentials_until: Option<Timestamp>,
) -> Timestamp {
    match state {
        State::Revoking(
            RevokeCause::GivenBack
            | RevokeCause::ByAdmin
            | RevokeCause::ByApprover
            | RevokeCause::Left
            | RevokeCause::Blocked
            | RevokeCause::Changed
            | RevokeCause::SelfApproved
            | RevokeCause::Reviewed
            | RevokeCause::Undo(_),
        ) => credentials_until.map_or(changed_at, |end| end.max(changed_at)),
        State::Revoking(RevokeCause::TimeOver)
        | State::Pending
        | State::Approved
        | State::Granted
        | State::Rejected(_)
        | State::Cancelled
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => until,
    }
}
