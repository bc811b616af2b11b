//! The parts that all changes of a request share, and how a worker's job ends without a change.

use std::time::Duration;

use crate::access::ids::RequestId;
use crate::access::request::{Request, State};
use crate::access::time::Timestamp;
use crate::access::transition::{Act, next};
use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::store::{Job, JobKind, StoreError, Tx};

use super::facts::facts_in;
use super::wanted_messages::show_now;
use super::{Core, UseCaseError};

/// How often a lease is renewed that is kept: well before it runs out.
const RENEWED: Duration = Duration::from_secs(10);

/// The job failed for now; it is retried at `at`. Cards that waited for it, because it rarely fails, wait no longer.
#[tracing::instrument(name = "step.try_again", skip_all)]
pub async fn try_again(core: &Core, job: &Job, at: Timestamp, error: &str) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    tx.retry(job, at, error).await?;
    if job.attempt == 1 && matches!(job.kind, JobKind::Provision | JobKind::Revoke) {
        show_now(core, &mut tx, job).await?;
    }
    tx.seal(Vec::new()).await?;
    Ok(())
}

/// Does what may take longer than a lease, or begins after a while: meanwhile nobody else has the job.
///
/// [`StoreError::Stale`] if somebody took it, or it is no longer wanted; then it stops where it is.
pub async fn keep<T, E: From<StoreError>>(
    core: &Core,
    job: &Job,
    doing: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let renewed = async {
        loop {
            tokio::time::sleep(RENEWED).await;
            if let Err(error) = hold(core, job).await {
                return error;
            }
        }
    };
    hold(core, job).await?;
    tokio::select! {
        done = doing => done,
        error = renewed => Err(error.into()),
    }
}

/// Nobody else has the job, nor for a while.
pub async fn hold(core: &Core, job: &Job) -> Result<(), StoreError> {
    let mut tx = core.store.write().await?;
    tx.hold(job).await?;
    tx.seal(Vec::new()).await
}

/// There is nothing to do for the job.
#[tracing::instrument(name = "step.done", skip_all)]
pub async fn done(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    tx.seal(Vec::new()).await?;
    Ok(())
}

/// The job's request, if it is in `state`.
pub(super) async fn request_in(
    tx: &mut Tx,
    job: &Job,
    state: State,
) -> Result<Option<Request>, UseCaseError> {
    let request = tx.request(&RequestId::new(&job.key)).await?;
    Ok(request.filter(|request| request.state == state))
}

/// A transaction that finishes the job, with its request if that is in `state`; otherwise the job is done.
pub(super) async fn take_up(
    core: &Core,
    job: &Job,
    state: State,
) -> Result<Option<(Tx, Request)>, UseCaseError> {
    let mut tx = core.store.write().await?;
    let request = request_in(&mut tx, job, state).await?;
    tx.finish(job).await?;
    if let Some(request) = request {
        return Ok(Some((tx, request)));
    }
    tx.seal(Vec::new()).await?;
    Ok(None)
}

/// Writes the request in its next state, with the next version.
pub(super) async fn advance(
    tx: &mut Tx,
    request: &mut Request,
    act: Act,
    now: Timestamp,
) -> Result<(), UseCaseError> {
    let was = request.version;
    request.state = next(request.state, act)?;
    request.version += 1;
    request.changed_at = now;
    tx.update_request(request, was).await?;
    Ok(())
}

/// Seals what a worker reports about `request`.
pub(super) async fn report(
    core: &Core,
    tx: Tx,
    job: &Job,
    request: &Request,
    what: What,
) -> Result<(), UseCaseError> {
    tell(core, tx, origin(job), request, what).await
}

/// What a worker does for the job, for the trail.
pub(super) fn origin(job: &Job) -> Origin {
    Origin {
        via: Via::Worker,
        cause: job.id.clone(),
        actor: Actor::Apono,
    }
}

/// Seals what happened to `request`.
pub(super) async fn tell(
    core: &Core,
    mut tx: Tx,
    origin: Origin,
    request: &Request,
    what: What,
) -> Result<(), UseCaseError> {
    let about = facts_in(&mut tx, request).await?;
    let event = Event::new(core.now(), core.install.clone(), origin, Some(about), what);
    tx.seal(vec![event]).await?;
    Ok(())
}
