//! The jobs that bring messages to Slack.

use std::sync::Arc;

use async_trait::async_trait;

use crate::slack::handlers::Bot;
use crate::slack::{left_over, reports, reviews, signed_in, uncounted};
use crate::store::Job;
use crate::usecases::UseCaseError;
use crate::usecases::reports::Stopped;
use crate::workers::messages::{Messages, Parcel};

use super::deliver::deliver;

/// Brings messages to people in Slack.
pub struct Deliver {
    pub bot: Arc<Bot>,
}

#[async_trait]
impl Messages for Deliver {
    async fn deliver(&self, job: &Job) -> Result<(), UseCaseError> {
        deliver(&self.bot, job).await
    }

    async fn tell_left_over(&self, job: &Job) -> Result<(), UseCaseError> {
        left_over::tell(&self.bot, job).await
    }

    async fn tell_uncounted(&self, job: &Job) -> Result<(), UseCaseError> {
        uncounted::tell(&self.bot, job).await
    }

    async fn tell_signed_in(&self, job: &Job) -> Result<(), UseCaseError> {
        signed_in::tell(&self.bot, job).await
    }

    async fn tell_review(&self, job: &Job) -> Result<(), UseCaseError> {
        reviews::tell(&self.bot, job).await
    }

    async fn bring(&self, job: &Job, parcel: Parcel<'_>) -> Result<(), Stopped> {
        reports::bring(&self.bot, job, parcel).await
    }
}
