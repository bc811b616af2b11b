//! The figures that were made last, so that looking at them often costs no more than looking once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::access::ids::PersonId;
use crate::access::reader::Reader;
use crate::usecases::figures::{Figures, figures};
use crate::usecases::{Core, UseCaseError};

/// How long they are shown again.
const KEPT_FOR: Duration = Duration::from_secs(30);

/// Whose requests they are of, if not everybody's, and of how many days.
type Key = (Option<PersonId>, u16);

/// Figures that were made lately.
#[derive(Default)]
pub(super) struct Kept(Mutex<BTreeMap<Key, (Instant, Arc<Figures>)>>);

impl Kept {
    /// The figures of the last days, at most half a minute old. They are made one after the other, because they can be large.
    pub(super) async fn figures(
        &self,
        core: &Core,
        reader: &Reader,
        days: u16,
    ) -> Result<Arc<Figures>, UseCaseError> {
        let key = (reader.limited_to().cloned(), days);
        let mut kept = self.0.lock().await;
        kept.retain(|_, (at, _)| at.elapsed() < KEPT_FOR);
        if let Some((_, figures)) = kept.get(&key) {
            return Ok(Arc::clone(figures));
        }
        let made = Arc::new(figures(core, reader, days).await?);
        kept.insert(key, (Instant::now(), Arc::clone(&made)));
        Ok(made)
    }
}
