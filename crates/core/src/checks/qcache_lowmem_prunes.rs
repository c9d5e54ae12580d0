use std::time::Duration;

use crate::check::{Check, Label, Mode, Topic, metrics};
use crate::checks::query_cache;
use crate::checks::rate::{CounterRate, found};
use crate::facts::Need;
use crate::reading::Unit;

metrics! {
    QCACHE_LOWMEM_PRUNES_PER_SECOND: "qcache_lowmem_prunes_per_second", None, "discarded results, per second";
    QCACHE_LOWMEM_PRUNES: "qcache_lowmem_prunes", Counter, "discarded results since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "qcache-lowmem-prunes",
    topic: Topic::Caches,
    about: "results that the query cache discarded for lack of memory, per second",
    why: "The cache is too small for what is put into it, or fragmented. A larger one holds its lock for longer: \
        check first whether it should be on at all (`qcache-hitrate`).",
    formula: "growth of the status variable `Qcache_lowmem_prunes` since the previous run, per second",
    metrics: METRICS,
    warning: "1",
    critical: "10",
    named: "",
    needs: &[Need::Status(&["Qcache_lowmem_prunes"]), query_cache::SWITCHES, Need::Before],
    servers: "MariaDB, and MySQL before 8.0, if the query cache is on; OK elsewhere",
    modes: &[Mode {
        names: &["qcache-lowmem-prunes", "querycache-lowmem-prunes"],
        warning: "1",
        critical: "10",
        labels: &[Label::new(QCACHE_LOWMEM_PRUNES_PER_SECOND, "qcache_lowmem_prunes_rate", Unit::None, 2)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        query_cache::is_on(input)?;
        found(
            input,
            CounterRate {
                counter: "Qcache_lowmem_prunes",
                now: QCACHE_LOWMEM_PRUNES_PER_SECOND,
                total: QCACHE_LOWMEM_PRUNES,
                what: ["result discarded from the query cache", "results discarded from the query cache"],
            },
        )
    },
};
