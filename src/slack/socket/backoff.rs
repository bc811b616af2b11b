//! How long to wait after failures in a row.

use std::time::Duration;

/// The pause after `failures` failures in a row: none after none, then `base`, doubled each time, at most `cap`.
/// At least half of that is used, and the rest depends on the random number `chance`, so a fleet does not reconnect in step.
pub(super) fn pause(failures: u32, base: Duration, cap: Duration, chance: u32) -> Duration {
    let Some(doublings) = failures.checked_sub(1) else {
        return Duration::ZERO;
    };
    let longest = 2_u32
        .checked_pow(doublings)
        .and_then(|factor| base.checked_mul(factor))
        .map_or(cap, |span| span.min(cap));
    longest / 2 + (longest / 2).mul_f64(f64::from(chance) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BASE: Duration = Duration::from_millis(500);
    const CAP: Duration = Duration::from_secs(30);

    #[test]
    fn pauses_double_up_to_the_cap() {
        let pauses: Vec<String> = [0, 1, 2, 3, 6, 7, 8, 1000]
            .map(|failures| format!("{:?}", pause(failures, BASE, CAP, u32::MAX)))
            .into();
        insta::assert_snapshot!(pauses.join(" "), @"0ns 500ms 1s 2s 16s 30s 30s 30s");
    }

    proptest! {
        #[test]
        fn chance_takes_away_at_most_half(failures: u32, chance: u32) {
            let longest = pause(failures, BASE, CAP, u32::MAX);
            let pause = pause(failures, BASE, CAP, chance);
            prop_assert!(pause <= longest);
            prop_assert!(pause * 2 >= longest);
        }
    }
}
