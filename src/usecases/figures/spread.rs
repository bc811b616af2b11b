//! How long something usually takes.

use std::time::Duration;

/// Of several durations: the middle one, the one that 9 of 10 do not pass, and the longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    pub of: usize,
    pub median: Duration,
    pub p90: Duration,
    pub longest: Duration,
}

impl Spread {
    /// `None` of nothing.
    pub(super) fn of(durations: impl IntoIterator<Item = Duration>) -> Option<Self> {
        let mut sorted: Vec<Duration> = durations.into_iter().collect();
        sorted.sort_unstable();
        let longest = *sorted.last()?;
        // The smallest that at least this share does not pass.
        let at = |tenths: usize| sorted[(sorted.len() * tenths).div_ceil(10) - 1];
        Some(Self {
            of: sorted.len(),
            median: at(5),
            p90: at(9),
            longest,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(all: &[u64]) -> Option<Spread> {
        Spread::of(all.iter().copied().map(Duration::from_secs))
    }

    #[test]
    fn one_alone_is_all_three_and_nothing_has_none() {
        assert_eq!(seconds(&[]), None);
        let one = seconds(&[7]).unwrap();
        assert_eq!(
            (one.median, one.p90, one.longest),
            (one.longest, one.longest, Duration::from_secs(7))
        );
    }

    #[test]
    fn of_ten_the_fifth_and_the_ninth_count() {
        let ten = seconds(&[10, 1, 9, 2, 8, 3, 7, 4, 6, 5]).unwrap();
        assert_eq!(
            (
                ten.of,
                ten.median.as_secs(),
                ten.p90.as_secs(),
                ten.longest.as_secs()
            ),
            (10, 5, 9, 10)
        );
    }

    proptest! {
        #[test]
        fn as_many_as_it_says_do_not_pass_it(all in prop::collection::vec(0_u64..1000, 1..200)) {
            let spread = seconds(&all).unwrap();
            let within = |limit: Duration| all.iter().filter(|one| Duration::from_secs(**one) <= limit).count();
            prop_assert!(within(spread.median) * 2 >= all.len());
            prop_assert!(within(spread.p90) * 10 >= all.len() * 9);
            prop_assert_eq!(within(spread.longest), all.len());
        }
    }
}
