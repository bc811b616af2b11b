//! Once a day, people with many unanswered requests hear of them again.
//!
//! Invariant: a day's nudge is claimed before it is sent, so nobody gets two of a day, whatever dies in between.

use std::time::Duration;

use crate::access::time::Timestamp;
use crate::store::ReadSettings;

use super::day::last_due;
use super::{Core, UseCaseError};

/// The setting that remembers the last day.
const SETTING: &str = "nudged";

/// Nobody is nudged about this many or fewer.
pub const FEW: usize = 5;

const A_DAY: Duration = Duration::from_hours(24);

/// Whether people are to be nudged now; the day's nudge is claimed with that.
pub async fn is_due(core: &Core) -> Result<bool, UseCaseError> {
    let today = last_due(core.now(), core.rules().day_at);
    let stored = core.store.setting(SETTING).await?;
    let last = stored
        .as_deref()
        .and_then(|text| text.parse().ok())
        .map(Timestamp::from_micros);
    // A reload may have moved the time of day.
    if last.is_some_and(|last| today.since(last) < A_DAY) {
        return Ok(false);
    }
    let today = today.micros().to_string();
    let mut tx = core.store.write().await?;
    let is_ours = tx.replace_setting(SETTING, stored.as_deref(), &today).await?;
    tx.seal(Vec::new()).await?;
    // The first start remembers the day and nudges from the next one on.
    Ok(is_ours && stored.is_some())
}
