//! Access on a target in our name without a live request: it is adopted until the end that the target states, or ended
//! at once if that has passed.
//!
//! A row and a job track it, as for all other access, and not the next check: so it ends on time even if its integration is
//! no longer in the config, and is retried forever while its target is down.

use crate::access::time::Timestamp;
use crate::audit::event::{Event, What};
use crate::audit::on_target::OnTarget;
use crate::integrations::{Cleaned, LiveGrant, Revoked};
use crate::store::{Job, JobKind, JobSpec, ReadStrays, StoreError, Stray, Tx};

use super::super::facts::facts_in;
use super::super::left_over;
use super::super::{Core, UseCaseError};
use super::{Whose, origin};

/// Adopts what a check found, until `until`; if it was adopted before, it keeps its end, unless this one is earlier. `seen` is
/// what was known about it before the check; if that has changed, the check says nothing about it. Returns whether it is
/// new.
#[tracing::instrument(name = "strays.adopt", skip_all)]
pub async fn adopt(
    core: &Core,
    live: &LiveGrant,
    whose: &Whose,
    seen: Option<&Stray>,
    until: Timestamp,
) -> Result<bool, UseCaseError> {
    let now = core.now();
    let request = match whose {
        Whose::Nobodys => None,
        Whose::Ended(request) => Some(request.clone()),
        Whose::Standing => return Ok(false),
    };
    let (Some(number), Some(granted)) = (live.held.request, live.granted.clone()) else {
        return Ok(false);
    };
    let found = Stray {
        id: core.new_id(),
        place: live.place.clone(),
        name: live.name.clone(),
        number,
        request,
        granted,
        until,
        found_at: now,
        ended_at: None,
    };
    let mut tx = core.store.write().await?;
    let before = tx.stray_named(&found.place, &found.name).await?;
    if before.as_ref() != seen {
        return Ok(false);
    }
    let is_known = before.as_ref().is_some_and(|before| before.ended_at.is_none());
    let stray = match before {
        None if tx.insert_stray(&found).await? => found,
        None => return Ok(false),
        Some(before) => {
            let Some(stray) = again(before, found) else {
                return Ok(false);
            };
            tx.update_stray(&stray).await?;
            stray
        }
    };
    tx.unschedule(JobKind::CleanStray, &stray.id).await?;
    left_over::over(&mut tx, &stray.id).await?;
    let end = JobSpec::at(JobKind::EndStray, &stray.id, stray.until);
    tx.schedule(&end.on(&stray.granted.integration)).await?;
    let what = What::OnTarget(OnTarget::Adopted {
        integration: stray.granted.integration.clone(),
        principal: stray.granted.principal.clone(),
        number,
        until: stray.until,
        gives: live.held.gives.iter().cloned().collect(),
    });
    let news = !is_known && now < stray.until;
    let event = Event::new(now, core.install.clone(), origin(&stray.id), None, what);
    tx.seal(news.then_some(event).into_iter().collect()).await?;
    Ok(!is_known)
}

/// The new state of a stray that a check found again; `None` if it does not change.
fn again(before: Stray, found: Stray) -> Option<Stray> {
    if before.ended_at.is_some() {
        // It was ended, and is back before its leftovers were gone.
        return Some(Stray {
            id: before.id,
            ..found
        });
    }
    if before.until <= found.until {
        return None;
    }
    Some(Stray {
        until: found.until,
        ..before
    })
}

/// The target was read back: nothing of it is left that gives access.
#[tracing::instrument(name = "strays.gone", skip_all)]
pub async fn gone(core: &Core, job: &Job, stray: &Stray, revoked: &Revoked) -> Result<(), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    tx.update_stray(&Stray {
        ended_at: Some(now),
        ..stray.clone()
    })
    .await?;
    let clean = JobSpec::at(JobKind::CleanStray, &stray.id, now);
    tx.schedule(&clean.on(&stray.granted.integration)).await?;
    let what = What::OnTarget(OnTarget::Ended {
        integration: stray.granted.integration.clone(),
        principal: stray.granted.principal.clone(),
        number: stray.number,
        is_known: stray.request.is_some(),
        sessions_ended: revoked.sessions_ended,
        proof: revoked.proof.clone(),
    });
    seal(core, tx, job, stray, what).await
}

/// Leftovers on the target are gone.
#[tracing::instrument(name = "strays.cleaned", skip_all)]
pub async fn cleaned(core: &Core, job: &Job, stray: &Stray, cleaned: &Cleaned) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    tx.remove_stray(&stray.id).await?;
    left_over::over(&mut tx, &stray.id).await?;
    let what = What::OnTarget(OnTarget::Cleaned {
        integration: stray.granted.integration.clone(),
        principal: stray.granted.principal.clone(),
        summary: cleaned.summary.clone(),
    });
    seal(core, tx, job, stray, what).await
}

/// It now belongs to a live request, whose own timer ends it.
#[tracing::instrument(name = "strays.let_go", skip_all)]
pub async fn let_go(core: &Core, job: &Job, stray: &Stray) -> Result<(), StoreError> {
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    tx.remove_stray(&stray.id).await?;
    tx.seal(Vec::new()).await?;
    Ok(())
}

async fn seal(core: &Core, mut tx: Tx, job: &Job, stray: &Stray, what: What) -> Result<(), UseCaseError> {
    let request = match &stray.request {
        Some(id) => tx.request(id).await?,
        None => None,
    };
    let about = match &request {
        Some(request) => Some(facts_in(&mut tx, request).await?),
        None => None,
    };
    let event = Event::new(core.now(), core.install.clone(), origin(&job.id), about, what);
    tx.seal(vec![event]).await?;
    Ok(())
}
