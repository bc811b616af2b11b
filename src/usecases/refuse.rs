//! What was refused is recorded too, and its envelope settled. Equal refusals to one person are counted for a while, and
//! the count is recorded, so that nobody can fill the trail with them.

use std::time::Duration;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::access::ids::RequestId;
use crate::access::people::Standing;
use crate::access::request::Request;
use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::store::{Job, JobKind, JobSpec, Refusal, Tx};

use super::facts::facts_in;
use super::{Core, Receipt, UseCaseError};

/// For how long equal refusals are only counted.
const COUNTED_FOR: Duration = Duration::from_mins(10);

/// After so many different refusals to one person in that time the rest counts as one kind.
const MOST_KINDS: u64 = 20;

/// How many requests a count names.
const MOST_NAMED: usize = 10;

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

/// Records a refused attempt and settles its envelope; false if the same envelope was handled before.
#[tracing::instrument(name = "refuse", skip_all)]
pub async fn refuse(core: &Core, attempt: &Attempt<'_>, receipt: Receipt<'_>) -> Result<bool, UseCaseError> {
    let now = core.now();
    let tx = core.store.write().await?;
    let Some(mut tx) = receipt.settle(tx, "refused", now).await? else {
        return Ok(false);
    };
    let request = match attempt.request {
        Some(id) => tx.request(id).await?,
        None => None,
    };
    if !is_news(core, &mut tx, attempt, request.as_ref()).await? {
        tx.seal(Vec::new()).await?;
        return Ok(true);
    }
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
    Ok(true)
}

/// Whether the trail has to hear of it now; if not, it was counted.
async fn is_news(
    core: &Core,
    tx: &mut Tx,
    attempt: &Attempt<'_>,
    request: Option<&Request>,
) -> Result<bool, UseCaseError> {
    let mut refusal = counted(core, attempt);
    if !count(tx, &refusal, request).await? {
        if tx.refusals_of(&refusal.by_key).await? >= MOST_KINDS {
            "various acts".clone_into(&mut refusal.tried);
            "too many different refusals to name each".clone_into(&mut refusal.why);
            refusal.id = digest(&[&refusal.by_key]);
            if count(tx, &refusal, request).await? {
                return Ok(false);
            }
        }
        if tx.insert_refusal(&refusal).await? {
            let at = refusal.since.plus(COUNTED_FOR);
            tx.schedule(&JobSpec::at(JobKind::Refusals, &refusal.id, at))
                .await?;
            return Ok(true);
        }
        count(tx, &refusal, request).await?;
    }
    Ok(false)
}

async fn count(tx: &mut Tx, refusal: &Refusal, request: Option<&Request>) -> Result<bool, UseCaseError> {
    let Some(before) = tx.refusal(&refusal.id).await? else {
        return Ok(false);
    };
    let mut requests = before.requests;
    if let Some(request) = request
        && !requests.contains(&request.number)
        && requests.len() < MOST_NAMED
    {
        requests.push(request.number);
    }
    Ok(tx.count_refusal(&refusal.id, &requests).await?)
}

fn counted(core: &Core, attempt: &Attempt<'_>) -> Refusal {
    let by_key = match &attempt.actor {
        Actor::Person(person) => person.id.to_string(),
        Actor::Stranger { team, user } => format!("{team}/{user}"),
        Actor::Apono => String::new(),
    };
    Refusal {
        id: digest(&[&by_key, attempt.tried, attempt.why]),
        by_key,
        actor: attempt.actor.clone(),
        tried: attempt.tried.to_owned(),
        why: attempt.why.to_owned(),
        standing: attempt.standing,
        requests: Vec::new(),
        times: 0,
        since: core.now(),
    }
}

fn digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    HEXLOWER.encode(&hasher.finalize()[..16])
}

/// The time of counting is over: the trail hears how often it came again, if it did.
#[tracing::instrument(name = "refuse.again", skip_all)]
pub async fn again(core: &Core, job: &Job) -> Result<(), UseCaseError> {
    let mut tx = core.store.write().await?;
    tx.finish(job).await?;
    let refusal = tx
        .take_refusal(&job.key)
        .await?
        .filter(|refusal| refusal.times > 0);
    let events = refusal.map(|refusal| {
        let origin = Origin {
            via: Via::Worker,
            cause: job.id.clone(),
            actor: refusal.actor,
        };
        let what = What::RefusedAgain {
            tried: refusal.tried,
            why: refusal.why,
            standing: refusal.standing,
            times: refusal.times,
            since: refusal.since,
            requests: refusal.requests,
        };
        Event::new(core.now(), core.install.clone(), origin, None, what)
    });
    tx.seal(events.into_iter().collect()).await?;
    Ok(())
}

/// Settles an envelope that asked for nothing to be changed; false if the same envelope was handled before.
#[tracing::instrument(name = "refuse.settle", skip_all)]
pub async fn settle(core: &Core, receipt: Receipt<'_>, outcome: &str) -> Result<bool, UseCaseError> {
    Ok(receipt.settle_alone(&core.store, outcome, core.now()).await?)
}
