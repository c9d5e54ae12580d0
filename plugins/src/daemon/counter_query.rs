//! What is asked of healthd about the counters of its logs: `/api/window`.

use std::time::Duration;

use form_urlencoded::Serializer;
use healthd_core::samples::labels::Labels;
use healthd_core::text::duration::exact;

/// How many weeks are compared with.
const WEEKS: &str = "4";

/// Which counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counter {
    /// The only one that is configured.
    Only,
    /// The one with this name.
    Named(String),
    /// Two: the name of a `[[ratio]]`, or `COUNTER/COUNTER`.
    Ratio(String),
}

/// What is asked about a counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterQuery {
    /// Which.
    pub counter: Counter,
    /// Its last complete minutes.
    pub window: Duration,
    /// Only of series with these labels.
    pub labels: Labels,
}

impl CounterQuery {
    /// Path and query of the request.
    pub(super) fn target(&self) -> String {
        let mut query = Serializer::new(String::new());
        match &self.counter {
            Counter::Only => &mut query,
            Counter::Named(name) => query.append_pair("counter", name),
            Counter::Ratio(name) => query.append_pair("ratio", name),
        };
        query.append_pair("window", &exact(self.window));
        for (name, value) in self.labels.iter() {
            query.append_pair(&format!("label.{name}"), value);
        }
        if !matches!(self.counter, Counter::Ratio(_)) {
            query.append_pair("weeks", WEEKS);
        }
        format!("/api/window?{}", query.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_encoded() {
        let of = |counter, labels: &[(&str, &str)]| {
            let labels = labels.iter().copied().collect();
            CounterQuery { counter, window: Duration::from_secs(3_600), labels }.target()
        };
        for (target, expected) in [
            (of(Counter::Only, &[]), "/api/window?window=1h&weeks=4"),
            (
                of(Counter::Named("a&b c".to_owned()), &[("host", "mx1"), ("url", "/?x=1")]),
                "/api/window?counter=a%26b+c&window=1h&label.host=mx1&label.url=%2F%3Fx%3D1&weeks=4",
            ),
            (of(Counter::Ratio("x/y".to_owned()), &[]), "/api/window?ratio=x%2Fy&window=1h"),
        ] {
            assert_eq!(target, expected);
        }
    }
}
