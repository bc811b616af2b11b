//! The notice that access ends soon: when it is due, and sending it.

use std::time::Duration;

use crate::access::grant::Grant;
use crate::access::request::{Request, State};
use crate::store::{Job, JobKind, JobSpec, ReadExtensions, Surface, Tx};

use super::super::step::request_in;
use super::super::wanted_messages::{News, want};
use super::super::{Core, UseCaseError};

/// Access shorter than this ends without such a notice.
const NOTICE_FROM: Duration = Duration::from_mins(20);

/// How long before the end the notice is sent.
const NOTICE_AHEAD: Duration = Duration::from_mins(10);

/// Schedules the notice for access that lasts long enough, unless its end is already that near.
pub(in crate::usecases) async fn announce_end(
    core: &Core,
    tx: &mut Tx,
    request: &Request,
    grant: &Grant,
) -> Result<(), UseCaseError> {
    let at = grant.until.minus(NOTICE_AHEAD);
    if is_announced(request) && core.now() < at {
        tx.schedule(&JobSpec::about(JobKind::EndingSoon, request, at))
            .await?;
    }
    Ok(())
}

/// Whether its end is announced and so has a timer; an extension makes it longer, never shorter.
pub(in crate::usecases) fn is_announced(request: &Request) -> bool {
    request.duration >= NOTICE_FROM
}

/// It ends soon: the requester is told.
#[tracing::instrument(name = "ending.ending_soon", skip_all)]
pub async fn ending_soon(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    if let Some(request) = request_in(&mut tx, job, State::Granted).await? {
        let extensions = tx.extensions(&request.id).await?;
        // Each end that an extension gave it is announced once.
        let moved_by = extensions.iter().rfind(|extension| extension.state.counts());
        let about = moved_by.map_or(0, |extension| extension.position);
        let notice = News::about(&request.requester, Surface::NoticeEndingSoon, about);
        want(core, &mut tx, &request, &[notice]).await?;
    }
    tx.seal(Vec::new()).await?;
    Ok(())
}
