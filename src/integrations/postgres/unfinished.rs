//! What revokes that are not finished have done so far: tries after a failed one continue from there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use sqlx::PgConnection;

use super::super::LastLook;
use super::in_use;
use super::sessions::Sweep;
use super::target::Plan;
use crate::access::usage::Sessions;

/// The progress of unfinished revokes, by the role that was made for the grant. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Unfinished(Arc<Mutex<BTreeMap<String, BTreeMap<String, OnServer>>>>);

/// What was done on one server.
#[derive(Clone, Debug, Default)]
struct OnServer {
    /// Processes of the sessions that were told to terminate.
    ended: BTreeSet<i32>,
    /// Everything that had to end has ended there: a replica that is down must not cost an account its new sessions elsewhere
    /// at every try.
    through: bool,
    /// The sessions before any was told to terminate, and when that was looked up.
    looked: Option<(Instant, Sessions)>,
}

impl Unfinished {
    pub(crate) fn is_through(&self, plan: &Plan, place: &str) -> bool {
        let begun = self.lock();
        let at = begun
            .get(plan.login.as_str())
            .and_then(|places| places.get(place));
        at.is_some_and(|place| place.through)
    }

    pub(crate) fn note(&self, plan: &Plan, place: String, sweep: &Sweep, through: bool) {
        let mut begun = self.lock();
        let places = begun.entry(plan.login.as_str().to_owned()).or_default();
        let at = places.entry(place).or_default();
        at.ended.extend(sweep.ended());
        at.through |= through;
    }

    /// A finished revoke is unfinished again: somebody got the access back.
    pub(crate) fn begin_again(&self, plan: &Plan) {
        if let Some(places) = self.lock().get_mut(plan.login.as_str()) {
            for place in places.values_mut() {
                place.through = false;
            }
        }
    }

    /// Looks at a login's sessions before they end, for what people see of its use: the first look of all tries that finds
    /// any, or else the latest. Access ends whether or not that can be seen.
    pub(crate) async fn look(&self, connection: &mut PgConnection, plan: &Plan, roles: &[i64], place: &str) {
        if plan.account.is_some() {
            return;
        }
        let Ok(found) = in_use::of_roles(connection, roles).await else {
            return;
        };
        let mut begun = self.lock();
        let places = begun.entry(plan.login.as_str().to_owned()).or_default();
        let at = places.entry(place.to_owned()).or_default();
        // Sessions that an earlier try ended can no longer be seen.
        if found.count == 0 && !at.ended.is_empty() {
            return;
        }
        if at.looked.as_ref().is_none_or(|(_, before)| before.count == 0) {
            at.looked = Some((Instant::now(), found));
        }
    }

    /// The revoke is finished: how many sessions it ended, in all places and all tries, and the last look before that.
    pub(crate) fn take(&self, plan: &Plan) -> (u32, Option<LastLook>) {
        let places = self.lock().remove(plan.login.as_str()).unwrap_or_default();
        let ended: usize = places.values().map(|place| place.ended.len()).sum();
        let last_look = last_look(places.into_values().map(|place| place.looked).collect());
        (u32::try_from(ended).unwrap_or(u32::MAX), last_look)
    }

    fn lock(&self) -> parking_lot::MutexGuard<'_, BTreeMap<String, BTreeMap<String, OnServer>>> {
        self.0.lock()
    }
}

/// The looks at all places as one. If one of them failed, the others say that there was a session, but not that there was none.
fn last_look(looks: Vec<Option<(Instant, Sessions)>>) -> Option<LastLook> {
    let is_whole = looks.iter().all(Option::is_some);
    let mut looks = looks.into_iter().flatten();
    let (at, found) = looks.next()?;
    let mut look = LastLook {
        found,
        ago: at.elapsed(),
    };
    for (at, found) in looks {
        look.found.join(&found);
        look.ago = look.ago.max(at.elapsed());
    }
    Some(look).filter(|look| is_whole || look.found.count > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_that_failed_in_one_place_does_not_say_that_there_was_no_session() {
        let found = |count: u32| {
            let sessions = Sessions {
                count,
                ..Sessions::default()
            };
            Some((Instant::now(), sessions))
        };
        let count = |looks: Vec<Option<(Instant, Sessions)>>| last_look(looks).map(|look| look.found.count);
        assert_eq!(count(vec![found(0), found(0)]), Some(0));
        assert_eq!(count(vec![found(1), found(2)]), Some(3));
        assert_eq!(count(vec![found(0), None]), None);
        assert_eq!(count(vec![None, found(2)]), Some(2), "what was seen was there");
        assert_eq!(count(vec![None]), None);
        assert_eq!(count(Vec::new()), None);
    }
}
