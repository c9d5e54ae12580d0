use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::Need;
use crate::reading::{counted, number};

const JOINS: &[&str] = &["Select_full_join", "Select_range_check"];

metrics! {
    FULL_JOINS_PER_SECOND: "full_joins_per_second", None, "such joins, per second";
    FULL_JOINS: "full_joins", Counter, "without any index, since the server started";
    RANGE_CHECKS: "range_checks", Counter, "with an index looked for again for each row, since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "joins",
    topic: Topic::Queries,
    about: "joins that read the whole of a further table, per second",
    why: "For each row of one table all rows of another are read, because no index fits: harmless with ten rows, and the end of the server \
        when the table has grown. The slow log names the statement (`log_queries_not_using_indexes`), `EXPLAIN` the table with \
        type `ALL`; an index on its columns of the join mends it.",
    formula: "growth of `Select_full_join` + `Select_range_check` since the previous run, per second",
    metrics: METRICS,
    warning: "10",
    critical: "",
    named: "",
    needs: &[Need::Status(&["Select_full_join", "Select_range_check"]), Need::Before],
    servers: "all",
    modes: &[],
    measure: |input| {
        let rate = input.rate(JOINS)?;
        let (joins, seconds) = (counted(rate.delta, "join", "joins"), number(rate.seconds));
        let per_second = number(rate.per_second());
        Ok(Finding::new(
            format!("{joins} without an index that fits in {seconds} s ({per_second}/s)"),
            vec![
                FULL_JOINS_PER_SECOND.reading(rate.per_second()).between(0.0, None),
                FULL_JOINS.reading(input.status("Select_full_join")?),
                RANGE_CHECKS.reading(input.status("Select_range_check")?),
            ],
        ))
    },
};
