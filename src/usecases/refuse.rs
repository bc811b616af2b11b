//! What was refused is recorded too, and its envelope settled.

use crate::access::ids::RequestId;
use crate::access::people::Standing;
use crate::audit::event::{Actor, Event, Origin, Via, What};

use super::facts::facts_in;
use super::{Core, Receipt, UseCaseError};

/// Something that somebody tried and may not do.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    pub actor: Actor,
    /// `click`, `form`, or the command.
    pub tried: &'a str,
    /// One sentence, the same that the person reads.
    pub why: &'a str,
    pub standing: Option<Standing>,
    pub request: Option<&'a RequestId>,
}

/// Records a refused attempt and settles its envelope.
pub async fn refuse(core: &Core, attempt: &Attempt<'_>, receipt: Receipt<'_>) -> Result<(), UseCaseError> {
    let now = core.now();
    let mut tx = core.store.write().await?;
    if !receipt.settle(&mut tx, "refused", now).await? {
        return Ok(());
    }
    let request = match attempt.request {
        Some(id) => tx.request(id).await?,
        None => None,
    };
    let about = match &request {
        Some(request) => Some(facts_in(&mut tx, request).await?),
        None => None,
    };
    let origin = Origin {
        via: Via::Slack,
        cause: receipt.key().to_owned(),
        actor: attempt.actor.clone(),
    };
    let what = What::Refused {
        tried: attempt.tried.to_owned(),
        why: attempt.why.to_owned(),
        standing: attempt.standing,
    };
    tx.seal(vec![Event::new(now, core.install.clone(), origin, about, what)])
        .await?;
    core.wakes.all();
    Ok(())
}

/// Settles an envelope that asked for nothing to be changed.
pub async fn settle(core: &Core, receipt: Receipt<'_>, outcome: &str) -> Result<(), UseCaseError> {
    receipt.settle_alone(&core.store, outcome, core.now()).await?;
    Ok(())
}
