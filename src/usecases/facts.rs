//! People and requests as the trail records them.

use crate::access::ids::PersonId;
use crate::access::people::{Account, ByRole, Person};
use crate::access::request::Request;
use crate::audit::event::{PersonFacts, RequestFacts};
use crate::store::{KnownPerson, ReadPeople, Tx};

use super::UseCaseError;

/// A person as they are shown now.
pub fn person_facts(person: &Person) -> PersonFacts {
    PersonFacts {
        id: person.id.clone(),
        name: person.name.clone(),
        email: person.email.clone(),
        account: Account::slack(&person.account.user),
    }
}

/// Nobody but the issuer says what they are called, so they are called by the address that it has verified.
impl From<&ByRole> for PersonFacts {
    fn from(reader: &ByRole) -> Self {
        Self {
            id: reader.id.clone(),
            name: reader.email.clone(),
            email: Some(reader.email.clone()),
            account: Account::of_issuer(&reader.issuer, &reader.subject),
        }
    }
}

impl From<&KnownPerson> for PersonFacts {
    fn from(person: &KnownPerson) -> Self {
        Self {
            id: person.id.clone(),
            name: person.name.clone(),
            email: person.email.clone(),
            account: Account::slack(&person.account.user),
        }
    }
}

/// What every event about `request` says about it. `grantee` only if it is not the requester.
pub fn request_facts(
    request: &Request,
    requester: PersonFacts,
    grantee: Option<PersonFacts>,
) -> RequestFacts {
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    RequestFacts {
        id: request.id.clone(),
        number: request.number,
        requester,
        grantee,
        integration: request.integration.clone(),
        kind: request.kind.clone(),
        resource_type: request.resource_type.clone(),
        resources: owned(request.resources()),
        permissions: owned(request.permissions()),
        duration_s: request.duration.as_secs(),
        flows: request.flows.clone(),
    }
}

/// The facts of a stored request, with its people as the database knows them, inside a transaction.
pub(crate) async fn facts_in(tx: &mut Tx, request: &Request) -> Result<RequestFacts, UseCaseError> {
    let people = tx
        .people_by_id(&[request.requester.clone(), request.grantee.clone()])
        .await?;
    facts_with(request, &people)
}

/// The same with its people among `people`.
pub(super) fn facts_with(request: &Request, people: &[KnownPerson]) -> Result<RequestFacts, UseCaseError> {
    let find = |id: &PersonId| {
        people
            .iter()
            .find(|person| person.id == *id)
            .map(PersonFacts::from)
    };
    let requester = find(&request.requester).ok_or(UseCaseError::NoSuchRequest)?;
    let grantee = if request.grantee == request.requester {
        None
    } else {
        find(&request.grantee)
    };
    Ok(request_facts(request, requester, grantee))
}
