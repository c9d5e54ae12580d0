//! Waiting with a deadline: the only place of the harness that sleeps.

use std::fmt::Display;
use std::thread;
use std::time::{Duration, Instant};

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// The result of one attempt: `Some` and `Ok` end the wait.
pub trait Attempt {
    /// What the wait returns.
    type Value;

    /// The value, or why there is none yet.
    fn outcome(self) -> Result<Self::Value, String>;
}

impl<T> Attempt for Option<T> {
    type Value = T;

    fn outcome(self) -> Result<T, String> {
        self.ok_or_else(|| "not yet".to_owned())
    }
}

impl<T, E: Display> Attempt for Result<T, E> {
    type Value = T;

    fn outcome(self) -> Result<T, String> {
        self.map_err(|e| e.to_string())
    }
}

/// Calls `attempt` until it returns a value.
///
/// # Panics
///
/// When `deadline` has passed. The message has `what` and the last error. A running attempt is not interrupted, so it
/// needs a limit of its own.
#[track_caller]
pub fn wait_for<A: Attempt>(what: &str, deadline: Duration, attempt: impl FnMut() -> A) -> A::Value {
    match try_wait_for(deadline, attempt) {
        Ok(value) => value,
        Err(last) => panic!("{what}: not within {deadline:?}, last: {last}"),
    }
}

/// As [`wait_for`], for a caller that words the failure itself. `Err` is the last error.
pub fn try_wait_for<A: Attempt>(deadline: Duration, mut attempt: impl FnMut() -> A) -> Result<A::Value, String> {
    let end = Instant::now() + deadline;
    let mut pause = FIRST_PAUSE;
    loop {
        let last = match attempt().outcome() {
            Ok(value) => return Ok(value),
            Err(last) => last,
        };
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(last);
        }
        thread::sleep(pause.min(left));
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_the_first_value() {
        let mut calls = 0;
        let value = wait_for("three calls", Duration::from_secs(5), || {
            calls += 1;
            (calls == 3).then_some(calls)
        });
        assert_eq!(value, 3);
    }

    #[test]
    fn names_what_was_waited_for_and_the_last_error() {
        let panic = std::panic::catch_unwind(|| {
            wait_for("the moon", Duration::from_millis(30), || Err::<(), _>("still below the horizon"))
        })
        .expect_err("the wait must fail");
        let message = panic.downcast::<String>().expect("a formatted message");
        assert_eq!(*message, "the moon: not within 30ms, last: still below the horizon");
    }

    #[test]
    fn tries_at_least_once_with_no_time_left() {
        assert_eq!(wait_for("now", Duration::ZERO, || Some(1)), 1);
    }
}
