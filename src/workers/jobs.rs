//! Which kind of job is carried out where, in one table.

use std::sync::Arc;

use async_trait::async_trait;

use crate::mail::Server;
use crate::people::Directory;
use crate::store::{Job, JobKind};
use crate::usecases::{Core, UseCaseError, decide, ending, extend, overdue, red_button, refuse, reviews};

use super::lane::Work;
use super::messages::Messages;
use super::provision::Provision;
use super::{clean_up, extension, report, restore, revoke, sessions, strays};

/// Carries out every job; each lane has a loop of its own.
pub struct Jobs {
    pub core: Arc<Core>,
    pub directory: Arc<dyn Directory>,
    pub messages: Arc<dyn Messages>,
    /// The server that takes letters now, if there is one.
    pub mail: Arc<dyn Fn() -> Option<Server> + Send + Sync>,
    /// Where the portal is, if there is one: `https://access.example.com`.
    pub portal: Option<String>,
}

#[async_trait]
impl Work for Jobs {
    async fn run(&self, job: &Job) -> Result<(), UseCaseError> {
        let core = &self.core;
        match job.kind {
            JobKind::Provision => Provision::new(core, &*self.directory).run(job).await,
            JobKind::Extend => extension::run(core, job).await,
            JobKind::Restore => restore::run(core, job).await,
            JobKind::TakeOff => restore::take_off(core, job).await,
            JobKind::Expire => ending::time_over(core, job).await,
            JobKind::Revoke => revoke::run(core, job).await,
            JobKind::RedButton => red_button::go_on(core, job).await,
            JobKind::EndStray => strays::end(core, job).await,
            JobKind::EndSessions => sessions::end(core, job).await,
            JobKind::CleanUp => clean_up::run(core, job).await,
            JobKind::CleanStray => strays::clean(core, job).await,
            JobKind::Lapse => decide::lapse(core, job).await,
            JobKind::LapseExtension => extend::lapse(core, job).await,
            JobKind::EndingSoon => ending::ending_soon(core, job).await,
            JobKind::Refusals => refuse::again(core, job).await,
            JobKind::RemindOverdue => overdue::remind(core, job).await,
            JobKind::Message => self.messages.deliver(job).await,
            JobKind::TellLeftOver => self.messages.tell_left_over(job).await,
            JobKind::TellUncounted => self.messages.tell_uncounted(job).await,
            JobKind::TellSignedIn => self.messages.tell_signed_in(job).await,
            JobKind::Report => report::run(self, job).await,
            JobKind::EndReview => reviews::end_due(core, job).await,
            JobKind::TellReview => self.messages.tell_review(job).await,
        }
    }
}
