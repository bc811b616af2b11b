//! What workers report: an attempt, a confirmation, an end. Each is one transaction that also settles the worker's job.

use std::time::Duration;

use crate::access::ids::RequestId;
use crate::access::people::Facts;
use crate::access::policy::Candidate;
use crate::access::request::{FailCause, Request, RevokeCause, State};
use crate::access::time::Timestamp;
use crate::access::transition::{Act, next};
use crate::audit::event::{Actor, Ended, Event, Origin, Via, What};
use crate::integrations::{Cleaned, Confirmed, Granted, Revoked};
use crate::store::{Grant, Job, JobKind, JobSpec, Surface, Tx};

use super::facts::facts_in;
use super::open::{refresh_cards, want_message};
use super::revoke::start_revoking;
use super::{Core, UseCaseError};

/// Access shorter than this ends without a notice ahead.
const NOTICE_FROM: Duration = Duration::from_mins(20);

/// How long before its end a notice says so.
const NOTICE_AHEAD: Duration = Duration::from_mins(10);

/// Commits the next attempt before the target is touched: the end counts from now, and the timer stands.
///
/// `None`: the request is no longer waiting to be granted, and the job is done.
pub async fn begin_attempt(core: &Core, job: &Job, granted: &Granted) -> Result<Option<Grant>, UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    let Some(request) = request_in(&mut tx, job, State::Approved).await? else {
        tx.finish(job).await?;
        tx.seal(Vec::new()).await?;
        return Ok(None);
    };
    let until = now.plus(request.duration);
    let grant = match tx.grant(&request.id).await? {
        Some(before) => Grant {
            until,
            tries: before.tries + 1,
            ..before
        },
        None => Grant {
            request: request.id.clone(),
            granted: granted.clone(),
            until,
            tries: 1,
            first_tried_at: now,
            confirmed_at: None,
            target_deadline: None,
            ended_at: None,
            sessions_ended: None,
            proof: None,
            cleaned_at: None,
            last_error: None,
        },
    };
    tx.put_grant(&grant).await?;
    tx.schedule(&JobSpec::at(JobKind::Expire, request.id.as_str(), until))
        .await?;
    tx.seal(Vec::new()).await?;
    Ok(Some(grant))
}

/// The target confirmed the grant.
pub async fn confirm(core: &Core, job: &Job, confirmed: &Confirmed) -> Result<(), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    let Some(mut request) = request_in(&mut tx, job, State::Approved).await? else {
        // It was revoked meanwhile: the revoke waits for this job and then ends what was just granted.
        tx.seal(Vec::new()).await?;
        core.wakes.all();
        return Ok(());
    };
    let Some(mut grant) = tx.grant(&request.id).await? else {
        return Err(UseCaseError::NoSuchRequest);
    };
    grant.confirmed_at = Some(now);
    grant.target_deadline = confirmed.target_deadline;
    grant.last_error = None;
    tx.put_grant(&grant).await?;
    advance(&mut tx, &mut request, Act::Confirm, now).await?;
    if request.duration >= NOTICE_FROM {
        let at = grant.until.minus(NOTICE_AHEAD);
        tx.schedule(&JobSpec::at(JobKind::EndingSoon, request.id.as_str(), at))
            .await?;
    }
    want_message(
        core,
        &mut tx,
        &request,
        &request.requester,
        Surface::NoticeGranted,
    )
    .await?;
    refresh_cards(core, &mut tx, &request).await?;
    let what = What::Granted {
        approved_by: approver_names(&mut tx, &request.id).await?,
        principal: grant.granted.principal.clone(),
        until: grant.until,
        confirmed_at: now,
        deadline_on_target: confirmed.target_deadline.is_some(),
        live_grants: tx.live_grant_count(&request.grantee).await?,
    };
    report(core, tx, job, &request, vec![what]).await
}

/// Who approved, by name; empty if the flow did.
async fn approver_names(tx: &mut Tx, request: &RequestId) -> Result<Vec<String>, UseCaseError> {
    let decisions = tx.decisions(request).await?;
    let ids: Vec<_> = decisions
        .into_iter()
        .filter(|decision| decision.counts)
        .map(|decision| decision.person)
        .collect();
    Ok(tx
        .people_by_id(&ids)
        .await?
        .into_iter()
        .map(|person| person.name)
        .collect())
}

/// It will not be granted, and the target was never touched.
pub async fn fail_untouched(core: &Core, job: &Job, cause: FailCause, why: &str) -> Result<(), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    let Some(mut request) = request_in(&mut tx, job, State::Approved).await? else {
        tx.seal(Vec::new()).await?;
        return Ok(());
    };
    advance(&mut tx, &mut request, Act::FailUntouched(cause), now).await?;
    want_message(core, &mut tx, &request, &request.requester, Surface::NoticeFailed).await?;
    refresh_cards(core, &mut tx, &request).await?;
    let what = What::Failed {
        step: "before the target was touched".to_owned(),
        cause: why.to_owned(),
        tries: 0,
        undo_confirmed_at: None,
        next_step: next_step(cause).to_owned(),
    };
    report(core, tx, job, &request, vec![what]).await
}

/// The approval no longer counts, but others can decide: the request is open again.
pub async fn reopen(
    core: &Core,
    job: &Job,
    facts: &Facts,
    candidates: &[Candidate],
    why: &str,
) -> Result<(), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    let Some(mut request) = request_in(&mut tx, job, State::Approved).await? else {
        tx.seal(Vec::new()).await?;
        return Ok(());
    };
    request.answer_due = now.plus(core.pending_for);
    advance(&mut tx, &mut request, Act::Reopen, now).await?;
    tx.void_decisions(&request.id).await?;
    tx.schedule(&JobSpec::at(
        JobKind::Lapse,
        request.id.as_str(),
        request.answer_due,
    ))
    .await?;
    let asked = tx.messages_of(&request.id).await?;
    for candidate in candidates {
        let has_card = asked
            .iter()
            .any(|message| message.surface == Surface::ApproverCard && message.person == candidate.person);
        if !has_card && facts.person(&candidate.person).is_some() {
            want_message(core, &mut tx, &request, &candidate.person, Surface::ApproverCard).await?;
        }
    }
    refresh_cards(core, &mut tx, &request).await?;
    report(
        core,
        tx,
        job,
        &request,
        vec![What::Reopened { why: why.to_owned() }],
    )
    .await
}

/// Granting is given up; whatever the target has of it is taken back.
pub async fn undo(core: &Core, job: &Job, cause: FailCause, error: &str) -> Result<(), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    let Some(mut request) = request_in(&mut tx, job, State::Approved).await? else {
        tx.seal(Vec::new()).await?;
        return Ok(());
    };
    if let Some(mut grant) = tx.grant(&request.id).await? {
        grant.last_error = Some(error.to_owned());
        tx.put_grant(&grant).await?;
    }
    advance(&mut tx, &mut request, Act::Undo(cause), now).await?;
    start_revoking(core, &mut tx, &request).await?;
    refresh_cards(core, &mut tx, &request).await?;
    let what = What::Revoking {
        why: format!("could not be granted: {error}"),
    };
    report(core, tx, job, &request, vec![what]).await
}

/// Its time is over. A timer that fires early, or for access that is being taken away already, does nothing.
pub async fn time_over(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    let id = RequestId::new(&job.key);
    let request = tx.request(&id).await?;
    let grant = tx.grant(&id).await?;
    let (Some(mut request), Some(grant)) = (request, grant) else {
        return Err(UseCaseError::NoSuchRequest);
    };
    if now < grant.until {
        tx.retry(job, grant.until, "the end was moved").await?;
        tx.seal(Vec::new()).await?;
        return Ok(());
    }
    tx.finish(job).await?;
    match request.state {
        State::Granted | State::Approved => {}
        State::Pending
        | State::Revoking(_)
        | State::Rejected(_)
        | State::Cancelled
        | State::Expired
        | State::Revoked(_)
        | State::Failed(_) => {
            tx.seal(Vec::new()).await?;
            return Ok(());
        }
    }
    advance(&mut tx, &mut request, Act::TimeOver, now).await?;
    start_revoking(core, &mut tx, &request).await?;
    refresh_cards(core, &mut tx, &request).await?;
    report(
        core,
        tx,
        job,
        &request,
        vec![What::Revoking {
            why: "its time is over".to_owned(),
        }],
    )
    .await
}

/// The target was read back: nothing that gives access is left.
pub async fn gone(core: &Core, job: &Job, revoked: &Revoked) -> Result<(), UseCaseError> {
    let now = core.now();
    let id = RequestId::new(&job.key);
    let by = revoker(core, &id).await?;
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    let (Some(mut request), Some(mut grant)) = (tx.request(&id).await?, tx.grant(&id).await?) else {
        return Err(UseCaseError::NoSuchRequest);
    };
    let State::Revoking(cause) = request.state else {
        tx.seal(Vec::new()).await?;
        return Ok(());
    };
    // The change to Revoking is when it should have ended, unless its time was over before that.
    let due = match cause {
        RevokeCause::TimeOver => grant.until,
        RevokeCause::GivenBack | RevokeCause::ByAdmin | RevokeCause::Undo(_) => request.changed_at,
    };
    grant.ended_at = Some(now);
    grant.sessions_ended = Some(revoked.sessions_ended);
    grant.proof = Some(revoked.proof.clone());
    tx.put_grant(&grant).await?;
    advance(&mut tx, &mut request, Act::Gone, now).await?;
    tx.unschedule(JobKind::Expire, id.as_str()).await?;
    tx.schedule(&JobSpec::at(JobKind::CleanUp, id.as_str(), now))
        .await?;
    let notice = match cause {
        RevokeCause::Undo(_) => Surface::NoticeFailed,
        RevokeCause::TimeOver | RevokeCause::GivenBack | RevokeCause::ByAdmin => Surface::NoticeEnded,
    };
    want_message(core, &mut tx, &request, &request.requester, notice).await?;
    refresh_cards(core, &mut tx, &request).await?;
    let what = ended(cause, &by, &grant, revoked, due, now);
    report(core, tx, job, &request, vec![what]).await
}

/// Whoever started to take it away, by name; empty if a timer did.
async fn revoker(core: &Core, request: &RequestId) -> Result<String, UseCaseError> {
    let events = core.store.events_of(request).await?;
    let started = events
        .into_iter()
        .rfind(|stored| matches!(stored.event.what, What::Revoking { .. }));
    Ok(match started.map(|stored| stored.event.actor) {
        Some(Actor::Person(person)) => person.name,
        Some(Actor::Apono | Actor::Stranger { .. }) | None => String::new(),
    })
}

fn ended(
    cause: RevokeCause,
    by: &str,
    grant: &Grant,
    revoked: &Revoked,
    due: Timestamp,
    now: Timestamp,
) -> What {
    let micros = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    let ended = |why: &str| Ended {
        why: why.to_owned(),
        confirmed_at: now,
        lasted_us: grant.confirmed_at.map_or(0, |from| micros(now.since(from))),
        late_us: micros(now.since(due)),
        sessions_ended: revoked.sessions_ended,
        proof: revoked.proof.clone(),
    };
    match cause {
        RevokeCause::TimeOver => What::Expired(ended("its time is over")),
        RevokeCause::GivenBack => What::Revoked(ended(&format!("given back by {by}"))),
        RevokeCause::ByAdmin => What::Revoked(ended(&format!("by the admin {by}"))),
        RevokeCause::Undo(why) => What::Failed {
            step: "granting".to_owned(),
            cause: grant
                .last_error
                .clone()
                .unwrap_or_else(|| "its time was over before it was granted".to_owned()),
            tries: grant.tries,
            undo_confirmed_at: Some(now),
            next_step: next_step(why).to_owned(),
        },
    }
}

/// Leftovers on the target are gone.
pub async fn cleaned(core: &Core, job: &Job, cleaned: &Cleaned) -> Result<(), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    let id = RequestId::new(&job.key);
    let (Some(request), Some(mut grant)) = (tx.request(&id).await?, tx.grant(&id).await?) else {
        return Err(UseCaseError::NoSuchRequest);
    };
    grant.cleaned_at = Some(now);
    tx.put_grant(&grant).await?;
    let what = What::CleanedUp {
        summary: cleaned.summary.clone(),
    };
    report(core, tx, job, &request, vec![what]).await
}

/// It ends soon: the requester is told.
pub async fn ending_soon(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    if let Some(request) = request_in(&mut tx, job, State::Granted).await? {
        want_message(
            core,
            &mut tx,
            &request,
            &request.requester,
            Surface::NoticeEndingSoon,
        )
        .await?;
    }
    tx.seal(Vec::new()).await?;
    core.wakes.all();
    Ok(())
}

/// The job failed for now; it is tried again at `at`.
pub async fn try_again(core: &Core, job: &Job, at: Timestamp, error: &str) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    tx.retry(job, at, error).await?;
    tx.seal(Vec::new()).await?;
    Ok(())
}

/// There is nothing to do for the job.
pub async fn done(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    tx.seal(Vec::new()).await?;
    Ok(())
}

async fn request_in(tx: &mut Tx, job: &Job, state: State) -> Result<Option<Request>, UseCaseError> {
    let request = tx.request(&RequestId::new(&job.key)).await?;
    Ok(request.filter(|request| request.state == state))
}

async fn advance(tx: &mut Tx, request: &mut Request, act: Act, now: Timestamp) -> Result<(), UseCaseError> {
    let was = request.version;
    request.state = next(request.state, act)?;
    request.version += 1;
    request.changed_at = now;
    tx.update_request(request, was).await?;
    Ok(())
}

async fn report(
    core: &Core,
    mut tx: Tx,
    job: &Job,
    request: &Request,
    what: Vec<What>,
) -> Result<(), UseCaseError> {
    let about = facts_in(&mut tx, request).await?;
    let origin = Origin {
        via: Via::Worker,
        cause: job.id.clone(),
        actor: Actor::Apono,
    };
    let event = |what| {
        Event::new(
            core.now(),
            core.install.clone(),
            origin.clone(),
            Some(about.clone()),
            what,
        )
    };
    tx.seal(what.into_iter().map(event).collect()).await?;
    core.wakes.all();
    Ok(())
}

fn next_step(cause: FailCause) -> &'static str {
    match cause {
        FailCause::NotAllowedAnyMore => "ask again, or ask an admin about the access flow",
        FailCause::TargetRefused => "an admin has to look at the integration's set-up",
        FailCause::TargetUnreachable => "ask again once the target answers",
        FailCause::PeopleUnknown => "ask again once Slack answers",
        FailCause::TimeOver => "ask again",
    }
}
