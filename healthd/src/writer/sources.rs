//! The address from which each HAProxy's HTTP checks come, and whether it still checks.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// After this many questions of its agent, and this long, without a check in between, a HAProxy sends no checks.
const UNCHECKED_QUESTIONS: u32 = 4;
const UNCHECKED: Duration = Duration::from_millis(400);
/// Questions with a shorter distance count as one.
const APART: Duration = Duration::from_millis(20);
/// The longest check interval that is believed.
const LONGEST_INTERVAL: Duration = Duration::from_secs(30);

/// What is known about each witness's HTTP checks, by its number.
#[derive(Debug, Default)]
pub(super) struct CheckSources(Mutex<Vec<CheckSource>>);

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CheckSource {
    /// The address of the last check.
    pub(super) address: Option<IpAddr>,
    /// The time of the last check.
    checked: Option<Instant>,
    /// The time between the last check and the one before it.
    interval: Duration,
    /// The number of questions of the agent since then, and the time of the last one that counts.
    asked: u32,
    asked_at: Option<Instant>,
}

impl CheckSource {
    pub(super) fn checked(self, address: Option<IpAddr>, now: Instant) -> CheckSource {
        let interval = self.checked.map_or(LONGEST_INTERVAL, |before| now.saturating_duration_since(before));
        CheckSource {
            address: address.or(self.address),
            checked: Some(now),
            interval: interval.min(LONGEST_INTERVAL),
            asked: 0,
            asked_at: None,
        }
    }

    /// The agent asks. Questions that waited while this process was stopped arrive at once, and count as one.
    pub(super) fn asked(self, now: Instant) -> CheckSource {
        match self.asked_at {
            Some(before) if now.saturating_duration_since(before) < APART => self,
            _ => CheckSource { asked: self.asked.saturating_add(1), asked_at: Some(now), ..self },
        }
    }

    /// Whether only the agent of this HAProxy asks. After a pause, HAProxy sends both again.
    pub(super) fn does_not_check(self, now: Instant) -> bool {
        let unchecked = self.checked.map(|at| now.saturating_duration_since(at));
        self.asked >= UNCHECKED_QUESTIONS && unchecked.is_some_and(|time| time >= UNCHECKED.max(self.interval * 4))
    }
}

impl CheckSources {
    /// The same, for the instance after a reload.
    pub(super) fn copied(&self) -> CheckSources {
        CheckSources(Mutex::new(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()))
    }

    pub(super) fn of(&self, number: usize) -> CheckSource {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(number).copied().unwrap_or_default()
    }

    pub(super) fn change(&self, number: usize, change: impl FnOnce(CheckSource) -> CheckSource) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() <= number {
            known.resize(number + 1, CheckSource::default());
        }
        known[number] = change(known[number]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_haproxy_that_only_its_agent_asks_for_does_not_check() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        // The interval of its checks, how many questions came since the last one, and how long ago that was.
        for (interval, asked, unchecked, expected) in [
            (100, 3, 500, false),
            (100, 4, 399, false),
            (100, 4, 400, true),
            (300, 9, 1199, false),
            (300, 9, 1200, true),
            (60_000, 900, 100_000, false),
            (60_000, 900, 120_000, true),
        ] {
            let source = CheckSource::default().checked(None, start).checked(None, at(interval));
            let source = CheckSource { asked, ..source };
            assert_eq!(source.does_not_check(at(interval + unchecked)), expected, "{interval} {asked} {unchecked}");
        }
        // Questions that waited while this process stood still count as one.
        let burst = (0..9).fold(CheckSource::default().checked(None, start), |source, _| source.asked(at(500)));
        assert_eq!(burst.asked, 1);
        assert_eq!([600, 700, 710].into_iter().fold(burst, |source, ms| source.asked(at(ms))).asked, 3);
        // The one check that ever came says nothing of their interval.
        let source = CheckSource { asked: 9, ..CheckSource::default().checked(None, start) };
        assert!(!source.does_not_check(at(100_000)));
        assert!(
            !CheckSource { asked: 9, ..CheckSource::default() }.does_not_check(at(0)),
            "the machine knows that already"
        );
    }
}
