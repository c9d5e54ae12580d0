use crate::check::{Check, Topic, metrics};
use crate::checks::share::{Proportion, found_without_most, of_enough};
use crate::facts::Need;

metrics! {
    SORT_MERGE_PASSES_NOW: "sort_merge_passes_now", Percent, "since the previous run";
    SORT_MERGE_PASSES: "sort_merge_passes", Percent, "since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "sorts",
    topic: Topic::Queries,
    about: "passes in which sorts were merged through a file, in percent of the sorts",
    why: "What does not fit into `sort_buffer_size` is sorted in pieces, which are merged through temporary files. Better than a larger \
        buffer, which every connection may take several times, is an index in the order that is asked for, or fewer columns and \
        rows to sort. One huge sort has many passes: the share may be more than 100 %.",
    formula: of_enough!("100 · `Sort_merge_passes` / (`Sort_scan` + `Sort_range`), since the previous run"),
    metrics: METRICS,
    warning: "10",
    critical: "20",
    named: "",
    needs: &[Need::Status(&["Sort_merge_passes", "Sort_scan", "Sort_range"]), Need::Before],
    servers: "all",
    modes: &[],
    measure: |input| {
        found_without_most(
            input,
            Proportion {
                part: &["Sort_merge_passes"],
                whole: &["Sort_scan", "Sort_range"],
                misses: false,
                now: SORT_MERGE_PASSES_NOW,
                lifetime: SORT_MERGE_PASSES,
                what: "as many merges through files as sorts",
            },
        )
    },
};
