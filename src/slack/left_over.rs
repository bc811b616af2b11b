//! Telling the admins, by direct message, about a clean-up that keeps failing.

use super::handlers::Bot;
use super::to_admins;
use super::views::left_over;
use crate::access::ids::RequestId;
use crate::store::{Job, JobKind, ReadGrants, ReadStrays};
use crate::usecases::{UseCaseError, step};

/// Tells each admin about the clean-up with the job's key, unless it succeeded meanwhile.
pub async fn tell(bot: &Bot, job: &Job) -> Result<(), UseCaseError> {
    match text(bot, job).await? {
        Some(text) => to_admins::tell(bot, job, "left_over", &text).await,
        None => step::done(&bot.core, job).await,
    }
}

/// What there is to tell; `None` if nothing is left.
async fn text(bot: &Bot, job: &Job) -> Result<Option<String>, UseCaseError> {
    let store = &bot.core.store;
    let id = RequestId::new(&job.key);
    if let (Some(request), Some(grant)) = (store.request(&id).await?, store.grant(&id).await?) {
        let clean_up = store.job(JobKind::CleanUp, &job.key).await?;
        let of = format!("of {}", request.number);
        return Ok(clean_up.map(|clean_up| left_over::told(&grant.granted, &of, grant.ended_at, &clean_up)));
    }
    let clean_up = store.job(JobKind::CleanStray, &job.key).await?;
    let stray = store.stray(&job.key).await?;
    let of = "that belongs to no request";
    Ok(stray
        .zip(clean_up)
        .map(|(stray, clean_up)| left_over::told(&stray.granted, of, stray.ended_at, &clean_up)))
}
