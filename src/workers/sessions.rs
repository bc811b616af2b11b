//! Ending the sessions of an account that joined somebody's access, as an admin ordered. Only an admin's order counts, and
//! one that cannot be carried out soon is dropped: hours later it would hit sessions other than those the admin meant.

use std::time::Duration;

use crate::access::grant::Grant;
use crate::access::ids::RequestId;
use crate::audit::on_target::SessionsKept;
use crate::integrations::{IntegrationError, memberships_of};
use crate::store::{Job, ReadEvents, ReadGrants};
use crate::usecases::reconcile::ungranted::{open_orders, sessions_ended, sessions_kept};
use crate::usecases::{Core, UseCaseError, step};

use super::pause_after;
use super::revoke::{FIRST_PAUSE, LONGEST_PAUSE};
use super::troubles::{ask, job_failed};

/// How long an order is retried.
const TRIED_FOR: Duration = Duration::from_mins(15);

/// Carries out the oldest order; the job runs again for the others.
pub(super) async fn end(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    let id = RequestId::new(&job.key);
    let orders = open_orders(&core.store.events_of(&id).await?);
    let (Some(order), Some(grant)) = (orders.first(), core.store.grant(&id).await?) else {
        return step::done(core, job).await;
    };
    if !core.store.still_mine(job).await? {
        return Ok(());
    }
    if core.now().since(order.at) > TRIED_FOR {
        return sessions_kept(core, job, order, SessionsKept::TooLate).await;
    }
    match end_of(core, &grant, &order.account).await {
        Ok(sessions) => sessions_ended(core, job, order, sessions).await,
        Err(error @ IntegrationError::Refuse { .. }) => {
            sessions_kept(core, job, order, SessionsKept::Target(error.failure())).await
        }
        Err(error @ IntegrationError::Retry { .. }) => {
            let next = core
                .now()
                .plus(pause_after(&error, job, FIRST_PAUSE, LONGEST_PAUSE));
            if next.since(order.at) > TRIED_FOR {
                return sessions_kept(core, job, order, SessionsKept::Target(error.failure())).await;
            }
            let what = "sessions that an admin ordered to end could not be ended; it will be retried";
            job_failed(core, job, what, &error);
            step::try_again(core, job, next, &error.to_string()).await
        }
    }
}

async fn end_of(core: &Core, grant: &Grant, account: &str) -> Result<u32, IntegrationError> {
    let integration = core.integrations().for_granted(&grant.granted)?;
    let answer = memberships_of(&*integration)?.end_sessions_of(&grant.granted, account);
    ask(core, &grant.granted.integration, "end_sessions_of", answer).await
}
