//! Access that should be gone.

use std::sync::Arc;
use std::time::Duration;

use super::until;
use crate::access::ids::RequestId;
use crate::usecases::{Core, overdue};

const WATCH_EVERY: Duration = Duration::from_mins(1);

/// Raises the alarm about access that should be gone, in the trail, whether or not Slack can be reached.
pub(in crate::app) async fn watch_overdue(core: Arc<Core>) {
    let mut late: Vec<RequestId> = Vec::new();
    loop {
        let next = core.now().plus(WATCH_EVERY);
        match overdue::look(&core, &late).await {
            Ok(found) => late = found,
            Err(error) => tracing::error!(%error, "the database failed while checking for overdue access"),
        }
        until(&core, next).await;
    }
}
