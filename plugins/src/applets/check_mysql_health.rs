//! `check_mysql_health` 2.2.2: our checks with its options, modes and labels.

mod arguments;
mod morphs;
mod ranges;
mod regular;
mod shown;
mod sql;

use std::ffi::OsString;
use std::time::Duration;

use clap::CommandFactory as _;
use healthd_core::check::{Answer, Basis, Cannot, Check, Finding, Mode, Settings, judge};
use healthd_core::checks;
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::Thresholds;
use healthd_mysql::connection::limits::Limits;

use super::options::Defaults;
use super::original_login::failed;
use super::{extra_opts, options};
use crate::asking::evaluation::{Evaluation, History};
use crate::asking::login::Login;
use crate::asking::run;
use crate::asking::state::Store;
use crate::output::Plugin;
use arguments::Arguments;
pub(super) use arguments::NAME;
use morphs::Morphs;

/// The modes that are not a check.
pub(super) const OTHER_MODES: [&str; 2] = ["sql", "encode"];

pub(super) fn command() -> clap::Command {
    Arguments::command()
}

pub(super) fn run(arguments: Vec<OsString>) -> Plugin {
    let arguments: Arguments = match extra_opts::expand(arguments, NAME).and_then(options::parse) {
        Ok(arguments) => arguments,
        Err(plugin) => return plugin,
    };
    let mode = arguments.mode.as_deref().unwrap_or_default();
    let plugin = arguments.output.of(ask(&arguments, mode).unwrap_or_else(|plugin| plugin));
    plugin.of_check(mode, format!("{NAME} {mode}"))
}

fn ask(arguments: &Arguments, mode: &str) -> Result<Plugin, Plugin> {
    arguments.refused().map_or(Ok(()), |why| Err(Plugin::usage(why)))?;
    let Arguments { morphmessage, morphperfdata, selectedperfdata, .. } = arguments;
    let morphs = Morphs::new(morphmessage, morphperfdata, selectedperfdata)?;
    let (answer, login) = match mode {
        "encode" => return Ok(super::encoding::encode(std::io::stdin().lock())),
        "sql" => sql::ask(arguments)?,
        _ => match checks::find_mode(mode) {
            Some((check, mode)) => check_mode(check, mode, arguments)?,
            None => return Err(Plugin::usage(no_mode(mode))),
        },
    };
    Ok(shown::plugin(answer, arguments, &morphs).of_server(&login.address))
}

/// The message for a mode that is not a check.
fn no_mode(mode: &str) -> String {
    let name = healthd_core::text::clean::one_line(mode, 40);
    match mode {
        "" => "--mode is missing (--help lists the modes)".to_owned(),
        "cluster-ndbd-running" => {
            "the mode cluster-ndbd-running is not supported: there is no check for MySQL NDB Cluster".to_owned()
        }
        _ if mode.starts_with("my-") => format!("the mode {name} is a Perl module of the user, which is not supported"),
        _ => format!("unknown mode `{name}` (--help lists the modes)"),
    }
}

fn check_mode(check: &Check, mode: &Mode, arguments: &Arguments) -> Result<(Answer, Login), Plugin> {
    let mut thresholds = arguments.thresholds.over(Defaults { warning: mode.warning, critical: mode.critical })?;
    let judged = mode.labels.first().map_or("", |label| label.theirs);
    for (option, texts, range) in [
        ("--warningx", &arguments.warningx, &mut thresholds.warning),
        ("--criticalx", &arguments.criticalx, &mut thresholds.critical),
    ] {
        if let Some(given) = ranges::of_label(option, texts, judged)? {
            *range = Some(given);
        }
    }
    let login = arguments.login()?;
    let settings = settings(mode, arguments);
    let facts = match run::read(&login, check.needs, &settings, Limits::of_statement(arguments.timeout.timeout)) {
        Ok(facts) => facts,
        Err(failure) => return Ok((failed(&failure, &login, Outcome::Critical), login)),
    };
    let (name, schema) = (settings.name.as_deref().unwrap_or_default(), settings.schema.as_deref().unwrap_or_default());
    // Services with different lookbacks have separate counters, as each keeps as many runs as it needs.
    let lookback = arguments.lookback.map(Duration::from_secs);
    let tag = format!("{NAME}\n{name}\n{schema}\n{}", arguments.lookback.unwrap_or_default());
    let store = Store::new(arguments.state_directory().as_deref(), &login.address.to_string(), check.name, &tag);
    let evaluation = Evaluation::new(&facts, &settings, check.needs, &login, &History { store, lookback });
    let answer = answer(evaluation.measure(check), mode, &thresholds, settings.name.as_deref());
    Ok((evaluation.finish(answer), login))
}

fn settings(mode: &Mode, arguments: &Arguments) -> Settings {
    Settings {
        basis: if arguments.lookback.is_some() { Basis::Recent } else { Basis::Lifetime },
        // As the original plugin: its modes for replicas expect a replica.
        not_replica: Outcome::Critical,
        name: arguments.name.as_deref().map(super::encoding::decode),
        schema: arguments.database(),
        except_user: Some(arguments.replication_user.clone()),
        warm_up: arguments.warm_up.max(mode.settles_in),
        ..Settings::default()
    }
}

/// Judges the finding of a check as the mode does: its value, in its unit, with its labels.
fn answer(found: Result<Finding, Cannot>, mode: &Mode, thresholds: &Thresholds, name: Option<&str>) -> Answer {
    let judged = found.map(|finding| Finding { value: value(&finding, mode), ..finding });
    let answer = judge(judged, thresholds);
    let readings = shown::relabelled(&answer.readings, mode, name).into_iter().enumerate().map(|(at, mut reading)| {
        let same_unit = mode.divisor.to_bits() == 1f64.to_bits();
        reading.thresholds = if at == 0 && same_unit { thresholds.clone() } else { Thresholds::default() };
        reading
    });
    Answer { readings: readings.collect(), ..answer }
}

/// The value that the mode judges, in its unit: the one that the check judges if the mode has it, else the mode's
/// first.
fn value(finding: &Finding, mode: &Mode) -> Option<f64> {
    let value = finding.value?;
    let ours = |label: &str| mode.labels.iter().any(|known| known.ours == label);
    let chosen = match finding.readings.first() {
        Some(first) if !ours(&first.label) => {
            let wanted = mode.labels.first()?;
            finding.readings.iter().find(|reading| reading.label == wanted.ours)?.value
        }
        _ => value,
    };
    Some(chosen / mode.divisor)
}

#[cfg(test)]
mod tests;
