use std::time::Duration;

use crate::check::{Check, Finding, Label, Metric, Mode, Topic};
use crate::facts::Need;
use crate::reading::{Reading, Unit, counted, number};

pub(super) const CHECK: Check = Check {
    name: "slow-queries",
    topic: Topic::Queries,
    about: "statements slower than long_query_time, per second",
    why: "What is slow is decided by `long_query_time`; the slow query log names the statements, where it is on. A sudden rise means a \
        lost index, a changed plan, or a disk that got slow.",
    formula: "growth of the status variable `Slow_queries` since the previous run, per second",
    metrics: &[
        Metric { label: "slow_queries_per_second", unit: Unit::None, about: "slow statements, per second" },
        Metric { label: "slow_queries", unit: Unit::Counter, about: "slow statements since the server started" },
    ],
    warning: "0.1",
    critical: "1",
    named: "",
    needs: &[Need::Status(&["Slow_queries"]), Need::Before],
    servers: "all",
    modes: &[Mode {
        names: &["slow-queries"],
        warning: "0.1",
        critical: "1",
        // A rate, which the peer calls per cent.
        labels: &[Label::new("slow_queries_per_second", "slow_queries_rate", Unit::Peer("%"), 2)],
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
                Reading::new("slow_queries_per_second", rate.per_second(), Unit::None).between(0.0, None),
                Reading::new("slow_queries", input.status("Slow_queries")?, Unit::Counter),
            ],
        ))
    },
};
