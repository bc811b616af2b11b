//! What happened to a request's messages in Slack. A whole run is one commit, which also settles its job.
//!
//! Invariant: a run that lost its job changes nothing, and messages that were shown are recorded, whatever happened to the
//! others.

use std::collections::BTreeSet;

use crate::access::ids::{PersonId, RequestId};
use crate::access::time::Timestamp;
use crate::store::{Job, Message, ReadEvents};

use super::not_reached::{self, Refused};
use super::{Core, UseCaseError, until_no_conflict};

/// What a run did.
#[derive(Debug)]
pub struct Delivered {
    pub request: RequestId,
    /// When the run began. Pauses count from here: clock changes while Slack is asked must not prolong them.
    pub begun_at: Timestamp,
    /// Messages as they are now.
    pub messages: Vec<Message>,
    /// Replacements for messages that can never be changed again.
    pub anew: Vec<Message>,
    /// Approvers who now have their card, which Slack may have rejected before.
    pub reached: Vec<PersonId>,
    /// Approvers' cards that Slack does not deliver now.
    pub refused: Vec<Refused>,
    /// Who is told if nobody at all was reached.
    pub admins: BTreeSet<PersonId>,
    /// When there is more to do.
    pub next: Option<Next>,
}

/// When the job runs again, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Next {
    pub at: Timestamp,
    pub why: String,
}

impl Delivered {
    /// Has the job run again by that time.
    pub fn again(&mut self, next: Next) {
        self.next = earliest(self.next.take(), Some(next));
    }
}

/// Records what the run did and settles its job.
#[tracing::instrument(name = "delivered.settle", skip_all)]
pub async fn settle(core: &Core, job: &Job, delivered: &Delivered) -> Result<(), UseCaseError> {
    until_no_conflict!(settle_once(core, job, delivered))
}

async fn settle_once(core: &Core, job: &Job, delivered: &Delivered) -> Result<(), UseCaseError> {
    let tells_of_reach = !delivered.reached.is_empty() || !delivered.refused.is_empty();
    let said = if tells_of_reach {
        core.store.events_of(&delivered.request).await?
    } else {
        Vec::new()
    };
    let mut tx = core.store.write().await?;
    let request = if tells_of_reach {
        tx.request(&delivered.request).await?
    } else {
        None
    };
    tx.put_messages(&delivered.messages).await?;
    tx.want_messages(&delivered.anew).await?;
    let (mut next, mut events) = (delivered.next.clone(), Vec::new());
    if let Some(request) = request {
        let reach = not_reached::take(core, &mut tx, job, request, delivered, &said).await?;
        next = earliest(next, reach.next);
        events = reach.events;
    }
    match next {
        Some(Next { at, why }) => tx.retry(job, at, &why).await?,
        None => tx.finish(job).await?,
    }
    tx.seal(events).await?;
    Ok(())
}

fn earliest(one: Option<Next>, other: Option<Next>) -> Option<Next> {
    one.into_iter().chain(other).min_by_key(|next| next.at)
}
