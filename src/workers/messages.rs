//! What brings messages to people, for the table of jobs. Slack implements it.

use async_trait::async_trait;

use crate::store::Job;
use crate::usecases::UseCaseError;

/// Brings messages to people: a method for each kind of job that does.
#[async_trait]
pub trait Messages: Send + Sync + 'static {
    /// Cards and notices of a request.
    async fn deliver(&self, job: &Job) -> Result<(), UseCaseError>;

    /// To the admins: a clean-up does not get through.
    async fn tell_left_over(&self, job: &Job) -> Result<(), UseCaseError>;

    /// To the admins: people whom the config names do not count.
    async fn tell_uncounted(&self, job: &Job) -> Result<(), UseCaseError>;

    /// To one person: they signed in to the portal.
    async fn tell_signed_in(&self, job: &Job) -> Result<(), UseCaseError>;

    /// To a person or a channel: a saved report that is due.
    async fn report(&self, job: &Job) -> Result<(), UseCaseError>;
}
