use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::Need;
use crate::reading::{approximate_bytes, counted, number};

metrics! {
    DIRTY_PAGES: "dirty_pages", Percent, "changed pages, in percent of the pool";
    DIRTY_BYTES: "dirty_bytes", Bytes, "size of the changed pages";
    PENDING_WRITES: "pending_writes", None, "writes to data files that are still pending";
}

pub(super) const CHECK: Check = Check {
    name: "dirty-pages",
    topic: Topic::Innodb,
    about: "changed pages in the buffer pool that are not yet written, in percent",
    why: "Near `innodb_max_dirty_pages_pct` the server flushes as fast as the disk can, and every statement waits \
        for the disk. A share that stays high means that the disk does not keep up with the writes. A shutdown has \
        to write all of these pages first.",
    formula: "100 · `Innodb_buffer_pool_pages_dirty` / `Innodb_buffer_pool_pages_total`",
    metrics: METRICS,
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
                DIRTY_PAGES.reading(share).between(0.0, Some(100.0)),
                DIRTY_BYTES.reading(size).between(0.0, None),
                PENDING_WRITES.reading(pending).between(0.0, None),
            ],
        ))
    },
};
