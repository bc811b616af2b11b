//! Chance that is the same at every run: `SplitMix64` from a fixed seed.

use std::time::Duration;

/// Changing it changes every made-up history.
const SEED: u64 = 0x6170_6f6e_6f20_3137;

pub(super) struct Dice(u64);

impl Dice {
    pub(super) const fn new() -> Self {
        Self(SEED)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `end`, without `end`, which is at least 1.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// True this often.
    pub(super) fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// One of several, at least one.
    pub(super) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let index = self.below(all.len() as u64);
        &all[usize::try_from(index).unwrap_or(0)]
    }

    /// From 0 to 1.
    fn share(&mut self) -> f64 {
        f64::from(u32::try_from(self.next() >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }

    /// From 0 to 1, more often near the middle.
    pub(super) fn bell(&mut self) -> f64 {
        (self.share() + self.share() + self.share()) / 3.0
    }

    pub(super) fn between(&mut self, from: Duration, to: Duration) -> Duration {
        from + to.saturating_sub(from).mul_f64(self.share())
    }

    /// Usually about as long, sometimes several times as long.
    pub(super) fn about(&mut self, usual: Duration) -> Duration {
        usual.mul_f64((6.0 * (self.bell() - 0.5)).exp2())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_run_has_the_same_chance() {
        let rolls = || {
            let mut dice = Dice::new();
            (0..1_000).map(|_| dice.below(6)).collect::<Vec<_>>()
        };
        assert_eq!(rolls(), rolls());
        let sixes = rolls().into_iter().filter(|roll| *roll == 5).count();
        assert!((100..240).contains(&sixes), "{sixes}");
    }

    #[test]
    fn about_stays_within_an_eighth_and_eight_times() {
        let mut dice = Dice::new();
        let hour = Duration::from_hours(1);
        for _ in 0..1_000 {
            let about = dice.about(hour);
            assert!(about >= hour / 9 && about <= hour * 9, "{about:?}");
        }
    }
}
