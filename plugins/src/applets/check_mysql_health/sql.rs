//! `--mode sql`: a statement of the user.

use healthd_core::check::Answer;
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::Thresholds;
use healthd_core::reading::{Reading, Unit};
use healthd_core::text::clean::one_line;
use healthd_mysql::connection::limits::Limits;

use regex_lite::Regex;

use super::arguments::Arguments;
use super::regular::{PatternError, regular};
use crate::applets::options::Defaults;
use crate::applets::original_login::failed;
use crate::applets::statement::{BOUNDS, SHOWN, decoded, first};
use crate::asking::login::Login;
use crate::asking::run;
use crate::output::Plugin;

/// The schema in which the original plugin runs a statement by default.
const SCHEMA: &str = "information_schema";

pub(super) fn ask(arguments: &Arguments) -> Result<(Answer, Login), Plugin> {
    let Some(name) = arguments.name.as_deref().filter(|name| !name.is_empty()) else {
        return Err(Plugin::usage("--mode sql needs a statement in --name"));
    };
    let statement = decoded(name);
    let thresholds = arguments.thresholds.over(Defaults { warning: "1", critical: "5" })?;
    let called = arguments.name2.as_deref().filter(|name| !name.is_empty());
    let pattern = match (arguments.regexp, called) {
        (false, _) => None,
        (true, Some(pattern)) => Some(Pattern::new(pattern)?),
        (true, None) => return Err(Plugin::usage("--regexp needs a pattern in --name2")),
    };
    let mut login = arguments.login()?;
    login.credentials.database.get_or_insert_with(|| SCHEMA.to_owned());
    let ran = match run::query(&login, &statement, BOUNDS, Limits::of_statement(arguments.timeout.timeout)) {
        Ok(ran) => ran,
        Err(failure) => return Ok((failed(&failure, &login, Outcome::Critical), login)),
    };
    let query = Query {
        called: called.unwrap_or(&statement).to_ascii_lowercase(),
        statement: statement.to_ascii_lowercase(),
        units: &arguments.units,
    };
    let answer = first(ran).map_or_else(
        |why| Answer::plain(Outcome::Unknown, format!("{}{why}", one_line(&query.called, SHOWN))),
        |row| match pattern {
            Some(pattern) => pattern.judge(row.cells.first().and_then(Option::as_deref)),
            None => judge(&row.cells, &query, &thresholds),
        },
    );
    Ok((run::hinted(answer, &login), login))
}

struct Query<'a> {
    /// The name of the statement, or the statement.
    called: String,
    /// The statement itself.
    statement: String,
    units: &'a str,
}

fn judge(row: &[Option<String>], query: &Query<'_>, thresholds: &Thresholds) -> Answer {
    let called = one_line(&query.called, SHOWN);
    let number = |cell: &Option<String>| {
        cell.as_deref().and_then(|text| text.parse::<f64>().ok()).filter(|number| number.is_finite())
    };
    let Some(numbers) = row.iter().map(number).collect::<Option<Vec<f64>>>().filter(|numbers| !numbers.is_empty())
    else {
        let found: Vec<&str> = row.iter().map(|cell| cell.as_deref().unwrap_or("NULL")).collect();
        let found = one_line(&found.join(", "), SHOWN);
        return Answer::plain(Outcome::Unknown, format!("{called}: not every column is a number: {found}"));
    };
    // Graphs depend on the labels of the original plugin: the words of the name, also those of a statement, then the
    // statement.
    let words: Vec<&str> = query.called.split_whitespace().collect();
    let readings = numbers.iter().enumerate().map(|(at, value)| {
        let label = words.get(at).map_or_else(|| query.statement.clone(), |word| (*word).to_owned());
        let whole = value.fract() == 0.0 && value.abs() < 1e15;
        let mut reading = Reading::new(label, *value, unit(query.units));
        reading.decimals = Some(if whole { 0 } else { 6 });
        if at == 0 {
            reading.thresholds = thresholds.clone();
        }
        reading
    });
    let readings: Vec<Reading> = readings.collect();
    let values: Vec<String> =
        readings.iter().map(|reading| format!("{:.*}", reading.decimals.unwrap_or(0), reading.value)).collect();
    let text = format!("{called}: {}{}", values.join(" "), one_line(query.units, 10));
    Answer { readings, ..Answer::plain(thresholds.judge(numbers[0]), text) }
}

/// A unit of perfdata; any other text is no unit.
fn unit(units: &str) -> Unit {
    let known = ["%", "s", "ms", "us", "B", "KB", "MB", "GB", "TB", "c"];
    known.into_iter().find(|known| *known == units).map_or(Unit::None, Unit::Original)
}

/// A pattern that a text must match, or with `!` must not match.
#[derive(Debug)]
struct Pattern {
    expression: Regex,
    wanted: bool,
}

impl Pattern {
    fn new(pattern: &str) -> Result<Pattern, PatternError> {
        let (wanted, expression) = pattern.strip_prefix('!').map_or((true, pattern), |rest| (false, rest));
        Ok(Pattern { expression: regular("--name2", expression, false)?, wanted })
    }

    fn judge(&self, cell: Option<&str>) -> Answer {
        let Some(cell) = cell else {
            return Answer::plain(Outcome::Unknown, "the first column is NULL");
        };
        let found = self.expression.is_match(cell);
        let outcome = if found == self.wanted { Outcome::Ok } else { Outcome::Critical };
        let (cell, pattern) = (one_line(cell, SHOWN), one_line(self.expression.as_str(), SHOWN));
        Answer::plain(outcome, format!("`{cell}` {} `{pattern}`", if found { "matches" } else { "does not match" }))
    }
}
