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
    about: "merge passes of sorts through temporary files, in percent of the sorts",
    why: "Data that do not fit into `sort_buffer_size` are sorted in pieces, which are merged through temporary \
        files. A larger buffer is seldom the answer, because every connection may use several. Better: an index in \
        the requested order, or fewer columns and rows to sort. One huge sort has many passes, so the share may \
        exceed 100 %.",
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
                what: "as many merge passes as sorts",
            },
        )
    },
};
