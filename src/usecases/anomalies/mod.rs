//! What is unusual about how people ask and answer: the trail is read in its order, and what is noticed becomes an event of it.
//!
//! Invariant: what was noticed and how far the look has got are one commit, so nothing is said twice. Nothing waits for it, and
//! nothing is blocked by it.

mod rules;

use crate::access::reader::Reader;
use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::people::Directory;
use crate::store::{StoreError, StoredEvent};

use super::Core;

/// Events looked at in one go.
const AT_ONCE: u64 = 100;

/// How far the look has got.
#[derive(Debug)]
pub struct Place {
    /// As it is stored; `None` before the first look of all.
    stored: Option<u64>,
    /// Everything up to it was looked at. It is ahead of what is stored while there was nothing to notice: a restart looks again.
    seen: u64,
}

impl Place {
    /// The stored one. The first look of all begins at the end of the trail: what is history by then is nobody's news.
    async fn read(core: &Core) -> Result<Self, StoreError> {
        let stored = core.store.anomaly_place().await?;
        let seen = match stored {
            Some(stored) => stored,
            None => core.store.head().await?.seq,
        };
        Ok(Self { stored, seen })
    }

    /// Whether it is worth a commit without anything noticed.
    fn is_far_ahead(&self) -> bool {
        self.stored.is_none_or(|stored| self.seen >= stored + AT_ONCE)
    }
}

/// Looks at what comes next in the trail; false if nothing does. `known` is the place that the caller keeps from look to look.
pub async fn look(
    core: &Core,
    directory: &dyn Directory,
    known: &mut Option<Place>,
) -> Result<bool, StoreError> {
    let mut place = match known.take() {
        Some(place) => place,
        None => Place::read(core).await?,
    };
    let next = core.store.events_after(place.seen, AT_ONCE).await?;
    let mut noticed = Vec::new();
    for event in &next {
        noticed.extend(noticed_at(core, directory, event).await?);
    }
    place.seen = next.last().map_or(place.seen, |event| event.seq);
    if noticed.is_empty() && !place.is_far_ahead() {
        *known = Some(place);
        return Ok(!next.is_empty());
    }
    // If another replica has moved it on, it noticed the same; the next look begins where that one is.
    let mut tx = core.store.write().await?;
    if tx.move_anomaly_place(place.stored, place.seen).await? {
        tx.seal(noticed).await?;
    }
    Ok(true)
}

async fn noticed_at(
    core: &Core,
    directory: &dyn Directory,
    stored: &StoredEvent,
) -> Result<Vec<Event>, StoreError> {
    let Some(about) = &stored.event.request else {
        return Ok(Vec::new());
    };
    let looked = rules::Looked {
        store: &core.store,
        reader: &Reader::operator(),
        directory,
        stored,
        about,
    };
    let found = match &stored.event.what {
        What::Requested { .. } => looked.asked().await?,
        What::Approved {
            decided_as: Some(_), ..
        } => looked.approved().await?,
        What::Rejected { .. } => looked.rejected().await?,
        _ => Vec::new(),
    };
    let event = |anomaly| {
        let origin = Origin {
            via: Via::Worker,
            cause: format!("event #{}", stored.seq),
            actor: Actor::Apono,
        };
        Event::new(
            core.now(),
            core.install.clone(),
            origin,
            None,
            What::Anomaly(anomaly),
        )
    };
    Ok(found.into_iter().map(event).collect())
}
