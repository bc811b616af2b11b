//! People and requests as they were at the time of an event.

use serde::{Deserialize, Serialize};

use crate::access::flows::PersonRef;
use crate::access::ids::{PersonId, RequestId, RequestNumber};
use crate::access::people::{Account, AccountKind, Because, Referent};

/// How much of a name and of an address fits in a headline, in characters.
const SHORT_NAME: usize = 24;
const SHORT_ADDRESS: usize = 40;

/// A person as they were shown at the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonFacts {
    pub id: PersonId,
    pub name: String,
    pub email: Option<String>,
    pub account: Account,
}

impl Referent for PersonFacts {
    fn is_meant_by(&self, reference: &PersonRef) -> bool {
        match reference {
            PersonRef::Email(email) => self.email.as_deref() == Some(email),
            PersonRef::Slack(user) => self.account == Account::slack(user),
        }
    }
}

impl PersonFacts {
    /// `Dana Ito (dana@example.com)`, or the account's id if there is no address or it is too long: people choose their own
    /// names, and a long one would push the rest out of a headline. `audit@example.com (no Slack account)`.
    pub fn named(&self) -> String {
        let is_short = |email: &&String| email.chars().count() <= SHORT_ADDRESS;
        let (most, beside) = match self.account.kind {
            AccountKind::Slack => (
                SHORT_NAME,
                self.email
                    .as_ref()
                    .filter(is_short)
                    .unwrap_or(&self.account.id)
                    .as_str(),
            ),
            // Their name is their address.
            AccountKind::Issuer => (SHORT_ADDRESS, "no Slack account"),
        };
        let mut name: String = self.name.chars().take(most).collect();
        if name.len() < self.name.len() {
            name.push('…');
        }
        format!("{name} ({beside})")
    }
}

/// What every message about a request says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequestFacts {
    pub id: RequestId,
    pub number: RequestNumber,
    pub requester: PersonFacts,
    /// Only if somebody else gets the access.
    pub grantee: Option<PersonFacts>,
    pub integration: String,
    pub kind: String,
    pub resource_type: String,
    pub resources: Vec<String>,
    pub permissions: Vec<String>,
    pub duration_s: u64,
    /// The access flows that allowed the request, in config order.
    pub flows: Vec<String>,
}

/// Somebody who is asked to decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    pub person: PersonFacts,
    pub because: Because,
}
