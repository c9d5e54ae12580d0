use crate::check::{Cannot, Check, Metric, Topic};
use crate::checks::share::{Asked, found, of_enough};
use crate::facts::Need;
use crate::reading::Unit;

pub(super) const CHECK: Check = Check {
    name: "aria",
    topic: Topic::Caches,
    about: "blocks that Aria, MariaDB's engine, found in its page cache, in percent",
    why: "MariaDB keeps its system tables and its on-disk temporary tables in Aria. If the rate is low, raise \
        `aria_pagecache_buffer_size`, or find the statements that create the temporary tables: see \
        [tmp-disk-tables](tmp-disk-tables.md).",
    formula: of_enough!("100 − 100 · `Aria_pagecache_reads` / `Aria_pagecache_read_requests`, since the previous run"),
    metrics: &[
        Metric { label: "aria_hitrate_now", unit: Unit::Percent, about: "since the previous run" },
        Metric { label: "aria_hitrate", unit: Unit::Percent, about: "since the server started" },
    ],
    warning: "95:",
    critical: "",
    named: "",
    needs: &[Need::Status(&["Aria_pagecache_reads", "Aria_pagecache_read_requests"]), Need::Before],
    servers: "MariaDB; always OK on other servers",
    modes: &[],
    measure: |input| {
        if input.status_values()?.text("Aria_pagecache_read_requests").is_none() {
            return Err(Cannot::NotHere("this server has no Aria engine: only MariaDB does".to_owned()));
        }
        found(
            input,
            Asked {
                part: &["Aria_pagecache_reads"],
                whole: &["Aria_pagecache_read_requests"],
                misses: true,
                now: "aria_hitrate_now",
                lifetime: "aria_hitrate",
                what: "of the blocks were in Aria's page cache",
            },
        )
    },
};
