//! An operator's switch: this instance is out, by whom, why and until when.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

/// What maintenance does to the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Every role is down.
    Down,
    /// Readers are drained (404, agent `drain`); every other role is down, because draining a write pool lets old
    /// sessions keep writing to the server while new ones go to another.
    Drain,
}

/// One maintenance entry. It survives restarts, so the expiry is wall-clock time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    /// Down or drain.
    pub mode: Mode,
    /// The operator who switched it on.
    pub owner: String,
    /// Why, in the owner's words; may be empty.
    pub reason: String,
    /// When it was switched on.
    pub since: SystemTime,
    /// When it ends by itself; `None` is never.
    pub until: Option<SystemTime>,
}

impl Maintenance {
    /// Whether it still holds at `now`.
    pub fn holds_at(&self, now: SystemTime) -> bool {
        self.until.is_none_or(|until| now < until)
    }

    /// How long it still lasts at `now`; `None` when it has no end.
    pub fn remaining(&self, now: SystemTime) -> Option<Duration> {
        self.until.map(|until| until.duration_since(now).unwrap_or_default())
    }
}
