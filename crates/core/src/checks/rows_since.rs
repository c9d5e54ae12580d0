use crate::check::{Check, Finding, Topic, metrics};
use crate::facts::Need;
use crate::text::duration::short;

metrics! {
    ROWS: "rows", None, "new rows";
}

/// See its texts.
pub const CHECK: Check = Check {
    name: "rows-since",
    topic: Topic::Queries,
    about: "rows that were written into a table of events in the last time",
    why: "Tools such as pt-deadlock-logger, pt-kill and pt-fk-error-logger write what they see into a table: many rows in a short time are \
        the alert. `--table` says which, `--column` where the time of a row is, `--within` how new a row must be. Where several servers \
        write into one table, `--name db1` counts only the rows whose column `server` is `db1` or the server's own `@@hostname`.",
    formula: "`COUNT(*)` of the rows with `column` >= `NOW()` - `--within`; by default `percona.deadlocks`, column `ts`, one minute",
    metrics: METRICS,
    warning: "12",
    critical: "60",
    named: "SERVER: only its rows, told by the column `server`",
    needs: &[Need::Recent],
    servers: "all; the table has to be there",
    modes: &[],
    measure: |input| {
        let recent = input.recent()?;
        let table = input.settings.log_table().plain();
        #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 new rows")]
        let count = recent.count as f64;
        let newest = match recent.newest {
            Some(age) => format!("the newest is {} old", short(age)),
            None => "there is none yet".to_owned(),
        };
        let text = format!("{count} new rows in {table} within {}; {newest}", short(input.settings.rows_within()));
        Ok(Finding::new(text, vec![ROWS.reading(count).between(0.0, None)]))
    },
};
