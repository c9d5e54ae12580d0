use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::Need;
use crate::reading::{counted, number};

const JOINS: &[&str] = &["Select_full_join", "Select_range_check"];

metrics! {
    FULL_JOINS_PER_SECOND: "full_joins_per_second", None, "joins without a usable index, per second";
    FULL_JOINS: "full_joins", Counter, "joins without any index since the server started";
    RANGE_CHECKS: "range_checks", Counter, "joins that look for an index again for each row, since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "joins",
    topic: Topic::Queries,
    about: "joins that scan a joined table without a usable index, per second",
    why: "For each row of one table, the server scans all rows of a joined table, because no index fits. With ten \
        rows it is harmless; when the table has grown, it overloads the server. The slow query log names the \
        statement (`log_queries_not_using_indexes`), and `EXPLAIN` shows the table with type `ALL`. An index on its \
        join columns fixes it.",
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
            format!("{joins} without a usable index in {seconds} s ({per_second}/s)"),
            vec![
                FULL_JOINS_PER_SECOND.reading(rate.per_second()).between(0.0, None),
                FULL_JOINS.reading(input.status("Select_full_join")?),
                RANGE_CHECKS.reading(input.status("Select_range_check")?),
            ],
        ))
    },
};
