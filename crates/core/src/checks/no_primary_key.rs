use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::{Fact as _, KeyedTables};
use crate::reading;

metrics! {
    TABLES_WITHOUT_KEY: "tables_without_key", None, "tables without such a key";
}

pub(super) const CHECK: Check = Check {
    name: "no-primary-key",
    topic: Topic::Tables,
    about: "tables without a primary key, or a unique key that serves as one",
    why: "With row-based replication, a replica scans the whole table for every changed row, and lags for hours \
        after one large DELETE. Galera and Group Replication replicate such a table poorly, or refuse it. `-v` lists \
        the tables.",
    formula: "base tables outside the system schemas without a unique index on columns that are NOT NULL. `--schema` \
        and `--name TABLE` select tables",
    metrics: METRICS,
    warning: "0",
    critical: "",
    named: "TABLE or SCHEMA.TABLE: only this table",
    needs: &[KeyedTables::NEED],
    servers: "all; tables for which the account has no privilege are not seen, and the output says so",
    modes: &[],
    measure: |input| {
        let mut tables = input.picked(input.get::<KeyedTables>()?, |table| (&table.schema, &table.table), "table")?;
        tables.retain(|table| !table.keyed);
        let count = reading::count(tables.len());
        let names = || tables.iter().map(|table| format!("{}.{}", table.schema, table.table));
        let text = match tables.len() {
            0 => "every table has a primary key, or a unique key that serves as one".to_owned(),
            some => {
                let first: Vec<String> = names().take(3).collect();
                let more = if some > first.len() { " and others" } else { "" };
                let tables = if some == 1 { "table has" } else { "tables have" };
                format!("{some} {tables} no primary key: {}{more}", first.join(", "))
            }
        };
        let reading = TABLES_WITHOUT_KEY.reading(count).between(0.0, None);
        Ok(Finding { details: names().take(100).collect(), ..Finding::new(text, vec![reading]) })
    },
};
