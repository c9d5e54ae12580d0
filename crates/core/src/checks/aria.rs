use crate::check::{Cannot, Check, Topic, metrics};
use crate::checks::share::{Proportion, found, of_enough};
use crate::facts::Need;

metrics! {
    ARIA_HITRATE_NOW: "aria_hitrate_now", Percent, "since the previous run";
    ARIA_HITRATE: "aria_hitrate", Percent, "since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "aria",
    topic: Topic::Caches,
    about: "blocks that the Aria engine found in its page cache, in percent",
    why: "MariaDB keeps its system tables and its on-disk temporary tables in Aria. If the rate is low, raise \
        `aria_pagecache_buffer_size`, or find the statements that create the temporary tables: see \
        [tmp-disk-tables](tmp-disk-tables.md).",
    formula: of_enough!("100 − 100 · `Aria_pagecache_reads` / `Aria_pagecache_read_requests`, since the previous run"),
    metrics: METRICS,
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
            Proportion {
                part: &["Aria_pagecache_reads"],
                whole: &["Aria_pagecache_read_requests"],
                misses: true,
                now: ARIA_HITRATE_NOW,
                lifetime: ARIA_HITRATE,
                what: "of the blocks were in Aria's page cache",
            },
        )
    },
};
