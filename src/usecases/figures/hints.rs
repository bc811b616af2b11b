//! Where access is requested for much longer than it is used.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::access::time::micros_of;
use crate::store::Past;

/// Below this, an integration's access says little.
const ENOUGH: usize = 20;

/// The share that has to end in time, in percent.
const SHARE: usize = 95;

/// Durations that people choose.
const USUAL: [Duration; 8] = [
    Duration::from_mins(15),
    Duration::from_mins(30),
    Duration::from_hours(1),
    Duration::from_hours(2),
    Duration::from_hours(4),
    Duration::from_hours(8),
    Duration::from_hours(24),
    Duration::from_hours(72),
];

/// Most access on an integration was over long before the longest that was requested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub integration: String,
    /// How much access ended, and how many percent of it within `within`.
    pub ended: usize,
    pub percent: usize,
    pub within: Duration,
    /// The longest that was requested.
    pub longest: Duration,
}

/// One for each integration whose access is usually over in at most half of the longest that is requested there.
pub(super) fn of(past: &[Past]) -> Vec<Hint> {
    let mut by_integration: BTreeMap<&str, Vec<(Duration, i64)>> = BTreeMap::new();
    for past in past {
        if let (Some(granted_at), Some(ended_at)) = (past.granted_at, past.ended_at) {
            let ended = by_integration.entry(&past.integration).or_default();
            ended.push((ended_at.since(granted_at), past.duration_us));
        }
    }
    let hints = by_integration
        .into_iter()
        .filter_map(|(integration, ended)| hint(integration, &ended));
    hints.collect()
}

/// `ended`: how long each lasted, and for how long it was requested.
fn hint(integration: &str, ended: &[(Duration, i64)]) -> Option<Hint> {
    if ended.len() < ENOUGH {
        return None;
    }
    let within = |limit: Duration| ended.iter().filter(|(lasted, _)| *lasted <= limit).count();
    let limit = USUAL
        .into_iter()
        .find(|limit| within(*limit) * 100 >= ended.len() * SHARE)?;
    let longest = ended.iter().map(|(_, asked)| *asked).max()?;
    (micros_of(limit).saturating_mul(2) <= longest).then(|| Hint {
        integration: integration.to_owned(),
        ended: ended.len(),
        percent: within(limit) * 100 / ended.len(),
        within: limit,
        longest: Duration::from_micros(u64::try_from(longest).unwrap_or(0)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(lasted: &[u64], asked_hours: i64) -> Vec<(Duration, i64)> {
        let all = lasted
            .iter()
            .map(|minutes| (Duration::from_mins(*minutes), asked_hours * 3_600_000_000));
        all.collect()
    }

    #[test]
    fn access_that_is_given_back_early_is_hinted_at() {
        let mut lasted = vec![25; 98];
        lasted.extend([400, 470]);
        let hint = hint("orders-db", &ended(&lasted, 8)).unwrap();
        assert_eq!(
            (hint.ended, hint.percent, hint.within),
            (100, 98, Duration::from_mins(30))
        );
        assert_eq!(hint.longest, Duration::from_hours(8));
    }

    #[test]
    fn access_that_is_used_to_its_end_is_not_nor_is_little_of_it() {
        assert_eq!(hint("orders-db", &ended(&[470; 50], 8)), None);
        assert_eq!(hint("orders-db", &ended(&[5; ENOUGH - 1], 8)), None);
    }
}
