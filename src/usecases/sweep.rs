//! The net under the jobs: live access without a timer and cards that show less than is committed get a job again.
//!
//! Neither can come about while every change schedules its jobs in its own transaction; if one does, it is a bug, and
//! it must not cost anybody more than a minute.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::access::ids::RequestId;
use crate::store::{JobKind, JobSpec, ReadGrants, StoreError};

use super::Core;

/// How many stale messages are taken up at once.
const PAGE: u64 = 100;

/// Cards of requests that changed longer before the last change of all were looked at often enough.
const BACK: Duration = Duration::from_hours(1);

/// Looks once. Returns how many jobs had to be made.
pub async fn sweep(core: &Core) -> Result<usize, StoreError> {
    let mut specs = Vec::new();
    for request in core.store.grants_without_timer().await? {
        tracing::error!(%request, "live access had no timer; it has one again");
        if let Some(grant) = core.store.grant(&request).await? {
            specs.push(JobSpec::at(JobKind::Expire, request.as_str(), grant.until));
        }
    }
    let stale = core.store.stale_messages(BACK, PAGE).await?;
    let forgotten: BTreeSet<RequestId> = stale.into_iter().map(|message| message.request).collect();
    for request in &forgotten {
        tracing::error!(%request, "messages of a request were forgotten; they are taken up again");
        specs.push(JobSpec::at(JobKind::Message, request.as_str(), core.now()));
    }
    if specs.is_empty() {
        return Ok(0);
    }
    let mut tx = core.store.write().await?;
    for spec in &specs {
        tx.schedule(spec).await?;
    }
    tx.seal(Vec::new()).await?;
    Ok(specs.len())
}
