use crate::check::{Cannot, Check, Metric, Topic};
use crate::checks::share::{Asked, found, of_enough};
use crate::facts::Need;
use crate::reading::Unit;

pub(super) const CHECK: Check = Check {
    name: "aria",
    topic: Topic::Caches,
    about: "blocks that MariaDB's engine Aria found in its page cache, in per cent",
    why: "MariaDB keeps its internal temporary tables that go to the disk in Aria, and its system tables. With a low rate raise \
        `aria_pagecache_buffer_size`, or find the statements behind the temporary tables: see [tmp-disk-tables](tmp-disk-tables.md).",
    formula: of_enough!(
        "100 − 100 · `Aria_pagecache_reads` / `Aria_pagecache_read_requests`, of what came since the run before"
    ),
    metrics: &[
        Metric { label: "aria_hitrate_now", unit: Unit::Percent, about: "since the run before" },
        Metric { label: "aria_hitrate", unit: Unit::Percent, about: "since the server's start" },
    ],
    warning: "95:",
    critical: "",
    named: "",
    needs: &[Need::Status(&["Aria_pagecache_reads", "Aria_pagecache_read_requests"]), Need::Before],
    servers: "MariaDB; OK on others",
    modes: &[],
    measure: |input| {
        if input.status_values()?.text("Aria_pagecache_read_requests").is_none() {
            return Err(Cannot::NotHere("this server has no Aria: only MariaDB does".to_owned()));
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
