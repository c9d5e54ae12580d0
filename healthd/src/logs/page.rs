//! The page `/logs`, from the store and a snapshot of the logs.

use std::collections::BTreeMap;
use std::time::Duration;

use healthd_core::render::chart::{Chart, Column};
use healthd_core::render::logs_page::{Collected, Counter, LogsPage, Ratio, logs_page};
use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::Span;
use healthd_core::text::duration::short;

use super::answers::Sums;
use super::calendar::{Calendar, span};
use super::counts::{Asked, Buckets, Counts, NoCounts, columns};
use super::overview::SumJson;
use super::query::PageAsk;
use super::snapshot::{CounterNow, LogNow, NoCounter, Snapshot};

/// A week in seconds.
const WEEK: i64 = 7 * 86_400;
/// Series that are named on the page.
const TOP: usize = 10;
/// The most counters on one page; the others have a page of their own.
const MOST: usize = 40;

/// What the page is made from, besides the store.
#[derive(Debug)]
pub(crate) struct Surroundings {
    /// The node's name.
    pub(crate) host: String,
    /// The logs.
    pub(crate) snapshot: Snapshot,
    /// When it is made, in seconds of Unix time.
    pub(crate) now: i64,
}

/// Renders the page. A store that cannot be read is a fault on it.
///
/// # Errors
/// When a counter is asked for that does not exist.
pub(crate) fn page(counts: &impl Counts, ask: &PageAsk, around: &Surroundings) -> Result<String, NoCounter> {
    let Surroundings { host, snapshot, now } = around;
    let calendar = Calendar::of_this_machine();
    let chosen = match ask.counters.as_slice() {
        [] => snapshot.counters().collect(),
        names => snapshot.chosen(names)?,
    };
    let mut faults = faults(snapshot, &calendar, *now);
    if chosen.len() > MOST {
        faults.push(format!("{} counters: the first {MOST} are shown, ask for others by name", chosen.len()));
    }
    let made = Making { counts, ask, calendar: &calendar, now: *now };
    let (counters, ratios) = made.all(&chosen[..chosen.len().min(MOST)], snapshot).unwrap_or_else(|error| {
        if !faults.iter().any(|fault| fault.contains(&error.0)) {
            faults.push(error.to_string());
        }
        (Vec::new(), Vec::new())
    });
    Ok(logs_page(&LogsPage {
        host,
        zone: &calendar.zone(*now),
        made: &calendar.moment(*now),
        range: ask.range,
        kept: &ask.kept,
        reloads: ask.reloads,
        faults: &faults,
        counters: &counters,
        ratios: &ratios,
        configured: !snapshot.logs.is_empty(),
    }))
}

fn faults(snapshot: &Snapshot, calendar: &Calendar, now: i64) -> Vec<String> {
    let of_log = |log: &LogNow| {
        let fault = log.fault.as_ref().filter(|fault| snapshot.store_fault.as_ref() != Some(fault))?;
        let since = log.fault_since.map(|at| format!(" (since {})", calendar.minute(at, now))).unwrap_or_default();
        let name = if fault.contains(&log.name) { String::new() } else { format!("{}: ", log.name) };
        Some(format!("{name}{fault}{since}"))
    };
    let store = snapshot.store_fault.iter().cloned();
    store.chain(snapshot.logs.iter().filter_map(of_log)).collect()
}

struct Making<'a, C> {
    counts: &'a C,
    ask: &'a PageAsk,
    calendar: &'a Calendar,
    now: i64,
}

impl<C: Counts> Making<'_, C> {
    fn all(
        &self,
        chosen: &[(&LogNow, &CounterNow)],
        snapshot: &Snapshot,
    ) -> Result<(Vec<Counter>, Vec<Ratio>), NoCounts> {
        let mut totals: BTreeMap<String, u64> = BTreeMap::new();
        for total in self.counts.totals()?.into_iter().filter(|total| total.labels.match_all(&self.ask.labels)) {
            *totals.entry(total.counter).or_default() += total.total;
        }
        let (unmatched, logs) = (self.counts.unmatched()?, self.counts.logs()?);
        let mut counters = Vec::new();
        for (number, (log, counter)) in chosen.iter().enumerate() {
            let mut shown = self.counter(number, log, counter)?;
            shown.total = totals.get(&counter.name).copied().unwrap_or(0);
            shown.unmatched = unmatched.get(&counter.name).copied().unwrap_or(0);
            shown.gaps = logs.iter().find(|read| read.log == log.name).map_or(0, |read| read.gaps);
            counters.push(shown);
        }
        let all = chosen.len() == snapshot.counters().count();
        let ratios = snapshot.ratios.iter().filter(|_| all);
        let ratio = |ratio: &super::snapshot::RatioNow| {
            let none = Labels::default();
            let sum = |counter: &str| Sums::of(self.counts, &Asked { counter, labels: &none }, self.now);
            let (of, to) = (sum(&ratio.of)?.hour, sum(&ratio.to)?.hour);
            Ok(Ratio {
                name: ratio.name.clone(),
                of: (ratio.of.clone(), of.count),
                to: (ratio.to.clone(), to.count),
                min: ratio.min,
                collected: to.covered >= to.of,
            })
        };
        Ok((counters, ratios.map(ratio).collect::<Result<_, NoCounts>>()?))
    }

    fn counter(&self, number: usize, log: &LogNow, counter: &CounterNow) -> Result<Counter, NoCounts> {
        let span = span(self.ask.range, self.now);
        let (step, _) = self.ask.range.columns();
        let asked = Asked { counter: &counter.name, labels: &self.ask.labels };
        let sums = Sums::of(self.counts, &asked, self.now)?;
        let buckets = self.counts.buckets(&asked, span, step)?;
        let (top, further) = top(&buckets);
        let labels = if self.ask.labels.is_empty() { String::new() } else { format!(" {}", self.ask.labels) };
        Ok(Counter {
            name: format!("{}{labels}", counter.name),
            log: log.name.clone(),
            hour: collected(sums.hour),
            day: collected(sums.day),
            total: 0,
            newest: sums.newest.map(|at| self.calendar.minute(at, self.now)),
            read: log
                .read_age
                .map(|age| format!("{} ago", short(Duration::try_from_secs_f64(age).unwrap_or_default()))),
            unmatched: 0,
            gaps: 0,
            chart: self.chart(number, &format!("{}{labels}", counter.name), &asked, &buckets, span)?,
            top,
            further,
        })
    }

    fn chart(
        &self,
        number: usize,
        name: &str,
        asked: &Asked<'_>,
        buckets: &Buckets,
        span: Span,
    ) -> Result<Chart, NoCounts> {
        let (step, _) = self.ask.range.columns();
        let coverage = self.counts.coverage(asked.counter, span)?;
        let counts = columns(buckets.values(), &coverage, span, step);
        let earlier = Span { from: span.from - WEEK, to: span.to - WEEK };
        let before = self.counts.buckets(asked, earlier, step)?;
        let before = columns(before.values(), &self.counts.coverage(asked.counter, earlier)?, earlier, step);
        let column = |(at, (count, before))| Column { label: self.calendar.label(self.ask.range, at), count, before };
        Ok(Chart {
            id: format!("chart{number}"),
            title: format!("{name}, last {}", self.ask.range.name()),
            from: span.from,
            step,
            columns: super::counts::steps(span, step).zip(counts.into_iter().zip(before)).map(column).collect(),
            covered: coverage,
            now: self.now,
            limits: self.ask.lines(step),
            ticks: self.calendar.ticks(self.ask.range, span),
        })
    }
}

fn collected(sum: SumJson) -> Collected {
    Collected { count: sum.count, covered: sum.covered, of: sum.of }
}

/// The largest series with their sums, then how many more there are and their sum.
fn top(buckets: &Buckets) -> (Vec<(Labels, u64)>, (u64, u64)) {
    let mut sums: Vec<(Labels, u64)> =
        buckets.iter().map(|(labels, counts)| (labels.clone(), counts.values().sum())).collect();
    sums.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let further = sums.split_off(sums.len().min(TOP));
    let rest = further.iter().map(|(_, sum)| sum).sum();
    (sums, (u64::try_from(further.len()).unwrap_or(u64::MAX), rest))
}
