use std::time::Duration;

use crate::check::{Check, Label, Mode, Topic, metrics};
use crate::checks::share::{Proportion, found, of_enough};
use crate::facts::Need;
use crate::reading::Unit;

metrics! {
    THREADCACHE_HITRATE_NOW: "threadcache_hitrate_now", Percent, "since the previous run";
    THREADCACHE_HITRATE: "threadcache_hitrate", Percent, "since the server started";
    CONNECTIONS_PER_SECOND: "connections_per_second", None, "new connections, per second";
}

pub(super) const CHECK: Check = Check {
    name: "threadcache-hitrate",
    topic: Topic::Connections,
    about: "connections that found a thread in the cache, in percent",
    why: "Starting a thread costs little, so this matters only if clients connect very often. A larger \
        `thread_cache_size` raises the rate; a connection pool in the application makes the cache unnecessary.",
    formula: of_enough!("100 − 100 · `Threads_created` / `Connections`, since the previous run"),
    metrics: METRICS,
    warning: "50:",
    critical: "30:",
    named: "",
    needs: &[Need::Status(&["Threads_created", "Connections"]), Need::Before],
    servers: "all",
    modes: &[Mode {
        names: &["threadcache-hitrate"],
        warning: "90:",
        critical: "80:",
        labels: &[
            Label::new(THREADCACHE_HITRATE, "thread_cache_hitrate", Unit::Percent, 2),
            Label::new(THREADCACHE_HITRATE_NOW, "thread_cache_hitrate_now", Unit::Percent, 2),
            Label::new(CONNECTIONS_PER_SECOND, "connections_per_sec", Unit::None, 2),
        ],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        let mut finding = found(
            input,
            Proportion {
                part: &["Threads_created"],
                whole: &["Connections"],
                misses: true,
                now: THREADCACHE_HITRATE_NOW,
                lifetime: THREADCACHE_HITRATE,
                what: "of the connections found a thread in the cache",
            },
        )?;
        if let Ok(rate) = input.rate(&["Connections"]) {
            let rate = CONNECTIONS_PER_SECOND.reading(rate.per_second()).between(0.0, None);
            finding.readings.push(rate);
        }
        Ok(finding)
    },
};
