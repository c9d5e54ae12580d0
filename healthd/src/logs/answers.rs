//! The answers of `/api/window`, `/api/series` and `/api/logs`, from the store and a snapshot of the logs.

use std::collections::BTreeMap;
use std::time::Duration;

use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::Span;
use healthd_core::samples::window::{RatioWindow, Window};

use super::counts::{Asked, Buckets, Counts, NoCounts, columns, nothing, steps};
use super::overview::{CounterJson, LogJson, Overview, SumJson};
use super::query::{Gaps, SeriesAsk, WindowAsk};
use super::rows::Row;
use super::snapshot::{CounterNow, LogNow, RatioNow, Snapshot};

/// An hour and a day, in seconds.
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// A counter's window, with how the reading of its log goes. An answer also if the store cannot be read: then with the
/// fault, and nothing counted.
pub(crate) fn window(counts: &impl Counts, log: &LogNow, counter: &CounterNow, ask: &WindowAsk, now: i64) -> Window {
    let asked = Asked { counter: &counter.name, labels: &ask.labels };
    let answer = counts.window(&asked, ask.minutes, ask.weeks, now);
    let mut window =
        answer.unwrap_or_else(|error| Window { fault: Some(error.to_string()), ..nothing(&asked, ask.minutes, now) });
    window.label_names.extend(counter.labels.iter().cloned());
    window.log.clone_from(&log.name);
    window.read_age = log.read_age;
    window.fault = window.fault.or_else(|| log.fault.clone());
    cover_until_the_last_read(&mut window, now);
    window
}

/// A log in which nothing happens is stored once a minute. It was collected until it was last read to its end, so that
/// a window of few minutes is whole in the first second after its end too.
fn cover_until_the_last_read(window: &mut Window, now: i64) {
    let (Some(age), Some(stored)) = (window.read_age, window.covered_to) else { return };
    let age = Duration::try_from_secs_f64(age.ceil()).map_or(u64::MAX, |age| age.as_secs());
    let until = now.saturating_sub(i64::try_from(age).unwrap_or(i64::MAX));
    if until <= stored {
        return;
    }
    let further = Span { from: stored, to: until }.overlap(Span { from: window.from, to: window.to });
    window.covered += u64::try_from(further.seconds()).unwrap_or(0);
    window.covered_to = Some(until);
}

/// Two counters over the same window.
pub(crate) fn ratio(
    counts: &impl Counts,
    snapshot: &Snapshot,
    ratio: &RatioNow,
    min: Option<u64>,
    ask: &WindowAsk,
    now: i64,
) -> Option<RatioWindow> {
    let of = |name: &str| {
        let (log, counter) = snapshot.counter(Some(name)).ok()?;
        Some(window(counts, log, counter, ask, now))
    };
    Some(RatioWindow { ratio: ratio.name.clone(), of: of(&ratio.of)?, to: of(&ratio.to)?, min })
}

/// The most rows of one answer.
const MOST_ROWS: usize = 50_000;

/// Why there are no rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoRows {
    /// The store has no answer.
    #[error(transparent)]
    Counts(#[from] NoCounts),
    /// Too many.
    #[error("more than {MOST_ROWS} rows: ask for a longer step, a shorter time or fewer labels in `by`")]
    TooMany,
}

/// The rows of counters, by time.
pub(crate) fn rows(counts: &impl Counts, counters: &[String], ask: &SeriesAsk, now: i64) -> Result<Vec<Row>, NoRows> {
    let SeriesAsk { span, step, .. } = *ask;
    let mut rows = Vec::new();
    for counter in counters {
        let coverage = counts.coverage(counter, span)?;
        let buckets = counts.buckets(&Asked { counter, labels: &ask.labels }, span, step)?;
        for (labels, buckets) in split(buckets, ask) {
            let values = columns([&buckets], &coverage, span, step);
            let of = |(at, value)| Row { at, counter: counter.clone(), labels: labels.clone(), value };
            let over = |(at, _): &(i64, Option<u64>)| ask.open || at + step <= now;
            let mut series: Vec<(i64, Option<u64>)> = steps(span, step).zip(values).filter(over).collect();
            match ask.gaps {
                Gaps::All => {}
                Gaps::None => series.retain(|(_, value)| value.is_some()),
                Gaps::Inner => {
                    let known = |(_, value): &(i64, Option<u64>)| value.is_some();
                    series.truncate(series.iter().rposition(known).map_or(0, |last| last + 1));
                    series.drain(..series.iter().position(known).unwrap_or(0));
                }
            }
            if rows.len() + series.len() > MOST_ROWS {
                return Err(NoRows::TooMany);
            }
            rows.extend(series.into_iter().map(of));
        }
    }
    rows.sort_by(|a, b| (a.at, &a.counter, &a.labels).cmp(&(b.at, &b.counter, &b.labels)));
    Ok(rows)
}

/// The counts by the labels that rows are split by; one part with all of them if by none.
fn split(buckets: Buckets, ask: &SeriesAsk) -> Buckets {
    let mut parts = Buckets::new();
    if ask.by.is_empty() || buckets.is_empty() {
        parts.insert(ask.labels.clone(), BTreeMap::new());
    }
    for (labels, counts) in buckets {
        let wanted = |name: &str| ask.by.iter().any(|by| by == name);
        let of_series = labels.iter().filter(|(name, _)| wanted(name));
        let part: Labels = of_series.chain(ask.labels.iter()).collect();
        let part = parts.entry(part).or_default();
        for (at, count) in counts {
            *part.entry(at).or_default() += count;
        }
    }
    parts
}

/// Every log with its counters.
pub(crate) fn overview(counts: &impl Counts, snapshot: &Snapshot, now: i64) -> Result<Overview, NoCounts> {
    let mut totals: BTreeMap<String, u64> = BTreeMap::new();
    for total in counts.totals()? {
        *totals.entry(total.counter).or_default() += total.total;
    }
    let mut logs = Vec::new();
    for log in &snapshot.logs {
        let mut counters = Vec::new();
        for counter in &log.counters {
            counters.push(counter_json(counts, counter, totals.get(&counter.name).copied().unwrap_or(0), now)?);
        }
        let fault = log.fault.clone();
        logs.push(LogJson { log: log.name.clone(), fault, read_age: log.read_age, counters });
    }
    Ok(Overview { store_fault: snapshot.store_fault.clone(), logs })
}

fn counter_json(counts: &impl Counts, counter: &CounterNow, total: u64, now: i64) -> Result<CounterJson, NoCounts> {
    let none = Labels::default();
    let asked = Asked { counter: &counter.name, labels: &none };
    let sums = Sums::of(counts, &asked, now)?;
    let to = (now.div_euclid(HOUR) + 1) * HOUR;
    let day = Span { from: to - DAY, to };
    let hours = columns(counts.buckets(&asked, day, HOUR)?.values(), &counts.coverage(&counter.name, day)?, day, HOUR);
    let Sums { hour, day, newest } = sums;
    Ok(CounterJson { name: counter.name.clone(), hour, day, hours, total, newest })
}

/// The sums of a counter over the last complete minutes.
pub(super) struct Sums {
    pub(super) hour: SumJson,
    pub(super) day: SumJson,
    pub(super) newest: Option<i64>,
}

impl Sums {
    pub(super) fn of(counts: &impl Counts, asked: &Asked<'_>, now: i64) -> Result<Sums, NoCounts> {
        let (hour, day) = (counts.window(asked, 60, 0, now)?, counts.window(asked, 24 * 60, 0, now)?);
        let sum = |window: &Window| {
            let of = u64::try_from(window.to - window.from).unwrap_or(0);
            SumJson { count: window.sum, covered: window.covered, of }
        };
        Ok(Sums { hour: sum(&hour), day: sum(&day), newest: day.newest })
    }
}
