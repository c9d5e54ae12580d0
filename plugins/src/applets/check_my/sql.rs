//! `check_my sql`: the number that a statement of the user returns.

use std::collections::BTreeSet;

use healthd_core::check::Answer;
use healthd_core::observed::failure::{Failure, Stage};
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::Thresholds;
use healthd_core::reading::{Reading, Unit, number};
use healthd_core::text::clean::one_line;
use healthd_mysql::connection::limits::Limits;
use healthd_mysql::read::query::Ran;

use super::arguments::{Arguments, SQL};
use crate::applets::options::Defaults;
use crate::applets::statement::{BOUNDS, NoRow, Row, SHOWN, decoded, first, numeric, shown};
use crate::asking::run;
use crate::output::Plugin;

/// `ER_BAD_DB_ERROR`.
const NO_SCHEMA: u16 = 1049;
/// `ER_DBACCESS_DENIED_ERROR`.
const NO_ACCESS: u16 = 1044;

/// The longest label, in characters.
const LABEL: usize = 60;

/// Runs the statement of `--query`, and judges its first cell.
///
/// # Errors
/// The command line is invalid.
pub(super) fn ask(arguments: &Arguments) -> Result<Plugin, Plugin> {
    let Some(query) = arguments.sql.query.as_deref().filter(|query| !query.trim().is_empty()) else {
        return Err(Plugin::usage(format!(
            "no statement: add --query, for example check_my {SQL} --query 'SELECT COUNT(*) FROM t' -w 10"
        )));
    };
    let thresholds = arguments.thresholds.over(Defaults::default())?;
    let mut login = arguments.login.request().login()?;
    if let Some(schema) = &arguments.schema {
        login.credentials.database = Some(schema.clone());
    }
    let statement = decoded(query);
    let called = one_line(arguments.name.as_deref().unwrap_or(&statement), SHOWN);
    let answer = match run::query(&login, &statement, BOUNDS, Limits::of_statement(arguments.timeout)) {
        Ok(ran) => judge(ran, &called, &thresholds, arguments.sql.no_row.unwrap_or(Outcome::Unknown)),
        // The server answers, but the statement cannot be run in this schema.
        Err(Failure::ServerError { stage: Stage::Connect, code: code @ (NO_SCHEMA | NO_ACCESS) }) => {
            let schema = one_line(login.credentials.database.as_deref().unwrap_or_default(), SHOWN);
            let why = match code {
                NO_SCHEMA => format!("there is no schema {schema}"),
                _ => format!("this account may not use schema {schema}: it has no privilege on it"),
            };
            Answer::plain(Outcome::Unknown, format!("{}: {why}", login.address))
        }
        Err(failure) => run::failed(&failure, &login, arguments.auth_state),
    };
    Ok(arguments.output.plugin(&run::hinted(answer, &login)).of_server(&login.address))
}

/// Judges the first cell. Only a number can be OK, or no row if `no_row` says so.
fn judge(ran: Ran, called: &str, thresholds: &Thresholds, no_row: Outcome) -> Answer {
    match first(ran) {
        Ok(row) => judge_row(&row, called, thresholds),
        Err(why) => without_row(&why, called, no_row),
    }
}

fn without_row(why: &NoRow, called: &str, no_row: Outcome) -> Answer {
    /// No privilege on the schema, table, column or routine, or a missing global one.
    const DENIED: [u16; 5] = [1044, 1142, 1143, 1227, 1370];
    let (outcome, advice, details) = match why {
        NoRow::Empty => (no_row, "", Vec::new()),
        NoRow::NoResult | NoRow::TooLarge => (Outcome::Unknown, "", Vec::new()),
        NoRow::Refused { code, text } => {
            let advice = if DENIED.contains(code) { "; GRANT it TO the account of this check" } else { "" };
            (Outcome::Unknown, advice, vec![format!("error {code}: {text}")])
        }
    };
    Answer { details, ..Answer::plain(outcome, format!("{called}{why}{advice}")) }
}

fn judge_row(row: &Row, called: &str, thresholds: &Thresholds) -> Answer {
    let Row { columns, cells } = row;
    let cell = cells.first().and_then(Option::as_deref);
    // A column of fixed length is padded with blanks.
    let numeric = |cell: &str| numeric(cell.trim_end());
    let Some(value) = cell.and_then(numeric) else {
        let text = format!("{called} returned {}, which is not a number", shown(cell));
        return Answer::plain(Outcome::Unknown, text);
    };
    let mut labels = BTreeSet::new();
    let mut readings = Vec::new();
    for (column, cell) in columns.iter().zip(cells) {
        // Texts and NULL in further columns are not shown as values.
        if let Some(value) = cell.as_deref().and_then(numeric) {
            readings.push(Reading::new(label(column, &mut labels), value, Unit::None));
        }
    }
    if let Some(judged) = readings.first_mut() {
        judged.thresholds = thresholds.clone();
    }
    let text = format!("{called} returned {}", number(value));
    let row = columns.iter().zip(cells).map(|(column, cell)| format!("{column}: {}", shown(cell.as_deref())));
    Answer { readings, details: row.collect(), ..Answer::plain(thresholds.judge(value), text) }
}

/// A unique label for a column, in characters that every graphing system accepts.
fn label(column: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let words: String = column.chars().map(plain).collect();
    let words: Vec<&str> = words.split('_').filter(|word| !word.is_empty()).collect();
    let mut label: String = words.join("_").chars().take(LABEL).collect();
    if label.is_empty() {
        label.push_str("value");
    }
    let mut own = label.clone();
    let mut next = 2;
    while !taken.insert(own.clone()) {
        own = format!("{label}_{next}");
        next += 1;
    }
    own
}

#[cfg(test)]
mod tests {
    use healthd_core::render::nagios;
    use healthd_mysql::read::query::Rows;

    use super::*;

    fn row(cells: &[(&str, Option<&str>)]) -> Ran {
        let columns = cells.iter().map(|(name, _)| (*name).to_owned()).collect();
        Ran::Rows(Rows { columns, rows: vec![cells.iter().map(|(_, cell)| cell.map(str::to_owned)).collect()] })
    }

    #[test]
    fn the_first_cell_is_judged_and_anything_but_a_number_is_unknown() {
        let thresholds = Thresholds { warning: "10".parse().ok(), critical: "20".parse().ok() };
        let refused = |code, text: &str| Ran::Refused { code, text: text.to_owned() };
        for (ran, no_row, line) in [
            (row(&[("COUNT(*)", Some("5"))]), "unknown", "OK - q returned 5 | count=5;10;20"),
            (row(&[("n", Some("5 "))]), "unknown", "OK - q returned 5 | n=5;10;20"),
            (row(&[("n", Some("15.5"))]), "unknown", "WARNING - q returned 15.5 | n=15.5;10;20"),
            (row(&[("n", Some("-1"))]), "unknown", "CRITICAL - q returned -1 | n=-1;10;20"),
            (
                row(&[
                    ("n", Some("1")),
                    ("Älter als 1 h", Some("2")),
                    ("who", Some("me")),
                    ("x", None),
                    ("n", Some("3")),
                ]),
                "unknown",
                "OK - q returned 1 | n=1;10;20 lter_als_1_h=2 n_2=3",
            ),
            (row(&[("'=|", Some("1"))]), "unknown", "OK - q returned 1 | value=1;10;20"),
            (row(&[("n", None), ("m", Some("1"))]), "ok", "UNKNOWN - q returned NULL, which is not a number"),
            (row(&[("n", Some("5 GB|"))]), "ok", "UNKNOWN - q returned `5 GB/`, which is not a number"),
            (row(&[("n", Some("nan"))]), "ok", "UNKNOWN - q returned `nan`, which is not a number"),
            (Ran::Rows(Rows::default()), "unknown", "UNKNOWN - q returned no row"),
            (Ran::Rows(Rows::default()), "ok", "OK - q returned no row"),
            (Ran::NoRows, "ok", "UNKNOWN - q is a statement without a result"),
            (
                refused(1146, "Table 'shop.t|x' doesn't exist"),
                "ok",
                "UNKNOWN - q: error 1146: Table '..' doesn't exist",
            ),
            (
                refused(1142, "SELECT command denied to user 'a'@'b' for table 't'"),
                "ok",
                "UNKNOWN - q: error 1142: SELECT command denied to user '..'; GRANT it TO the account of this check",
            ),
        ] {
            let no_row = Outcome::parse(no_row).expect("an outcome");
            let answer = judge(ran, "q", &thresholds, no_row);
            assert_eq!(nagios::plugin(&answer, false).trim_end(), line);
        }
    }
}
