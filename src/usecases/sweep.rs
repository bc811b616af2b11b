//! A safety net for jobs: live access without a timer, and cards that are behind the database, get a job again.
//!
//! Neither can happen while every change schedules its jobs in its own transaction; if one does, it is a bug, and
//! it must not cost anybody more than a minute.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::access::ids::RequestId;
use crate::store::{JobKind, JobSpec, ReadGrants, StoreError};

use super::Core;

/// How many stale messages are handled at once.
const PAGE: u64 = 100;

/// Cards of requests whose last change is older than this, counted back from the newest change, were checked often enough.
const BACK: Duration = Duration::from_hours(1);

/// Checks once. Returns how many jobs had to be created.
pub async fn sweep(core: &Core) -> Result<usize, StoreError> {
    let mut specs = Vec::new();
    for request in core.store.grants_without_timer().await? {
        tracing::error!(%request, "live access had no timer; it was given one");
        if let Some(grant) = core.store.grant(&request).await? {
            specs.push(JobSpec::at(JobKind::Expire, request.as_str(), grant.until));
        }
    }
    let stale = core.store.stale_messages(BACK, PAGE).await?;
    let forgotten: BTreeSet<RequestId> = stale.into_iter().map(|message| message.request).collect();
    for request in &forgotten {
        tracing::error!(%request, "messages of a request had no job; they were given one");
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
