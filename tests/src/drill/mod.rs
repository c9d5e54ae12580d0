//! `make drill`: builds a real site in network namespaces, inflicts one fault after the other under load, and judges
//! what the clients saw.
//!
//! [`network`] has the cables, [`node`] and [`site`] have the processes, [`configuration`] their settings. With
//! [`console`] the drill itself queries a database. [`fault`] names the faults, [`inflict`] inflicts and repairs them.
//! [`clients`], [`workload`] and [`mod@watch`] send requests, [`seen`] records the answers, [`judge`] compares them
//! with the promises. [`round`] is the sequence, [`report`] and [`table`] print it.

mod arguments;
mod clients;
mod configuration;
mod console;
mod fault;
mod inflict;
mod judge;
mod network;
mod node;
mod place;
mod random;
mod report;
mod round;
mod seen;
mod site;
mod table;
mod watch;
mod workload;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser as _;
use serde_json::Value;

pub use self::arguments::Arguments;
pub use self::configuration::{Configuration, Pace};
pub use self::fault::{Fault, Side};
pub use self::report::{Report, Totals};
use self::site::{Plan, Site};
use crate::netns;
use crate::progress::Progress;
use crate::stop::{Ended, Stop};
use crate::workdir::target;

/// The drill gives up after this many sites in a row could not be started.
const ATTEMPTS: usize = 3;

/// Why a report ends early after a signal.
const INTERRUPTION: &str = "interrupted";

/// Runs the program. The exit code is 0 if every promise was kept, otherwise 1.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            error.print().ok();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let stop = match Stop::on_signals() {
        Ok(stop) => stop,
        Err(error) => return failed(&error.to_string()),
    };
    match run(&arguments, &stop) {
        Ok(reports) => conclude(&arguments, &reports),
        Err(Ended::Interrupted) => interrupted(),
        Err(Ended::Failed(why)) => failed(&why),
    }
}

/// The exit code that a shell reports for a program that SIGINT has ended.
fn interrupted() -> ExitCode {
    ExitCode::from(130)
}

#[expect(clippy::print_stderr, reason = "why there is no table")]
fn failed(why: &str) -> ExitCode {
    eprintln!("drill: {why}");
    ExitCode::FAILURE
}

#[expect(clippy::print_stdout, reason = "the table is what the drill is for")]
fn conclude(arguments: &Arguments, reports: &[Report]) -> ExitCode {
    for report in reports {
        println!("{}", report.table());
    }
    if let Some(file) = &arguments.json {
        let all: Vec<Value> = reports.iter().map(Report::json).collect();
        if let Err(error) = std::fs::write(file, format!("{:#}\n", Value::from(all))) {
            return failed(&format!("{}: {error}", file.display()));
        }
    }
    if reports.iter().any(|report| report.ended() == Some(INTERRUPTION)) {
        return interrupted();
    }
    let all_well = reports.iter().all(|report| report.broken().is_empty() && report.ended().is_none());
    if all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Drills each configuration. A signal ends the run early, with the rounds until then.
///
/// # Errors
/// When no site can be started at all.
pub fn run(arguments: &Arguments, stop: &Stop) -> Result<Vec<Report>, Ended> {
    netns::available().map_err(Ended::Failed)?;
    arguments.flavor.available().map_err(Ended::Failed)?;
    arguments.haproxy.available().map_err(Ended::Failed)?;
    let steps = arguments.rounds * arguments.config.len();
    let progress = Progress::new(u64::try_from(steps).unwrap_or_default());
    let left = place::remove_leftovers();
    if left > 0 {
        progress.line(&format!("removed what killed runs have left: {left} networks and disks"));
    }
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| time.as_secs());
    let seed = arguments.seed.unwrap_or_else(clock);
    let mut reports = Vec::new();
    for &configuration in &arguments.config {
        let plan = Plan {
            configuration,
            flavor: arguments.flavor,
            pace: arguments.pace(configuration),
            proxies: arguments.proxies,
            haproxy: arguments.haproxy,
            hold: arguments.hold,
        };
        let faults = Fault::order(&arguments.faults(configuration), seed, arguments.rounds);
        progress.line(&format!("{configuration}: {} rounds of seed {seed}, on {}", faults.len(), plan.flavor));
        let mut report = Report { plan, seed, rounds: Vec::new(), not_counted: 0, ended: None };
        // A panic of the harness, for example because a server does not start, must not prevent the table.
        let drilled = catch_unwind(AssertUnwindSafe(|| rounds(&mut report, &faults, stop, &progress)));
        let outcome = drilled.unwrap_or_else(|_| Err(Ended::Failed("a panic, see above".to_owned())));
        let interrupted = matches!(outcome, Err(Ended::Interrupted));
        report.ended = outcome.err().map(|ended| match ended {
            Ended::Interrupted => INTERRUPTION.to_owned(),
            Ended::Failed(why) => why,
        });
        reports.push(report);
        if interrupted {
            break;
        }
    }
    Ok(reports)
}

fn rounds(report: &mut Report, faults: &[Fault], stop: &Stop, progress: &Progress) -> Result<(), Ended> {
    let mut running: Option<Site> = None;
    let mut failures = 0;
    for (number, &fault) in (1..).zip(faults) {
        progress.say(&format!("{} round {number} of {}: {fault}", report.plan.configuration, faults.len()));
        let site = match &mut running {
            Some(site) => site,
            None => running.insert(Site::start(report.plan, stop)?),
        };
        match round::run(site, number, fault, report.seed, stop) {
            Ok(round) => {
                failures = 0;
                progress.line(&report::line(&round));
                let is_settled = round.unsettled.is_none();
                let broken_before = report.broken().len();
                report.rounds.push(round);
                if !is_settled || report.broken().len() > broken_before {
                    keep_logs(site, report, number, progress);
                }
                if !is_settled {
                    running = None;
                }
            }
            Err(Ended::Interrupted) => return Err(Ended::Interrupted),
            Err(Ended::Failed(why)) => {
                failures += 1;
                report.not_counted += 1;
                progress.line(&format!("{number:>4}  {fault}: not counted: {why}"));
                keep_logs(site, report, number, progress);
                if failures == ATTEMPTS {
                    return Err(Ended::Failed(why));
                }
                running = None;
            }
        }
        progress.step();
    }
    Ok(())
}

/// The logs are read after the site has ended.
fn keep_logs(site: &Site, report: &Report, number: usize, progress: &Progress) {
    let name = format!("{}-{}-seed-{}-round-{number}", report.plan.configuration, report.plan.flavor, report.seed);
    let dir = target().join("drill").join(name);
    let examples = report.rounds.last().filter(|round| round.number == number).map(|round| &round.findings.examples);
    for example in examples.into_iter().flatten() {
        progress.line(&format!("      {example}"));
    }
    match site.keep_logs(&dir) {
        Ok(()) => progress.line(&format!("      logs: {}", shown(&dir))),
        Err(error) => progress.line(&format!("      no logs in {}: {error}", shown(&dir))),
    }
}

/// A path relative to the user's working directory.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}
