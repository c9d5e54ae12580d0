use crate::check::{Check, Finding, Metric, Rate, Topic, metrics};
use crate::facts::Need;
use crate::reading::number;

/// The statements that read, and those that write.
const READS: &[&str] = &["Com_select"];
const WRITES: &[&str] = &[
    "Com_insert",
    "Com_insert_select",
    "Com_update",
    "Com_update_multi",
    "Com_delete",
    "Com_delete_multi",
    "Com_replace",
    "Com_replace_select",
    "Com_load",
];

metrics! {
    QUERIES_PER_SECOND: "queries_per_second", None, "client statements, per second";
    READS_PER_SECOND: "reads_per_second", None, "SELECT, per second";
    WRITES_PER_SECOND: "writes_per_second", None, "INSERT, UPDATE, DELETE and REPLACE, per second";
    RECEIVED_PER_SECOND: "received_per_second", Bytes, "bytes from clients, per second";
    SENT_PER_SECOND: "sent_per_second", Bytes, "bytes to clients, per second";
}

pub(super) const CHECK: Check = Check {
    name: "traffic",
    topic: Topic::Queries,
    about: "statements and bytes per second since the previous run",
    why: "A server that suddenly does nothing is as wrong as one that is overloaded: `-w 5:5000` alerts on both. The \
        check also shows the bytes in and out, and the share of writes.",
    formula: "growth per second of `Questions`, `Bytes_received`, `Bytes_sent`, `Com_select`, and of the sum of \
        `Com_insert`, `Com_update`, `Com_delete`, `Com_replace` (with their `_select` and `_multi` variants) and \
        `Com_load`; the thresholds apply to `Questions`",
    metrics: METRICS,
    warning: "",
    critical: "",
    named: "",
    needs: &[
        Need::Status(&["Questions", "Bytes_received", "Bytes_sent"]),
        Need::Status(READS),
        Need::Status(WRITES),
        Need::Before,
    ],
    servers: "all",
    modes: &[],
    measure: |input| {
        let per_second = |names: &[&'static str]| input.rate(names).map(Rate::per_second);
        let queries = per_second(&["Questions"])?;
        let (reads, writes) = (per_second(READS)?, per_second(WRITES)?);
        let mut text = format!("{} queries/s, {} reads/s, {} writes/s", number(queries), number(reads), number(writes));
        let reading = |metric: Metric, value| metric.reading(value).between(0.0, None);
        let mut readings = vec![
            reading(QUERIES_PER_SECOND, queries),
            reading(READS_PER_SECOND, reads),
            reading(WRITES_PER_SECOND, writes),
        ];
        let (received, sent) = (input.rate(&["Bytes_received"])?, input.rate(&["Bytes_sent"])?);
        // MySQL 9.7 begins to count what it sends anywhere, seen at 93 TB: only the growth in one run means something.
        if !sent.restarted {
            let (received, sent) = (received.per_second(), sent.per_second());
            text = format!("{text}, {} KiB/s in, {} KiB/s out", number(received / 1_024.0), number(sent / 1_024.0));
            readings.push(reading(RECEIVED_PER_SECOND, received));
            readings.push(reading(SENT_PER_SECOND, sent));
        }
        Ok(Finding::new(text, readings))
    },
};
