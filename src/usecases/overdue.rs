//! Access that should be gone and is not: reported once in the trail and by an alarm, which repeats until it is gone.
//!
//! Invariant: each request has at most one alarm and one event about this, whoever checks and however often. It is in
//! the database before anybody is told, so a restart neither repeats nor forgets it.

use std::time::Duration;

use crate::access::grant::Grant;
use crate::access::ids::RequestId;
use crate::access::request::Request;
use crate::audit::event::{Actor, Origin, Via, What};
use crate::audit::overdue::Overdue;
use crate::store::{Job, JobKind, JobSpec, ReadGrants, ReadMessages, StoreError, Surface, Tx};

use super::step::tell;
use super::wanted_messages::{News, want};
use super::{Core, UseCaseError, until_no_conflict};

/// When an alarm is repeated, counted from the previous repetition; after the last of these, once a day.
const REPEAT: [Duration; 3] = [
    Duration::from_mins(5),
    Duration::from_mins(55),
    Duration::from_hours(3),
];
const DAILY: Duration = Duration::from_hours(24);

/// Raises the alarm for access that is overdue and was already overdue at the check `before`: the rest may just be ending, for
/// example after the machine slept. Returns what is overdue now.
#[tracing::instrument(name = "overdue.look", skip_all)]
pub async fn look(core: &Core, before: &[RequestId]) -> Result<Vec<RequestId>, UseCaseError> {
    let overdue = core.store.overdue(core.now()).await?;
    for id in overdue.iter().filter(|id| before.contains(id)) {
        until_no_conflict!(raise(core, id))?;
    }
    Ok(overdue)
}

/// Reports it, unless it was already reported or is gone meanwhile.
async fn raise(core: &Core, id: &RequestId) -> Result<(), UseCaseError> {
    let now = core.now();
    let ending = match core.store.job(JobKind::Revoke, id.as_str()).await? {
        Some(revoke) => Some(revoke),
        None => core.store.job(JobKind::Expire, id.as_str()).await?,
    };
    let mut tx = core.store.write().await?;
    let (Some(request), Some(grant)) = (tx.request(id).await?, tx.grant(id).await?) else {
        return Err(UseCaseError::NoSuchRequest);
    };
    if !grant.is_overdue(&request, now) {
        return Ok(());
    }
    let others = tx.standing_alarms(&grant.granted.integration).await?.count;
    let alarm = News::to(&request.grantee, Surface::OverdueAlarm);
    if !want(core, &mut tx, &request, &[alarm]).await? {
        return Ok(());
    }
    tx.schedule(&JobSpec::about(
        JobKind::RemindOverdue,
        &request,
        now.plus(REPEAT[0]),
    ))
    .await?;
    let origin = Origin {
        via: Via::Worker,
        cause: ending
            .as_ref()
            .map_or_else(|| "overdue".to_owned(), |job| job.id.clone()),
        actor: Actor::Apono,
    };
    let what = What::Overdue(describe(core, &request, &grant, ending.as_ref(), others));
    tell(core, tx, origin, &request, what).await
}

fn describe(core: &Core, request: &Request, grant: &Grant, ending: Option<&Job>, others: u64) -> Overdue {
    let (now, due) = (core.now(), grant.due(request));
    let open_sessions_go_on = core
        .integrations()
        .for_granted(&grant.granted)
        .is_ok_and(|integration| !integration.guarantees().ends_sessions);
    Overdue {
        due,
        late_us: u64::try_from(now.since(due).as_micros()).unwrap_or(u64::MAX),
        locked_since: grant.target_deadline.filter(|deadline| *deadline <= now),
        open_sessions_go_on,
        last_error: ending.and_then(|job| job.last_error.clone()),
        tries: ending.map_or(0, |job| job.attempt),
        next_try: ending.map(|job| job.run_at).filter(|next| *next > now),
        others,
    }
}

/// Still overdue: the oldest alarm of an integration says so in its thread, also on behalf of the others there.
#[tracing::instrument(name = "overdue.remind", skip_all)]
pub async fn remind(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    let id = RequestId::new(&job.key);
    let (Some(request), Some(grant)) = (tx.request(&id).await?, tx.grant(&id).await?) else {
        return Err(UseCaseError::NoSuchRequest);
    };
    if grant.ended_at.is_none() {
        let said = tx.messages_of(&id).await?;
        let said = said
            .iter()
            .filter(|message| message.surface == Surface::OverdueReminder);
        let nth = 1 + said.map(|message| message.extension).max().unwrap_or(0);
        let first = tx.standing_alarms(&grant.granted.integration).await?.first;
        if first.as_ref() == Some(&id) {
            let reminder = News::about(&request.grantee, Surface::OverdueReminder, nth);
            want(core, &mut tx, &request, &[reminder]).await?;
        }
        let pause = usize::try_from(nth)
            .ok()
            .and_then(|nth| REPEAT.get(nth).copied())
            .unwrap_or(DAILY);
        let next = core.now().plus(pause);
        tx.schedule(&JobSpec::about(JobKind::RemindOverdue, &request, next))
            .await?;
    }
    tx.seal(Vec::new()).await?;
    Ok(())
}

/// The access of `request` is gone: a raised alarm is over, which its thread has to say.
pub(super) async fn over(tx: &mut Tx, request: &Request) -> Result<Option<News>, StoreError> {
    let messages = tx.messages_of(&request.id).await?;
    let was_said = messages
        .iter()
        .any(|message| message.surface == Surface::OverdueAlarm);
    if !was_said {
        return Ok(None);
    }
    tx.unschedule(JobKind::RemindOverdue, request.id.as_str()).await?;
    Ok(Some(News::to(&request.grantee, Surface::OverdueGone)))
}
