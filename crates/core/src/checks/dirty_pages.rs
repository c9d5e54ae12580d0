use crate::check::{Check, Finding, Metric, Topic};
use crate::facts::Need;
use crate::reading::{Reading, Unit, approximate_bytes, counted, number};

pub(super) const CHECK: Check = Check {
    name: "dirty-pages",
    topic: Topic::Innodb,
    about: "changed pages in the buffer pool that are not yet written, in percent",
    why: "Near `innodb_max_dirty_pages_pct` the server flushes as fast as the disk can, and every statement waits \
        for the disk. A share that stays high means that the disk does not keep up with the writes. A shutdown has \
        to write all of these pages first.",
    formula: "100 · `Innodb_buffer_pool_pages_dirty` / `Innodb_buffer_pool_pages_total`",
    metrics: &[
        Metric { label: "dirty_pages", unit: Unit::Percent, about: "changed pages, in percent of the pool" },
        Metric { label: "dirty_bytes", unit: Unit::Bytes, about: "size of the changed pages" },
        Metric { label: "pending_writes", unit: Unit::None, about: "writes to data files that are still pending" },
    ],
    warning: "75",
    critical: "90",
    named: "",
    needs: &[Need::Status(&[
        "Innodb_buffer_pool_pages_dirty",
        "Innodb_buffer_pool_pages_total",
        "Innodb_page_size",
        "Innodb_data_pending_writes",
    ])],
    servers: "all with InnoDB",
    modes: &[],
    measure: |input| {
        let (dirty, total) =
            (input.status("Innodb_buffer_pool_pages_dirty")?, input.status("Innodb_buffer_pool_pages_total")?);
        let share = 100.0 * dirty / total.max(1.0);
        let size = dirty * input.status("Innodb_page_size")?;
        let pending = input.status("Innodb_data_pending_writes")?;
        let text = format!(
            "{} % of the buffer pool is changed but not yet written ({}), {} pending",
            number(share),
            approximate_bytes(size),
            counted(pending, "write is", "writes are")
        );
        Ok(Finding::new(
            text,
            vec![
                Reading::new("dirty_pages", share, Unit::Percent).between(0.0, Some(100.0)),
                Reading::new("dirty_bytes", size, Unit::Bytes).between(0.0, None),
                Reading::new("pending_writes", pending, Unit::None).between(0.0, None),
            ],
        ))
    },
};
