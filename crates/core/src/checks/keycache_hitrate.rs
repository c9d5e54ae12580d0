use std::time::Duration;

use crate::check::{Check, Label, Mode, Topic, metrics};
use crate::checks::share::{Proportion, found, of_enough};
use crate::facts::Need;
use crate::reading::Unit;

metrics! {
    KEYCACHE_HITRATE_NOW: "keycache_hitrate_now", Percent, "since the previous run";
    KEYCACHE_HITRATE: "keycache_hitrate", Percent, "since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "keycache-hitrate",
    topic: Topic::Caches,
    about: "index blocks that MyISAM found in its key cache, in percent of those needed",
    why: "Only MyISAM tables use the key cache. If you have such tables, `key_buffer_size` should hold their \
        indexes. If you have none, you do not need this check.",
    formula: of_enough!("100 − 100 · `Key_reads` / `Key_read_requests`, since the previous run"),
    metrics: METRICS,
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
            Label::new(KEYCACHE_HITRATE, "keycache_hitrate", Unit::Percent, 2),
            Label::new(KEYCACHE_HITRATE_NOW, "keycache_hitrate_now", Unit::Percent, 2),
        ],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(
            input,
            Proportion {
                part: &["Key_reads"],
                whole: &["Key_read_requests"],
                misses: true,
                now: KEYCACHE_HITRATE_NOW,
                lifetime: KEYCACHE_HITRATE,
                what: "of the index blocks were in the key cache",
            },
        )
    },
};
