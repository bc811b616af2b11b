//! What the granting worker reports: an attempt, a confirmation, or why not. Each is one transaction that also settles
//! the worker's job.

use crate::access::grant::{Grant, Granted};
use crate::access::ids::{PersonId, RequestId};
use crate::access::people::Facts;
use crate::access::policy::Candidate;
use crate::access::request::State;
use crate::access::transition::Act;
use crate::audit::cause::{Cause, NotGranted};
use crate::audit::event::{PersonFacts, What};
use crate::integrations::Confirmed;
use crate::store::{
    Job, JobKind, JobSpec, ReadDecisions, ReadGrants, ReadMessages, ReadPeople, ReadPolicies, Surface, Tx,
};

use super::ending::soon::announce_end;
use super::revoke::start_revoking;
use super::step::{advance, report, request_in, take_up};
use super::wanted_messages::{News, refresh_cards};
use super::{Core, UseCaseError};

/// Commits the next attempt before the target is touched: the end counts from now, and the timer is set. A caller that gets the
/// grant still has the job, and calls the target at once.
///
/// `None`: the request is no longer waiting to be granted, and the job is done.
#[tracing::instrument(name = "granting.begin_attempt", skip_all)]
pub async fn begin_attempt(core: &Core, job: &Job, granted: &Granted) -> Result<Option<Grant>, UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    let Some(request) = request_in(&mut tx, job, State::Approved).await? else {
        tx.finish(job).await?;
        tx.seal(Vec::new()).await?;
        return Ok(None);
    };
    // A worker that lost the job may be late: another worker may have told the target of an end by now.
    tx.hold(job).await?;
    let until = now.plus(request.duration);
    let grant = match tx.grant(&request.id).await? {
        Some(before) => before.tried_again(until),
        None => Grant::begin(&request.id, granted, until, now),
    };
    tx.put_grant(&grant).await?;
    tx.schedule(&JobSpec::about(JobKind::Expire, &request, until))
        .await?;
    tx.seal(Vec::new()).await?;
    Ok(Some(grant))
}

/// The target confirmed the grant, which was allowed under the policy with this digest: if another one became active while the
/// target was asked, that one has to allow it too.
#[tracing::instrument(name = "granting.confirm", skip_all)]
pub async fn confirm(
    core: &Core,
    job: &Job,
    confirmed: &Confirmed,
    policy: &str,
) -> Result<(), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    if tx.active_policy().await?.as_deref() != Some(policy) {
        tx.retry(job, now, "another config became active meanwhile")
            .await?;
        tx.seal(Vec::new()).await?;
        return Ok(());
    }
    let Some(mut request) = request_in(&mut tx, job, State::Approved).await? else {
        tx.finish(job).await?;
        // It was revoked meanwhile: the revoke waits for this job and then ends what was just granted.
        tx.seal(Vec::new()).await?;
        return Ok(());
    };
    tx.finish(job).await?;
    let Some(mut grant) = tx.grant(&request.id).await? else {
        return Err(UseCaseError::NoSuchRequest);
    };
    grant.confirmed_at = Some(now);
    grant.target_deadline = confirmed.target_deadline;
    grant.granted.target = confirmed.granted.target.clone();
    tx.put_grant(&grant).await?;
    advance(&mut tx, &mut request, Act::Confirm, now).await?;
    let integration = core.integrations().for_granted(&grant.granted);
    if let Some(tells) = integration.ok().and_then(|kind| kind.tells_use(&grant.granted)) {
        tx.begin_usage(&request.id, tells).await?;
    }
    announce_end(core, &mut tx, &request, &grant).await?;
    let notice = News::to(&request.requester, Surface::NoticeGranted);
    refresh_cards(core, &mut tx, &request, &[notice]).await?;
    let what = What::Granted {
        approved_by: approvers(&mut tx, &request.id).await?,
        principal: grant.granted.principal.clone(),
        until: grant.until,
        confirmed_at: now,
        deadline_on_target: confirmed.target_deadline.is_some(),
        live_grants: tx.live_grant_count(&request.grantee).await?,
    };
    report(core, tx, job, &request, what).await
}

/// Who approved; nobody if the flow did.
async fn approvers(tx: &mut Tx, request: &RequestId) -> Result<Vec<PersonFacts>, UseCaseError> {
    let decisions = tx.decisions(request).await?;
    let ids: Vec<_> = decisions
        .into_iter()
        .filter(|decision| decision.counts)
        .map(|decision| decision.person)
        .collect();
    let people = tx.people_by_id(&ids).await?;
    Ok(people.iter().map(PersonFacts::from).collect())
}

/// It will not be granted, and the target was never touched.
#[tracing::instrument(name = "granting.fail_untouched", skip_all)]
pub async fn fail_untouched(core: &Core, job: &Job, why: NotGranted) -> Result<(), UseCaseError> {
    let now = core.now();
    let Some((mut tx, mut request)) = take_up(core, job, State::Approved).await? else {
        return Ok(());
    };
    advance(&mut tx, &mut request, Act::FailUntouched(why.fails()), now).await?;
    let notice = News::to(&request.requester, Surface::NoticeFailed);
    refresh_cards(core, &mut tx, &request, &[notice]).await?;
    let what = What::Failed {
        cause: Cause::NotGranted(why),
        tries: 0,
        undo_confirmed_at: None,
    };
    report(core, tx, job, &request, what).await
}

/// These approvals no longer count, but others can decide: the request is open again.
#[tracing::instrument(name = "granting.reopen", skip_all)]
pub async fn reopen(
    core: &Core,
    job: &Job,
    facts: &Facts,
    candidates: &[Candidate],
    approved_by: Vec<PersonFacts>,
) -> Result<(), UseCaseError> {
    let now = core.now();
    let Some((mut tx, mut request)) = take_up(core, job, State::Approved).await? else {
        return Ok(());
    };
    request.answer_due = now.plus(core.rules().pending_for);
    advance(&mut tx, &mut request, Act::Reopen, now).await?;
    tx.void_decisions(&request.id).await?;
    tx.schedule(&JobSpec::about(JobKind::Lapse, &request, request.answer_due))
        .await?;
    let asked = tx.messages_of(&request.id).await?;
    let has_card = |person: &PersonId| {
        asked
            .iter()
            .any(|message| message.surface == Surface::ApproverCard && message.person == *person)
    };
    let cards = candidates
        .iter()
        .filter(|candidate| !has_card(&candidate.person) && facts.person(&candidate.person).is_some())
        .map(|candidate| News::to(&candidate.person, Surface::ApproverCard));
    refresh_cards(core, &mut tx, &request, &cards.collect::<Vec<_>>()).await?;
    report(core, tx, job, &request, What::Reopened { approved_by }).await
}

/// Granting is given up; whatever the target has of it is undone.
#[tracing::instrument(name = "granting.undo", skip_all)]
pub async fn undo(core: &Core, job: &Job, why: NotGranted) -> Result<(), UseCaseError> {
    let now = core.now();
    let Some((mut tx, mut request)) = take_up(core, job, State::Approved).await? else {
        return Ok(());
    };
    advance(&mut tx, &mut request, Act::Undo(why.fails()), now).await?;
    start_revoking(core, &mut tx, &request).await?;
    refresh_cards(core, &mut tx, &request, &[]).await?;
    let cause = Cause::NotGranted(why);
    report(core, tx, job, &request, What::Revoking { cause, reason: None }).await
}
