//! Since when no process ran, as far as the database knows.

use crate::audit::event::{Down, What};
use crate::store::{Store, StoreError};

/// Since when apono was down, at a start; `None` at the first one, and while another process may be running.
pub(super) async fn since(store: &Store) -> Result<Option<Down>, StoreError> {
    let Some(run) = store.last_run().await? else {
        return Ok(None);
    };
    if store.live_replicas().await? > 0 {
        return Ok(None);
    }
    let at = run.event.at;
    let alive = store.last_alive().await?.unwrap_or(at);
    if run.event.what == What::Stopped && alive <= at {
        return Ok(Some(Down::Stopped(at)));
    }
    Ok(Some(Down::LastSeen(alive.max(store.last_event_at().await?))))
}
