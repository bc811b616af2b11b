//! The target's answer to a later end. Each is one transaction that also settles the worker's job.

use std::time::Duration;

use crate::access::extension::ExtensionState;
use crate::access::request::State;
use crate::access::target::TargetFailure;
use crate::access::time::Timestamp;
use crate::access::transition::Act;
use crate::audit::event::What;
use crate::integrations::Confirmed;
use crate::store::{Job, JobKind, JobSpec, ReadExtensions, ReadGrants, Surface};

use super::super::step::{advance, report, take_up};
use super::super::wanted_messages::{News, refresh_cards};
use super::super::{Core, UseCaseError};
use super::move_timers;

/// The target now ends the access at `told`. If the end has moved further meanwhile, the target is told that next.
#[tracing::instrument(name = "extend.confirmed", skip_all)]
pub async fn confirmed(
    core: &Core,
    job: &Job,
    told: Timestamp,
    confirmed: &Confirmed,
) -> Result<(), UseCaseError> {
    let Some((mut tx, mut request)) = take_up(core, job, State::Granted).await? else {
        return Ok(());
    };
    let Some(mut grant) = tx.grant(&request.id).await? else {
        return Err(UseCaseError::NoSuchRequest);
    };
    let all = tx.extensions(&request.id).await?;
    let mut newest = None;
    for mut extension in all {
        if extension.state == ExtensionState::OnItsWay && extension.until <= Some(told) {
            extension.state = ExtensionState::Applied;
            tx.put_extension(&extension).await?;
            newest = Some(extension);
        }
    }
    if grant.until > told {
        let tell = JobSpec::about(JobKind::Extend, &request, core.now());
        tx.schedule(&tell).await?;
    }
    let Some(extension) = newest else {
        tx.seal(Vec::new()).await?;
        return Ok(());
    };
    grant.target_deadline = confirmed.target_deadline;
    tx.put_grant(&grant).await?;
    advance(&mut tx, &mut request, Act::Extend, core.now()).await?;
    let (person, about) = (&extension.asked_by, extension.position);
    let notice = News::about(person, Surface::NoticeExtended, about);
    refresh_cards(core, &mut tx, &request, &[notice]).await?;
    let what = What::ExtensionConfirmed {
        until: told,
        deadline_on_target: confirmed.target_deadline.is_some(),
    };
    report(core, tx, job, &request, what).await
}

/// The target will never accept the later end: ours moves back to the end that it has.
#[tracing::instrument(name = "extend.refused", skip_all)]
pub async fn refused(core: &Core, job: &Job, target: TargetFailure) -> Result<(), UseCaseError> {
    let Some((mut tx, mut request)) = take_up(core, job, State::Granted).await? else {
        return Ok(());
    };
    let Some(mut grant) = tx.grant(&request.id).await? else {
        return Err(UseCaseError::NoSuchRequest);
    };
    let mut taken_back = Duration::ZERO;
    let mut notices = Vec::new();
    for mut extension in tx.extensions(&request.id).await? {
        if extension.state == ExtensionState::OnItsWay {
            extension.state = ExtensionState::Failed;
            taken_back += extension.added;
            tx.put_extension(&extension).await?;
            let (person, about) = (&extension.asked_by, extension.position);
            notices.push(News::about(person, Surface::NoticeNotExtended, about));
        }
    }
    grant.until = grant.until.minus(taken_back);
    tx.put_grant(&grant).await?;
    request.duration = request.duration.saturating_sub(taken_back);
    advance(&mut tx, &mut request, Act::Extend, core.now()).await?;
    move_timers(core, &mut tx, &request, &grant).await?;
    refresh_cards(core, &mut tx, &request, &notices).await?;
    let what = What::ExtensionFailed {
        target,
        until: grant.until,
    };
    report(core, tx, job, &request, what).await
}
