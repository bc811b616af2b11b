//! Refusals are recorded too, and their envelopes settled. Equal refusals to one person are only counted for a while, and
//! the count is recorded, so nobody can fill the trail with them.

use std::time::Duration;

use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::access::forbidden::{Forbidden, Tried};
use crate::access::ids::RequestId;
use crate::access::people::{Person, Standing};
use crate::access::request::Request;
use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::store::{Job, JobKind, JobSpec, Refusal, Tx};

use super::facts::facts_in;
use super::{Core, Receipt, UseCaseError, person_facts};

/// For how long equal refusals are only counted.
const COUNTED_FOR: Duration = Duration::from_mins(10);

/// After this many different refusals to one person in that time, the rest count as one kind.
const MOST_KINDS: u64 = 20;

/// How many requests a count names at most.
const MOST_NAMED: usize = 10;

/// Who may not do something, and why.
#[derive(Clone, Debug)]
pub struct Judged {
    pub actor: Actor,
    pub why: Forbidden,
    pub standing: Option<Standing>,
}

impl Judged {
    /// Why `person` may not do it.
    pub fn person(person: &Person, why: Forbidden) -> Self {
        Self {
            actor: Actor::Person(person_facts(person)),
            why,
            standing: Some(person.standing),
        }
    }

    /// What `by` may not do, if that is why a use case did not do it. Somebody may not be an approver only because their address
    /// identifies nobody.
    pub fn of(error: &UseCaseError, by: &Person) -> Option<Self> {
        let why = match error.forbidden()? {
            Forbidden::NotAnApprover if by.email.is_none() => Forbidden::NoAddress,
            why => why,
        };
        Some(Self::person(by, why))
    }
}

/// How something was tried, and about which request.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    pub tried: &'a Tried,
    pub request: Option<&'a RequestId>,
}

/// Settles an act that was not carried out, and records a forbidden one; false if the same act was already handled.
#[tracing::instrument(name = "refuse.not_done", skip_all)]
pub async fn not_done(
    core: &Core,
    judged: Option<&Judged>,
    attempt: Attempt<'_>,
    receipt: Receipt<'_>,
) -> Result<bool, UseCaseError> {
    match judged {
        Some(judged) => record(core, judged, attempt, receipt).await,
        None => settle(core, receipt, "answered").await,
    }
}

async fn record(
    core: &Core,
    judged: &Judged,
    attempt: Attempt<'_>,
    receipt: Receipt<'_>,
) -> Result<bool, UseCaseError> {
    let now = core.now();
    let tx = core.store.write().await?;
    let Some(mut tx) = receipt.settle(tx, "refused", now).await? else {
        return Ok(false);
    };
    let request = match attempt.request {
        Some(id) => tx.request(id).await?,
        None => None,
    };
    let refusal = counted(core, judged, attempt.tried);
    if !is_news(&mut tx, refusal, request.as_ref()).await? {
        tx.seal(Vec::new()).await?;
        return Ok(true);
    }
    let about = match &request {
        Some(request) => Some(facts_in(&mut tx, request).await?),
        None => None,
    };
    let origin = receipt.origin_of(judged.actor.clone());
    let what = What::Refused {
        tried: attempt.tried.clone(),
        why: judged.why.clone(),
        standing: judged.standing,
    };
    tx.seal(vec![Event::new(now, core.install.clone(), origin, about, what)])
        .await?;
    Ok(true)
}

/// Whether the trail has to record it now; if not, it was counted.
async fn is_news(tx: &mut Tx, mut refusal: Refusal, request: Option<&Request>) -> Result<bool, UseCaseError> {
    if !count(tx, &refusal, request).await? {
        if tx.refusals_of(&refusal.by_key).await? >= MOST_KINDS {
            refusal.tried = Tried::Various;
            refusal.why = Forbidden::Various;
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

fn counted(core: &Core, judged: &Judged, tried: &Tried) -> Refusal {
    let by_key = match &judged.actor {
        Actor::Person(person) => person.id.to_string(),
        Actor::Stranger { account, home } => format!("{home}/{}", account.id),
        Actor::Apono => String::new(),
    };
    Refusal {
        id: digest(&[&by_key, &stored(tried), &stored(&judged.why)]),
        by_key,
        actor: judged.actor.clone(),
        tried: tried.clone(),
        why: judged.why.clone(),
        standing: judged.standing,
        requests: Vec::new(),
        times: 0,
        since: core.now(),
    }
}

fn stored(part: &impl Serialize) -> String {
    serde_json::to_string(part).expect("an enum of strings and numbers is JSON")
}

fn digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    HEXLOWER.encode(&hasher.finalize()[..16])
}

/// The time for counting is over: the trail records how often it happened again, if it did.
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

/// Settles an envelope that did not ask for a change; false if the same envelope was already handled.
#[tracing::instrument(name = "refuse.settle", skip_all)]
pub async fn settle(core: &Core, receipt: Receipt<'_>, outcome: &str) -> Result<bool, UseCaseError> {
    Ok(receipt.settle_alone(&core.store, outcome, core.now()).await?)
}
