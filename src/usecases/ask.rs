//! Requesting access: a form becomes one request for each flow its units fall under.

use std::time::Duration;

use crate::access::forbidden::Forbidden;
use crate::access::ids::{RequestId, RequestNumber, SubmissionId, TextId};
use crate::access::people::{Facts, Person};
use crate::access::policy::{Candidate, Moment};
use crate::access::progress::{Progress, progress};
use crate::access::request::{Request, State, Unit};
use crate::access::time::Timestamp;
use crate::access::transition::{Act, next};
use crate::audit::event::{Actor, Asked, Event, Origin, What};
use crate::audit::words::{Words, WordsRef};
use crate::store::{JobKind, JobSpec, ReadGrants, ReadLimits, ReadRequests, Store, Surface, Tx};

use super::drafts::{Draft, Wish, split};
use super::wanted_messages::{News, want};
use super::{Core, Receipt, UseCaseError, person_facts, request_facts};

/// A form, read and complete.
#[derive(Clone, Debug)]
pub struct Form {
    /// Created when the form was opened: the same form sent twice is one submission.
    pub id: SubmissionId,
    pub integration: String,
    pub kind: String,
    pub resource_type: String,
    pub units: Vec<Unit>,
    pub duration: Duration,
    pub justification: String,
}

/// Makes the requests of `form`, or says why not; nothing is stored of a refused form.
#[tracing::instrument(name = "ask", skip_all)]
pub async fn ask(
    core: &Core,
    facts: &Facts,
    person: &Person,
    form: &Form,
    receipt: Receipt<'_>,
) -> Result<Vec<Request>, UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    let policy = core.active_policy(&mut tx).await?;
    let Some(mut tx) = receipt.settle(tx, "asked", now).await? else {
        return Ok(made_before(&core.store, &form.id).await?);
    };
    if !tx.claim_submission(&form.id, &person.id, now).await? {
        // The task that made them may share the commit, so they are read after it.
        tx.seal(Vec::new()).await?;
        return Ok(made_before(&core.store, &form.id).await?);
    }
    let min = core.rules().min_duration;
    if form.duration < min {
        return Err(UseCaseError::TooShort(min));
    }
    let wish = Wish {
        integration: &form.integration,
        units: &form.units,
        duration: Some(form.duration),
    };
    let facts = &facts.clone().limited(tx.limits().await?);
    let drafts = split(&policy, facts, person, wish, Moment::Submit, now)?;
    let open = within_allowance(core, &mut tx, person).await?;
    for draft in &drafts {
        refuse_double(&mut tx, &open, form, &draft.units, now).await?;
    }

    let origin = receipt.origin(person);
    let mut events = Vec::new();
    let mut requests = Vec::new();
    for draft in drafts {
        let (request, more) = open_request(core, &mut tx, facts, person, form, draft, &origin).await?;
        events.extend(more);
        requests.push(request);
    }
    tx.seal(events).await?;
    Ok(requests)
}

/// The person's open requests, if they may make one more. Two forms of one person are checked one after the other.
async fn within_allowance(core: &Core, tx: &mut Tx, person: &Person) -> Result<Vec<Request>, UseCaseError> {
    tx.hold_people(&[&person.id]).await?;
    let allowance = core.rules().allowance;
    let open = tx.open_requests_of(&person.id).await?;
    if open.len() >= allowance.open_requests {
        return Err(Forbidden::TooManyOpen {
            most: allowance.open_requests as u64,
        }
        .into());
    }
    let hour_ago = core.now().minus(Duration::from_hours(1));
    // This form is among them.
    if tx.submissions_since(&person.id, hour_ago).await? > allowance.requests_per_hour {
        return Err(Forbidden::TooManyAsked {
            most: allowance.requests_per_hour,
        }
        .into());
    }
    Ok(open)
}

/// Refuses a request for access that exists or is in progress, or is part of that, so no approver is asked twice. Live access is
/// checked first: the person can use it now.
async fn refuse_double(
    tx: &mut Tx,
    open: &[Request],
    form: &Form,
    units: &[Unit],
    now: Timestamp,
) -> Result<(), UseCaseError> {
    let mut had = Vec::new();
    let mut asked = Vec::new();
    for request in open
        .iter()
        .filter(|request| request.integration == form.integration)
    {
        match request.state {
            State::Pending | State::Approved => asked.push(request),
            State::Granted => {
                let grant = tx.grant(&request.id).await?;
                if grant.is_some_and(|grant| grant.until >= now.plus(form.duration)) {
                    had.push(request);
                }
            }
            State::Revoking(_)
            | State::Rejected(_)
            | State::Cancelled
            | State::Expired
            | State::Revoked(_)
            | State::Failed(_) => {}
        }
    }
    let mut holders = units
        .iter()
        .map(|unit| had.iter().find(|request| request.units.contains(unit)));
    let holder = holders.clone().next().flatten();
    if let Some(holder) = holder.filter(|_| holders.all(|holder| holder.is_some())) {
        return Err(UseCaseError::HasAlready(holder.number));
    }
    let covers = |request: &&Request| units.iter().all(|unit| request.units.contains(unit));
    match asked.into_iter().find(covers) {
        Some(request) => Err(UseCaseError::AskedAlready(request.number)),
        None => Ok(()),
    }
}

async fn made_before(store: &Store, form: &SubmissionId) -> Result<Vec<Request>, crate::store::StoreError> {
    store.requests_of_submission(form).await
}

/// The draft as a pending request.
fn request_of(
    core: &Core,
    person: &Person,
    form: &Form,
    draft: &Draft<'_>,
    number: RequestNumber,
    justification: &TextId,
) -> Request {
    let now = core.now();
    Request {
        id: RequestId::new(core.new_id()),
        number,
        submission: form.id.clone(),
        requester: person.id.clone(),
        grantee: person.id.clone(),
        integration: form.integration.clone(),
        kind: form.kind.clone(),
        resource_type: form.resource_type.clone(),
        units: draft.units.clone(),
        flows: draft.verdict.flows.iter().map(|flow| flow.name.clone()).collect(),
        policy_digest: core.policy().digest.clone(),
        duration: form.duration,
        justification: justification.clone(),
        state: State::Pending,
        version: 1,
        created_at: now,
        changed_at: now,
        answer_due: now.plus(core.rules().pending_for),
    }
}

async fn open_request(
    core: &Core,
    tx: &mut Tx,
    facts: &Facts,
    person: &Person,
    form: &Form,
    draft: Draft<'_>,
    origin: &Origin,
) -> Result<(Request, Vec<Event>), UseCaseError> {
    let (id, justification) = justify(core, tx, form).await?;
    let number = tx.next_number().await?;
    let mut request = request_of(core, person, form, &draft, number, &id);
    let progress = progress(&draft.verdict, &[]);
    if let Progress::Done(_) = progress {
        request.state = next(request.state, Act::Approve)?;
    }
    tx.insert_request(&request).await?;
    tx.schedule(&first_job(&request)).await?;
    let may_answer = progress.candidates();
    want(core, tx, &request, &first_cards(person, may_answer)).await?;

    let sensitive = core
        .rules()
        .offered
        .sensitive(&request.integration, request.permissions());
    let asked = requested(&request, facts, may_answer, justification, sensitive);
    let about = request_facts(&request, person_facts(person), None);
    let event = |origin, what| {
        Event::new(
            request.created_at,
            core.install.clone(),
            origin,
            Some(about.clone()),
            what,
        )
    };
    let mut events = vec![event(origin.clone(), asked)];
    if request.state == State::Approved {
        let by_apono = Origin {
            actor: Actor::Apono,
            ..origin.clone()
        };
        events.push(event(by_apono, approved_by_its_flows()));
    }
    Ok((request, events))
}

/// Stores the justification, in the person's own words.
async fn justify(core: &Core, tx: &mut Tx, form: &Form) -> Result<(TextId, WordsRef), UseCaseError> {
    let id = TextId::new(core.new_id());
    let words = Words::new(id, Core::salt()?, form.justification.clone());
    tx.insert_words(&words).await?;
    let reference = words.reference().expect("words just made have a body");
    Ok((words.id, reference))
}

/// The first job of a new request: grant it at once, or let it lapse without an answer.
fn first_job(request: &Request) -> JobSpec {
    if request.state == State::Approved {
        JobSpec::about(JobKind::Provision, request, request.created_at)
    } else {
        JobSpec::about(JobKind::Lapse, request, request.answer_due)
    }
}

fn first_cards(requester: &Person, may_answer: &[Candidate]) -> Vec<News> {
    let approvers = may_answer
        .iter()
        .map(|candidate| News::to(&candidate.person, Surface::ApproverCard));
    let own = News::to(&requester.id, Surface::RequesterCard);
    std::iter::once(own).chain(approvers).collect()
}

fn approved_by_its_flows() -> What {
    What::Approved {
        decided_as: None,
        waited_us: 0,
        still_needed: 0,
        reason: None,
    }
}

fn requested(
    request: &Request,
    facts: &Facts,
    candidates: &[Candidate],
    justification: WordsRef,
    sensitive: Vec<String>,
) -> What {
    What::Requested {
        policy_digest: request.policy_digest.clone(),
        asked: asked(facts, candidates),
        answer_due: request.answer_due,
        justification,
        sensitive,
    }
}

/// The candidates as the trail records them: who was asked and why.
pub(crate) fn asked(facts: &Facts, candidates: &[Candidate]) -> Vec<Asked> {
    let named = candidates.iter().filter_map(|candidate| {
        let person = facts.person(&candidate.person)?;
        Some(Asked {
            person: person_facts(person),
            because: candidate.because.clone(),
        })
    });
    named.collect()
}
