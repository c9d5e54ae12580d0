use crate::check::{Cannot, Check, Finding, Metric, Topic, metrics};
use crate::checks::named_table;
use crate::facts::{Checksums, Fact as _};
use crate::reading::outcome::Outcome;
use crate::text::duration::short;

/// The table that pt-table-checksum writes.
const COLUMNS: &str =
    "one of those that pt-table-checksum writes: db, tbl, this_cnt, this_crc, master_cnt, master_crc, ts";

metrics! {
    DIFFERENT_CHUNKS: "different_chunks", None, "chunks that differ from the source";
    DIFFERENT_TABLES: "different_tables", None, "tables with such chunks";
    CHECKED_CHUNKS: "checked_chunks", None, "chunks that were compared";
    CHECKSUM_AGE: "checksum_age", Seconds, "time since the last chunk was compared";
}

/// The check `replica-checksum`.
pub const CHECK: Check = Check {
    name: "replica-checksum",
    topic: Topic::Replication,
    about: "whether pt-table-checksum found rows here that differ from the source",
    why: "A replica whose data differ keeps replicating, which stays unnoticed until a failover or a wrong report. \
        pt-table-checksum, run on the source, writes its results to `percona.checksums` on every replica; this check \
        reads them. If it has not compared anything for 32 days (`--within`), that is a WARNING too. pt-table-sync \
        shows and fixes the rows.",
    formula: "chunks whose count or checksum differs from the source's, in `--table` (default `percona.checksums`)",
    metrics: METRICS,
    warning: "0",
    critical: "",
    named: "",
    needs: &[Checksums::NEED],
    servers: "all; the table must exist",
    modes: &[],
    measure: |input| {
        let found = named_table::get::<Checksums>(input, &input.settings.checksum_table(), COLUMNS)?;
        let Some(age) = found.age.filter(|_| found.chunks > 0) else {
            return Err(Cannot::Usage("pt-table-checksum has not written anything here yet".to_owned()));
        };
        let ago = short(age);
        let text = match found.different {
            0 if found.chunks == 1 => format!("1 chunk matches the source (compared {ago} ago)"),
            0 => format!("{} chunks match the source (last compared {ago} ago)", found.chunks),
            some => format!(
                "{some} of {} chunks differ from the source: {}{} (compared {ago} ago)",
                found.chunks,
                found.example,
                match found.tables.saturating_sub(1) {
                    0 => String::new(),
                    1 => " and 1 more table".to_owned(),
                    more => format!(" and {more} more tables"),
                }
            ),
        };
        #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 chunks")]
        let reading = |metric: Metric, count: u64| metric.reading(count as f64).between(0.0, None);
        let readings = vec![
            reading(DIFFERENT_CHUNKS, found.different),
            reading(DIFFERENT_TABLES, found.tables),
            reading(CHECKED_CHUNKS, found.chunks),
            CHECKSUM_AGE.reading(age.as_secs_f64()).between(0.0, None),
        ];
        let found = Finding::new(text, readings);
        let within = input.settings.compared_within();
        if age <= within {
            return Ok(found);
        }
        // Data that are no longer compared may differ by now.
        let text = format!(
            "{}: nothing compared within {}; check that pt-table-checksum still runs",
            found.text,
            short(within)
        );
        Ok(Finding { text, ..found }.at_least(Outcome::Warning))
    },
};
