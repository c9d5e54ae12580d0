use crate::check::{Cannot, Check, Finding, Topic, metrics};
use crate::facts::{Need, UnusedIndex};
use crate::reading;
use crate::text::duration::short;
use std::time::Duration;

/// A month's end is not seen in less, and nobody wants to be woken by a server that nobody has used yet.
const SETTLED: f64 = 7.0 * 86_400.0;
/// How many are told in the line.
const TOLD: usize = 3;

metrics! {
    UNUSED_INDEXES: "unused_indexes", None, "indexes that nothing has used";
}

pub(super) const CHECK: Check = Check {
    name: "unused-indexes",
    topic: Topic::Tables,
    about: "indexes that no statement has used since the server started",
    why: "Each is written with every row and takes room in the memory, for nothing. Let the server run through the end of a month, look at \
        the replicas too, and leave alone what a foreign key needs; MySQL 8 and MariaDB 10.6 and later can make an index invisible \
        (ignored) first. In a server's first week nothing is alerted on. `-v` lists them.",
    formula: "rows of `performance_schema.table_io_waits_summary_by_index_usage` with `COUNT_STAR` = 0, as `sys.schema_unused_indexes` \
        has them: only of tables that somebody has opened. MariaDB with `userstat`: indexes that are not in \
        `information_schema.INDEX_STATISTICS`, since it was switched on. Neither unique ones nor those of the system schemas. \
        `--schema` and `--name TABLE` pick",
    metrics: METRICS,
    // Counting may have been switched on long after the start: nobody should drop an index because of an alert.
    warning: "",
    critical: "",
    named: "TABLE: only its indexes; also SCHEMA.TABLE",
    needs: &[Need::UnusedIndexes, Need::Status(&["Uptime"])],
    servers: "MySQL with its performance schema; MariaDB with `userstat`, or its performance schema and the instrument \
        `wait/io/table/sql/handler`",
    modes: &[],
    measure: |input| {
        let Some(used) = input.index_use()? else {
            return Err(Cannot::Usage(
                "this server does not count how indexes are used: SET GLOBAL userstat = ON (MariaDB), or performance_schema = ON with \
                 its instrument wait/io/table/sql/handler"
                    .to_owned(),
            ));
        };
        // A table without unused indexes is among the tables alone.
        input.picked(&used.tables, |(schema, table)| (schema, table), "table")?;
        let unused = input.matching(&used.unused, |index| (&index.schema, &index.table));
        let name = |index: &&UnusedIndex| format!("{}.{}.{}", index.schema, index.table, index.name);
        let indexes: Vec<String> = unused.iter().map(name).collect();
        let uptime = input.status("Uptime")?;
        let since = short(Duration::from_secs_f64(uptime.max(0.0)));
        let text = match indexes.len() {
            0 => format!("no index is unused, as far as it was counted since the start {since} ago"),
            count => {
                let more = if count > TOLD { " and others" } else { "" };
                let first = indexes.iter().take(TOLD).map(String::as_str).collect::<Vec<_>>().join(", ");
                let (indexes, are) = if count == 1 { ("index", "is") } else { ("indexes", "are") };
                format!(
                    "{count} {indexes} {are} unused, as far as it was counted since the start {since} ago: {first}{more}"
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
