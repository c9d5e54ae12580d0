use std::time::Duration;

use crate::check::{Check, Label, Metric, Mode, Topic};
use crate::checks::share::{Asked, found, of_enough};
use crate::facts::Need;
use crate::reading::Unit;

pub(super) const CHECK: Check = Check {
    name: "keycache-hitrate",
    topic: Topic::Caches,
    about: "index blocks that MyISAM found in its key cache, in percent of those it needed",
    why: "Only tables of MyISAM use it. Where they are still in use, `key_buffer_size` should hold their indexes; \
        where they are not, this says nothing and nobody needs the check.",
    formula: of_enough!("100 − 100 · `Key_reads` / `Key_read_requests`, since the previous run"),
    metrics: &[
        Metric { label: "keycache_hitrate_now", unit: Unit::Percent, about: "since the previous run" },
        Metric { label: "keycache_hitrate", unit: Unit::Percent, about: "since the server started" },
    ],
    warning: "99:",
    critical: "95:",
    named: "",
    needs: &[Need::Status(&["Key_read_requests", "Key_reads"]), Need::Before],
    servers: "all",
    modes: &[Mode {
        names: &["keycache-hitrate", "myisam-keycache-hitrate"],
        warning: "99:",
        critical: "95:",
        labels: &[
            Label::new("keycache_hitrate", "keycache_hitrate", Unit::Percent, 2),
            Label::new("keycache_hitrate_now", "keycache_hitrate_now", Unit::Percent, 2),
        ],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(
            input,
            Asked {
                part: &["Key_reads"],
                whole: &["Key_read_requests"],
                misses: true,
                now: "keycache_hitrate_now",
                lifetime: "keycache_hitrate",
                what: "of the index blocks were in the key cache",
            },
        )
    },
};
