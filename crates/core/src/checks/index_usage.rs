use std::time::Duration;

use crate::check::{Check, Label, Mode, Topic, metrics};
use crate::checks::share::{Proportion, found, of_enough};
use crate::facts::Need;
use crate::reading::Unit;

const READS: &[&str] = &[
    "Handler_read_first",
    "Handler_read_key",
    "Handler_read_next",
    "Handler_read_prev",
    "Handler_read_rnd",
    "Handler_read_rnd_next",
];

metrics! {
    INDEX_USAGE_NOW: "index_usage_now", Percent, "since the previous run";
    INDEX_USAGE: "index_usage", Percent, "since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "index-usage",
    topic: Topic::Tables,
    about: "rows read through an index, in percent of all rows read",
    why: "The other rows were read by scanning tables or sorted results. Reports and dumps always scan. In an \
        application that should not, a drop means a lost index, or a new statement without one. Small tables and \
        `information_schema` are scanned too, so an idle server may look bad.",
    formula: of_enough!(
        "100 − 100 · (`Handler_read_rnd` + `Handler_read_rnd_next`) / the sum of all six `Handler_read_…`, since the \
            previous run"
    ),
    metrics: METRICS,
    warning: "50:",
    critical: "20:",
    named: "",
    needs: &[Need::Status(READS), Need::Before],
    servers: "all",
    modes: &[Mode {
        names: &["index-usage"],
        warning: "90:",
        critical: "80:",
        labels: &[
            Label::new(INDEX_USAGE, "index_usage", Unit::Percent, 2),
            Label::new(INDEX_USAGE_NOW, "index_usage_now", Unit::Percent, 2),
        ],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(
            input,
            Proportion {
                part: &["Handler_read_rnd", "Handler_read_rnd_next"],
                whole: READS,
                misses: true,
                now: INDEX_USAGE_NOW,
                lifetime: INDEX_USAGE,
                what: "of the rows were read through an index",
            },
        )
    },
};
