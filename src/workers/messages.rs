//! What brings messages to people, for the table of jobs. Slack implements it.

use async_trait::async_trait;

use crate::audit::report::NoFile;
use crate::store::{Job, OpenRun};
use crate::usecases::UseCaseError;
use crate::usecases::reports::{Due, Running, Stopped};

/// A report on its way.
#[derive(Debug)]
pub struct Parcel<'a> {
    pub due: &'a Due,
    pub run: &'a OpenRun,
    /// What is in it.
    pub running: &'a Running,
    /// Name and bytes, or why there is none.
    pub file: Result<(String, Vec<u8>), NoFile>,
}

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

    /// To a reviewer, or to the admins: lines of a review wait for them.
    async fn tell_review(&self, job: &Job) -> Result<(), UseCaseError>;

    /// To a person or a channel: a saved report that is due. What was there before is brought up to date.
    async fn bring(&self, job: &Job, parcel: Parcel<'_>) -> Result<(), Stopped>;
}
