//! Deletes what nobody needs any more.

use std::sync::Arc;
use std::time::Duration;

use super::REPLICA_LIVES;
use crate::usecases::{Core, sweep};

const TIDY_EVERY: Duration = Duration::from_mins(1);

/// Handled envelopes are deleted after this; Slack repeats an event within minutes.
const KEEP_INBOX: Duration = Duration::from_hours(24);

/// Deletes what nobody needs any more, and repairs what a lost job would leave behind.
pub(in crate::app) async fn tidy(core: Arc<Core>) {
    if let Err(error) = core.store.count_replicas(&core.owner, REPLICA_LIVES).await {
        tracing::warn!(%error, "could not record that this process is alive");
    }
    loop {
        if let Err(error) = core.store.prune_inbox(core.now().minus(KEEP_INBOX)).await {
            tracing::warn!(%error, "old envelopes could not be removed");
        }
        if let Err(error) = sweep::sweep(&core).await {
            tracing::warn!(%error, "jobs could not be checked");
        }
        tokio::time::sleep(TIDY_EVERY).await;
    }
}
