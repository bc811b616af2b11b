//! Telling somebody, by direct message, that they signed in to the portal.

use serde_json::json;

use super::actions;
use super::delivery::is_about_the_person;
use super::handlers::Bot;
use super::to_admins::{AGAIN, Direct, tell_one};
use super::views::portal;
use crate::store::Job;
use crate::usecases::{UseCaseError, step};

/// Tells the person whose session has the job's key, unless it has ended meanwhile.
pub(super) async fn tell(bot: &Bot, job: &Job) -> Result<(), UseCaseError> {
    let core = &bot.core;
    let Some(session) = core.store.portal_session_by_id(&job.key).await? else {
        return step::done(core, job).await;
    };
    let post = portal::signed_in(&session);
    let payload = json!({ "install": core.install.as_str(), "signed_in": job.key });
    let metadata = json!({ "event_type": actions::METADATA_MESSAGE, "event_payload": payload });
    let direct = Direct {
        user: &session.account.id,
        text: &post.text,
        blocks: Some(&json!(post.blocks)),
        metadata: &metadata,
    };
    match tell_one(bot, job, direct).await {
        Ok(()) => step::done(core, job).await,
        Err(error) if is_about_the_person(&error) => {
            tracing::warn!(%error, user = session.account.id, "somebody could not be told that they signed in");
            step::done(core, job).await
        }
        Err(error) => step::try_again(core, job, core.now().plus(AGAIN), &error.to_string()).await,
    }
}
