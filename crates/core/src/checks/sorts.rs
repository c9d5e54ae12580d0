use crate::check::{Check, Metric, Topic};
use crate::checks::share::{Asked, found_without_most, of_enough};
use crate::facts::Need;
use crate::reading::Unit;

pub(super) const CHECK: Check = Check {
    name: "sorts",
    topic: Topic::Queries,
    about: "passes in which sorts were merged through a file, in percent of the sorts",
    why: "What does not fit into `sort_buffer_size` is sorted in pieces, which are merged through temporary files. Better than a larger \
        buffer, which every connection may take several times, is an index in the order that is asked for, or fewer columns and \
        rows to sort. One huge sort has many passes: the share may be more than 100 %.",
    formula: of_enough!("100 · `Sort_merge_passes` / (`Sort_scan` + `Sort_range`), since the previous run"),
    metrics: &[
        Metric { label: "sort_merge_passes_now", unit: Unit::Percent, about: "since the previous run" },
        Metric { label: "sort_merge_passes", unit: Unit::Percent, about: "since the server started" },
    ],
    warning: "10",
    critical: "20",
    named: "",
    needs: &[Need::Status(&["Sort_merge_passes", "Sort_scan", "Sort_range"]), Need::Before],
    servers: "all",
    modes: &[],
    measure: |input| {
        found_without_most(
            input,
            Asked {
                part: &["Sort_merge_passes"],
                whole: &["Sort_scan", "Sort_range"],
                misses: false,
                now: "sort_merge_passes_now",
                lifetime: "sort_merge_passes",
                what: "as many merges through files as sorts",
            },
        )
    },
};
