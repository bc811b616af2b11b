//! Who may answer, as far as is known now. Each answer is judged again, with fresh facts.

use std::collections::BTreeSet;

use crate::access::flows::{PersonRef, Policy};
use crate::access::ids::{PersonId, RequestId};
use crate::access::people::Facts;
use crate::access::policy::Candidate;
use crate::access::request::Request;
use crate::store::{Extension, ReadPeople, Unanswered};
use crate::usecases::extend;
use crate::usecases::look::{self, RequestView};

use super::identity::{Directory, IdentityError};
use super::views::kit::Named;

/// Somebody who may decide.
#[derive(Clone, Debug)]
pub struct Asked {
    pub candidate: Candidate,
    pub named: Named,
}

impl Directory {
    /// Everybody who may decide the request, or an extension of it.
    pub async fn who_may_decide(&self, view: &RequestView) -> Result<Vec<Asked>, IdentityError> {
        let policy = self.core.policy();
        let request = &view.request;
        let facts = self.facts_around(std::slice::from_ref(request), &policy).await?;
        let candidates = look::who_may_answer(&policy, &facts, request, view.at_first, self.core.now());
        let asked = candidates.into_iter().filter_map(|candidate| {
            let person = facts.person(&candidate.person)?;
            let named = Named {
                user: person.account.user.clone(),
                name: person.name.clone(),
            };
            Some(Asked { candidate, named })
        });
        Ok(asked.collect())
    }

    /// What waits for an answer of `person`, oldest first.
    pub async fn waiting_for(&self, person: &PersonId) -> Result<Vec<Unanswered>, IdentityError> {
        let mut waiting = self.waiting().await?;
        waiting.retain(|(_, people)| people.contains(person));
        Ok(waiting.into_iter().map(|(unanswered, _)| unanswered).collect())
    }

    /// Everything that waits for an answer, oldest first, each with those who may answer it.
    pub async fn waiting(&self) -> Result<Vec<(Unanswered, BTreeSet<PersonId>)>, IdentityError> {
        let unanswered = self.core.store.unanswered().await?;
        let policy = self.core.policy();
        let requests: Vec<Request> = unanswered.iter().map(|one| one.request.clone()).collect();
        let facts = self.facts_around(&requests, &policy).await?;
        let ids: Vec<RequestId> = requests.iter().map(|request| request.id.clone()).collect();
        let extensions = self.core.store.extensions_of(&ids).await?;
        let now = self.core.now();
        let judged = unanswered.into_iter().map(|one| {
            let request = &one.request;
            let own: Vec<Extension> = extensions
                .iter()
                .filter(|extension| extension.request == request.id)
                .cloned()
                .collect();
            let at_first = extend::asked_at_first(request, &own);
            let candidates = look::who_may_answer(&policy, &facts, request, at_first, now);
            let people = candidates.into_iter().map(|candidate| candidate.person).collect();
            (one, people)
        });
        Ok(judged.collect())
    }

    /// Everybody known, always including those who answer these requests and those whom they are by and for.
    async fn facts_around(&self, requests: &[Request], policy: &Policy) -> Result<Facts, IdentityError> {
        let mut approvers: BTreeSet<&PersonRef> = BTreeSet::new();
        for request in requests {
            approvers.extend(policy.approvers_on(&request.integration));
        }
        let mut facts = self.facts_about(approvers, policy).await?;
        let people = requests
            .iter()
            .flat_map(|request| [&request.requester, &request.grantee]);
        let unknown: BTreeSet<&PersonId> = people.filter(|id| facts.person(id).is_none()).collect();
        let unknown: Vec<PersonId> = unknown.into_iter().cloned().collect();
        for known in self.core.store.people_by_id(&unknown).await? {
            facts = facts.with([self.find(&known.account.user, policy).await?]);
        }
        Ok(facts)
    }
}
