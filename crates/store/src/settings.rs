//! What is kept, and for how long.

use std::time::Duration;

const DAY: u64 = 24 * 3600;

/// What is kept. Totals are kept for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// For how long minutes are kept; then they become hours.
    pub minutes: Duration,
    /// For how long hours are kept.
    pub hours: Duration,
    /// The largest size of the file, in bytes. Beyond it the oldest minutes become hours earlier, and then the oldest
    /// hours are removed.
    pub max_bytes: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            minutes: Duration::from_secs(40 * DAY),
            hours: Duration::from_secs(2 * 366 * DAY),
            max_bytes: 1024 * 1024 * 1024,
        }
    }
}

impl Settings {
    /// How large SQLite's log of changes may become while another program keeps it from being emptied, in bytes.
    pub(crate) fn max_log_bytes(&self) -> u64 {
        (self.max_bytes / 4).max(16 * 1024 * 1024)
    }
}
