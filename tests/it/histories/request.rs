//! What should be of one request.

use super::commands::Permission;
use super::people::Person;

#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) requester: Person,
    pub(super) permission: Permission,
    /// As asked for at first.
    pub(super) hours: u32,
    pub(super) asked_at: u32,
    /// Who may decide it, and nobody else; empty where the flow does.
    pub(super) approvers: Vec<Person>,
    pub(super) status: Status,
    pub(super) decision: Option<Decision>,
    pub(super) extended: u32,
    /// When the access ends, while it is live.
    pub(super) until: Option<u32>,
    /// The open login on the target, by the end that the target knows.
    pub(super) login: Option<u32>,
    /// The events of the trail that are about it, in order.
    pub(super) events: Vec<&'static str>,
}

/// The one decision that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) approved: bool,
    /// It is by one of these people: the faster one.
    pub(super) by: Vec<Person>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Pending,
    Approved,
    Granted,
    Revoking(Why),
    Rejected,
    Lapsed,
    Cancelled,
    /// The target confirmed that the access is gone.
    Ended(Why),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    TimeOver,
    GivenBack,
    ByAdmin,
    /// It could not be granted in time.
    NotGranted,
}

impl Request {
    /// Whether people decide it, and not the flow.
    pub(super) fn is_put_to_people(&self) -> bool {
        !self.approvers.is_empty()
    }

    pub(super) fn granted(&mut self, now: u32) {
        self.status = Status::Granted;
        self.until = Some(now + self.hours);
        self.login = self.until;
        self.events.push("granted");
    }

    pub(super) fn extension_reaches_target(&mut self) {
        self.login = self.until;
        self.events.push("extension_confirmed");
    }

    pub(super) fn ends(&mut self, why: Why, target_is_up: bool) {
        self.status = Status::Revoking(why);
        self.until = None;
        self.events.push("revoking");
        if target_is_up {
            self.is_gone(why);
        }
    }

    pub(super) fn is_gone(&mut self, why: Why) {
        self.status = Status::Ended(why);
        self.login = None;
        self.events.push(match why {
            Why::TimeOver => "expired",
            Why::GivenBack | Why::ByAdmin => "revoked",
            Why::NotGranted => "failed",
        });
        self.events.push("cleaned_up");
    }
}
