use std::time::Duration;

use crate::check::{Check, Label, Mode, Topic, metrics};
use crate::checks::query_cache;
use crate::checks::share::{Proportion, found, of_enough};
use crate::facts::Need;
use crate::reading::Unit;

metrics! {
    QCACHE_HITRATE_NOW: "qcache_hitrate_now", Percent, "since the previous run";
    QCACHE_HITRATE: "qcache_hitrate", Percent, "since the server started";
    SELECTS_PER_SECOND: "selects_per_second", None, "`Com_select`, per second";
}

pub(super) const CHECK: Check = Check {
    name: "qcache-hitrate",
    topic: Topic::Caches,
    about: "queries that the query cache answered, in percent",
    why: "A query cache that seldom answers costs more than it saves: each write to a table discards its results \
        under one lock. Turn it off (`query_cache_type = 0`) rather than enlarging it.",
    formula: of_enough!(
        "100 · `Qcache_hits` / (`Qcache_hits` + `Qcache_inserts` + `Qcache_not_cached`), since the previous run"
    ),
    metrics: METRICS,
    warning: "30:",
    critical: "10:",
    named: "",
    needs: &[
        Need::Status(&["Qcache_hits", "Qcache_inserts", "Qcache_not_cached", "Com_select"]),
        query_cache::SWITCHES,
        Need::Before,
    ],
    servers: "MariaDB, and MySQL before 8.0, if the query cache is on; OK elsewhere",
    modes: &[Mode {
        names: &["qcache-hitrate", "querycache-hitrate"],
        warning: "90:",
        critical: "80:",
        labels: &[
            Label::new(QCACHE_HITRATE, "qcache_hitrate", Unit::Percent, 2),
            Label::new(QCACHE_HITRATE_NOW, "qcache_hitrate_now", Unit::Percent, 2),
            Label::new(SELECTS_PER_SECOND, "selects_per_sec", Unit::None, 2),
        ],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        query_cache::is_on(input)?;
        let mut finding = found(
            input,
            Proportion {
                part: &["Qcache_hits"],
                whole: &["Qcache_hits", "Qcache_inserts", "Qcache_not_cached"],
                misses: false,
                now: QCACHE_HITRATE_NOW,
                lifetime: QCACHE_HITRATE,
                what: "of the queries were answered by the query cache",
            },
        )?;
        if let Ok(rate) = input.rate(&["Com_select"]) {
            finding.readings.push(SELECTS_PER_SECOND.reading(rate.per_second()).between(0.0, None));
        }
        Ok(finding)
    },
};
