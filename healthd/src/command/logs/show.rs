//! `healthd logs show`: what was counted, as bars in a terminal, as plain numbers in a pipe.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _};
use std::time::Duration;

use healthd_core::render::bars::{Bar, bars, sparkline};
use healthd_core::render::html::grouped;
use healthd_core::text::duration::short;
use serde::Deserialize;

use super::super::client::{self, ClientError};
use super::super::output::{Exit, say, say_error};
use super::super::socket::socket;
use super::surroundings::{now, terminal};
use crate::cli::ShowArgs;
use crate::logs::calendar::{Calendar, seconds};
use crate::logs::overview::{CounterJson, LogJson, Overview, SumJson};
use crate::net::sockets::QUERY;

/// Up to this time, a bar is a minute.
const MINUTES_UP_TO: Duration = Duration::from_secs(3 * 3600);

/// Runs the command.
pub(super) fn run(args: &ShowArgs) -> Exit {
    match show(args) {
        Ok(text) => {
            say(&text);
            Exit::Success
        }
        Err(error) => say_error(Exit::Failure, &error),
    }
}

fn show(args: &ShowArgs) -> Result<String, ClientError> {
    if args.json {
        return match &args.counter {
            None => ask::<serde_json::Value>(args, "/api/logs"),
            Some(counter) => ask(args, &series(args, counter, step(args.since))),
        }
        .map(|json| format!("{json:#}\n"));
    }
    let overview: Overview = ask(args, "/api/logs")?;
    let counters = || overview.logs.iter().flat_map(|log| log.counters.iter().map(move |counter| (log, counter)));
    let shown = match &args.counter {
        Some(wanted) => counters().find(|(_, counter)| counter.name == *wanted),
        None if counters().count() == 1 => counters().next(),
        None => return Ok(all(&overview)),
    };
    // A name that is not known is refused by the daemon, with those that are.
    let name = shown.map(|(_, counter)| &counter.name).or(args.counter.as_ref());
    let Some(name) = name else { return Ok("no counter is configured: add [[log]] to the configuration\n".to_owned()) };
    let step = step(args.since);
    let rows: Vec<Row> = ask(args, &series(args, name, step))?;
    if !io::stdout().is_terminal() {
        let line =
            |row: &Row| format!("{} {}\n", row.time, row.value.map_or("-".to_owned(), |value| value.to_string()));
        return Ok(rows.iter().map(line).collect());
    }
    let mut text = shown.map(|(log, counter)| head(log, counter)).unwrap_or_default();
    text.push_str(&drawn(&rows, step));
    Ok(text)
}

/// One step of `/api/series`.
#[derive(Debug, Deserialize)]
struct Row {
    time: String,
    value: Option<u64>,
}

fn ask<T: serde::de::DeserializeOwned>(args: &ShowArgs, target: &str) -> Result<T, ClientError> {
    client::get(socket(&args.source, QUERY), target)
}

fn step(since: Duration) -> i64 {
    if since <= MINUTES_UP_TO { 60 } else { 3600 }
}

fn series(args: &ShowArgs, counter: &str, step: i64) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("counter", counter);
    query.append_pair("from", &format!("now-{}s", args.since.as_secs()));
    query.append_pair("step", &step.to_string()).append_pair("gaps", "all").append_pair("open", "yes");
    for (name, value) in &args.labels {
        query.append_pair(&format!("label.{name}"), value);
    }
    format!("/api/series?{}", query.finish())
}

/// The counter's sums.
fn head(log: &LogJson, counter: &CounterJson) -> String {
    let mut text = format!("{}  {}\n", counter.name, log.log);
    if let Some(fault) = &log.fault {
        writeln!(text, "fault: {fault}").expect("a String takes it");
    }
    let read = log.read_age.map_or("not yet".to_owned(), |age| {
        format!("{} ago", short(Duration::try_from_secs_f64(age).unwrap_or_default()))
    });
    writeln!(
        text,
        "last hour {}, last 24 hours {}, ever {}; log read {read}\n",
        sum(counter.hour),
        sum(counter.day),
        grouped(counter.total)
    )
    .expect("a String takes it");
    text
}

/// A sum that is a lower bound says so.
fn sum(sum: SumJson) -> String {
    match (sum.covered, sum.of) {
        (covered, of) if covered >= of => grouped(sum.count),
        (0, _) if sum.count == 0 => "not collected".to_owned(),
        (covered, of) => format!("{} or more ({} % collected)", grouped(sum.count), covered * 100 / of.max(1)),
    }
}

fn drawn(rows: &[Row], step: i64) -> String {
    let (calendar, now) = (Calendar::of_this_machine(), now());
    let bar = |row: &Row| {
        let at = seconds(&row.time)?;
        Some(Bar { label: calendar.row(at), count: row.value, is_open: now < at + step })
    };
    bars(&rows.iter().filter_map(bar).collect::<Vec<_>>(), terminal())
}

/// Every counter with its sums, and the last day as one line.
fn all(overview: &Overview) -> String {
    let unicode = terminal().unicode;
    let counters = || overview.logs.iter().flat_map(|log| &log.counters);
    let width = counters().map(|counter| counter.name.len()).max().unwrap_or(0).max(7);
    let mut text = String::new();
    let faults = overview.store_fault.iter().chain(overview.logs.iter().filter_map(|log| log.fault.as_ref()));
    for fault in faults {
        writeln!(text, "fault: {fault}").expect("a String takes it");
    }
    if overview.logs.is_empty() {
        return "no counter is configured: add [[log]] to the configuration\n".to_owned();
    }
    writeln!(text, "{:width$}  {:>12}  {:>12}  last 24 hours, by hour", "counter", "last hour", "last 24 h")
        .expect("a String takes it");
    let mark =
        |sum: SumJson| if sum.covered < sum.of { format!("{}+", grouped(sum.count)) } else { grouped(sum.count) };
    let mut partly = false;
    for counter in counters() {
        partly |= counter.hour.covered < counter.hour.of || counter.day.covered < counter.day.of;
        let line = format!(
            "{:width$}  {:>12}  {:>12}  {}",
            counter.name,
            mark(counter.hour),
            mark(counter.day),
            sparkline(&counter.hours, unicode)
        );
        writeln!(text, "{}", line.trim_end()).expect("a String takes it");
    }
    if partly {
        text.push_str("+ at least: not all of this time was collected\n");
    }
    text
}
