//! `pmp-check-mysql-ts-count` and `pmp-check-mysql-deadlocks`: new rows in a table that a tool of Percona Toolkit writes.

use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser};
use healthd_core::check::{Answer, Identifier, Settings, TableName};
use healthd_core::checks;

use super::common::{Common, PmpApplet, notes};
use super::judged::judged;
use crate::output::Plugin;

pub(in crate::applets) const NAME: &str = "pmp-check-mysql-ts-count";
pub(in crate::applets) const DEADLOCKS: &str = "pmp-check-mysql-deadlocks";
const EXAMPLES: &str = "  pmp-check-mysql-ts-count -H db1 -x kills -w 12 -c 60
  pmp-check-mysql-ts-count -H db1 -x errors -T percona.deadlocks -t ts -i 5";
const OF_DEADLOCKS: &str = "  pmp-check-mysql-deadlocks -H db1 -T percona.deadlocks -i 5 -w 12 -c 60";

/// Counts the rows that were written into a table in the last minutes: above 12 WARNING, above 60 CRITICAL.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = notes(EXAMPLES), args_override_self = true, max_term_width = 80)]
pub(in crate::applets) struct Arguments {
    /// What the rows are, with its own table and column: deadlocks, kills, fkerrors; any other word is only the label
    #[arg(short = 'x', value_name = "TARGET", default_value = "deadlocks")]
    target: String,
    /// The column with the time of a row
    #[arg(short = 't', value_name = "COLUMN", value_parser = column)]
    column: Option<Identifier>,
    #[command(flatten)]
    counted: Counted,
    #[command(flatten)]
    common: Common,
}

/// Counts what pt-deadlock-logger has written in the last minutes about this server, by its hostname or -H: above 12 WARNING, above 60
/// CRITICAL.
#[derive(Debug, Parser)]
#[command(name = DEADLOCKS, version, after_help = notes(OF_DEADLOCKS), args_override_self = true, max_term_width = 80)]
pub(in crate::applets) struct Deadlocks {
    #[command(flatten)]
    counted: Counted,
    #[command(flatten)]
    common: Common,
}

/// Which rows.
#[derive(Debug, Clone, Args)]
struct Counted {
    /// The table
    #[arg(short = 'T', value_name = "DB.TABLE")]
    table: Option<TableName>,
    /// How many minutes count
    #[arg(short, value_name = "MINUTES", default_value = "1", value_parser = minutes)]
    interval: Duration,
}

/// As the original plugin, which puts it into SQL, also in backticks.
fn column(text: &str) -> Result<Identifier, <Identifier as FromStr>::Err> {
    let bare = text.strip_prefix('`').and_then(|text| text.strip_suffix('`')).unwrap_or(text);
    bare.parse()
}

fn minutes(text: &str) -> Result<Duration, String> {
    let minutes = text.parse::<f64>().ok().filter(|minutes| *minutes > 0.0);
    let time = minutes.and_then(|minutes| Duration::try_from_secs_f64(minutes * 60.0).ok());
    time.ok_or_else(|| "write a number of minutes".to_owned())
}

impl Counted {
    /// `column` is that of the time, `server` the one whose rows count; otherwise all do.
    fn count(
        &self,
        common: &Common,
        (target, table): (&str, &str),
        column: Identifier,
        server: Option<&str>,
    ) -> Result<Answer, Plugin> {
        let limits = common.limits(("12", "60"))?;
        let usual = || table.parse().map_err(|_| Plugin::usage("this plugin has no table of its own"));
        let table = self.table.clone().map_or_else(usual, Ok)?;
        let name = server.map(str::to_owned);
        let settings =
            Settings { table: Some(table), column, within: Some(self.interval), name, ..Settings::default() };
        let facts = common.facts(checks::ROWS_SINCE.needs, &settings)?;
        let mut answer = judged(&checks::ROWS_SINCE, &facts, &settings, &limits, ("rows", "rows"));
        for reading in &mut answer.readings {
            reading.label = target.to_owned().into();
        }
        Ok(answer)
    }
}

impl PmpApplet for Arguments {
    fn common(&self) -> &Common {
        &self.common
    }

    fn ask(&self) -> Result<Answer, Plugin> {
        let (table, column) = match &*self.target {
            "kills" => ("percona.kill_log", "timestamp"),
            "fkerrors" => ("percona.foreign_key_errors", "ts"),
            _ => ("percona.deadlocks", "ts"),
        };
        let usual = || column.parse().unwrap_or_else(|_| Identifier::ts());
        let column = self.column.clone().unwrap_or_else(usual);
        self.counted.count(&self.common, (&self.target, table), column, None)
    }
}

impl PmpApplet for Deadlocks {
    fn common(&self) -> &Common {
        &self.common
    }

    fn ask(&self) -> Result<Answer, Plugin> {
        // pt-deadlock-logger writes those of several servers into one table.
        let server = self.common.host().unwrap_or_default();
        self.counted.count(&self.common, ("deadlocks", "percona.deadlocks"), Identifier::ts(), Some(server))
    }
}
