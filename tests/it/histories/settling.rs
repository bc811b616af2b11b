//! Waiting for a real bot until nothing is left to do, by what can be seen of it.

use std::time::Duration;

use apono::store::Lane;

use super::world::World;

/// The clock may be ahead of whole hours by this much at each command; equal refusals are counted for ten minutes.
const MOST_AT_ONCE: Duration = Duration::from_mins(9);

/// And by this much in all, before what ends at an odd hour could end too early.
const MOST_IN_ALL: Duration = Duration::from_mins(50);

/// How far time moves where something is to be done a little later.
pub(super) const A_MOMENT: Duration = Duration::from_secs(1);

enum Left {
    Nothing,
    /// Something is to be done a little later.
    Later,
    Now,
}

impl World {
    /// Waits until nothing is left to do: what is to be done a moment later is done now. Without Slack, messages wait.
    pub(super) async fn settle(&self) {
        self.ctx
            .until("it comes to rest", async || match self.left_to_do().await {
                Left::Nothing => true,
                Left::Later => {
                    self.ctx.clock.advance(A_MOMENT);
                    false
                }
                Left::Now => false,
            })
            .await;
        let ahead = self.ahead();
        assert!(
            ahead.saturating_sub(self.ahead_before) < MOST_AT_ONCE && ahead < MOST_IN_ALL,
            "this machine is too slow to tell one hour from the next: {ahead:?} ahead"
        );
    }

    async fn left_to_do(&self) -> Left {
        let core = self.ctx.app().core();
        let store = &core.store;
        if store.inbox_open().await.unwrap() > 0 {
            return Left::Now;
        }
        let counts = store.job_counts(core.now()).await.unwrap();
        let of = |lane: Lane| counts.get(&lane).copied().unwrap_or_default();
        let looked_at = Lane::ALL
            .into_iter()
            .filter(|lane| self.slack_is_up || *lane != Lane::Deliver);
        if looked_at
            .into_iter()
            .any(|lane| of(lane).ready + of(lane).leased > 0)
        {
            return Left::Now;
        }
        let is_posted = store.audit_cursor().await.unwrap() == store.head().await.unwrap().seq;
        if self.slack_is_up && (!is_posted || of(Lane::Deliver).waiting > 0) {
            return Left::Later;
        }
        Left::Nothing
    }
}
