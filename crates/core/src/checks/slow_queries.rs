use std::time::Duration;

use crate::check::{Check, Finding, Label, Mode, Topic, metrics};
use crate::facts::Need;
use crate::reading::{Unit, counted, number};

metrics! {
    SLOW_QUERIES_PER_SECOND: "slow_queries_per_second", None, "slow statements, per second";
    SLOW_QUERIES: "slow_queries", Counter, "slow statements since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "slow-queries",
    topic: Topic::Queries,
    about: "statements slower than long_query_time, per second",
    why: "`long_query_time` decides what is slow; the slow query log names the statements, if it is on. A sudden \
        rise means a lost index, a changed plan, or a disk that became slow.",
    formula: "growth of the status variable `Slow_queries` since the previous run, per second",
    metrics: METRICS,
    warning: "0.1",
    critical: "1",
    named: "",
    needs: &[Need::Status(&["Slow_queries"]), Need::Before],
    servers: "all",
    modes: &[Mode {
        names: &["slow-queries"],
        warning: "0.1",
        critical: "1",
        // A rate, which the original plugin labels as percent.
        labels: &[Label::new(SLOW_QUERIES_PER_SECOND, "slow_queries_rate", Unit::Original("%"), 2)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        let rate = input.rate(&["Slow_queries"])?;
        let text = format!(
            "{} in {} s ({}/s)",
            counted(rate.delta, "slow query", "slow queries"),
            number(rate.seconds),
            number(rate.per_second())
        );
        Ok(Finding::new(
            text,
            vec![
                SLOW_QUERIES_PER_SECOND.reading(rate.per_second()).between(0.0, None),
                SLOW_QUERIES.reading(input.status("Slow_queries")?),
            ],
        ))
    },
};
