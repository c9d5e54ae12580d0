use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::Need;
use crate::reading;

metrics! {
    TABLES_WITHOUT_KEY: "tables_without_key", None, "tables without such a key";
}

pub(super) const CHECK: Check = Check {
    name: "no-primary-key",
    topic: Topic::Tables,
    about: "tables without a primary key, or a unique key that stands for it",
    why: "With row-based replication a replica reads the whole table for every row that changes, and lags for hours after one large DELETE. \
        Galera and Group Replication do not replicate such a table well, or refuse it. `-v` lists them.",
    formula: "base tables outside the system schemas without a unique index of columns that are never NULL. `--schema` and \
        `--name TABLE` pick",
    metrics: METRICS,
    warning: "0",
    critical: "",
    named: "TABLE: only this one; also SCHEMA.TABLE",
    needs: &[Need::Keys],
    servers: "all; tables that the account has no privilege on are not seen, and the line says so",
    modes: &[],
    measure: |input| {
        let mut tables = input.picked(input.keys()?, |table| (&table.schema, &table.table), "table")?;
        tables.retain(|table| !table.keyed);
        let count = reading::count(tables.len());
        let names = || tables.iter().map(|table| format!("{}.{}", table.schema, table.table));
        let text = match tables.len() {
            0 => "every table has a primary key, or a unique one that stands for it".to_owned(),
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
