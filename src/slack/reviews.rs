//! Telling reviewers, by direct message, that lines of an access review wait for them.

use serde_json::json;

use super::actions;
use super::delivery::is_about_the_person;
use super::handlers::Bot;
use super::to_admins::{self, AGAIN, Direct, tell_one};
use super::views::review;
use crate::store::Job;
use crate::usecases::{UseCaseError, reviews, step};

/// Sends the message with the job's key, unless nothing waits any more.
pub(super) async fn tell(bot: &Bot, job: &Job) -> Result<(), UseCaseError> {
    let core = &bot.core;
    let Some(told) = reviews::told(core, &*bot.directory, job).await? else {
        return step::done(core, job).await;
    };
    let post = review::waits(&told, bot.portal.as_deref());
    let Some(user) = &told.user else {
        return to_admins::tell(bot, job, "review", &post.text).await;
    };
    let payload = json!({ "install": core.install.as_str(), "review": job.key });
    let metadata = json!({ "event_type": actions::METADATA_MESSAGE, "event_payload": payload });
    let direct = Direct {
        user,
        text: &post.text,
        blocks: Some(&json!(post.blocks)),
        metadata: &metadata,
    };
    match tell_one(bot, job, direct).await {
        Ok(()) => step::done(core, job).await,
        Err(error) if is_about_the_person(&error) => {
            tracing::warn!(%error, user, "a reviewer could not be told about a review");
            step::done(core, job).await
        }
        Err(error) => {
            tracing::warn!(%error, user, "a reviewer could not be told about a review yet");
            step::try_again(core, job, core.now().plus(AGAIN), &error.to_string()).await
        }
    }
}
