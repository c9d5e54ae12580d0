use crate::check::{Cannot, Check, Finding, Metric, Topic};
use crate::facts::Need;
use crate::reading::outcome::Outcome;
use crate::reading::{Reading, Unit};
use crate::text::duration::short;

/// See its texts.
pub const CHECK: Check = Check {
    name: "replica-checksum",
    topic: Topic::Replication,
    about: "whether pt-table-checksum has found other rows here than on the source",
    why: "A replica that differs replicates on happily, and nobody notices before a failover or a wrong report. pt-table-checksum, run on \
        the source, leaves its findings on every replica in `percona.checksums`; this reads them. Where it has compared nothing for 32 days, or \
        `--within`, that is a WARNING too. pt-table-sync shows and mends the rows.",
    formula: "chunks whose count or checksum differs from the source's, in `--table` (default `percona.checksums`)",
    metrics: &[
        Metric { label: "different_chunks", unit: Unit::None, about: "chunks with other rows than the source" },
        Metric { label: "different_tables", unit: Unit::None, about: "tables with such chunks" },
        Metric { label: "checked_chunks", unit: Unit::None, about: "chunks that were compared" },
        Metric { label: "checksum_age", unit: Unit::Seconds, about: "since the last chunk was compared" },
    ],
    warning: "0",
    critical: "",
    named: "",
    needs: &[Need::Checksums],
    servers: "all; the table has to be there",
    modes: &[],
    measure: |input| {
        let found = input.checksums()?;
        let Some(age) = found.age.filter(|_| found.chunks > 0) else {
            return Err(Cannot::Usage("pt-table-checksum has not written anything here yet".to_owned()));
        };
        let ago = short(age);
        let text = match found.different {
            0 if found.chunks == 1 => format!("1 chunk is as on the source, it was compared {ago} ago"),
            0 => format!("{} chunks are as on the source, the last was compared {ago} ago", found.chunks),
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
        let reading = |label, count: u64| Reading::new(label, count as f64, Unit::None).between(0.0, None);
        let readings = vec![
            reading("different_chunks", found.different),
            reading("different_tables", found.tables),
            reading("checked_chunks", found.chunks),
            Reading::new("checksum_age", age.as_secs_f64(), Unit::Seconds).between(0.0, None),
        ];
        let found = Finding::new(text, readings);
        let within = input.settings.compared_within();
        if age <= within {
            return Ok(found);
        }
        // What nobody compares any more is not known to be the same.
        let text = format!("{}: not within {}, does pt-table-checksum still run?", found.text, short(within));
        Ok(Finding { text, ..found }.at_least(Outcome::Warning))
    },
};
