//! What ended access left on its target.

use std::time::Duration;

use crate::access::ids::RequestId;
use crate::audit::event::What;
use crate::integrations::Cleaned;
use crate::store::{Job, ReadGrants};

use super::super::left_over;
use super::super::step::report;
use super::super::{Core, UseCaseError};

/// How long leftovers that had to be kept are left alone before the next check.
const KEPT_FOR: Duration = Duration::from_hours(24);

/// Leftovers on the target are gone, or are kept until somebody else has removed something. That is reported once.
#[tracing::instrument(name = "ending.cleaned", skip_all)]
pub async fn cleaned(core: &Core, job: &Job, cleaned: &Cleaned) -> Result<(), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    let id = RequestId::new(&job.key);
    let (Some(request), Some(mut grant)) = (tx.request(&id).await?, tx.grant(&id).await?) else {
        return Err(UseCaseError::NoSuchRequest);
    };
    if cleaned.kept {
        tx.retry(job, now.plus(KEPT_FOR), &cleaned.summary).await?;
        if grant.cleaned_at.is_some() {
            tx.seal(Vec::new()).await?;
            return Ok(());
        }
    } else {
        tx.finish(job).await?;
    }
    grant.cleaned_at = Some(now);
    tx.put_grant(&grant).await?;
    left_over::over(&mut tx, id.as_str()).await?;
    let what = What::CleanedUp {
        summary: cleaned.summary.clone(),
    };
    report(core, tx, job, &request, what).await
}
