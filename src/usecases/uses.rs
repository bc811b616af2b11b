//! What looks at targets say about how access is used.
//!
//! Invariant: what is stored was seen. What was seen and is not stored yet is lost with the process, so less may be known than
//! was seen, never more. A look that finds nothing new is written later, together with others: a grantee who opens and closes
//! sessions all the time causes at most one write for each look.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use parking_lot::Mutex;

use crate::access::ids::RequestId;
use crate::access::time::Timestamp;
use crate::access::usage::{Looks, Sessions, Tells, Usage};
use crate::integrations::LastLook;
use crate::store::{StoreError, Tx};

use super::{Core, UseCaseError};

/// How long looks that found nothing new wait to be written.
const WAIT: Duration = Duration::from_mins(5);

/// How long looks that cannot be written any more are remembered.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(1);

/// How many grants are read or written at once.
const AT_ONCE: usize = 500;

/// Looks that are not written yet.
#[derive(Debug, Default)]
pub struct Unwritten(Mutex<BTreeMap<RequestId, Looks>>);

impl Unwritten {
    /// One more look; all of those that are not written.
    fn add(&self, request: &RequestId, look: &Looks) -> Looks {
        let mut all = self.0.lock();
        let looks = all.entry(request.clone());
        let looks = looks.and_modify(|before| before.join(look));
        looks.or_insert_with(|| look.clone()).clone()
    }

    /// Those of grants that were not looked at for long: another process ended them.
    fn forget(&self, now: Timestamp) {
        self.0
            .lock()
            .retain(|_, looks| now.since(looks.last) < FORGOTTEN_AFTER);
    }

    fn take(&self, request: &RequestId) -> Option<Looks> {
        self.0.lock().remove(request)
    }

    fn of(&self, request: &RequestId) -> Option<Looks> {
        self.0.lock().get(request).cloned()
    }
}

/// Each of these grants had these sessions at that moment.
#[tracing::instrument(name = "uses.looked", skip_all)]
pub async fn looked(core: &Core, at: Timestamp, found: &[(RequestId, Sessions)]) -> Result<(), UseCaseError> {
    for some in found.chunks(AT_ONCE) {
        let ids: Vec<RequestId> = some.iter().map(|(request, _)| request.clone()).collect();
        let known = core.store.usages_of(&ids).await?;
        let mut due = Vec::new();
        for (request, sessions) in some {
            let Some(usage) = known.get(request) else { continue };
            match usage.tells {
                Tells::Sessions => due.extend(add(core, request, usage, &Looks::at(at, sessions))),
                Tells::Credentials => {}
            }
        }
        write(core, &known, &due).await?;
    }
    core.unwritten.forget(at);
    Ok(())
}

/// Returns the request if its looks should be written now.
fn add(core: &Core, request: &RequestId, known: &Usage, look: &Looks) -> Option<RequestId> {
    let unwritten = core.unwritten.add(request, look);
    let is_due = match &known.looks {
        None => true,
        Some(before) => {
            let mut all = before.clone();
            all.join(&unwritten);
            all.found_more_than(before) || unwritten.last.since(unwritten.from) >= WAIT
        }
    };
    is_due.then(|| request.clone())
}

/// Requests whose word changes are locked first, each in a change of its own, as in every other change of a request; the
/// others are written together.
async fn write(core: &Core, known: &HashMap<RequestId, Usage>, due: &[RequestId]) -> Result<(), StoreError> {
    let taken = due
        .iter()
        .filter_map(|request| Some((request, core.unwritten.take(request)?)));
    let (alone, together): (Vec<_>, Vec<_>) = taken.partition(|(request, looks)| {
        let was_seen = known.get(*request).is_some_and(|usage| usage.seen().is_some());
        looks.seen.is_some() && !was_seen
    });
    let mut result = Ok(());
    for (request, looks) in alone {
        let written = written(core, &[(request, looks.clone())], true).await;
        result = result.and(kept_if_not(core, &[(request, looks)], written));
    }
    let written = written(core, &together, false).await;
    result.and(kept_if_not(core, &together, written))
}

async fn written(core: &Core, all: &[(&RequestId, Looks)], are_locked: bool) -> Result<(), StoreError> {
    if all.is_empty() {
        return Ok(());
    }
    let mut tx = core.store.write().await?;
    for (request, looks) in all {
        if are_locked {
            tx.request(request).await?;
        }
        tx.add_looks(request, looks).await?;
    }
    tx.seal(Vec::new()).await
}

/// What could not be written is written with the next looks.
fn kept_if_not(
    core: &Core,
    all: &[(&RequestId, Looks)],
    written: Result<(), StoreError>,
) -> Result<(), StoreError> {
    if written.is_err() {
        for (request, looks) in all {
            core.unwritten.add(request, looks);
        }
    }
    written
}

/// The access is gone: adds the last look, if there was one, and everything that was not written. The change has locked the
/// request; [`closed`] follows its commit. Returns all that is known.
pub(super) async fn close(
    core: &Core,
    tx: &mut Tx,
    request: &RequestId,
    last: Option<&LastLook>,
) -> Result<Option<Usage>, StoreError> {
    let last = last.map(|look| Looks::at(core.now().minus(look.ago), &look.found));
    let looks = match (core.unwritten.of(request), last) {
        (Some(mut before), Some(last)) => {
            before.join(&last);
            Some(before)
        }
        (before, last) => before.or(last),
    };
    tx.close_usage(request, looks.as_ref()).await
}

/// What [`close`] wrote is committed.
pub(super) fn closed(core: &Core, request: &RequestId) {
    core.unwritten.take(request);
}
