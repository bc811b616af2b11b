//! Access is gone: the target was read back, and nothing that gives access is left there.

use std::time::Duration;

use crate::access::ids::RequestId;
use crate::access::request::{Request, RevokeCause, State};
use crate::access::target::{TargetFailure, Trouble};
use crate::access::transition::Act;
use crate::audit::cause::{Became, Cause, NotGranted};
use crate::audit::ended::UsedFacts;
use crate::audit::event::{Actor, Ended, Event, PersonFacts, What};
use crate::integrations::Revoked;
use crate::store::{Job, JobKind, JobSpec, ReadEvents, ReadGrants, Surface, Tx};

use super::super::facts::facts_in;
use super::super::overdue;
use super::super::step::{advance, report};
use super::super::uses;
use super::super::wanted_messages::{News, refresh_cards};
use super::super::{Core, UseCaseError};

/// The target was read back: nothing that gives access is left.
#[tracing::instrument(name = "ending.gone", skip_all)]
pub async fn gone(core: &Core, job: &Job, revoked: &Revoked) -> Result<(), UseCaseError> {
    let now = core.now();
    let id = RequestId::new(&job.key);
    let mut tx = core.store.write().await?;
    let (Some(mut request), Some(mut grant)) = (tx.request(&id).await?, tx.grant(&id).await?) else {
        return Err(UseCaseError::NoSuchRequest);
    };
    tx.finish(job).await?;
    let State::Revoking(cause) = request.state else {
        tx.seal(Vec::new()).await?;
        return Ok(());
    };
    let integration = core.integrations().for_granted(&grant.granted);
    let (why, by) = why_and_by(&mut tx, &request, cause).await?;
    let due = grant.due(&request);
    grant.ended_at = Some(now);
    grant.sessions_ended = Some(revoked.sessions_ended);
    grant.proof = Some(revoked.proof.clone());
    if integration.as_ref().is_ok_and(|kind| kind.state().is_none()) {
        grant.cleaned_at = Some(now);
    } else {
        let clean_up = JobSpec::about(JobKind::CleanUp, &request, now);
        tx.schedule(&clean_up).await?;
    }
    tx.put_grant(&grant).await?;
    advance(&mut tx, &mut request, Act::Gone, now).await?;
    // The timer of access that ended on time is done.
    if cause != RevokeCause::TimeOver {
        tx.unschedule(JobKind::Expire, id.as_str()).await?;
    }
    tx.forget_drift(&id).await?;
    let usage = uses::close(core, &mut tx, &id, revoked.last_look.as_ref()).await?;
    let notice = match cause {
        RevokeCause::Undo(_) => Surface::NoticeFailed,
        RevokeCause::TimeOver
        | RevokeCause::GivenBack
        | RevokeCause::ByAdmin
        | RevokeCause::ByApprover
        | RevokeCause::Left
        | RevokeCause::Blocked
        | RevokeCause::Changed
        | RevokeCause::SelfApproved
        | RevokeCause::Reviewed => Surface::NoticeEnded,
    };
    let mut news = vec![News::to(&request.requester, notice)];
    news.extend(overdue::over(&mut tx, &request).await?);
    refresh_cards(core, &mut tx, &request, &news).await?;
    let micros = |span: Duration| u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    let ended = Ended {
        cause: why,
        by,
        confirmed_at: now,
        lasted_us: grant.confirmed_at.map_or(0, |from| micros(now.since(from))),
        late_us: micros(now.since(due)),
        sessions_ended: revoked.sessions_ended,
        proof: revoked.proof.clone(),
        open_sessions_go_on: integration.is_ok_and(|kind| !kind.guarantees().ends_sessions),
        used: usage.as_ref().map(UsedFacts::from),
    };
    let what = match cause {
        RevokeCause::TimeOver => What::Expired(ended),
        RevokeCause::GivenBack
        | RevokeCause::ByAdmin
        | RevokeCause::ByApprover
        | RevokeCause::Left
        | RevokeCause::Blocked
        | RevokeCause::Changed
        | RevokeCause::SelfApproved
        | RevokeCause::Reviewed => What::Revoked(ended),
        RevokeCause::Undo(_) => What::Failed {
            cause: ended.cause,
            tries: grant.tries,
            undo_confirmed_at: Some(now),
        },
    };
    report(core, tx, job, &request, what).await?;
    uses::closed(core, &id);
    Ok(())
}

/// Why the access is being revoked, and who started that, if somebody did, according to the trail.
async fn why_and_by(
    tx: &mut Tx,
    request: &Request,
    cause: RevokeCause,
) -> Result<(Cause, Option<PersonFacts>), UseCaseError> {
    if cause == RevokeCause::TimeOver {
        return Ok((Cause::TimeOver, None));
    }
    let events = tx.events_of(&request.id).await?;
    let began = events.into_iter().rev().find_map(|stored| {
        let Event { what, actor, .. } = stored.event;
        match (what, actor) {
            (What::Revoking { cause, .. }, Actor::Person(person)) => Some((cause, Some(person))),
            (What::Revoking { cause, .. }, Actor::Apono | Actor::Stranger { .. }) => Some((cause, None)),
            _ => None,
        }
    });
    if let Some(began) = began {
        return Ok(began);
    }
    // Access that is gone has to be reported as gone, whatever happened to the trail.
    tracing::error!("the trail does not say why this access was being revoked");
    let person = facts_in(tx, request).await?.requester;
    let why = match cause {
        RevokeCause::TimeOver => Cause::TimeOver,
        RevokeCause::GivenBack => Cause::GivenBack,
        RevokeCause::ByAdmin => Cause::ByAdmin,
        RevokeCause::ByApprover => Cause::ByApprover,
        RevokeCause::SelfApproved => Cause::SelfApproved,
        RevokeCause::Reviewed => Cause::Reviewed {
            review: String::new(),
            line: 0,
            undecided: false,
        },
        RevokeCause::Blocked => Cause::Blocked { person },
        RevokeCause::Left => Cause::Left {
            person,
            became: Became::Unknown,
        },
        RevokeCause::Changed => Cause::Changed { target: not_said() },
        RevokeCause::Undo(_) => Cause::NotGranted(NotGranted::TargetFailed(not_said())),
    };
    Ok((why, None))
}

fn not_said() -> TargetFailure {
    TargetFailure {
        trouble: Trouble::Odd,
        said: String::new(),
    }
}
