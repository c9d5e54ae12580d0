//! How servers are probed, and the limits of their verdicts.

use std::time::Duration;

use healthd_core::verdict::Policy;

use super::raw::{Pace, RawConfig, RawInstance, Time};

const DEFAULT_QUERY: &str = "SHOW DATABASES";
const DEFAULT_INTERVAL: Duration = Duration::from_millis(500);
const DEFAULT_MAX_AGE: Duration = Duration::from_secs(1);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(1);
const DEFAULT_LAG_HOLD: Duration = Duration::from_secs(5);
const DEFAULT_MAX_LAG: Duration = Duration::from_secs(10);
/// How long the last answer counts for a server without a free connection.
const OVERLOAD_GRACE: Duration = Duration::from_secs(10);

/// Settings that all instances share.
pub(super) struct Probing {
    /// The statement of a probe.
    pub(super) query: String,
    /// The time between the starts of two probes.
    pub(super) interval: Duration,
    /// A server without an answer for this time is down.
    pub(super) timeout: Duration,
    /// How long a lag above the limit is remembered.
    pub(super) lag_hold: Duration,
    max_age: Duration,
}

impl Probing {
    pub(super) fn new(raw: &RawConfig) -> Probing {
        let pace = |value: Option<Pace>, default| value.map_or(default, |pace| pace.0);
        Probing {
            query: raw.mysql.query.clone().unwrap_or_else(|| DEFAULT_QUERY.to_owned()),
            interval: pace(raw.interval, DEFAULT_INTERVAL),
            timeout: pace(raw.timeout, DEFAULT_TIMEOUT),
            lag_hold: raw.lag_hold.map_or(DEFAULT_LAG_HOLD, |Time(time)| time),
            max_age: pace(raw.max_age, DEFAULT_MAX_AGE),
        }
    }

    /// The limits of one instance.
    pub(super) fn policy(&self, raw: &RawInstance) -> Policy {
        Policy {
            max_age: self.max_age,
            max_lag: raw.max_lag.map_or(DEFAULT_MAX_LAG, |Time(time)| time),
            allow_donor: raw.allow_donor,
            ignore_channels: raw.ignore_channels.clone(),
            overload_grace: OVERLOAD_GRACE,
        }
    }
}
