//! A loop around one lane of jobs: it claims due jobs, works on several at once, and sleeps until the next is due. Jobs that are
//! created leased begin without it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{Instrument, Span, field};

use crate::access::time::Timestamp;
use crate::failpoint;
use crate::lasting::Matter;
use crate::store::{Capacity, Desk, Free, Job, Lane, Plan, Ready, StoreError, Worker};
use crate::usecases::{Core, UseCaseError, step};

use super::backoff;
use super::troubles::{calmed, failed, job_matter};

/// How long a worker may hold a job. Calls to the outside take at most a third of it.
pub const LEASE: Duration = Duration::from_secs(45);

/// The pause after the database failed.
const PAUSE: Duration = Duration::from_secs(1);

/// The pause after a job failed in an unexpected way.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// What a lane does with its jobs. A job that is not settled is claimed again when its lease runs out.
#[async_trait]
pub trait Work: Send + Sync + 'static {
    async fn run(&self, job: &Job) -> Result<(), UseCaseError>;
}

/// Works on a lane until `stop`; running jobs are then finished.
pub async fn work(
    core: Arc<Core>,
    lane: Lane,
    work: Arc<dyn Work>,
    capacity: Capacity,
    stop: CancellationToken,
) {
    let running = TaskTracker::new();
    let desk = core.wakes.open(lane, worker(&core, work, capacity, &running));
    while !stop.is_cancelled() {
        match desk.plan(core.store.look_every()) {
            Plan::Look { free, is_certain } => {
                let looked = look(&core, lane, &desk, &free, is_certain).await;
                marked_or_paused(&core, lane, &desk, looked).await;
            }
            Plan::LookAtAll => {
                let looked = core.store.look_at_lanes(core.now()).await;
                marked_or_paused(&core, lane, &desk, looked).await;
            }
            Plan::WaitForPlace => {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = core.wakes.lane(lane).notified() => {}
                }
            }
            Plan::Yield(pause) => {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(pause) => {}
                }
            }
            Plan::Wait { next, at_most } => {
                core.beats.mark(lane);
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = core.wakes.lane(lane).notified() => {}
                    () = due(&core, next) => {}
                    () = tokio::time::sleep(at_most) => {}
                }
            }
        }
    }
    core.wakes.close(&desk);
    running.close();
    running.wait().await;
}

fn worker(core: &Arc<Core>, work: Arc<dyn Work>, capacity: Capacity, running: &TaskTracker) -> Worker {
    let clock = Arc::clone(&core.clock);
    let (core, running) = (Arc::clone(core), running.clone());
    Worker {
        owner: core.owner.clone(),
        lease: LEASE,
        capacity,
        now: Box::new(move || clock.now()),
        begin: Box::new(move |job, seat| {
            let span = span_of(&job);
            let done = run(Arc::clone(&core), Arc::clone(&work), job).instrument(span);
            running.spawn(async move {
                done.await;
                drop(seat);
            });
        }),
    }
}

/// A root span, whichever span it began in: a job outlives what created it. Enabled at every log level, so a failure says what
/// it is about.
fn span_of(job: &Job) -> Span {
    tracing::error_span!(
        parent: None,
        "job",
        job = job.id,
        kind = job.kind.name(),
        request = job.request.map(field::display),
        integration = job.integration,
        attempt = job.attempt
    )
}

async fn marked_or_paused(core: &Core, lane: Lane, desk: &Desk, looked: Result<(), StoreError>) {
    match looked {
        Ok(()) => {
            core.beats.mark(lane);
            drop(calmed(core, &Matter::Worker(lane.name())));
        }
        Err(error) => {
            let what = format!("the {lane} worker could not claim jobs");
            failed(core, Matter::Worker(lane.name()), &what, error);
            desk.look_again();
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Claims due jobs that have a free place.
async fn look(
    core: &Core,
    lane: Lane,
    desk: &Arc<Desk>,
    free: &Free,
    is_certain: bool,
) -> Result<(), StoreError> {
    if !is_certain {
        // Read before anything is written, so a look that finds nothing holds up no writer.
        match core.store.ready(lane, core.now(), &free.full).await? {
            Ready::Nothing => {
                desk.saw(core.store.survey(lane, core.now(), &free.full).await?);
                return Ok(());
            }
            Ready::Timer(job) if desk.settle(job.clone()) => return Ok(()),
            Ready::Timer(_) | Ready::Jobs => {}
        }
    }
    let limit = u64::try_from(free.jobs).unwrap_or(u64::MAX);
    let jobs = core
        .store
        .claim(lane, core.now(), &core.owner, limit, LEASE, &free.full)
        .await?;
    let may_be_more = jobs.len() == free.jobs;
    for job in jobs {
        desk.begin(job);
    }
    if may_be_more {
        desk.look_again();
        return Ok(());
    }
    desk.saw(core.store.survey(lane, core.now(), &desk.full()).await?);
    Ok(())
}

/// Runs a job. One that lost a race is run again at once, because it now sees what the other one wrote; one that failed gives
/// its lease back, so nobody waits for it.
async fn run(core: Arc<Core>, work: Arc<dyn Work>, mut job: Job) {
    failpoint::passed(format_args!("job {:?} begun", job.kind));
    let matter = job_matter(&job);
    let failures = core.troubles.times(&matter);
    let error = loop {
        match work.run(&job).await {
            Ok(()) => {
                // A target's failure is told by the job itself, which then is to run again.
                if core.troubles.times(&matter) == failures {
                    drop(calmed(&core, &matter));
                }
                failpoint::passed(format_args!("job {:?} done", job.kind));
                return;
            }
            // Posts that were begun with it may be out by now.
            Err(UseCaseError::Store(StoreError::Conflict)) => job.begun.clear(),
            Err(UseCaseError::Store(StoreError::Stale)) => {
                tracing::warn!("another worker now has this job");
                // Its trouble is that worker's.
                let _ = core.troubles.over(&matter, core.now());
                return;
            }
            Err(error) => break error,
        }
    };
    let said = error.to_string();
    failed(&core, matter.clone(), "a job failed and will be retried", error);
    let at = core.now().plus(backoff(&job, FIRST_PAUSE, LONGEST_PAUSE));
    if let Err(error) = step::try_again(&core, &job, at, &said).await {
        failed(
            &core,
            matter,
            "a job failed, and its lease has to run out first",
            error,
        );
    }
}

/// Until the next job is due.
async fn due(core: &Core, next: Option<Timestamp>) {
    match next {
        Some(at) => core.clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}
