//! Faults of the store, which all logs share: one event when they begin, one when they end.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A store that fails and works in turn is told of once in this time.
const QUIET: Duration = Duration::from_secs(60);

/// Whether the store can be written.
#[derive(Debug, Default)]
pub(crate) struct StoreFaults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    fault: Option<String>,
    told: Option<Instant>,
    /// Whether the fault that stands now was told.
    is_told: bool,
}

impl StoreFaults {
    /// Why the store cannot be written now.
    pub(crate) fn fault(&self) -> Option<String> {
        self.lock().fault.clone()
    }

    /// Something was stored.
    pub(super) fn works(&self) {
        let mut state = self.lock();
        if state.fault.take().is_some() && std::mem::take(&mut state.is_told) {
            tracing::info!("the store of the log counters is written again");
        }
    }

    /// Something could not be stored.
    pub(super) fn fails(&self, text: &str, now: Instant) {
        let mut state = self.lock();
        let new = state.fault.as_deref() != Some(text);
        let quiet = state.told.is_some_and(|told| now.saturating_duration_since(told) < QUIET);
        if (new || !state.is_told) && !quiet {
            tracing::error!(error = text, "the store of the log counters cannot be written, they stand still");
            (state.told, state.is_told) = (Some(now), true);
        }
        if new {
            state.fault = Some(text.to_owned());
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
