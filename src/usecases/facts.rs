//! People and requests as the trail records them.

use crate::access::people::Person;
use crate::access::request::Request;
use crate::audit::event::{PersonFacts, RequestFacts};
use crate::store::KnownPerson;

/// Somebody as they are shown now.
pub fn person_facts(person: &Person) -> PersonFacts {
    PersonFacts {
        id: person.id.clone(),
        name: person.name.clone(),
        email: person.email.clone(),
        slack_user: person.account.user.clone(),
    }
}

impl From<&KnownPerson> for PersonFacts {
    fn from(person: &KnownPerson) -> Self {
        Self {
            id: person.id.clone(),
            name: person.name.clone(),
            email: person.email.clone(),
            slack_user: person.account.user.clone(),
        }
    }
}

/// What every event about `request` says of it. `grantee` only if it is not the requester.
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
        flow: request.flow.clone(),
    }
}
