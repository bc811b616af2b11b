//! The daily line in the trail, once for each day, including days that a stopped process missed.
//!
//! Invariant: the counts of one line begin where those of the previous line end, so no event is left out or counted
//! twice, whatever was down in between.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::access::time::{Timestamp, micros_of};
use crate::audit::chain::{Hash, Head};
use crate::audit::day::{Day, TrailState};
use crate::audit::event::{Actor, Event, Origin, Via, What};
use crate::audit::verify::{Misfit, Verifier};
use crate::store::{ReadSettings, StoreError};

use super::{Core, reads};

const A_DAY: Duration = Duration::from_hours(24);

/// The setting that remembers the last line.
const SETTING: &str = "day";

/// How many events are verified for one line at most: a few seconds of work. A shorter trail is verified in full.
const VERIFY_AT_MOST: u64 = 50_000;

/// Events read at once.
const PAGE: u64 = 1_000;

/// The last line, and how far the trail was verified for it.
#[derive(Serialize, Deserialize)]
struct Told {
    until: Timestamp,
    seq: u64,
    verified_seq: u64,
    verified_hash: String,
    verified_at: Timestamp,
}

/// Writes the line that is due, if any. Returns what does not fit in the trail, which somebody has to check at once.
pub async fn report(core: &Core) -> Result<Option<String>, StoreError> {
    let now = core.now();
    let until = last_due(now, core.rules().day_at);
    let stored = core.store.setting(SETTING).await?;
    let told: Option<Told> = stored.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let from = match &told {
        Some(told) => told.until,
        None => core.store.installed_at().await?,
    };
    if until <= from {
        return Ok(None);
    }
    let head = core.store.head().await?;
    let after = told.as_ref().map_or(0, |told| told.seq);
    let (verifier, trail) = verify(core, told.as_ref(), head).await?;
    let counts = core.store.count_events(after, head.seq).await?;
    let count = |kind: &str| counts.get(kind).copied().unwrap_or(0);
    let (readers, more_readers) = reads::of_day(core, after, head.seq).await?;
    let damage = match &trail {
        TrailState::Fits { .. } => None,
        TrailState::DoesNotFit(misfit) => Some(misfit.to_string()),
    };
    let day = Day {
        from,
        until,
        first_seq: after + 1,
        last_seq: head.seq,
        head: head.hash.to_string(),
        requested: count("requested"),
        granted: count("granted"),
        rejected: count("rejected"),
        lapsed: count("lapsed"),
        closed: count("turned_down"),
        expired: count("expired"),
        revoked: count("revoked"),
        failed: count("failed"),
        refused: count("refused") + count("refused_again"),
        readers,
        more_readers,
        now: core.store.standing(now).await?,
        trail,
    };
    let told = Told {
        until,
        seq: head.seq,
        verified_seq: verifier.head().seq,
        verified_hash: verifier.head().hash.to_string(),
        verified_at: verifier.last_at(),
    };
    let told = serde_json::to_string(&told).expect("a struct of numbers and texts is JSON");
    let mut tx = core.store.write().await?;
    if !tx.replace_setting(SETTING, stored.as_deref(), &told).await? {
        // Another replica was faster.
        return Ok(None);
    }
    let origin = Origin {
        via: Via::Worker,
        cause: format!("day-{}", until.seconds()),
        actor: Actor::Apono,
    };
    tx.seal(vec![Event::new(
        now,
        core.install.clone(),
        origin,
        None,
        What::Day(day),
    )])
    .await?;
    Ok(damage)
}

/// The last line in the trail, and when it was written; `None` before the first.
pub async fn last_line(core: &Core) -> Result<Option<(Timestamp, Day)>, StoreError> {
    let stored = core.store.setting(SETTING).await?;
    let Some(told) = stored.and_then(|text| serde_json::from_str::<Told>(&text).ok()) else {
        return Ok(None);
    };
    let found = core.store.first_after(told.seq, "day").await?;
    Ok(found.and_then(|stored| match stored.event.what {
        What::Day(day) => Some((stored.event.at, day)),
        _ => None,
    }))
}

/// When the next line after `now` is due.
pub fn next_due(now: Timestamp, day_at: Duration) -> Timestamp {
    last_due(now, day_at).plus(A_DAY)
}

/// The last time of day `day_at`, UTC, that is not after `now`.
pub(super) fn last_due(now: Timestamp, day_at: Duration) -> Timestamp {
    let (day, at) = (micros_of(A_DAY), micros_of(day_at));
    Timestamp::from_micros((now.micros() - at).div_euclid(day) * day + at)
}

/// Verifies the trail up to `head`, or as far as one day's work goes.
async fn verify(core: &Core, told: Option<&Told>, head: Head) -> Result<(Verifier, TrailState), StoreError> {
    let before = told.filter(|_| head.seq > VERIFY_AT_MOST).and_then(|told| {
        let hash: Hash = told.verified_hash.parse().ok()?;
        let seq = told.verified_seq;
        Some(Verifier::resume(Head { seq, hash }, told.verified_at))
    });
    let mut verifier = before.unwrap_or_default();
    let first_seq = verifier.head().seq + 1;
    while verifier.head().seq < head.seq.min(first_seq + VERIFY_AT_MOST) {
        let seen = verifier.head().seq;
        let links = core.store.links_after(seen, PAGE).await?;
        for link in links.iter().filter(|link| link.seq <= head.seq) {
            if let Err(misfit) = verifier.take(link) {
                return Ok((verifier, TrailState::DoesNotFit(misfit)));
            }
        }
        if verifier.head().seq == seen {
            let misfit = Misfit::Head {
                last: seen,
                head: head.seq,
            };
            return Ok((verifier, TrailState::DoesNotFit(misfit)));
        }
    }
    let reached = verifier.head();
    if reached.seq == head.seq && reached.hash != head.hash {
        return Ok((
            verifier,
            TrailState::DoesNotFit(Misfit::HeadHash { seq: head.seq }),
        ));
    }
    let last_seq = reached.seq;
    Ok((verifier, TrailState::Fits { first_seq, last_seq }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_is_due_once_a_day_at_its_time(now in 0_i64..4_000_000_000_000_000, minutes in 0_u64..1440) {
            let at = Duration::from_mins(minutes);
            let now = Timestamp::from_micros(now);
            let due = last_due(now, at);
            prop_assert!(due <= now && now < next_due(now, at));
            prop_assert_eq!(due.micros().rem_euclid(micros_of(A_DAY)), micros_of(at));
            prop_assert_eq!(next_due(due, at), due.plus(A_DAY));
        }
    }
}
