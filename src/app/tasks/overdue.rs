//! Access that should be gone.

use std::sync::Arc;
use std::time::Duration;

use super::until;
use crate::access::ids::RequestId;
use crate::lasting::Matter;
use crate::usecases::{Core, overdue};
use crate::workers::troubles::{calmed, failed};

const TASK: Matter = Matter::Task("the check for overdue access");

const WATCH_EVERY: Duration = Duration::from_mins(1);

/// Raises the alarm about access that should be gone, in the trail, whether or not Slack can be reached.
pub(in crate::app) async fn watch_overdue(core: Arc<Core>) {
    let mut late: Vec<RequestId> = Vec::new();
    loop {
        let next = core.now().plus(WATCH_EVERY);
        match overdue::look(&core, &late).await {
            Ok(found) => {
                late = found;
                drop(calmed(&core, &TASK));
            }
            Err(error) => failed(&core, TASK, "overdue access could not be looked for", error),
        }
        until(&core, next).await;
    }
}
