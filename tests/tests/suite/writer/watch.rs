//! Records HAProxy's view of a pool all the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use healthd_tests::Haproxy;
use healthd_tests::wait::try_wait_for;

use super::site::NAMES;

/// Longer than any test.
const LONG: Duration = Duration::from_secs(600);

/// A change of the servers that are up.
pub(super) type Change = (Instant, [bool; 2]);

/// Watches a pool until it is asked what it saw.
pub(super) struct Watch {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Vec<Change>>>,
}

impl Watch {
    /// Begins to watch a pool.
    pub(super) fn start(haproxy: &Arc<Haproxy>, pool: &'static str) -> Watch {
        let stop = Arc::new(AtomicBool::new(false));
        let (haproxy, stopped) = (Arc::clone(haproxy), Arc::clone(&stop));
        let thread = thread::spawn(move || {
            let mut changes: Vec<Change> = Vec::new();
            let looked = try_wait_for(LONG, || {
                let states = NAMES.map(|name| haproxy.try_state(pool, name).map(|state| state.is_up()));
                if let [Ok(one), Ok(two)] = states
                    && changes.last().is_none_or(|(_, last)| *last != [one, two])
                {
                    changes.push((Instant::now(), [one, two]));
                }
                stopped.load(Ordering::Relaxed).then_some(())
            });
            looked.expect("a test is shorter");
            changes
        });
        Watch { stop, thread: Some(thread) }
    }

    /// The changes until now, in order.
    pub(super) fn end(mut self) -> Vec<Change> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().and_then(|thread| thread.join().ok()).expect("it looked until now")
    }

    /// Ends it. There must never have been more than one server up.
    #[track_caller]
    pub(super) fn never_two(self) {
        let seen = self.end();
        assert!(!seen.iter().any(|(_, up)| *up == [true, true]), "{}", told(&seen));
    }

    /// Ends it. Nothing may have changed.
    #[track_caller]
    pub(super) fn always(self, expected: [bool; 2]) {
        let seen = self.end();
        assert!(seen.iter().all(|(_, up)| *up == expected), "{}", told(&seen));
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// The changes with their times.
pub(super) fn told(seen: &[Change]) -> String {
    let Some((first, _)) = seen.first() else {
        return "nothing was seen".to_owned();
    };
    seen.iter().map(|(at, up)| format!("{:?}: {up:?}; ", *at - *first)).collect()
}
