//! Who reads, and by which right. Every list and every page is made for a reader, so none is made without saying
//! for whom.

use super::flows::Policy;
use super::ids::{PersonId, RequestId};
use super::people::{ByRole, Person};
use super::request::Request;

/// Somebody who reads about requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader(Right);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Right {
    /// What is by or for themselves.
    Own(PersonId),
    /// That, and a request they were asked to answer.
    Asked(PersonId, RequestId),
    /// Everything, as an admin or an auditor, or as somebody whose address has one of these roles.
    Role(PersonId),
    /// Everything: they hold the machine, and with it the database.
    Operator,
}

impl Reader {
    /// What the policy lets a person read: everything for an admin or an auditor, otherwise what is by or for them.
    pub fn of(policy: &Policy, person: &Person) -> Self {
        let id = person.id.clone();
        if policy.is_admin(person) || policy.is_auditor(person) {
            Self(Right::Role(id))
        } else {
            Self::own(id)
        }
    }

    /// What the policy lets somebody without an account in Slack read: everything if their address has a role, otherwise nothing.
    pub fn by_role(policy: &Policy, reader: &ByRole) -> Self {
        let id = reader.id.clone();
        if policy.is_outside_auditor(&reader.email) {
            Self(Right::Role(id))
        } else {
            Self::own(id)
        }
    }

    /// A person who reads what is by or for them, whatever their role in the policy.
    pub const fn own(person: PersonId) -> Self {
        Self(Right::Own(person))
    }

    /// The person who runs the bot: at the command line, and where the bot is asked to list live access.
    pub const fn operator() -> Self {
        Self(Right::Operator)
    }

    /// The same reader, who was also asked to answer this request.
    #[must_use]
    pub fn asked(self, request: &RequestId) -> Self {
        match self.0 {
            Right::Own(person) | Right::Asked(person, _) => Self(Right::Asked(person, request.clone())),
            all @ (Right::Role(_) | Right::Operator) => Self(all),
        }
    }

    /// Who it is; `None` for the operator, because it is not known which person that is.
    pub const fn person(&self) -> Option<&PersonId> {
        match &self.0 {
            Right::Own(person) | Right::Asked(person, _) | Right::Role(person) => Some(person),
            Right::Operator => None,
        }
    }

    /// Whose requests their lists are limited to; `None` if they show everybody's.
    pub const fn limited_to(&self) -> Option<&PersonId> {
        match &self.0 {
            Right::Own(person) | Right::Asked(person, _) => Some(person),
            Right::Role(_) | Right::Operator => None,
        }
    }

    /// Whether their lists show everybody's requests.
    pub const fn reads_all(&self) -> bool {
        self.limited_to().is_none()
    }

    /// Whether they may read all about this request.
    pub fn may_read(&self, request: &Request) -> bool {
        match &self.0 {
            Right::Own(person) => request.is_of(person),
            Right::Asked(person, asked) => request.id == *asked || request.is_of(person),
            Right::Role(_) | Right::Operator => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use super::*;
    use crate::access::flows::PersonRef;
    use crate::access::ids::{RequestNumber, SubmissionId, TextId};
    use crate::access::people::{SlackAccount, Standing};
    use crate::access::request::State;
    use crate::access::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn reader(name: &str) -> Reader {
        let policy = Policy {
            admins: vec![PersonRef::Slack("ada".to_owned())],
            auditors: vec![PersonRef::Slack("sam".to_owned())],
            ..Policy::default()
        };
        let person = Person {
            id: PersonId::new(name),
            account: SlackAccount {
                enterprise: None,
                team: Some("T".to_owned()),
                user: name.to_owned(),
            },
            other_ids: Vec::new(),
            name: name.to_owned(),
            email: None,
            standing: Standing::Member,
            fetched_at: NOW,
        };
        Reader::of(&policy, &person)
    }

    /// Requested by Dana, for Gus.
    fn request(id: &str) -> Request {
        Request {
            id: RequestId::new(id),
            number: RequestNumber(1),
            submission: SubmissionId::new("form"),
            requester: PersonId::new("dana"),
            grantee: PersonId::new("gus"),
            integration: "orders-db".to_owned(),
            kind: "postgres".to_owned(),
            resource_type: "database".to_owned(),
            units: Vec::new(),
            flows: Vec::new(),
            policy_digest: String::new(),
            duration: Duration::from_hours(1),
            justification: TextId::new("text"),
            state: State::Pending,
            version: 1,
            created_at: NOW,
            changed_at: NOW,
            answer_due: NOW,
        }
    }

    #[test]
    fn people_read_their_own_and_what_they_were_asked_to_answer() {
        let (one, other) = (request("r1"), request("r2"));
        for (name, may) in [("dana", true), ("gus", true), ("omar", false)] {
            assert_eq!(reader(name).may_read(&one), may, "{name}");
            assert_eq!(reader(name).limited_to(), Some(&PersonId::new(name)));
        }
        let asked = reader("omar").asked(&one.id);
        assert!(asked.may_read(&one) && !asked.may_read(&other));
        assert!(!asked.reads_all(), "a list has no more than before");
    }

    #[test]
    fn admins_auditors_and_the_operator_read_everything() {
        for all in [reader("ada"), reader("sam"), Reader::operator()] {
            assert!(all.may_read(&request("r1")) && all.reads_all(), "{all:?}");
            assert_eq!(all.clone().asked(&RequestId::new("r1")), all);
        }
        assert_eq!(reader("ada").person(), Some(&PersonId::new("ada")));
        assert_eq!(Reader::operator().person(), None);
    }

    #[test]
    fn without_an_account_an_address_with_a_role_reads_everything_and_no_other_anything() {
        let address = |email: &str| PersonRef::Email(email.to_owned());
        let policy = Policy {
            admins: vec![address("root@example.com")],
            auditors: vec![address("sam@example.com")],
            outside_auditors: vec![address("audit@example.com"), address("joined@example.com")],
            people: vec![vec![
                address("joined@example.com"),
                PersonRef::Slack("dana".to_owned()),
            ]],
            groups: BTreeMap::from([("all".to_owned(), vec![address("group@example.com")])]),
            ..Policy::default()
        };
        for (email, may) in [
            ("audit@example.com", true),
            ("root@example.com", false),
            ("sam@example.com", false),
            ("joined@example.com", false),
            ("group@example.com", false),
            ("dana", false),
        ] {
            let reader = ByRole {
                id: PersonId::new("p1"),
                issuer: "https://id.example.com".to_owned(),
                subject: "dana".to_owned(),
                email: email.to_owned(),
            };
            let reader = Reader::by_role(&policy, &reader);
            assert_eq!(reader.reads_all(), may, "{email}");
            assert_eq!(reader.may_read(&request("r1")), may, "{email}");
        }
    }
}
