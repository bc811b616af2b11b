//! Taking access away before its time: by whoever has it, or by an admin. A request that was not granted yet is withdrawn.

use crate::access::ids::RequestNumber;
use crate::access::people::Person;
use crate::access::request::{Request, State};
use crate::access::transition::Act;
use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::store::{JobKind, JobSpec, Tx};

use super::facts::facts_in;
use super::open::refresh_cards;
use super::step::advance;
use super::{Core, Receipt, UseCaseError, person_facts, until_no_conflict};

/// Starts taking the access of `number` away; the target is read back before anybody says "revoked".
pub async fn revoke(
    core: &Core,
    by: &Person,
    number: RequestNumber,
    receipt: Receipt<'_>,
) -> Result<Request, UseCaseError> {
    until_no_conflict!(revoke_once(core, by, number, receipt))
}

async fn revoke_once(
    core: &Core,
    by: &Person,
    number: RequestNumber,
    receipt: Receipt<'_>,
) -> Result<Request, UseCaseError> {
    let now = core.now();
    let id = core
        .store
        .request_by_number(number)
        .await?
        .ok_or(UseCaseError::NoSuchRequest)?
        .id;
    let mut tx = core.store.write().await?;
    let mut request = tx.request(&id).await?.ok_or(UseCaseError::NoSuchRequest)?;
    let owns = by.id == request.requester || by.id == request.grantee;
    let admin = core.policy().is_admin(by);
    if !owns && !admin {
        return Err(UseCaseError::NotYours);
    }
    if !receipt.settle(&mut tx, "revoked", now).await? {
        return Err(UseCaseError::SeenBefore);
    }
    let was = request.state;
    let untouched = tx.grant(&id).await?.is_none();
    let act = match (was, owns) {
        (State::Pending, true) => Act::Cancel,
        (State::Approved, _) if untouched => Act::Cancel,
        (_, true) => Act::GiveBack,
        (_, false) => Act::RevokeByAdmin,
    };
    advance(&mut tx, &mut request, act, now).await?;
    let what = if request.state == State::Cancelled {
        tx.unschedule(JobKind::Lapse, id.as_str()).await?;
        tx.unschedule(JobKind::Provision, id.as_str()).await?;
        What::Cancelled {
            was: was.word().to_owned(),
        }
    } else {
        start_revoking(core, &mut tx, &request).await?;
        let why = if owns { "given back" } else { "revoked by an admin" };
        What::Revoking { why: why.to_owned() }
    };
    refresh_cards(core, &mut tx, &request).await?;
    let about = facts_in(&mut tx, &request).await?;
    let origin = Origin {
        via: Via::Slack,
        cause: receipt.key().to_owned(),
        actor: Actor::Person(person_facts(by)),
    };
    tx.seal(vec![Event::new(
        now,
        core.install.clone(),
        origin,
        Some(about),
        what,
    )])
    .await?;
    core.wakes.all();
    Ok(request)
}

/// Schedules the revoke and drops the timers that it makes needless. The expiry timer goes with the revoke's commit.
pub(crate) async fn start_revoking(core: &Core, tx: &mut Tx, request: &Request) -> Result<(), UseCaseError> {
    tx.schedule(&JobSpec::at(JobKind::Revoke, request.id.as_str(), core.now()))
        .await?;
    tx.unschedule(JobKind::EndingSoon, request.id.as_str()).await?;
    Ok(())
}
