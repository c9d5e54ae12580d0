//! `healthd logs test-counter`: what a counter makes of a file.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use healthd_core::render::bars::bars;
use healthd_core::render::html::grouped;
use healthd_core::samples::minute::Minute;
use healthd_logs::tester::{Report, TestError, test};

use super::super::output::{Exit, say, say_error};
use super::bar::Bar;
use super::surroundings::{now, terminal};
use crate::cli::{ListenArgs, SourceArgs};
use crate::config;
use crate::logs::calendar::Calendar;

/// More minutes are shown as hours; of more hours, the last ones.
const MOST_BARS: usize = 60;
/// The two first bytes of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Why a counter cannot be tried.
#[derive(Debug, thiserror::Error)]
enum NotTried {
    /// No log has it.
    #[error("`{name}` is not a counter of the configuration: {known}")]
    NoCounter { name: String, known: String },
    /// The file cannot be read.
    #[error("cannot read {}: {error}", file.display())]
    Unreadable { file: PathBuf, error: io::Error },
    /// The counter does not work on it.
    #[error("{}: {error}", file.display())]
    Test { file: PathBuf, error: TestError },
}

/// Runs the command.
pub(super) fn run(source: &SourceArgs, name: &str, file: &Path) -> Exit {
    let config = match config::load(source, &ListenArgs::default()) {
        Ok(config) => config,
        Err(error) => return say_error(Exit::Usage, &error),
    };
    match report(&config.logs, name, file) {
        Ok(report) => {
            say(&text(&report, &Calendar::of_this_machine()));
            if report.count > 0 { Exit::Success } else { Exit::Failure }
        }
        Err(error) => say_error(Exit::Usage, &error),
    }
}

fn report(logs: &config::LogsConfig, name: &str, file: &Path) -> Result<Report, NotTried> {
    let spec = logs.logs.iter().find(|spec| spec.counters.iter().any(|counter| counter.name == name));
    let spec = spec.ok_or_else(|| {
        let known = logs.counters().map(|(_, counter)| counter.name.as_str()).collect::<Vec<_>>().join(", ");
        let known = if known.is_empty() { "none is configured, add [[log]]".to_owned() } else { known };
        NotTried::NoCounter { name: healthd_core::text::clean::one_line(name, 60), known }
    })?;
    let unreadable = |error| NotTried::Unreadable { file: file.to_owned(), error };
    let opened = File::open(file).map_err(unreadable)?;
    let length = opened.metadata().map_err(unreadable)?.len();
    let mut reader = BufReader::new(opened);
    let is_compressed = reader.fill_buf().map_err(unreadable)?.starts_with(&GZIP);
    let bar = Bar::new(&file.display().to_string(), (!is_compressed && length > 0).then_some(length));
    let mut plain: Box<dyn Read> = if is_compressed { Box::new(MultiGzDecoder::new(reader)) } else { Box::new(reader) };
    test(spec, name, &mut plain, now(), &mut |bytes| bar.set(bytes))
        .map_err(|error| NotTried::Test { file: file.to_owned(), error })
}

/// The report for people.
fn text(report: &Report, calendar: &Calendar) -> String {
    let mut text = String::new();
    write_text(&mut text, report, calendar).expect("a String takes it");
    text
}

fn write_text(text: &mut String, report: &Report, calendar: &Calendar) -> std::fmt::Result {
    let size = format!("{} lines, {}", grouped(report.lines), bytes(report.bytes));
    writeln!(
        text,
        "{}: {} counted in {size}, {:.0} MB/s",
        report.counter,
        grouped(report.count),
        report.megabytes_per_second()
    )?;
    if report.unmatched > 0 {
        writeln!(text, "{} lines resemble it and do not match: see below", grouped(report.unmatched))?;
    }
    if report.without_time > 0 {
        writeln!(text, "{} lines without a usable time are counted in the minute now", grouped(report.without_time))?;
    }
    counts(text, report, calendar)?;
    if report.series.keys().any(|labels| !labels.is_empty()) {
        let mut series: Vec<_> = report.series.iter().collect();
        series.sort_by(|a, b| b.1.cmp(a.1));
        writeln!(text, "\nby labels")?;
        for (labels, count) in series.iter().take(MOST_BARS) {
            writeln!(text, "{:>12}  {labels}", grouped(**count))?;
        }
        if let Some(more) = series.len().checked_sub(MOST_BARS).filter(|more| *more > 0) {
            writeln!(text, "{:>12}  more", grouped(u64::try_from(more).unwrap_or(u64::MAX)))?;
        }
    }
    if !report.first.is_empty() {
        writeln!(text, "\nthe first lines that match")?;
        report.first.iter().try_for_each(|line| writeln!(text, "  {line}"))?;
    }
    if !report.nearest.is_empty() {
        writeln!(text, "\nlines that nearly match")?;
        report.nearest.iter().try_for_each(|near| writeln!(text, "  {}\n    {}", near.line, near.why))?;
    }
    Ok(())
}

/// What was counted by minute, or by hour if there are many.
fn counts(text: &mut String, report: &Report, calendar: &Calendar) -> std::fmt::Result {
    let mut steps: Vec<(i64, u64)> = Vec::new();
    let (length, unit) = if report.minutes.len() <= MOST_BARS { (60, "minute") } else { (3600, "hour") };
    for (Minute(minute), count) in &report.minutes {
        let at = (minute * Minute::SECONDS).div_euclid(length) * length;
        match steps.last_mut() {
            Some((last, sum)) if *last == at => *sum += count,
            _ => steps.push((at, *count)),
        }
    }
    if steps.is_empty() {
        return Ok(());
    }
    let left_out = steps.len().saturating_sub(MOST_BARS);
    let which = if left_out > 0 { format!(", the last {MOST_BARS} of {}", steps.len()) } else { String::new() };
    writeln!(text, "\nby {unit}{which}; those without any are left out")?;
    let bar = |(at, count): &(i64, u64)| healthd_core::render::bars::Bar {
        label: calendar.row(*at),
        count: Some(*count),
        is_open: false,
    };
    text.push_str(&bars(&steps[left_out..].iter().map(bar).collect::<Vec<_>>(), terminal()));
    Ok(())
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes % 1_000 / 100),
        _ => format!("{}.{} MB", grouped(bytes / 1_000_000), bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use healthd_core::samples::labels::Labels;
    use healthd_logs::tester::Near;

    use super::*;

    #[test]
    fn the_report_shows_counts_labels_and_lines() {
        let labels = |status: &str| [("status", status)].into_iter().collect::<Labels>();
        let report = Report {
            counter: "mail_sent".to_owned(),
            lines: 33_734,
            bytes: 3_763_563,
            count: 1205,
            minutes: BTreeMap::from([(Minute(29_934_900), 1200), (Minute(29_934_903), 5)]),
            series: BTreeMap::from([(labels("sent"), 1200), (labels("bounced"), 5)]),
            without_time: 1,
            unmatched: 2,
            first: vec!["a line".to_owned()],
            nearest: vec![Near { line: "another line".to_owned(), why: "it lacks `status=`".to_owned() }],
            elapsed: Duration::from_millis(4),
        };
        let text = text(&report, &Calendar::of_this_machine());
        for part in [
            "mail_sent: 1,205 counted in 33,734 lines, 3.7 MB, 941 MB/s\n",
            "2 lines resemble it and do not match: see below\n",
            "1 lines without a usable time are counted in the minute now\n",
            "by minute; those without any are left out\n",
            "by labels\n       1,200  status=sent\n           5  status=bounced\n",
            "the first lines that match\n  a line\n",
            "lines that nearly match\n  another line\n    it lacks `status=`\n",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn many_minutes_are_shown_as_hours() {
        let minutes = (0..7200).map(|minute| (Minute(29_934_900 + minute), 1)).collect();
        let report = Report {
            counter: "all".to_owned(),
            lines: 7200,
            bytes: 900,
            count: 7200,
            minutes,
            series: BTreeMap::new(),
            without_time: 0,
            unmatched: 0,
            first: Vec::new(),
            nearest: Vec::new(),
            elapsed: Duration::ZERO,
        };
        let text = text(&report, &Calendar::of_this_machine());
        assert!(text.contains("7,200 lines, 900 bytes") && text.contains("by hour, the last 60 of 1"), "{text}");
        assert!(text.lines().filter(|line| line.contains(" 60 ")).count() >= 58, "{text}");
    }
}
