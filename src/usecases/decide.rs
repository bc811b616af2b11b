//! An approver's answer. The first valid one decides.

use crate::access::forbidden::Forbidden;
use crate::access::ids::RequestId;
use crate::access::people::{Because, Facts, Person};
use crate::access::policy::{Ask, Moment, decide};
use crate::access::request::{Request, State};
use crate::access::transition::Act;
use crate::audit::event::{Asked, What};
use crate::audit::words::WordsRef;
use crate::store::{Decision, DecisionVerdict, JobKind, JobSpec, ReadEvents, Surface, Tx};

use super::answering::{self, Outcome};
use super::step::{advance, report, tell};
use super::wanted_messages::{News, refresh_cards};
use super::words::keep_words;
use super::{Core, Receipt, UseCaseError, until_no_conflict};

/// An approver's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub verdict: DecisionVerdict,
    /// In their own words; optional.
    pub reason: Option<String>,
}

/// Accepts `by`'s answer to a request. `facts` must hold fresh facts about the requester and `by`.
#[tracing::instrument(name = "decide.answer", skip_all)]
pub async fn answer(
    core: &Core,
    facts: &Facts,
    by: &Person,
    request: &RequestId,
    answer: &Answer,
    receipt: Receipt<'_>,
) -> Result<Request, UseCaseError> {
    until_no_conflict!(answer_once(core, facts, by, request, answer, receipt))
}

async fn answer_once(
    core: &Core,
    facts: &Facts,
    by: &Person,
    request: &RequestId,
    answer: &Answer,
    receipt: Receipt<'_>,
) -> Result<Request, UseCaseError> {
    let now = core.now();
    let (mut tx, policy, mut request) = answering::take(core, request, receipt).await?;
    waits_for_others(&request, by)?;
    let facts = answering::limited(&mut tx, facts, by).await?;
    let ask = Ask::of(&request, Moment::Click);
    let verdict = decide(&policy, &facts, &ask, now).map_err(answering::not_any_more)?;
    let (outcome, because) = answering::judge(&verdict, &facts, by, answer.verdict, now)?;

    let reason = keep_words(core, &mut tx, answer.reason.as_deref()).await?;
    let act = match outcome {
        Outcome::Approved => Act::Approve,
        Outcome::Rejected => Act::Reject,
    };
    advance(&mut tx, &mut request, act, now).await?;
    tx.insert_decision(&Decision {
        id: core.new_id(),
        request: request.id.clone(),
        person: by.id.clone(),
        verdict: answer.verdict,
        decided_as: because.clone(),
        reason: reason.as_ref().map(|words| words.id.clone()),
        decided_at: now,
        counts: true,
    })
    .await?;
    go_on(core, &mut tx, &request, outcome).await?;
    let what = answered(&request, outcome, because, reason);
    tell(core, tx, receipt.origin(by), &request, what).await?;
    Ok(request)
}

/// Fails unless the request waits for an answer and is not `by`'s own.
fn waits_for_others(request: &Request, by: &Person) -> Result<(), UseCaseError> {
    if request.state != State::Pending {
        return Err(UseCaseError::Closed(request.state));
    }
    if request.is_of(&by.id) {
        return Err(Forbidden::OwnRequest.into());
    }
    Ok(())
}

/// Schedules what follows, refreshes the cards and tells the requester.
async fn go_on(core: &Core, tx: &mut Tx, request: &Request, outcome: Outcome) -> Result<(), UseCaseError> {
    tx.unschedule(JobKind::Lapse, request.id.as_str()).await?;
    let news = match outcome {
        Outcome::Approved => {
            let provision = JobSpec::about(JobKind::Provision, request, core.now());
            tx.schedule(&provision).await?;
            Vec::new()
        }
        Outcome::Rejected => vec![News::to(&request.requester, Surface::NoticeRejected)],
    };
    refresh_cards(core, tx, request, &news).await?;
    Ok(())
}

fn answered(request: &Request, outcome: Outcome, because: Because, reason: Option<WordsRef>) -> What {
    let waited = request.changed_at.since(request.created_at);
    let waited_us = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
    match outcome {
        Outcome::Approved => What::Approved {
            decided_as: Some(because),
            waited_us,
            still_needed: 0,
            reason,
        },
        Outcome::Rejected => What::Rejected {
            decided_as: because,
            waited_us,
            reason,
        },
    }
}

/// Nobody answered in time. Does nothing if somebody did answer.
#[tracing::instrument(name = "decide.lapse", skip_all)]
pub async fn lapse(core: &Core, job: &crate::store::Job) -> Result<(), UseCaseError> {
    until_no_conflict!(lapse_once(core, job))
}

async fn lapse_once(core: &Core, job: &crate::store::Job) -> Result<(), UseCaseError> {
    let now = core.now();
    let asked = first_asked(core, &RequestId::new(&job.key)).await?;
    let mut tx = core.store.write().await?;
    let Some(mut request) = tx.request(&RequestId::new(&job.key)).await? else {
        return Err(UseCaseError::NoSuchRequest);
    };
    if request.state == State::Pending && now < request.answer_due {
        tx.retry(job, request.answer_due, "the answer is not due yet")
            .await?;
        tx.seal(Vec::new()).await?;
        return Ok(());
    }
    tx.finish(job).await?;
    if request.state != State::Pending {
        tx.seal(Vec::new()).await?;
        return Ok(());
    }
    advance(&mut tx, &mut request, Act::Lapse, now).await?;
    let notice = News::to(&request.requester, Surface::NoticeRejected);
    refresh_cards(core, &mut tx, &request, &[notice]).await?;
    let waited_us = u64::try_from(now.since(request.created_at).as_micros()).unwrap_or(u64::MAX);
    report(core, tx, job, &request, What::Lapsed { asked, waited_us }).await
}

/// The people who were asked, according to the request's first event.
async fn first_asked(core: &Core, request: &RequestId) -> Result<Vec<Asked>, UseCaseError> {
    let events = core.store.events_of(request).await?;
    match events.into_iter().next().map(|stored| stored.event.what) {
        Some(What::Requested { asked, .. }) => Ok(asked),
        Some(_) | None => Ok(Vec::new()),
    }
}
