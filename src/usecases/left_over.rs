//! A clean-up that keeps failing: what ended access left on its target stays there, and the admins are told.
//!
//! Invariant: once for each grant, whoever tries and however often the process restarts. It is recorded in the database
//! before anybody is told, with the event and the job that tells the admins. It is over when the trail says
//! that it was cleaned up, which is not sent by direct message.

use std::time::Duration;

use crate::access::ids::RequestId;
use crate::access::target::TargetFailure;
use crate::access::time::Timestamp;
use crate::audit::event::{Event, What};
use crate::audit::on_target::OnTarget;
use crate::store::{Job, JobKind, JobSpec, StoreError, Tx};

use super::facts::facts_in;
use super::step::origin;
use super::{Core, UseCaseError};

/// How long a clean-up may fail before it is reported.
const TOLD_AFTER: Duration = Duration::from_mins(10);

/// One that is first tried long after the end, for example after the bot was down, gets this many tries.
const TRIES: u32 = 3;

/// What is to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOver<'a> {
    /// The request whose access it was, if one is known.
    pub request: Option<&'a RequestId>,
    pub integration: &'a str,
    pub principal: &'a str,
    /// When the access ended.
    pub ended_at: Timestamp,
}

/// A clean-up failed, and is retried at `at`. If that lasts too long, it is reported.
#[tracing::instrument(name = "left_over.try_again", skip_all)]
pub async fn try_again(
    core: &Core,
    job: &Job,
    left: &LeftOver<'_>,
    at: Timestamp,
    error: TargetFailure,
) -> Result<(), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    tx.retry(job, at, &error.said).await?;
    let is_long = job.attempt >= TRIES && now.since(left.ended_at) >= TOLD_AFTER;
    if !is_long || !tx.add_setting(&told(&job.key), &now.to_rfc3339()).await? {
        tx.seal(Vec::new()).await?;
        return Ok(());
    }
    tx.schedule(&JobSpec::at(JobKind::TellLeftOver, &job.key, now))
        .await?;
    let request = match left.request {
        Some(id) => tx.request(id).await?,
        None => None,
    };
    let about = match &request {
        Some(request) => Some(facts_in(&mut tx, request).await?),
        None => None,
    };
    let origin = origin(job);
    let what = What::OnTarget(OnTarget::LeftOver {
        integration: left.integration.to_owned(),
        principal: left.principal.to_owned(),
        since: left.ended_at,
        tries: job.attempt,
        target: error,
    });
    let event = Event::new(now, core.install.clone(), origin, about, what);
    tx.seal(vec![event]).await?;
    Ok(())
}

/// It is cleaned up: nothing is left to report. `key` is the job's.
pub(super) async fn over(tx: &mut Tx, key: &str) -> Result<(), StoreError> {
    tx.unschedule(JobKind::TellLeftOver, key).await?;
    tx.forget_setting(&told(key)).await
}

fn told(key: &str) -> String {
    format!("left_over:{key}")
}
