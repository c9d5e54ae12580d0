//! The write canary of one instance.

use std::time::Duration;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
const SHORTEST_TIMEOUT: Duration = Duration::from_secs(1);
const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);

/// The write canary in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CanaryConfig {
    /// The statement.
    pub(crate) statement: String,
    /// How long it may take.
    pub(crate) timeout: Duration,
}

/// What is wrong with a write canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CanaryConfigError {
    /// There is a timeout without a statement.
    #[error("`write_canary_timeout` needs a `write_canary`")]
    OnlyTimeout,
    /// The statement is empty.
    #[error("`write_canary` is empty: remove it to write nothing")]
    Empty,
    /// The time is too short or too long.
    #[error("`write_canary_timeout` must be 1s to 60s: a busy disk can delay a good commit for that long")]
    Timeout,
}

impl CanaryConfig {
    /// The canary, if there is a statement.
    ///
    /// # Errors
    /// When the values do not fit together.
    pub(super) fn new(
        statement: Option<String>,
        timeout: Option<Duration>,
    ) -> Result<Option<CanaryConfig>, CanaryConfigError> {
        if statement.is_none() && timeout.is_some() {
            return Err(CanaryConfigError::OnlyTimeout);
        }
        if statement.as_ref().is_some_and(|statement| statement.trim().is_empty()) {
            return Err(CanaryConfigError::Empty);
        }
        let timeout = timeout.unwrap_or(DEFAULT_TIMEOUT);
        if !(SHORTEST_TIMEOUT..=LONGEST_TIMEOUT).contains(&timeout) {
            return Err(CanaryConfigError::Timeout);
        }
        Ok(statement.map(|statement| CanaryConfig { statement, timeout }))
    }
}
