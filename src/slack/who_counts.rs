//! Whether a name in the config identifies somebody, according to Slack. If not: why, and the fix.

use crate::access::flows::{PersonRef, Policy};
use crate::access::people::Standing;

use super::home::standing_of;
use super::web::{Installation, UserInfo};

/// Why somebody named in the config is not accepted. Member ids are those of the account that Slack found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNot {
    Unknown,
    Unconfirmed {
        user: String,
    },
    /// Named by email.
    GuestByEmail {
        user: String,
    },
    /// Named by member id.
    Guest,
    Deactivated,
    Bot,
    Outsider,
    /// The address belonged to another account before.
    Moved {
        user: String,
    },
}

/// Why `person` is not accepted, if so. `info` is what Slack has under that name.
pub fn judge(person: &PersonRef, info: &UserInfo, ours: &Installation) -> Option<WhyNot> {
    let by_email = match person {
        PersonRef::Email(_) => true,
        PersonRef::Slack(_) => false,
    };
    let user = info.id.clone();
    match standing_of(info, ours) {
        Standing::Member if by_email && info.is_email_confirmed != Some(true) => {
            Some(WhyNot::Unconfirmed { user })
        }
        Standing::Member => None,
        Standing::Guest if by_email => Some(WhyNot::GuestByEmail { user }),
        Standing::Guest => Some(WhyNot::Guest),
        Standing::Deactivated => Some(WhyNot::Deactivated),
        Standing::Bot => Some(WhyNot::Bot),
        Standing::Outsider => Some(WhyNot::Outsider),
    }
}

impl WhyNot {
    /// Whether it matters under `policy`: a guest may request if a flow names them by id, so a guest who only requests is fine.
    pub fn matters(&self, person: &PersonRef, policy: &Policy) -> bool {
        match self {
            Self::Guest => {
                let holds_a_role = policy.admins.contains(person) || policy.auditors.contains(person);
                let mut flows = policy.flows.iter();
                holds_a_role || flows.any(|flow| policy.approvers_on(&flow.integration).contains(person))
            }
            Self::Unknown
            | Self::Unconfirmed { .. }
            | Self::GuestByEmail { .. }
            | Self::Deactivated
            | Self::Bot
            | Self::Outsider
            | Self::Moved { .. } => true,
        }
    }

    /// The name it is remembered by: the same problem has the same name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Unconfirmed { .. } => "unconfirmed",
            Self::GuestByEmail { .. } | Self::Guest => "guest",
            Self::Deactivated => "deactivated",
            Self::Bot => "bot",
            Self::Outsider => "outsider",
            Self::Moved { .. } => "moved",
        }
    }

    /// What is wrong with `person`, without a full stop.
    pub fn sentence(&self, person: &PersonRef) -> String {
        match self {
            Self::Unknown => format!("Slack finds nobody for {person}, or the account is deactivated"),
            Self::Unconfirmed { .. } => {
                format!("{person} is not confirmed in Slack, so it identifies nobody")
            }
            Self::GuestByEmail { .. } => {
                format!("{person} is a guest, and an email address identifies full members only")
            }
            Self::Guest => {
                format!(
                    "{person} is a guest, who can request access if a flow names them but can never approve"
                )
            }
            Self::Deactivated => format!("{person} is deactivated"),
            Self::Bot => format!("{person} is a bot or a workflow, which can neither request nor approve"),
            Self::Outsider => format!("{person} belongs to another workspace"),
            Self::Moved { user } => {
                format!("{person} now belongs to a different Slack account, {user}, so it identifies nobody")
            }
        }
    }

    /// What to do about it, without a full stop.
    pub fn remedy(&self, person: &PersonRef) -> String {
        match self {
            Self::Unknown => "correct the line or remove it".to_owned(),
            Self::Unconfirmed { user } => {
                format!("ask them to confirm it, or name them by their member ID, {user}")
            }
            Self::GuestByEmail { user } => {
                format!(
                    "make them a full member, or name them by their member ID, {user}, if they only request access"
                )
            }
            Self::Guest => "make them a full member if they have to answer requests".to_owned(),
            Self::Deactivated | Self::Bot | Self::Outsider => "remove the line".to_owned(),
            Self::Moved { .. } => format!("if that is right, confirm it with /apono accept {person}"),
        }
    }
}
