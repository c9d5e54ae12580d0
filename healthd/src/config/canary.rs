//! The write canary of one instance.

use std::time::Duration;

/// How long one may take unless configured.
const USUAL_TIMEOUT: Duration = Duration::from_secs(5);

/// The canary in the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CanaryConfig {
    /// The statement.
    pub(crate) statement: String,
    /// How long it may take.
    pub(crate) timeout: Duration,
}

impl CanaryConfig {
    /// What is configured, if anything is.
    ///
    /// # Errors
    /// A sentence that says what does not go together.
    pub(crate) fn new(
        statement: Option<String>,
        timeout: Option<Duration>,
    ) -> Result<Option<CanaryConfig>, &'static str> {
        if statement.is_none() && timeout.is_some() {
            return Err("`write_canary_timeout` needs a `write_canary`");
        }
        if statement.as_ref().is_some_and(|statement| statement.trim().is_empty()) {
            return Err("`write_canary` is empty: leave it out to write nothing");
        }
        let timeout = timeout.unwrap_or(USUAL_TIMEOUT);
        if timeout < Duration::from_secs(1) || timeout > Duration::from_secs(60) {
            return Err("`write_canary_timeout` must be 1s to 60s: a busy disk holds up a good commit for a while");
        }
        Ok(statement.map(|statement| CanaryConfig { statement, timeout }))
    }
}
