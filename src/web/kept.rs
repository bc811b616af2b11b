//! Answers that were made lately, so that asking often costs no more than asking once.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

/// Recent answers, by what was asked.
pub struct Kept<K, V> {
    kept_for: Duration,
    answers: Mutex<BTreeMap<K, (Instant, V)>>,
}

impl<K: Ord, V: Clone> Kept<K, V> {
    /// Each answer is given again for this long.
    pub fn new(kept_for: Duration) -> Self {
        Self {
            kept_for,
            answers: Mutex::default(),
        }
    }

    /// The last answer if it is recent, or a new one. One is made at a time, and a failure is not kept.
    pub async fn or_new<E>(&self, key: K, new: impl Future<Output = Result<V, E>>) -> Result<V, E> {
        let mut answers = self.answers.lock().await;
        answers.retain(|_, (at, _)| at.elapsed() < self.kept_for);
        if let Some((_, last)) = answers.get(&key) {
            return Ok(last.clone());
        }
        let made = new.await?;
        answers.insert(key, (Instant::now(), made.clone()));
        Ok(made)
    }
}
