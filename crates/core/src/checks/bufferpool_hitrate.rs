use std::time::Duration;

use crate::check::{Check, Label, Metric, Mode, Topic};
use crate::checks::share::{Asked, found, of_enough};
use crate::facts::Need;
use crate::reading::Unit;

const READS: &[&str] = &["Innodb_buffer_pool_reads"];
const REQUESTS: &[&str] = &["Innodb_buffer_pool_read_requests"];

pub(super) const CHECK: Check = Check {
    name: "bufferpool-hitrate",
    topic: Topic::Innodb,
    about: "pages that InnoDB found in its buffer pool, in percent of those it needed",
    why: "Each miss is a read from disk. If the rate stays low, the data in use do not fit: give the pool more \
        memory (`innodb_buffer_pool_size`), or find the statement that scans whole tables. Just after a start the \
        rate is always low, so it is not judged.",
    formula: of_enough!(
        "100 − 100 · `Innodb_buffer_pool_reads` / `Innodb_buffer_pool_read_requests`, since the previous run"
    ),
    metrics: &[
        Metric { label: "bufferpool_hitrate_now", unit: Unit::Percent, about: "since the previous run" },
        Metric { label: "bufferpool_hitrate", unit: Unit::Percent, about: "since the server started" },
    ],
    warning: "99:",
    critical: "95:",
    named: "",
    needs: &[Need::Status(&["Innodb_buffer_pool_reads", "Innodb_buffer_pool_read_requests"]), Need::Before],
    servers: "all with InnoDB",
    modes: &[Mode {
        names: &["bufferpool-hitrate", "innodb-bufferpool-hitrate"],
        warning: "99:",
        critical: "95:",
        labels: &[
            Label::new("bufferpool_hitrate", "bufferpool_hitrate", Unit::Percent, 2),
            Label::new("bufferpool_hitrate_now", "bufferpool_hitrate_now", Unit::Percent, 2),
        ],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(
            input,
            Asked {
                part: READS,
                whole: REQUESTS,
                misses: true,
                now: "bufferpool_hitrate_now",
                lifetime: "bufferpool_hitrate",
                what: "of the pages were in the buffer pool",
            },
        )
    },
};
