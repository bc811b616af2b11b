//! What waits for an answer, and who may give it, as far as is known now. Each answer is judged again, with fresh facts.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::access::flows::Policy;
use crate::access::ids::{PersonId, RequestId};
use crate::access::people::Facts;
use crate::access::policy::{Ask, Candidate, Moment, decide};
use crate::access::progress::progress;
use crate::access::request::Request;
use crate::access::time::Timestamp;
use crate::people::{Directory, LookUpError};
use crate::store::{Extension, ReadPeople, Unanswered};

use super::super::{Core, UseCaseError, extend};
use super::view::{ExtensionView, RequestView, view};

/// Something that waits for somebody's answer.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub view: RequestView,
    /// The number of its extension; 0 for the request itself.
    pub extension: i64,
}

impl Waiting {
    /// Its extension; `None` if the request itself waits.
    pub fn asked(&self) -> Option<&ExtensionView> {
        let mut extensions = self.view.extensions.iter();
        extensions.find(|asked| asked.extension.position == self.extension)
    }
}

/// `most` of what waits for somebody's answer, after the first `from`.
pub async fn waiting(
    core: &Core,
    unanswered: &[Unanswered],
    from: usize,
    most: usize,
) -> Result<Vec<Waiting>, UseCaseError> {
    let mut waiting = Vec::new();
    for one in unanswered.iter().skip(from).take(most) {
        if let Some(view) = view(core, &one.request.id).await? {
            waiting.push(Waiting {
                view,
                extension: one.extension,
            });
        }
    }
    Ok(waiting)
}

/// What waits for an answer of `person`, oldest first.
pub async fn waiting_for(
    core: &Core,
    directory: &dyn Directory,
    person: &PersonId,
) -> Result<Vec<Unanswered>, LookUpError> {
    let all = unanswered(core, directory).await?;
    Ok(for_person(all, person).collect())
}

/// What of `request` waits for an answer of `person`, if anything does.
pub async fn waiting_about(
    core: &Core,
    directory: &dyn Directory,
    request: &RequestId,
    person: &PersonId,
) -> Result<Option<Unanswered>, LookUpError> {
    let about_it = core.store.unanswered_about(request).await?;
    let judged = judged(core, directory, about_it).await?;
    Ok(for_person(judged, person).next())
}

fn for_person(
    judged: Vec<(Unanswered, BTreeSet<PersonId>)>,
    person: &PersonId,
) -> impl Iterator<Item = Unanswered> {
    let of_theirs = judged.into_iter().filter(|(_, people)| people.contains(person));
    of_theirs.map(|(unanswered, _)| unanswered)
}

/// Everything that waits for an answer, oldest first, each with those who may answer it.
pub async fn unanswered(
    core: &Core,
    directory: &dyn Directory,
) -> Result<Vec<(Unanswered, BTreeSet<PersonId>)>, LookUpError> {
    let unanswered = core.store.unanswered().await?;
    judged(core, directory, unanswered).await
}

async fn judged(
    core: &Core,
    directory: &dyn Directory,
    unanswered: Vec<Unanswered>,
) -> Result<Vec<(Unanswered, BTreeSet<PersonId>)>, LookUpError> {
    let policy = core.policy();
    let requests: Vec<Request> = unanswered.iter().map(|one| one.request.clone()).collect();
    let Some(facts) = facts_around(core, directory, &requests, &policy).await? else {
        return Ok(Vec::new());
    };
    let ids: Vec<RequestId> = requests.iter().map(|request| request.id.clone()).collect();
    let extensions = core.store.extensions_of(&ids).await?;
    let now = core.now();
    let judged = unanswered.into_iter().map(|one| {
        let request = &one.request;
        let own: Vec<Extension> = extensions
            .iter()
            .filter(|extension| extension.request == request.id)
            .cloned()
            .collect();
        let at_first = extend::asked_at_first(request, &own);
        let candidates = who_may_answer(&policy, &facts, request, at_first, now);
        let people = candidates.into_iter().map(|candidate| candidate.person);
        (one, people.collect())
    });
    Ok(judged.collect())
}

/// Everybody known, always including those who answer these requests and those whom they are by and for; `None` if there are no
/// requests.
pub async fn facts_around(
    core: &Core,
    directory: &dyn Directory,
    requests: &[Request],
    policy: &Policy,
) -> Result<Option<Facts>, LookUpError> {
    let integrations: BTreeSet<&str> = requests
        .iter()
        .map(|request| request.integration.as_str())
        .collect();
    let mut known = None;
    for integration in integrations {
        known = Some(directory.who_answers(integration, policy).await?);
    }
    let Some(mut facts) = known else {
        return Ok(None);
    };
    let people = requests
        .iter()
        .flat_map(|request| [&request.requester, &request.grantee]);
    let unknown: BTreeSet<&PersonId> = people.filter(|id| facts.person(id).is_none()).collect();
    let unknown: Vec<PersonId> = unknown.into_iter().cloned().collect();
    for missing in core.store.people_by_id(&unknown).await? {
        match directory.look_up(&missing.account.user, policy).await {
            Ok(person) => facts = facts.with([person]),
            // Nobody may answer a request of somebody who is gone; it is closed soon.
            Err(LookUpError::Unknown | LookUpError::AnotherPerson) => {}
            Err(error @ (LookUpError::NoAnswer(_) | LookUpError::Store(_))) => return Err(error),
        }
    }
    Ok(Some(facts))
}

/// Who may answer `request`, which was originally requested for `at_first`, or an extension of it.
pub fn who_may_answer(
    policy: &Policy,
    facts: &Facts,
    request: &Request,
    at_first: Duration,
    now: Timestamp,
) -> Vec<Candidate> {
    let ask = Ask {
        duration: Some(at_first),
        ..Ask::of(request, Moment::Card)
    };
    match decide(policy, facts, &ask, now) {
        Ok(verdict) => progress(&verdict, &[]).candidates().to_vec(),
        Err(_) => Vec::new(),
    }
}
