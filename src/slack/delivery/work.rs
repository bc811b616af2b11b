//! The lane that brings messages to Slack.

use std::sync::Arc;

use async_trait::async_trait;

use crate::slack::handlers::Bot;
use crate::slack::{left_over, uncounted};
use crate::store::{Job, JobKind};
use crate::usecases::UseCaseError;
use crate::workers::lane::Work;

use super::deliver::deliver;

/// Delivers cards and notices, and tells the admins of clean-ups that do not get through and of people who do not count.
pub struct Deliver {
    pub bot: Arc<Bot>,
}

#[async_trait]
impl Work for Deliver {
    async fn run(&self, job: &Job) -> Result<(), UseCaseError> {
        if job.kind == JobKind::TellLeftOver {
            return left_over::tell(&self.bot, job).await;
        }
        if job.kind == JobKind::TellUncounted {
            return uncounted::tell(&self.bot, job).await;
        }
        deliver(&self.bot, job).await
    }
}
