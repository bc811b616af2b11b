//! Timers of people's time: requests that nobody answered, and access that ends soon.

use std::sync::Arc;

use async_trait::async_trait;

use crate::store::{Job, JobKind};
use crate::usecases::{Core, UseCaseError, decide, ending, extend, overdue, refuse, step};

use super::lane::Work;

/// Lapses requests and announces ends.
pub struct Timer {
    pub core: Arc<Core>,
}

#[async_trait]
impl Work for Timer {
    async fn run(&self, job: &Job) -> Result<(), UseCaseError> {
        match job.kind {
            JobKind::Lapse => decide::lapse(&self.core, job).await,
            JobKind::Refusals => refuse::again(&self.core, job).await,
            JobKind::EndingSoon => ending::ending_soon(&self.core, job).await,
            JobKind::LapseExtension => extend::lapse(&self.core, job).await,
            JobKind::RemindOverdue => overdue::remind(&self.core, job).await,
            JobKind::Provision
            | JobKind::Extend
            | JobKind::Expire
            | JobKind::Revoke
            | JobKind::RedButton
            | JobKind::CleanUp
            | JobKind::Restore
            | JobKind::TakeOff
            | JobKind::EndSessions
            | JobKind::TellLeftOver
            | JobKind::TellUncounted
            | JobKind::EndStray
            | JobKind::CleanStray
            | JobKind::Message => step::done(&self.core, job).await,
        }
    }
}
