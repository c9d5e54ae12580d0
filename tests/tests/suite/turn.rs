//! Decides which tests run at the same time, and records how long each one takes.
//!
//! A test that asserts milliseconds needs the machine for itself. Such tests wait, each on a thread of the test runner,
//! while the others run. When all spare threads are taken, they run one after the other. So the machine is idle at the
//! end of the last other test once for many of them, not once for each.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use std::{env, thread};

use healthd_tests::workdir::target;

static STATE: Mutex<State> =
    Mutex::new(State { shared: 0, alone: false, waiting_shared: 0, waiting_alone: 0, is_draining: false });
static CHANGED: Condvar = Condvar::new();

/// How many tests run and how many wait.
#[derive(Debug)]
struct State {
    shared: usize,
    alone: bool,
    waiting_shared: usize,
    waiting_alone: usize,
    /// Whether tests that run alone are next, until none of them waits.
    is_draining: bool,
}

impl State {
    fn lets_shared_begin(&self, at_once: usize) -> bool {
        !self.alone && !self.is_draining && self.shared < at_once
    }

    fn lets_alone_begin(&self) -> bool {
        !self.alone && self.shared == 0 && (self.is_draining || self.waiting_shared == 0)
    }
}

/// How a test runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Shared,
    Alone,
}

/// A test's turn, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    kind: Kind,
    begun: Instant,
}

/// For a test that others may run next to.
pub(crate) fn shared() -> Turn {
    let (at_once, _) = limits();
    let mut state = lock();
    state.waiting_shared += 1;
    while !state.lets_shared_begin(at_once) {
        state = CHANGED.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    state.waiting_shared -= 1;
    state.shared += 1;
    Turn { kind: Kind::Shared, begun: Instant::now() }
}

/// For a test that asserts short times.
pub(crate) fn alone() -> Turn {
    let (_, spare) = limits();
    let mut state = lock();
    state.waiting_alone += 1;
    if state.waiting_alone >= spare {
        state.is_draining = true;
        CHANGED.notify_all();
    }
    while !state.lets_alone_begin() {
        state = CHANGED.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    state.waiting_alone -= 1;
    state.alone = true;
    state.is_draining &= state.waiting_alone > 0;
    Turn { kind: Kind::Alone, begun: Instant::now() }
}

impl Drop for Turn {
    fn drop(&mut self) {
        note(self.begun);
        let mut state = lock();
        match self.kind {
            Kind::Shared => state.shared -= 1,
            Kind::Alone => state.alone = false,
        }
        CHANGED.notify_all();
    }
}

fn lock() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How many tests run at once, and how many threads are left for tests that wait to run alone: at least one.
///
/// `scripts/runner` sets both variables. Without them all threads of the test runner run tests.
fn limits() -> (usize, usize) {
    let number = |name: &str| env::var(name).ok()?.parse().ok();
    let threads = number("RUST_TEST_THREADS").or_else(|| Some(thread::available_parallelism().ok()?.get()));
    let threads = threads.unwrap_or(1);
    let at_once = number("TESTS_AT_ONCE").unwrap_or(threads).max(1);
    (at_once, threads.saturating_sub(at_once).max(1))
}

/// Records how long a test took, for the list at the end of `scripts/test`. A list that cannot be written fails no
/// test.
fn note(begun: Instant) {
    let dir = target().join("tests");
    let name = thread::current().name().unwrap_or("?").to_owned();
    let line = format!("{:.1} {name}\n", begun.elapsed().as_secs_f64());
    fs::create_dir_all(&dir).ok();
    let file = OpenOptions::new().create(true).append(true).open(dir.join("times.txt"));
    drop(file.and_then(|mut file| file.write_all(line.as_bytes())));
}

#[cfg(test)]
mod tests {
    use super::State;

    #[test]
    fn an_exclusive_test_waits_for_running_ones_and_blocks_new_ones_while_draining() {
        let state = |shared, waiting_shared, is_draining| State {
            shared,
            alone: false,
            waiting_shared,
            waiting_alone: 1,
            is_draining,
        };
        assert!(state(0, 0, false).lets_alone_begin(), "no other test runs");
        assert!(!state(0, 1, false).lets_alone_begin(), "another one is about to begin");
        assert!(state(0, 1, true).lets_alone_begin() && !state(1, 0, true).lets_alone_begin());
        assert!(state(1, 1, false).lets_shared_begin(2) && !state(1, 1, true).lets_shared_begin(2));
        assert!(!state(2, 1, false).lets_shared_begin(2), "two run");
    }
}
