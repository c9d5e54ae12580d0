use std::time::Duration;

use crate::check::{Check, Label, Metric, Mode, Topic};
use crate::checks::share::{Asked, found, of_enough};
use crate::facts::Need;
use crate::reading::Unit;

pub(super) const CHECK: Check = Check {
    name: "tmp-disk-tables",
    topic: Topic::Tables,
    about: "internal temporary tables that went to the disk, in percent",
    why: "They were larger than `tmp_table_size` and `max_heap_table_size`, or held columns that memory tables \
        cannot. Better than more memory is a statement that needs none: look for `Using temporary` in its plan.",
    formula: of_enough!("100 · `Created_tmp_disk_tables` / `Created_tmp_tables`, since the previous run"),
    metrics: &[
        Metric { label: "tmp_disk_tables_now", unit: Unit::Percent, about: "since the previous run" },
        Metric { label: "tmp_disk_tables", unit: Unit::Percent, about: "since the server started" },
    ],
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
            Label::new("tmp_disk_tables", "pct_tmp_table_on_disk", Unit::Percent, 2),
            Label::new("tmp_disk_tables_now", "pct_tmp_table_on_disk_now", Unit::Percent, 2),
        ],
        divisor: 1.0,
        settles_in: Duration::ZERO,
    }],
    measure: |input| {
        found(
            input,
            Asked {
                part: &["Created_tmp_disk_tables"],
                whole: &["Created_tmp_tables"],
                misses: false,
                now: "tmp_disk_tables_now",
                lifetime: "tmp_disk_tables",
                what: "of the internal temporary tables went to the disk",
            },
        )
    },
};
