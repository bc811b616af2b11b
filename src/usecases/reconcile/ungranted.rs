//! Somebody has live access that nobody granted them, or live access reaches something that nobody granted: reported at once, in
//! every mode, and removed. And the sessions of an account that joined this way, which only an admin can have ended.
//!
//! Invariant: an account's sessions are ended only if one event of the request names it as an account that joined, and an admin
//! ordered it in another; a button's value decides nothing. Orders that are not reported yet are in the trail, so a
//! job with the request's id is enough.

use std::collections::BTreeSet;

use crate::access::forbidden::Forbidden;
use crate::access::ids::RequestId;
use crate::access::people::Person;
use crate::access::reconcile::Tie;
use crate::access::request::{Request, State};
use crate::access::time::Timestamp;
use crate::audit::event::{Actor, PersonFacts, What};
use crate::audit::on_target::{OnTarget, SessionsKept};
use crate::store::{Job, JobKind, JobSpec, ReadEvents, ReadGrants, StoredEvent, Surface, Tx};

use super::super::limits::by_admin;
use super::super::step::{report, take_up, tell};
use super::super::wanted_messages::{News, want};
use super::super::{Core, Receipt, UseCaseError, until_no_conflict};
use super::{NAMED, origin, some_of};

/// An admin's order that was not reported on yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub account: String,
    /// Who gave it.
    pub by: PersonFacts,
    pub at: Timestamp,
}

/// What the trail says about such memberships. An alarm is raised too, unless all of them were found on this access `before`:
/// somebody who joins again and again must not drown everybody in alarms.
pub(super) async fn raise(
    core: &Core,
    tx: &mut Tx,
    request: &Request,
    principal: &str,
    memberships: &[Tie],
    before: &[StoredEvent],
) -> Result<OnTarget, UseCaseError> {
    let accounts = memberships.iter().filter_map(|tie| match tie {
        Tie::Member(member) => Some(member.clone()),
        Tie::Group(_) | Tie::SetRole(_) | Tie::Power(_) => None,
    });
    let (found, more) = some_of(memberships);
    let earlier: Vec<(&[Tie], u64)> = before.iter().filter_map(found_in).collect();
    let known: BTreeSet<&Tie> = earlier.iter().flat_map(|(found, _)| *found).collect();
    let most_besides = earlier.iter().map(|(_, more)| *more).max().unwrap_or(0);
    if more > most_besides || !found.iter().all(|found| known.contains(found)) {
        let nth = i64::try_from(earlier.len()).unwrap_or(i64::MAX).saturating_add(1);
        let alarm = News::about(&request.grantee, Surface::UngrantedAlarm, nth);
        want(core, tx, request, &[alarm]).await?;
    }
    tracing::error!(request = %request.number, ?found, more, "somebody has live access that nobody granted them");
    Ok(OnTarget::Ungranted {
        principal: principal.to_owned(),
        found,
        more,
        accounts: accounts.take(NAMED).collect(),
    })
}

/// What an event found that nobody granted, and how much more there was; `None` for other events.
fn found_in(stored: &StoredEvent) -> Option<(&[Tie], u64)> {
    match &stored.event.what {
        What::OnTarget(OnTarget::Ungranted { found, more, .. }) => Some((found, *more)),
        _ => None,
    }
}

/// The event that an alarm of this number is about.
pub fn finding(events: &[StoredEvent], nth: i64) -> Option<&StoredEvent> {
    let nth = usize::try_from(nth).ok()?.checked_sub(1)?;
    events.iter().filter(|stored| found_in(stored).is_some()).nth(nth)
}

/// The memberships are gone, as read back.
#[tracing::instrument(name = "ungranted.taken_off", skip_all)]
pub async fn taken_off(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    let Some((tx, request)) = take_up(core, job, State::Granted).await? else {
        return Ok(());
    };
    let Some(grant) = tx.grant(&request.id).await? else {
        return Err(UseCaseError::NoSuchRequest);
    };
    let principal = grant.granted.principal;
    let what = What::OnTarget(OnTarget::TakenOff { principal });
    tell(core, tx, origin(&job.id), &request, what).await
}

/// An admin orders the end of the sessions that `account` has on the target of `request`, which it joined.
#[tracing::instrument(name = "ungranted.order_end", skip_all)]
pub async fn order_end(
    core: &Core,
    by: &Person,
    request: &RequestId,
    account: &str,
    receipt: Receipt<'_>,
) -> Result<(), UseCaseError> {
    until_no_conflict!(order_once(core, by, request, account, receipt))
}

async fn order_once(
    core: &Core,
    by: &Person,
    request: &RequestId,
    account: &str,
    receipt: Receipt<'_>,
) -> Result<(), UseCaseError> {
    let events = core.store.events_of(request).await?;
    let joined = events.iter().any(|stored| match &stored.event.what {
        What::OnTarget(OnTarget::Ungranted { accounts, .. }) => {
            accounts.iter().any(|joined| joined == account)
        }
        _ => false,
    });
    if !joined {
        return Err(Forbidden::NotThisCard.into());
    }
    let mut tx = by_admin(core, by, None, receipt, "ordered").await?;
    let Some(request) = tx.request(request).await? else {
        return Err(Forbidden::NotThisCard.into());
    };
    tx.schedule(&JobSpec::about(JobKind::EndSessions, &request, core.now()))
        .await?;
    let what = What::OnTarget(OnTarget::SessionsOrdered {
        account: account.to_owned(),
    });
    tell(core, tx, receipt.origin(by), &request, what).await
}

/// Orders that were not reported on yet, each account once, oldest first.
pub fn open_orders(events: &[StoredEvent]) -> Vec<Order> {
    let mut open: Vec<Order> = Vec::new();
    for stored in events {
        let What::OnTarget(found) = &stored.event.what else {
            continue;
        };
        match (found, &stored.event.actor) {
            (OnTarget::SessionsOrdered { account }, Actor::Person(by))
                if !open.iter().any(|order| order.account == *account) =>
            {
                open.push(Order {
                    account: account.clone(),
                    by: by.clone(),
                    at: stored.event.at,
                });
            }
            (OnTarget::SessionsEnded { account, .. } | OnTarget::SessionsKept { account, .. }, _) => {
                open.retain(|order| order.account != *account);
            }
            _ => {}
        }
    }
    open
}

/// The sessions ended, as read back.
#[tracing::instrument(name = "ungranted.sessions_ended", skip_all)]
pub async fn sessions_ended(
    core: &Core,
    job: &Job,
    order: &Order,
    sessions: u32,
) -> Result<(), UseCaseError> {
    let Order { account, by, .. } = order.clone();
    let what = OnTarget::SessionsEnded {
        account,
        sessions,
        by,
    };
    reported(core, job, what).await
}

/// They cannot be ended, or could not be ended for too long.
#[tracing::instrument(name = "ungranted.sessions_kept", skip_all)]
pub async fn sessions_kept(
    core: &Core,
    job: &Job,
    order: &Order,
    why: SessionsKept,
) -> Result<(), UseCaseError> {
    let Order { account, by, .. } = order.clone();
    reported(core, job, OnTarget::SessionsKept { account, by, why }).await
}

/// The job checks again whether anything else was ordered.
async fn reported(core: &Core, job: &Job, what: OnTarget) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    let Some(request) = tx.request(&RequestId::new(&job.key)).await? else {
        return Err(UseCaseError::NoSuchRequest);
    };
    tx.finish(job).await?;
    tx.schedule(&JobSpec::at(JobKind::EndSessions, &job.key, core.now()))
        .await?;
    report(core, tx, job, &request, What::OnTarget(what)).await
}
