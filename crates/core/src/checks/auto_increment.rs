use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::{Fact as _, NextValue, NextValues};
use crate::reading::{self, number};

metrics! {
    AUTO_INCREMENT_USED: "auto_increment_used", Percent, "share that the fullest column has used";
    AUTO_INCREMENT_COLUMNS: "auto_increment_columns", None, "columns checked";
}

pub(super) const CHECK: Check = Check {
    name: "auto-increment",
    topic: Topic::Tables,
    about: "how much of its type's range the fullest AUTO_INCREMENT column has used",
    why: "At 100 %, every insert into the table fails with a duplicate-key error. A larger type means copying the \
        table, so plan the change while there is room left: `ALTER TABLE … MODIFY … BIGINT UNSIGNED`. `-v` lists the \
        fullest columns.",
    formula: "100 · (`AUTO_INCREMENT` − 1) / the largest value of the column's type; the highest of all tables \
        outside the system schemas. `--schema` and `--name TABLE` select tables",
    metrics: METRICS,
    warning: "75",
    critical: "90",
    named: "TABLE or SCHEMA.TABLE: only the column of this table",
    needs: &[NextValues::NEED],
    servers: "all; tables for which the account has no privilege are not seen, and the output says so",
    modes: &[],
    measure: |input| {
        let all = input.get::<NextValues>()?;
        let mut columns = input.picked(all, |column| (&column.schema, &column.table), "AUTO_INCREMENT column")?;
        columns.sort_by(|a, b| used(b).total_cmp(&used(a)));
        let count = reading::count(columns.len());
        let worst = columns.first().map_or(0.0, |column| used(column));
        let text = match columns.first() {
            Some(column) => describe(column),
            None => "no table has an AUTO_INCREMENT column".to_owned(),
        };
        let details = columns.iter().take(20).map(|column| describe(column));
        let readings = vec![
            AUTO_INCREMENT_USED.reading(worst).between(0.0, Some(100.0)),
            AUTO_INCREMENT_COLUMNS.reading(count).between(0.0, None),
        ];
        Ok(Finding { details: details.collect(), ..Finding::new(text, readings) })
    },
};

#[expect(clippy::cast_precision_loss, reason = "a share needs no more than the first digits")]
fn used(column: &NextValue) -> f64 {
    100.0 * column.next.saturating_sub(1) as f64 / column.largest.max(1) as f64
}

fn describe(column: &NextValue) -> String {
    let NextValue { schema, table, column: name, next, largest } = column;
    let used = number(used(column));
    format!("{schema}.{table}.{name} has used {used} % of its type's range (next {next} of {largest})")
}
