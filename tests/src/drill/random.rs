//! Random numbers from a seed, the same on every machine.

use std::time::Duration;

/// A generator (SplitMix64). Not for secrets.
#[derive(Debug, Clone)]
pub(crate) struct Random(u64);

impl Random {
    /// The numbers of a seed.
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The numbers of one round, independent of what earlier rounds have used.
    pub(crate) fn of_round(seed: u64, round: usize) -> Random {
        let round = u64::try_from(round).unwrap_or(u64::MAX);
        Random(Random(seed ^ round.wrapping_mul(0x2545_F491_4F6C_DD1D)).next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below a limit that is not 0.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        usize::try_from(self.next() % limit).unwrap_or_default()
    }

    /// A duration between two others, in whole milliseconds.
    pub(crate) fn between(&mut self, least: Duration, most: Duration) -> Duration {
        let span = usize::try_from(most.saturating_sub(least).as_millis()).unwrap_or(usize::MAX - 1);
        least + Duration::from_millis(u64::try_from(self.below(span + 1)).unwrap_or_default())
    }

    /// Shuffles a list.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_means_one_sequence() {
        let draw = |seed| {
            let mut random = Random::new(seed);
            (0..5).map(|_| random.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn a_time_is_within_its_limits() {
        let (least, most) = (Duration::from_millis(3), Duration::from_millis(5));
        let mut random = Random::new(1);
        assert!((0..100).map(|_| random.between(least, most)).all(|time| time >= least && time <= most));
    }
}
