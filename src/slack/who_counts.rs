//! Whether a name of the config stands for somebody, by what Slack says of them; why not, and the remedy.

use crate::access::flows::{PersonRef, Policy};
use crate::access::people::Standing;

use super::home::standing_of;
use super::web::{Installation, UserInfo};

/// Why somebody whom the config names does not count. Member ids are those of the account that Slack found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNot {
    Unknown,
    Unconfirmed {
        user: String,
    },
    /// Named by e-mail.
    GuestByEmail {
        user: String,
    },
    /// Named by member id.
    Guest,
    Deactivated,
    Bot,
    Outsider,
    /// The address was another account's before.
    Moved {
        user: String,
    },
}

/// Why `person` does not count, if so. `info` is what Slack has by that name.
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
    /// Whether it matters under `policy`: a guest may ask where a flow names them by id, so one who does no more counts.
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

    /// What is remembered of it: the same trouble has the same name.
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
            Self::Unknown => format!("Slack knows nobody by {person}, or the account is deactivated"),
            Self::Unconfirmed { .. } => {
                format!("{person} is not confirmed in Slack, so it stands for nobody")
            }
            Self::GuestByEmail { .. } => {
                format!("{person} is a guest, and an e-mail stands for full members only")
            }
            Self::Guest => {
                format!("{person} is a guest, who may ask where a flow names them and never approves")
            }
            Self::Deactivated => format!("{person} is deactivated"),
            Self::Bot => format!("{person} is a bot or a workflow, which may neither ask nor answer"),
            Self::Outsider => format!("{person} is of another workspace"),
            Self::Moved { user } => format!(
                "{person} belongs to another Slack account than before, {user}, so it stands for nobody"
            ),
        }
    }

    /// What to do about it, without a full stop.
    pub fn remedy(&self, person: &PersonRef) -> String {
        match self {
            Self::Unknown => "correct the line, or take it out".to_owned(),
            Self::Unconfirmed { user } => {
                format!("let them confirm it, or name them by their member id, {user}")
            }
            Self::GuestByEmail { user } => {
                format!(
                    "make them a full member, or name them by their member id, {user}, where they only ask"
                )
            }
            Self::Guest => "make them a full member if they have to answer".to_owned(),
            Self::Deactivated | Self::Bot | Self::Outsider => "take the line out".to_owned(),
            Self::Moved { .. } => format!("if that is right, say so with /apono accept {person}"),
        }
    }
}
