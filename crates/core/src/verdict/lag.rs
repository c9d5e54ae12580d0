//! The hysteresis of the reader role.
//!
//! A replica that catches up crosses its limit many times (300 changes in 22 minutes were seen in production). Going
//! out is immediate; coming back needs a whole hold time without a value above the limit. The worst value of the hold
//! time is remembered, not the last answer, so each caller can have its own limit.

use std::collections::VecDeque;
use std::time::Duration;

/// A lag, which may be unknown (NULL, a broken channel). Unknown is worse than any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lag {
    /// The server reports it.
    Known(Duration),
    /// The server does not know it, or cannot be asked.
    Unknown,
}

/// The lags of the last hold time, as a falling sequence: only values that can still be the worst are kept.
#[derive(Debug, Clone)]
pub struct LagWindow {
    hold: Duration,
    /// (time since the window was made, value), values strictly falling from front to back.
    falling: VecDeque<(Duration, Lag)>,
}

impl LagWindow {
    /// A window that remembers `hold`.
    pub fn new(hold: Duration) -> LagWindow {
        LagWindow { hold, falling: VecDeque::new() }
    }

    /// Adds the value read at `now` (measured from any fixed moment, never falling) and returns the worst of the
    /// hold time that ends at `now`.
    pub fn add(&mut self, now: Duration, lag: Lag) -> Lag {
        while self.falling.back().is_some_and(|(_, older)| *older <= lag) {
            self.falling.pop_back();
        }
        self.falling.push_back((now, lag));
        while self.falling.front().is_some_and(|(at, _)| *at + self.hold < now) {
            self.falling.pop_front();
        }
        self.falling.front().map_or(lag, |(_, worst)| *worst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn a_peak_is_remembered_for_the_hold_time_and_no_longer() {
        let mut window = LagWindow::new(seconds(5));
        assert_eq!(window.add(seconds(0), Lag::Known(seconds(0))), Lag::Known(seconds(0)));
        assert_eq!(window.add(seconds(1), Lag::Known(seconds(20))), Lag::Known(seconds(20)));
        assert_eq!(window.add(seconds(3), Lag::Known(seconds(2))), Lag::Known(seconds(20)));
        assert_eq!(window.add(seconds(6), Lag::Known(seconds(0))), Lag::Known(seconds(20)));
        assert_eq!(window.add(seconds(7), Lag::Known(seconds(0))), Lag::Known(seconds(2)));
    }

    #[test]
    fn unknown_is_worse_than_any_number() {
        let mut window = LagWindow::new(seconds(5));
        window.add(seconds(0), Lag::Unknown);
        assert_eq!(window.add(seconds(1), Lag::Known(seconds(9999))), Lag::Unknown);
    }

    proptest! {
        #[test]
        fn the_worst_is_the_maximum_of_the_hold_time(steps in proptest::collection::vec((0_u64..4, 0_u64..50), 1..80)) {
            let mut window = LagWindow::new(seconds(5));
            let mut all = Vec::new();
            let mut now = 0;
            for (step, lag) in steps {
                now += step;
                all.push((now, lag));
                let expected = all.iter().filter(|(at, _)| at + 5 >= now).map(|(_, lag)| *lag).max();
                let worst = window.add(seconds(now), Lag::Known(seconds(lag)));
                prop_assert_eq!(Some(worst), expected.map(|n| Lag::Known(seconds(n))));
            }
        }
    }
}
