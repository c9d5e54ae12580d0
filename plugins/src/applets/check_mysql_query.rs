//! `check_mysql_query` of the Monitoring Plugins: its options, its label, its outcomes.

use std::ffi::OsString;

use clap::{CommandFactory as _, Parser};
use healthd_core::check::Answer;
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::Thresholds;
use healthd_core::reading::{Reading, Unit, number};
use healthd_core::text::clean::one_line;
use healthd_mysql::connection::limits::Limits;
use healthd_mysql::read::query::Ran;

use super::options::Defaults;
use super::original_login::{OriginalLoginArgs, failed};
use super::shared_args::{OutputArgs, StatementTimeoutArgs, ThresholdArgs};
use super::statement::{BOUNDS, NoRow, SHOWN, first, numeric, shown};
use super::{extra_opts, options};
use crate::asking::login::TlsRequest;
use crate::asking::run;
use crate::output::Plugin;

pub(super) const NAME: &str = "check_mysql_query";

const NOTES: &str = "\
Examples:
  check_mysql_query -H db1 -q 'SELECT COUNT(*) FROM mysql.user' -w 1:
  check_mysql_query -H db1 -q 'SELECT 7' -w 10 -c 20 --queryname seven

The first column of the first row is judged. It is CRITICAL if it is not a
number; no row is WARNING. Takes the options of check_mysql_query of the Monitoring Plugins.
Exit codes: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.";

/// Judge the number that a query returns.
#[derive(Debug, Parser)]
#[command(
    name = NAME, version, after_help = NOTES, infer_long_args = true, args_override_self = true, max_term_width = 80
)]
struct Arguments {
    /// One SQL statement
    #[arg(short, long, value_name = "SQL", allow_hyphen_values = true)]
    query: String,
    /// Name of the query in the output, instead of its text
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    queryname: Option<String>,
    #[command(flatten)]
    thresholds: ThresholdArgs,
    #[command(flatten)]
    timeout: StatementTimeoutArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    login: OriginalLoginArgs,
    /// Accept the option of 3.x; there is one format
    #[arg(long, value_name = "FORMAT", hide = true)]
    output_format: Option<String>,
}

pub(super) fn command() -> clap::Command {
    Arguments::command()
}

pub(super) fn run(arguments: Vec<OsString>) -> Plugin {
    let arguments: Arguments = match extra_opts::expand(arguments, NAME).and_then(options::parse) {
        Ok(arguments) => arguments,
        Err(plugin) => return plugin,
    };
    let plugin = ask(&arguments).unwrap_or_else(|plugin| plugin);
    arguments.output.of(plugin).of_check(NAME, NAME.to_owned())
}

fn ask(arguments: &Arguments) -> Result<Plugin, Plugin> {
    let thresholds = arguments.thresholds.over(Defaults::default())?;
    let login = arguments.login.login(TlsRequest::default())?;
    let limits = Limits::of_statement(arguments.timeout.timeout);
    let name = arguments.queryname.as_deref().unwrap_or(&arguments.query);
    let name = if name.trim().is_empty() { "an empty query" } else { name };
    let answer = match run::query(&login, &arguments.query, BOUNDS, limits) {
        Ok(ran) => run::hinted(judge(ran, &one_line(name, SHOWN), &thresholds), &login),
        Err(failure) => failed(&failure, &login, Outcome::Critical),
    };
    Ok(arguments.output.plugin(&answer).of_server(&login.address))
}

fn judge(ran: Ran, name: &str, thresholds: &Thresholds) -> Answer {
    let row = match first(ran) {
        Ok(row) => row,
        Err(why) => {
            let (outcome, details) = match &why {
                NoRow::Empty => (Outcome::Warning, Vec::new()),
                NoRow::TooLarge => (Outcome::Unknown, Vec::new()),
                NoRow::NoResult => (Outcome::Critical, Vec::new()),
                NoRow::Refused { code, text } => (Outcome::Critical, vec![format!("error {code}: {text}")]),
            };
            return Answer { details, ..Answer::plain(outcome, format!("{name}{why}")) };
        }
    };
    let cell = row.cells.first().and_then(Option::as_deref);
    let Some(value) = cell.and_then(numeric) else {
        let text = format!("{name} returned {}, which is not a number", shown(cell));
        return Answer::plain(Outcome::Critical, text);
    };
    // Six decimals, as in the graphs of the original plugin.
    let reading =
        Reading { thresholds: thresholds.clone(), decimals: Some(6), ..Reading::new("result", value, Unit::None) };
    let text = format!("{name} returned {}", cell.map_or_else(|| number(value), |text| one_line(text, SHOWN)));
    Answer { readings: vec![reading], ..Answer::plain(thresholds.judge(value), text) }
}

#[cfg(test)]
mod tests {
    use healthd_mysql::read::query::Rows;

    use super::*;

    fn one(cell: Option<&str>) -> Ran {
        Ran::Rows(Rows { columns: vec!["x".to_owned()], rows: vec![vec![cell.map(str::to_owned)]] })
    }

    #[test]
    fn the_first_cell_is_judged_and_nothing_else_is_ok() {
        let thresholds = Thresholds { warning: "10".parse().ok(), critical: "20".parse().ok() };
        let refused = || Ran::Refused { code: 1146, text: "Table 'shop.t|x' doesn't exist".to_owned() };
        for (ran, outcome, text, perfdata) in [
            (one(Some("5")), Outcome::Ok, "q returned 5", Some("result=5.000000;10;20")),
            (one(Some("15.5")), Outcome::Warning, "q returned 15.5", Some("result=15.500000;10;20")),
            (one(Some("-1")), Outcome::Critical, "q returned -1", Some("result=-1.000000;10;20")),
            (one(Some("1e3")), Outcome::Critical, "q returned 1e3", Some("result=1000.000000;10;20")),
            (one(None), Outcome::Critical, "q returned NULL, which is not a number", None),
            (one(Some("5 GB")), Outcome::Critical, "q returned `5 GB`, which is not a number", None),
            (one(Some("")), Outcome::Critical, "q returned ``, which is not a number", None),
            (Ran::Rows(Rows::default()), Outcome::Warning, "q returned no row", None),
            (Ran::NoRows, Outcome::Critical, "q is a statement without a result", None),
            (refused(), Outcome::Critical, "q: error 1146: Table '..' doesn't exist", None),
        ] {
            let answer = judge(ran, "q", &thresholds);
            let found = answer.readings.first().and_then(Reading::perfdata);
            assert_eq!((answer.outcome, &*answer.text, found.as_deref()), (outcome, text, perfdata));
        }
    }
}
