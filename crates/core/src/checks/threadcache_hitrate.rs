use std::time::Duration;

use crate::check::{Check, Label, Metric, Mode, Topic};
use crate::checks::share::{Asked, found, of_enough};
use crate::facts::Need;
use crate::reading::{Reading, Unit};

pub(super) const CHECK: Check = Check {
    name: "threadcache-hitrate",
    topic: Topic::Connections,
    about: "connections that found a thread in the cache, in percent",
    why: "Starting a thread costs little, so this matters only where clients connect very often. A larger `thread_cache_size` raises \
        it; a pool in the application makes it needless.",
    formula: of_enough!("100 − 100 · `Threads_created` / `Connections`, since the previous run"),
    metrics: &[
        Metric { label: "threadcache_hitrate_now", unit: Unit::Percent, about: "since the previous run" },
        Metric { label: "threadcache_hitrate", unit: Unit::Percent, about: "since the server started" },
        Metric { label: "connections_per_second", unit: Unit::None, about: "new connections, per second" },
    ],
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
            Label::new("threadcache_hitrate", "thread_cache_hitrate", Unit::Percent, 2),
            Label::new("threadcache_hitrate_now", "thread_cache_hitrate_now", Unit::Percent, 2),
            Label::new("connections_per_second", "connections_per_sec", Unit::None, 2),
        ],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        let mut finding = found(
            input,
            Asked {
                part: &["Threads_created"],
                whole: &["Connections"],
                misses: true,
                now: "threadcache_hitrate_now",
                lifetime: "threadcache_hitrate",
                what: "of the connections found a thread in the cache",
            },
        )?;
        if let Ok(rate) = input.rate(&["Connections"]) {
            let rate = Reading::new("connections_per_second", rate.per_second(), Unit::None).between(0.0, None);
            finding.readings.push(rate);
        }
        Ok(finding)
    },
};
