use std::time::Duration;

use crate::check::{Check, Label, Mode, Topic, metrics};
use crate::checks::share::{Proportion, found, of_enough};
use crate::facts::Need;
use crate::reading::Unit;

const READS: &[&str] = &["Innodb_buffer_pool_reads"];
const REQUESTS: &[&str] = &["Innodb_buffer_pool_read_requests"];

metrics! {
    BUFFERPOOL_HITRATE_NOW: "bufferpool_hitrate_now", Percent, "since the previous run";
    BUFFERPOOL_HITRATE: "bufferpool_hitrate", Percent, "since the server started";
}

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
    metrics: METRICS,
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
            Label::new(BUFFERPOOL_HITRATE, "bufferpool_hitrate", Unit::Percent, 2),
            Label::new(BUFFERPOOL_HITRATE_NOW, "bufferpool_hitrate_now", Unit::Percent, 2),
        ],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(
            input,
            Proportion {
                part: READS,
                whole: REQUESTS,
                misses: true,
                now: BUFFERPOOL_HITRATE_NOW,
                lifetime: BUFFERPOOL_HITRATE,
                what: "of the pages were in the buffer pool",
            },
        )
    },
};
