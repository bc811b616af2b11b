//! What follows from a check of a target: live access that somebody changed there, and access there without a request.
//!
//! Invariant: a check says what was true while it ran. Whatever changed here since then is left to the next check.

mod strays;
pub mod ungranted;

use crate::access::ids::{RequestId, RequestNumber};
use crate::access::reconcile::{Difference, Drift, Tie};
use crate::access::request::State;
use crate::access::target::TargetFailure;
use crate::access::transition::Act;
use crate::audit::cause::Cause;
use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::audit::on_target::OnTarget;
use crate::integrations::{Confirmed, KeepsState};
use crate::store::{Job, JobKind, JobSpec, ReadEvents, ReadGrants, ReadLimits, StandingGrant, StoreError};

use super::facts::facts_in;
use super::revoke::start_revoking;
use super::step::{advance, take_up, tell};
use super::wanted_messages::refresh_cards;
use super::{Core, UseCaseError};

pub use strays::{adopt, cleaned, gone, let_go};

/// How many differences of one grant are reported.
const NAMED: usize = 20;

/// Who a principal on a target belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    Nobodys,
    /// A request that has not ended.
    Standing,
    Ended(RequestId),
}

/// Finds the request that a principal on `target` names, and uses the principal's own name to make sure it means this one:
/// after a restored backup, numbers are given out a second time. The target's address does not matter, because it may have
/// moved.
pub async fn whose(
    core: &Core,
    target: &dyn KeepsState,
    number: RequestNumber,
    name: &str,
) -> Result<Whose, StoreError> {
    let Some(request) = core.store.request_by_number(number).await? else {
        return Ok(Whose::Nobodys);
    };
    let Some(grant) = core.store.grant(&request.id).await? else {
        return Ok(Whose::Nobodys);
    };
    match target.intact(&grant.granted, grant.until) {
        Ok(intact) if intact.name == name => {}
        Ok(_) | Err(_) => return Ok(Whose::Nobodys),
    }
    Ok(if request.state.is_final() {
        Whose::Ended(request.id)
    } else {
        Whose::Standing
    })
}

/// How live access differs from what was granted; not both are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Those that are removed at once, in every mode.
    pub memberships: Vec<Tie>,
    pub besides: Vec<Difference>,
}

/// Live access was found changed. `seen` is how it was recorded here before the check; if that has changed, the check
/// says nothing about it. Returns whether there was something new to report.
#[tracing::instrument(name = "reconcile.changed", skip_all)]
pub async fn changed(
    core: &Core,
    seen: &StandingGrant,
    changes: &Changes,
    drift: Drift,
) -> Result<bool, UseCaseError> {
    let now = core.now();
    let id = &seen.grant.request;
    // Access that a restored backup considers live may have been revoked since: it is not created again.
    let drift = match drift {
        Drift::Enforce if core.store.limits().await?.revoke_only => Drift::Warn,
        Drift::Observe | Drift::Warn | Drift::Enforce => drift,
    };
    let before = core.store.events_of(id).await?;
    let mut tx = core.store.write().await?;
    let Some(request) = tx.request(id).await? else {
        return Err(UseCaseError::NoSuchRequest);
    };
    if request.version != seen.version || request.state != State::Granted || tx.is_changing(id).await? {
        return Ok(false);
    }
    let principal = &seen.grant.granted.principal;
    let mut whats = Vec::new();
    if !changes.memberships.is_empty() {
        // Its job is done by now, so this is new, whatever was found before.
        whats
            .push(ungranted::raise(core, &mut tx, &request, principal, &changes.memberships, &before).await?);
    }
    if !changes.besides.is_empty() {
        let (found, more) = some_of(&changes.besides);
        let seen = serde_json::json!([drift.name(), found, more]).to_string();
        let is_new = tx.note_drift(id, &seen, now).await?;
        if is_new {
            tracing::warn!(request = %request.number, seen, "live access was changed on its target");
        }
        if is_new && drift != Drift::Observe {
            whats.push(OnTarget::Drift {
                principal: principal.clone(),
                found,
                more,
                then: drift,
            });
        }
    }
    let job = match drift {
        Drift::Enforce => Some(JobKind::Restore),
        Drift::Observe | Drift::Warn => (!changes.memberships.is_empty()).then_some(JobKind::TakeOff),
    };
    if let Some(kind) = job {
        tx.schedule(&JobSpec::about(kind, &request, now)).await?;
    }
    let about = facts_in(&mut tx, &request).await?;
    let events = whats.into_iter().map(|what| {
        let origin = origin(&format!("look-{}", now.micros()));
        Event::new(
            now,
            core.install.clone(),
            origin,
            Some(about.clone()),
            What::OnTarget(what),
        )
    });
    let events: Vec<Event> = events.collect();
    let is_told = !events.is_empty();
    tx.seal(events).await?;
    Ok(is_told)
}

/// The first few, and how many more there are.
fn some_of<D: Clone>(differences: &[D]) -> (Vec<D>, u64) {
    let more = differences.len().saturating_sub(NAMED);
    let found = differences.iter().take(NAMED).cloned().collect();
    (found, u64::try_from(more).unwrap_or(u64::MAX))
}

/// It was found to be as it should be again.
#[tracing::instrument(name = "reconcile.unchanged", skip_all)]
pub async fn unchanged(core: &Core, request: &RequestId) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    tx.forget_drift(request).await?;
    tx.seal(Vec::new()).await?;
    tracing::info!(%request, "live access on its target is as it was granted again");
    Ok(())
}

/// The target again has exactly what was granted.
#[tracing::instrument(name = "reconcile.restored", skip_all)]
pub async fn restored(core: &Core, job: &Job, confirmed: &Confirmed) -> Result<(), UseCaseError> {
    let Some((mut tx, request)) = take_up(core, job, State::Granted).await? else {
        return Ok(());
    };
    let Some(mut grant) = tx.grant(&request.id).await? else {
        return Err(UseCaseError::NoSuchRequest);
    };
    grant.target_deadline = confirmed.target_deadline;
    grant.granted.target = confirmed.granted.target.clone();
    tx.put_grant(&grant).await?;
    tx.forget_drift(&request.id).await?;
    let what = What::OnTarget(OnTarget::SetRight {
        principal: grant.granted.principal,
        until: grant.until,
    });
    tell(core, tx, origin(&job.id), &request, what).await
}

/// What somebody changed on the target cannot be corrected or removed, so the access ends.
#[tracing::instrument(name = "reconcile.not_restored", skip_all)]
pub async fn not_restored(core: &Core, job: &Job, target: TargetFailure) -> Result<(), UseCaseError> {
    let Some((mut tx, mut request)) = take_up(core, job, State::Granted).await? else {
        return Ok(());
    };
    advance(&mut tx, &mut request, Act::EndChanged, core.now()).await?;
    start_revoking(core, &mut tx, &request).await?;
    refresh_cards(core, &mut tx, &request, &[]).await?;
    let what = What::Revoking {
        cause: Cause::Changed { target },
        reason: None,
    };
    tell(core, tx, origin(&job.id), &request, what).await
}

fn origin(cause: &str) -> Origin {
    Origin {
        via: Via::Reconcile,
        cause: cause.to_owned(),
        actor: Actor::Apono,
    }
}
