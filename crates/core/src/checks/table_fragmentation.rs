use std::time::Duration;

use crate::check::{Check, Finding, Label, Mode, Topic, metrics};
use crate::facts::{Need, Table};
use crate::reading::{self, Unit};

/// InnoDB grows a file by some MiB at once: less free room than this is no fragmentation.
const NORMAL: u64 = 16 << 20;

metrics! {
    FRAGMENTATION: "fragmentation", Percent, "holes of the worst table, in percent of its data";
    FRAGMENTED: "fragmented", Bytes, "holes of the worst table";
    TABLES: "tables", None, "tables that were looked at";
}

pub(super) const CHECK: Check = Check {
    name: "table-fragmentation",
    topic: Topic::Tables,
    about: "free room inside the files of tables, in percent of their data; the worst table",
    why: "Deleted rows leave holes that only new rows of the same table fill. `OPTIMIZE TABLE` gives the room back, and locks or copies \
        the table for that long. Tables with less than 16 MiB of holes do not count, unless one is asked for by its name.",
    formula: "100 · `DATA_FREE` / `DATA_LENGTH` of each base table outside the system schemas",
    metrics: METRICS,
    warning: "50",
    critical: "",
    named: "TABLE: only this one, however small; also SCHEMA.TABLE",
    needs: &[Need::Tables],
    servers: "all; tables that the account has no privilege on are not seen, and the line says so",
    modes: &[Mode {
        names: &["table-fragmentation"],
        warning: "10",
        critical: "25",
        // Only for a table that was asked for by its name, which the label has in it.
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
            None => format!("no fragmented table among {count}"),
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
