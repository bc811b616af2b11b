//! Deletes what nobody needs any more.

use std::sync::Arc;
use std::time::Duration;

use super::REPLICA_LIVES;
use crate::lasting::Matter;
use crate::usecases::{Core, portal, reads, sweep};
use crate::workers::troubles::{calmed, failed};

const TIDY_EVERY: Duration = Duration::from_mins(1);

const PRUNING: Matter = Matter::Task("removing old envelopes");
const SIGNING_OUT: Matter = Matter::Task("removing old sessions of the portal");
const FORGETTING_READS: Matter = Matter::Task("removing old notes of reads");
const SWEEPING: Matter = Matter::Task("the check of jobs");

/// Handled envelopes are deleted after this; Slack repeats an event within minutes.
const KEEP_INBOX: Duration = Duration::from_hours(24);

/// Deletes what nobody needs any more, and repairs what a lost job would leave behind.
pub(in crate::app) async fn tidy(core: Arc<Core>) {
    if let Err(error) = core.store.count_replicas(&core.owner, REPLICA_LIVES).await {
        tracing::warn!(%error, "could not record that this process is alive");
    }
    loop {
        match core.store.prune_inbox(core.now().minus(KEEP_INBOX)).await {
            Ok(_) => drop(calmed(&core, &PRUNING)),
            Err(error) => failed(&core, PRUNING, "old envelopes could not be removed", error),
        }
        match portal::forget_old(&core).await {
            Ok(()) => drop(calmed(&core, &SIGNING_OUT)),
            Err(error) => failed(&core, SIGNING_OUT, "old sessions could not be removed", error),
        }
        match reads::forget_old(&core).await {
            Ok(()) => drop(calmed(&core, &FORGETTING_READS)),
            Err(error) => failed(
                &core,
                FORGETTING_READS,
                "old notes of reads could not be removed",
                error,
            ),
        }
        match sweep::sweep(&core).await {
            Ok(_) => drop(calmed(&core, &SWEEPING)),
            Err(error) => failed(&core, SWEEPING, "jobs could not be checked", error),
        }
        tokio::time::sleep(TIDY_EVERY).await;
    }
}
