use crate::check::{Cannot, Check, Finding, Topic, metrics};
use crate::facts::{Fact as _, Need, UnusedIndex, UnusedIndexes};
use crate::reading;
use crate::text::duration::short;
use std::time::Duration;

/// A server that has run for less, in seconds, has not seen all of its statements yet.
const SETTLED: f64 = 7.0 * 86_400.0;
/// How many indexes are named in the line.
const TOLD: usize = 3;

metrics! {
    UNUSED_INDEXES: "unused_indexes", None, "indexes that no statement has used";
}

pub(super) const CHECK: Check = Check {
    name: "unused-indexes",
    topic: Topic::Tables,
    about: "indexes that no statement has used since the server started",
    why: "Every write updates such an index, and it takes memory, for nothing. Before you drop one, let the server \
        run through the end of a month, check the replicas too, and keep indexes that a foreign key needs. MySQL 8 \
        and MariaDB 10.6 and later can make an index invisible (ignored) first. Nothing is judged in the first week \
        after a start. `-v` lists the indexes.\n\n\
        The source is `performance_schema.table_io_waits_summary_by_index_usage`, as in `sys.schema_unused_indexes`: \
        rows with `COUNT_STAR` = 0, only of tables that have been opened. On MariaDB with `userstat`, it is the \
        indexes that are missing from `information_schema.INDEX_STATISTICS` since `userstat` was turned on.",
    formula: "indexes without use; unique indexes and the system schemas do not count. `--schema` and `--name TABLE` \
        select tables",
    metrics: METRICS,
    // No default: counting may have been turned on long after the start, so no alert should suggest dropping an index.
    warning: "",
    critical: "",
    named: "TABLE or SCHEMA.TABLE: only the indexes of this table",
    needs: &[UnusedIndexes::NEED, Need::Status(&["Uptime"])],
    servers: "MySQL with its performance schema; MariaDB with `userstat`, or with its performance schema and the \
        instrument `wait/io/table/sql/handler`",
    modes: &[],
    measure: |input| {
        let Some(used) = input.get::<UnusedIndexes>()? else {
            return Err(Cannot::Usage(
                "this server does not count index usage: SET GLOBAL userstat = ON (MariaDB), or performance_schema = \
                 ON with its instrument wait/io/table/sql/handler"
                    .to_owned(),
            ));
        };
        // A table without unused indexes is only in the list of tables.
        input.picked(&used.tables, |(schema, table)| (schema, table), "table")?;
        let unused = input.matching(&used.unused, |index| (&index.schema, &index.table));
        let name = |index: &&UnusedIndex| format!("{}.{}.{}", index.schema, index.table, index.name);
        let indexes: Vec<String> = unused.iter().map(name).collect();
        let uptime = input.status("Uptime")?;
        let since = short(Duration::from_secs_f64(uptime.max(0.0)));
        let text = match indexes.len() {
            0 => format!("no unused index since the start {since} ago, as far as usage was counted"),
            count => {
                let more = if count > TOLD { " and others" } else { "" };
                let first = indexes.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join(", ");
                let indexes = if count == 1 { "index" } else { "indexes" };
                format!(
                    "{count} unused {indexes} since the start {since} ago, as far as usage was counted: {first}{more}"
                )
            }
        };
        let count = reading::count(indexes.len());
        let reading = UNUSED_INDEXES.reading(count).between(0.0, None);
        let details = indexes.into_iter().take(100).collect();
        let finding = Finding { details, ..Finding::new(text, vec![reading]) };
        Ok(if uptime < SETTLED { Finding { value: None, ..finding } } else { finding })
    },
};
