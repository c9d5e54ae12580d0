//! The trace of operators' orders: what was overridden, by whom and when is on the page, in `healthd check` and in
//! metrics for as long as it may matter, restarts and all.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use healthd_core::text::clean::one_line;
use serde::{Deserialize, Serialize};

use super::order::Order;

/// How many orders are remembered, the newest.
const LONGEST: usize = 16;

/// One order that was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Trace {
    /// When, in seconds since 1970: for people, nothing is decided by it.
    at: u64,
    /// The command's words.
    pub(super) order: String,
    /// Who gave it.
    owner: String,
    /// What it did, where that is not all in its words.
    effect: Option<String>,
}

impl Trace {
    /// An order that was carried out now.
    pub(super) fn now(order: &Order, owner: &str, effect: Option<String>) -> Trace {
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Trace { at, order: order.words().to_owned(), owner: one_line(owner, 40), effect }
    }

    /// Seconds since 1970.
    #[expect(clippy::cast_precision_loss, reason = "seconds of this millennium are below 2^52")]
    pub(super) fn timestamp(&self) -> f64 {
        self.at as f64
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(self.at));
        write!(f, "{} by {}, {at}", self.order, self.owner)?;
        self.effect.as_ref().map_or(Ok(()), |effect| write!(f, ": {effect}"))
    }
}

/// Adds one, and forgets the oldest beyond what is kept.
pub(super) fn remember(traces: &mut Vec<Trace>, trace: Trace) {
    traces.push(trace);
    let too_many = traces.len().saturating_sub(LONGEST);
    traces.drain(..too_many);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_orders_are_remembered_with_who_gave_them() {
        let mut traces = Vec::new();
        for number in 0..20 {
            let effect = Some(format!("{number} missing"));
            remember(
                &mut traces,
                Trace { at: 1_795_000_000 + number, ..Trace::now(&Order::Takeover, "ann\n", effect) },
            );
        }
        assert_eq!(traces.len(), LONGEST);
        assert_eq!(traces[0].to_string(), "takeover by ann, 2026-11-18T11:06:44Z: 4 missing");
        assert_eq!(Trace { effect: None, ..traces[15].clone() }.to_string(), "takeover by ann, 2026-11-18T11:06:59Z");
    }
}
