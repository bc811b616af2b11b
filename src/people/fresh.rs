//! What is known about people at the moment of a decision, looked up now.

use crate::access::flows::Policy;
use crate::access::ids::PersonId;
use crate::access::people::{Facts, Person};
use crate::access::request::Request;
use crate::store::{ReadPeople, Store};

use super::{Directory, LookUpError};

/// Fresh facts about the request's people and the person who answers, with all their accounts. `by` was looked up just now.
pub async fn for_answer(
    store: &Store,
    directory: &dyn Directory,
    request: &Request,
    by: &Person,
    policy: &Policy,
) -> Result<Facts, LookUpError> {
    let mut wanted: Vec<_> = [&request.requester, &request.grantee]
        .into_iter()
        .filter(|id| **id != by.id)
        .cloned()
        .collect();
    // The person who decides may be known best by another account than the one they act through.
    let of_decider = store.accounts_of(std::slice::from_ref(&by.id)).await?;
    if of_decider.len() > 1 {
        wanted.push(by.id.clone());
    }
    let others = directory.fetch_people(&wanted, policy).await?;
    let now_known = directory.known().person(&by.account.user);
    if now_known.is_some_and(|known| known.id != by.id) {
        return Err(LookUpError::AnotherPerson);
    }
    let known = directory.who_answers(&request.integration, policy).await?;
    Ok(known.with(std::iter::once(by.clone()).chain(others)))
}

/// Facts in which the request's people and its `approvers` are fresh, with all their accounts. An approver whom the
/// directory no longer knows is left out: others can decide. If the requester is unknown, nobody can.
pub async fn for_granting(
    directory: &dyn Directory,
    request: &Request,
    approvers: &[PersonId],
    policy: &Policy,
) -> Result<Facts, LookUpError> {
    let mut ids = vec![request.requester.clone(), request.grantee.clone()];
    ids.dedup();
    let mut people = directory.fetch_people(&ids, policy).await?;
    for approver in approvers.iter().filter(|id| !ids.contains(id)) {
        match directory
            .fetch_people(std::slice::from_ref(approver), policy)
            .await
        {
            Ok(accounts) => people.extend(accounts),
            Err(LookUpError::Unknown) => {}
            Err(error) => return Err(error),
        }
    }
    let known = directory.who_answers(&request.integration, policy).await?;
    Ok(known.with(people))
}
