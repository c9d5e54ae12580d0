//! `pmp-check-mysql-ts-count` and `pmp-check-mysql-deadlocks`: new rows in a table of a tool of Percona Toolkit.

use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser};
use healthd_core::check::{Answer, Identifier, Settings, TableName};
use healthd_core::checks;
use healthd_core::reading::{Reading, Unit};

use super::common::{CommonArgs, PmpApplet, notes};
use super::relabeled::Relabeled;
use crate::applets::options::{Defaults, InvalidValue};
use crate::output::Plugin;

pub(in crate::applets) const NAME: &str = "pmp-check-mysql-ts-count";
pub(in crate::applets) const DEADLOCKS: &str = "pmp-check-mysql-deadlocks";
const EXAMPLES: &str = "  pmp-check-mysql-ts-count -H db1 -x kills -w 12 -c 60
  pmp-check-mysql-ts-count -H db1 -x errors -T percona.deadlocks -t ts -i 5";
const OF_DEADLOCKS: &str = "  pmp-check-mysql-deadlocks -H db1 -T percona.deadlocks -i 5 -w 12 -c 60";

/// Count the rows that were written to a table in the last minutes: above 12 WARNING, above 60 CRITICAL.
#[derive(Debug, Parser)]
#[command(name = NAME, version, after_help = notes(EXAMPLES), args_override_self = true, max_term_width = 80)]
pub(in crate::applets) struct Arguments {
    /// Kind of the rows, which sets table and column: deadlocks, kills, fkerrors; any other word sets the label only
    #[arg(short = 'x', value_name = "TARGET", default_value = "deadlocks")]
    target: String,
    /// Column with the time of a row
    #[arg(short = 't', value_name = "COLUMN", value_parser = column)]
    column: Option<Identifier>,
    #[command(flatten)]
    counted: Counted,
    #[command(flatten)]
    common: CommonArgs,
}

/// Count the deadlocks of this server that pt-deadlock-logger has written in the last minutes, by its hostname or -H:
/// above 12 WARNING, above 60 CRITICAL.
#[derive(Debug, Parser)]
#[command(name = DEADLOCKS, version, after_help = notes(OF_DEADLOCKS), args_override_self = true, max_term_width = 80)]
pub(in crate::applets) struct Deadlocks {
    #[command(flatten)]
    counted: Counted,
    #[command(flatten)]
    common: CommonArgs,
}

/// The rows to count.
#[derive(Debug, Clone, Args)]
struct Counted {
    /// Table
    #[arg(short = 'T', value_name = "DB.TABLE")]
    table: Option<TableName>,
    /// Count the rows of this many minutes
    #[arg(short, value_name = "MINUTES", default_value = "1", value_parser = minutes)]
    interval: Duration,
}

/// Parses a column, also in backticks: the original plugin writes it into SQL as it is.
fn column(text: &str) -> Result<Identifier, <Identifier as FromStr>::Err> {
    let bare = text.strip_prefix('`').and_then(|text| text.strip_suffix('`')).unwrap_or(text);
    bare.parse()
}

fn minutes(text: &str) -> Result<Duration, InvalidValue> {
    let minutes = text.parse::<f64>().ok().filter(|minutes| *minutes > 0.0);
    let time = minutes.and_then(|minutes| Duration::try_from_secs_f64(minutes * 60.0).ok());
    time.ok_or(InvalidValue("a number of minutes"))
}

/// A kind of rows: where they are, and how to label their number.
struct Kind<'a> {
    label: &'a str,
    /// The table, unless `-T` names another.
    table: &'static str,
    /// The column with the time of a row.
    column: Identifier,
    /// Count only the rows of this server; `None` for all.
    server: Option<&'a str>,
}

impl Counted {
    fn count(&self, common: &CommonArgs, kind: Kind<'_>) -> Result<Answer, Plugin> {
        let limits = common.limits(Defaults { warning: "12", critical: "60" })?;
        let usual =
            || kind.table.parse().map_err(|_| Plugin::usage(format!("no table {}: name one with -T", kind.table)));
        let settings = Settings {
            table: Some(self.table.clone().map_or_else(usual, Ok)?),
            column: kind.column,
            within: Some(self.interval),
            name: kind.server.map(str::to_owned),
            ..Settings::default()
        };
        let check = &checks::ROWS_SINCE;
        let facts = common.facts(check.needs, &settings)?;
        let relabeled = Relabeled { check, ours: "rows", facts: &facts, settings: &settings, limits: &limits };
        Ok(relabeled.judge_with(|reading| Reading { label: kind.label.to_owned().into(), unit: Unit::None, ..reading }))
    }
}

impl PmpApplet for Arguments {
    fn common(&self) -> &CommonArgs {
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
        self.counted.count(&self.common, Kind { label: &self.target, table, column, server: None })
    }
}

impl PmpApplet for Deadlocks {
    fn common(&self) -> &CommonArgs {
        &self.common
    }

    fn ask(&self) -> Result<Answer, Plugin> {
        let kind = Kind {
            label: "deadlocks",
            table: "percona.deadlocks",
            column: Identifier::ts(),
            // pt-deadlock-logger writes the deadlocks of several servers to one table.
            server: Some(self.common.host().unwrap_or_default()),
        };
        self.counted.count(&self.common, kind)
    }
}
