use crate::check::{Cannot, Check, Topic, metrics};
use crate::checks::share::{Proportion, found, of_enough};
use crate::facts::Need;

metrics! {
    BINLOG_CACHE_DISK_NOW: "binlog_cache_disk_now", Percent, "since the previous run";
    BINLOG_CACHE_DISK: "binlog_cache_disk", Percent, "since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "binlog-cache",
    topic: Topic::Caches,
    about: "transactions too large for the binary log cache, in percent",
    why: "Each connection collects its transaction in a cache of `binlog_cache_size` bytes. A larger transaction \
        goes through a temporary file. A few large ones are normal. If it is every second one, raise the size a \
        little (each connection has its own cache), or let the application commit more often.",
    formula: of_enough!("100 · `Binlog_cache_disk_use` / `Binlog_cache_use`, since the previous run"),
    metrics: METRICS,
    warning: "10",
    critical: "",
    named: "",
    needs: &[Need::Status(&["Binlog_cache_disk_use", "Binlog_cache_use"]), Need::Variables(&["log_bin"]), Need::Before],
    servers: "all; OK if there is no binary log",
    modes: &[],
    measure: |input| {
        if input.variable_values()?.number("log_bin") == Some(0.0) {
            return Err(Cannot::NotHere("log_bin is OFF: there is no binary log, so there is no cache".to_owned()));
        }
        found(
            input,
            Proportion {
                part: &["Binlog_cache_disk_use"],
                whole: &["Binlog_cache_use"],
                misses: false,
                now: BINLOG_CACHE_DISK_NOW,
                lifetime: BINLOG_CACHE_DISK,
                what: "of the transactions were too large for the binary log cache",
            },
        )
    },
};
