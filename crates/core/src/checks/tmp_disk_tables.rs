use std::time::Duration;

use crate::check::{Check, Label, Mode, Topic, metrics};
use crate::checks::share::{Proportion, found, of_enough};
use crate::facts::Need;
use crate::reading::Unit;

metrics! {
    TMP_DISK_TABLES_NOW: "tmp_disk_tables_now", Percent, "since the previous run";
    TMP_DISK_TABLES: "tmp_disk_tables", Percent, "since the server started";
}

pub(super) const CHECK: Check = Check {
    name: "tmp-disk-tables",
    topic: Topic::Tables,
    about: "internal temporary tables that were written to disk, in percent",
    why: "They were larger than `tmp_table_size` or `max_heap_table_size`, or had columns that memory tables do not \
        support. Instead of more memory, look for statements that need no temporary table: their plan shows `Using \
        temporary`.",
    formula: of_enough!("100 · `Created_tmp_disk_tables` / `Created_tmp_tables`, since the previous run"),
    metrics: METRICS,
    warning: "25",
    critical: "50",
    named: "",
    needs: &[Need::Status(&["Created_tmp_disk_tables", "Created_tmp_tables"]), Need::Before],
    servers: "all",
    modes: &[Mode {
        names: &["tmp-disk-tables"],
        warning: "25",
        critical: "50",
        labels: &[
            Label::new(TMP_DISK_TABLES, "pct_tmp_table_on_disk", Unit::Percent, 2),
            Label::new(TMP_DISK_TABLES_NOW, "pct_tmp_table_on_disk_now", Unit::Percent, 2),
        ],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(
            input,
            Proportion {
                part: &["Created_tmp_disk_tables"],
                whole: &["Created_tmp_tables"],
                misses: false,
                now: TMP_DISK_TABLES_NOW,
                lifetime: TMP_DISK_TABLES,
                what: "of the internal temporary tables were written to disk",
            },
        )
    },
};
