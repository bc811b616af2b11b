//! Granting: policy and approvals are checked once more with fresh facts, the end is committed, then the target is touched.
//!
//! Invariant: both are checked before each attempt, until one has succeeded. An attempt that failed, or whose answer was lost,
//! may have touched the target, so anything no longer allowed after one is undone there.

use std::sync::Arc;
use std::time::Duration;

use crate::access::grant::Grant;
use crate::access::ids::RequestId;
use crate::access::request::{Request, State};
use crate::access::time::Timestamp;
use crate::audit::cause::NotGranted;
use crate::integrations::{Confirmed, IntegrationError};
use crate::people::Directory;
use crate::store::{Job, ReadGrants};
use crate::telling::causes;
use crate::usecases::{Core, UseCaseError, granting, step};

use super::last_look::{Go, Last, last_look};
use super::troubles::{ask, job_failed};
use super::{backoff, pause_after};

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Grants approved requests.
pub(super) struct Provision<'a> {
    core: &'a Arc<Core>,
    /// Who is who, asked before anything is granted.
    directory: &'a dyn Directory,
}

impl<'a> Provision<'a> {
    pub(super) fn new(core: &'a Arc<Core>, directory: &'a dyn Directory) -> Self {
        Self { core, directory }
    }

    pub(super) async fn run(&self, job: &Job) -> Result<(), UseCaseError> {
        let core = self.core;
        let id = RequestId::new(&job.key);
        let request = core.store.request(&id).await?;
        let request = request.ok_or(UseCaseError::NoSuchRequest)?;
        if request.state != State::Approved {
            return step::done(core, job).await;
        }
        let before = core.store.grant(&id).await?;
        let before = before.as_ref();
        match last_look(core, self.directory, &request, before).await? {
            Last::Go(go) => self.attempt(job, &go).await,
            Last::AskAgain {
                facts,
                candidates,
                approved_by,
            } => granting::reopen(core, job, &facts, &candidates, approved_by).await,
            Last::No(why) => self.give_up(job, before, why).await,
            Last::Later(why) => self.later(job, &request, before, why).await,
            Last::NotOurs => {
                let next = core.now().plus(LONGEST_PAUSE);
                self.again(job, next, &NotGranted::AnotherConfig).await
            }
        }
    }

    /// Commits the end and its timer, and only then touches the target.
    async fn attempt(&self, job: &Job, go: &Go) -> Result<(), UseCaseError> {
        let Some(grant) = granting::begin_attempt(self.core, job, &go.granted).await? else {
            return Ok(());
        };
        let answer = go.integration.grant(&grant.granted, grant.until);
        let answer = ask(self.core, &go.granted.integration, "grant", answer).await;
        self.answered(job, &grant, answer, &go.policy).await
    }

    async fn answered(
        &self,
        job: &Job,
        grant: &Grant,
        answer: Result<Confirmed, IntegrationError>,
        policy: &str,
    ) -> Result<(), UseCaseError> {
        let core = self.core;
        match answer {
            Ok(confirmed) => granting::confirm(core, job, &confirmed, policy).await,
            Err(error @ IntegrationError::Refuse { .. }) => {
                granting::undo(core, job, NotGranted::TargetRefused(error.failure())).await
            }
            Err(error @ IntegrationError::Retry { .. }) => {
                let next = core
                    .now()
                    .plus(pause_after(&error, job, FIRST_PAUSE, LONGEST_PAUSE));
                if self.is_over(grant, next) {
                    return granting::undo(core, job, NotGranted::TargetFailed(error.failure())).await;
                }
                job_failed(core, job, "granting failed; it will be retried", &error);
                step::try_again(core, job, next, &error.to_string()).await
            }
        }
    }

    /// It will not be granted; anything an earlier attempt may have left on the target is undone.
    async fn give_up(&self, job: &Job, before: Option<&Grant>, why: NotGranted) -> Result<(), UseCaseError> {
        match before {
            None => granting::fail_untouched(self.core, job, why).await,
            Some(_) => granting::undo(self.core, job, why).await,
        }
    }

    /// Nothing can be decided or done now: it is retried for as long as granting is tried at all.
    async fn later(
        &self,
        job: &Job,
        request: &Request,
        before: Option<&Grant>,
        why: NotGranted,
    ) -> Result<(), UseCaseError> {
        let core = self.core;
        let now = core.now();
        let next = now.plus(self.pause(job));
        let is_over = match before {
            None => now.since(request.changed_at) >= core.rules().provision_for,
            Some(grant) => self.is_over(grant, next),
        };
        if is_over {
            return self.give_up(job, before, why).await;
        }
        self.again(job, next, &why).await
    }

    /// Whether a try at `next` would be after the whole time that granting is tried for.
    fn is_over(&self, grant: &Grant, next: Timestamp) -> bool {
        next.since(grant.first_tried_at) > self.core.rules().provision_for
    }

    async fn again(&self, job: &Job, next: Timestamp, why: &NotGranted) -> Result<(), UseCaseError> {
        step::try_again(self.core, job, next, &causes::not_granted(why)).await
    }

    /// How long until the next try. The first read of the audit channel after a start takes a moment, however often the job was
    /// tried before.
    fn pause(&self, job: &Job) -> Duration {
        if self.core.waits_for_witness() {
            return FIRST_PAUSE;
        }
        backoff(job, FIRST_PAUSE, LONGEST_PAUSE)
    }
}
