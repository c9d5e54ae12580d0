use crate::check::{Cannot, Check, Finding, Input, Topic, metrics};
use crate::checks::named_table;
use crate::facts::{Fact as _, RecentRows};
use crate::text::duration::short;

metrics! {
    ROWS: "rows", None, "new rows";
}

/// The check `rows-since`.
pub const CHECK: Check = Check {
    name: "rows-since",
    topic: Topic::Queries,
    about: "rows recently written to a table of events",
    why: "Tools such as pt-deadlock-logger, pt-kill and pt-fk-error-logger write what they see to a table; many rows \
        in a short time are worth an alert. `--table` names the table, `--column` the column with the time of a row, \
        `--within` the time to look back. If several servers write to one table, `--name db1` counts only the rows \
        whose column `server` is `db1` or the server's own `@@hostname`.",
    formula: "`COUNT(*)` of the rows with `column` >= `NOW()` − `--within`; by default `percona.deadlocks`, column \
        `ts`, one minute",
    metrics: METRICS,
    warning: "12",
    critical: "60",
    named: "SERVER: only rows of this server, by the column `server`",
    needs: &[RecentRows::NEED],
    servers: "all; the table must exist",
    modes: &[],
    measure: |input| {
        let recent = rows(input)?;
        let table = input.settings.log_table().plain();
        #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 new rows")]
        let count = recent.count as f64;
        let newest = match recent.newest {
            Some(age) => format!("the newest is {} old", short(age)),
            None => "the table has no row yet".to_owned(),
        };
        let text = format!("{count} new rows in {table} within {}; {newest}", short(input.settings.rows_within()));
        Ok(Finding::new(text, vec![ROWS.reading(count).between(0.0, None)]))
    },
};

fn rows<'a>(input: &Input<'a>) -> Result<&'a RecentRows, Cannot> {
    let column = input.settings.column.plain();
    let columns = match input.settings.name {
        Some(_) => format!("{column} (the time of a row, see --column) or server (see --name)"),
        None => format!("{column} (the time of a row, see --column)"),
    };
    named_table::get::<RecentRows>(input, &input.settings.log_table(), &columns)
}
