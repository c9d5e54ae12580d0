use std::time::Duration;

use crate::check::{Check, Finding, Label, Mode, Topic, metrics};
use crate::facts::{Fact as _, Table, Tables};
use crate::reading::{self, Unit};

/// InnoDB grows a file by several MiB at once: less free space than this is not fragmentation.
const NORMAL: u64 = 16 << 20;

metrics! {
    FRAGMENTATION: "fragmentation", Percent, "free space in the worst table, in percent of its data";
    FRAGMENTED: "fragmented", Bytes, "free space in the worst table";
    TABLES: "tables", None, "tables checked";
}

pub(super) const CHECK: Check = Check {
    name: "table-fragmentation",
    topic: Topic::Tables,
    about: "free space inside table files, in percent of their data; the worst table",
    why: "Deleted rows leave holes that only new rows of the same table fill. `OPTIMIZE TABLE` frees the space, but \
        locks or copies the table meanwhile. Tables with less than 16 MiB of holes do not count, unless you name \
        one.",
    formula: "100 · `DATA_FREE` / `DATA_LENGTH` of each base table outside the system schemas",
    metrics: METRICS,
    warning: "50",
    critical: "",
    named: "TABLE or SCHEMA.TABLE: only this table, however small",
    needs: &[Tables::NEED],
    servers: "all; tables for which the account has no privilege are not seen, and the output says so",
    modes: &[Mode {
        names: &["table-fragmentation"],
        warning: "10",
        critical: "25",
        // Only for a table given by name: the label contains the name.
        labels: &[Label::new(FRAGMENTATION, "{name}_frag", Unit::Percent, 2)],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        let tables = input.asked_tables()?;
        let count = reading::count(tables.len());
        let named = input.settings.name.is_some();
        let mut holed: Vec<_> = tables.into_iter().filter(|table| named || table.free >= NORMAL).collect();
        holed.sort_by(|a, b| share(b).total_cmp(&share(a)));
        let worst = holed.first().map_or(0.0, |table| share(table));
        let free = holed.first().map_or(0, |table| table.free);
        let text = match holed.first() {
            Some(table) => format!("{}.{} is fragmented by {worst:.2} %", table.schema, table.name),
            None => format!("none of {count} tables is fragmented"),
        };
        let details = holed.iter().map(|table| format!("{}.{}: {:.2} %", table.schema, table.name, share(table)));
        #[expect(clippy::cast_precision_loss, reason = "no file has 2^53 bytes")]
        let free = free as f64;
        let readings = vec![
            FRAGMENTATION.reading(worst).between(0.0, None),
            FRAGMENTED.reading(free).between(0.0, None),
            TABLES.reading(count).between(0.0, None),
        ];
        Ok(Finding { details: details.collect(), ..Finding::new(text, readings) })
    },
};

#[expect(clippy::cast_precision_loss, reason = "no file has 2^53 bytes")]
fn share(table: &Table) -> f64 {
    if table.data == 0 { 0.0 } else { 100.0 * table.free as f64 / table.data as f64 }
}
