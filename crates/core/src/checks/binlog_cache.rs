use crate::check::{Cannot, Check, Metric, Topic};
use crate::checks::share::{Asked, found, of_enough};
use crate::facts::Need;
use crate::reading::Unit;

pub(super) const CHECK: Check = Check {
    name: "binlog-cache",
    topic: Topic::Caches,
    about: "transactions too large for the cache of the binary log, in per cent",
    why: "A transaction is collected in `binlog_cache_size` bytes of its connection, and goes through a temporary file when it is larger. \
        Some large ones are normal; where it is every second one, raise the size a little (each connection has one), or let the \
        application commit more often.",
    formula: of_enough!("100 · `Binlog_cache_disk_use` / `Binlog_cache_use`, of what came since the run before"),
    metrics: &[
        Metric { label: "binlog_cache_disk_now", unit: Unit::Percent, about: "since the run before" },
        Metric { label: "binlog_cache_disk", unit: Unit::Percent, about: "since the server's start" },
    ],
    warning: "10",
    critical: "",
    named: "",
    needs: &[Need::Status(&["Binlog_cache_disk_use", "Binlog_cache_use"]), Need::Variables(&["log_bin"]), Need::Before],
    servers: "all; OK where there is no binary log",
    modes: &[],
    measure: |input| {
        if input.variable_values()?.number("log_bin") == Some(0.0) {
            return Err(Cannot::NotHere("log_bin is OFF: there is no binary log, and no cache of it".to_owned()));
        }
        found(
            input,
            Asked {
                part: &["Binlog_cache_disk_use"],
                whole: &["Binlog_cache_use"],
                misses: false,
                now: "binlog_cache_disk_now",
                lifetime: "binlog_cache_disk",
                what: "of the transactions were too large for the cache of the binary log",
            },
        )
    },
};
