//! A loop around one lane of jobs: it claims what is due, works on several at once, and sleeps until the next is due.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::failpoint;
use crate::store::{Job, Lane, StoreError};
use crate::usecases::{Core, UseCaseError, step};

use super::backoff;
use super::capacity::{Busy, Capacity, Free};

/// How long a worker may hold a job. Calls to the outside take at most a third of it.
pub const LEASE: Duration = Duration::from_secs(45);

/// The longest time without looking: another process may have put work here.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// After the database failed.
const PAUSE: Duration = Duration::from_secs(1);

/// After a job failed in a way that it did not expect.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// What a lane does with its jobs. A job that is not settled is claimed again when its lease is over.
#[async_trait]
pub trait Work: Send + Sync + 'static {
    async fn run(&self, job: &Job) -> Result<(), UseCaseError>;
}

/// Works on a lane until `stop`; jobs that are running then are finished.
pub async fn work(
    core: Arc<Core>,
    lane: Lane,
    work: Arc<dyn Work>,
    capacity: Capacity,
    stop: CancellationToken,
) {
    let mut running = JoinSet::new();
    let busy = Busy::default();
    loop {
        let free = busy.free(capacity, running.len());
        match claim(&core, lane, &free).await {
            Ok(jobs) => {
                core.beats.mark(lane);
                for job in jobs {
                    let place = busy.take(job.integration.as_deref());
                    let done = run(Arc::clone(&core), Arc::clone(&work), job);
                    running.spawn(async move {
                        done.await;
                        drop(place);
                    });
                }
            }
            Err(error) => {
                tracing::error!(%error, lane = lane.name(), "jobs could not be claimed");
                tokio::time::sleep(PAUSE).await;
            }
        }
        let free = busy.free(capacity, running.len());
        let has_room = free.jobs > 0;
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = running.join_next() => {}
            () = core.wakes.lane(lane).notified(), if has_room => {}
            () = due(&core, lane, &free.full), if has_room => {}
        }
    }
    while running.join_next().await.is_some() {}
}

async fn claim(core: &Core, lane: Lane, free: &Free) -> Result<Vec<Job>, StoreError> {
    if free.jobs == 0 {
        return Ok(Vec::new());
    }
    let limit = u64::try_from(free.jobs).unwrap_or(u64::MAX);
    core.store
        .claim(lane, core.now(), &core.owner, limit, LEASE, &free.full)
        .await
}

/// Runs a job. One that lost a race is run again at once, for it sees what the other one wrote; one that failed gives its
/// lease back, so that nobody waits for it.
async fn run(core: Arc<Core>, work: Arc<dyn Work>, job: Job) {
    failpoint::passed(format_args!("job {:?} begun", job.kind));
    let error = loop {
        match work.run(&job).await {
            Ok(()) => {
                failpoint::passed(format_args!("job {:?} done", job.kind));
                return;
            }
            Err(UseCaseError::Store(StoreError::Conflict)) => {}
            Err(UseCaseError::Store(StoreError::Stale)) => {
                tracing::warn!(job = job.id, "another worker has this job now");
                return;
            }
            Err(error) => break error,
        }
    };
    tracing::error!(%error, job = job.id, key = job.key, "a job failed and is tried again");
    let at = core.now().plus(backoff(&job, FIRST_PAUSE, LONGEST_PAUSE));
    if let Err(error) = step::try_again(&core, &job, at, &error.to_string()).await {
        tracing::warn!(%error, job = job.id, "its lease has to run out first");
    }
}

/// Until the next job is due, but not longer than [`LOOK_EVERY`].
async fn due(core: &Core, lane: Lane, except: &[String]) {
    let look_again = tokio::time::sleep(LOOK_EVERY);
    let next_job = async {
        match core.store.next_due(lane, core.now(), except).await {
            Ok(Some(at)) => core.clock.sleep_until(at).await,
            Ok(None) | Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = look_again => {}
        () = next_job => {}
    }
}
