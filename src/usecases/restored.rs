//! A database that was restored from a backup (detected by what the audit channel shows) or that is in a different place than
//! before; and its acceptance by an operator.
//!
//! Invariant: in between, nothing is requested, decided or granted, because what was decided in the lost time is
//! unknown; access that is live in the database ends on time.

use crate::access::ids::{RequestNumber, TextId};
use crate::access::time::Timestamp;
use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::audit::restored::{Elsewhere, Restored};
use crate::audit::words::{Words, WordsRef};
use crate::store::{Ahead, Store, StoreError, Tx};

use super::Core;
use super::core::fresh_id;
use super::leaving::by_apono;

/// Records that the audit channel shows more than this database knows; does nothing if that was already recorded.
#[tracing::instrument(name = "restored.found", skip_all)]
pub async fn found(core: &Core, ahead: &Ahead) -> Result<(), StoreError> {
    let here = core.store.head().await?.seq;
    let mut tx = core.store.write().await?;
    if !tx.note_ahead(ahead).await? {
        return Ok(());
    }
    let what = What::Restored(Restored::Found {
        channel_seq: ahead.seq,
        channel_head: ahead.head.clone(),
        here,
    });
    let origin = by_apono(&format!("witness-{}", core.owner));
    let event = Event::new(core.now(), core.install.clone(), origin, None, what);
    tx.seal(vec![event]).await?;
    Ok(())
}

/// Accepts a database in a different place than before, from its next start on. Returns what was different; `None` if nothing
/// was found, and then nothing is changed.
#[tracing::instrument(name = "restored.accept_move", skip_all)]
pub async fn accept_move(
    store: &Store,
    reason: &str,
    now: Timestamp,
) -> Result<Option<Elsewhere>, StoreError> {
    let install = store.install().await?;
    let mut tx = store.write().await?;
    let Some(why) = tx.accept_move().await? else {
        return Ok(None);
    };
    let reason = keep_reason(&mut tx, reason, now).await?;
    let what = What::Restored(Restored::Moved {
        why: why.clone(),
        reason,
    });
    tx.seal(vec![Event::new(now, install, by_operator(), None, what)])
        .await?;
    Ok(Some(why))
}

/// Stores the operator's own words, and returns what the trail says about them.
async fn keep_reason(tx: &mut Tx, reason: &str, now: Timestamp) -> Result<WordsRef, StoreError> {
    let words = Words::new(TextId::new(fresh_id(now)), Core::salt()?, reason.to_owned());
    tx.insert_words(&words).await?;
    Ok(words.reference().expect("words that were just made have a text"))
}

fn by_operator() -> Origin {
    Origin {
        via: Via::Cli,
        cause: "accept-restore".to_owned(),
        actor: Actor::Apono,
    }
}

/// What an operator accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
    pub ahead: Ahead,
    pub next_request: RequestNumber,
}

/// Accepts this database. `None` if nothing was found wrong with it, and then nothing is changed.
#[tracing::instrument(name = "restored.accept", skip_all)]
pub async fn accept(store: &Store, reason: &str, now: Timestamp) -> Result<Option<Accepted>, StoreError> {
    let install = store.install().await?;
    let mut tx = store.write().await?;
    let Some(ahead) = tx.accept_ahead().await? else {
        return Ok(None);
    };
    let next_request = tx.skip_numbers(ahead.number).await?;
    let reason = keep_reason(&mut tx, reason, now).await?;
    let what = What::Restored(Restored::Accepted {
        channel_seq: ahead.seq,
        next_request,
        reason,
    });
    tx.seal(vec![Event::new(now, install, by_operator(), None, what)])
        .await?;
    Ok(Some(Accepted { ahead, next_request }))
}
