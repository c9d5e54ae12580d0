//! A store in memory, for tests.

use std::collections::{BTreeMap, BTreeSet};

use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::{Minute, Span};
use healthd_core::samples::window::Window;

use super::counts::{Asked, Buckets, Counts, NoCounts, Read, Total};
use super::snapshot::{CounterNow, LogNow, RatioNow, Snapshot};

/// Minutes by counter, and the time that all were collected.
#[derive(Debug, Clone, Default)]
pub(super) struct Fake {
    pub(super) minutes: BTreeMap<(String, Labels, i64), u64>,
    pub(super) coverage: Vec<Span>,
    pub(super) fails: Option<String>,
}

impl Fake {
    pub(super) fn add(&mut self, counter: &str, labels: &[(&str, &str)], at: i64, count: u64) {
        let labels = labels.iter().copied().collect();
        *self.minutes.entry((counter.to_owned(), labels, Minute::of(at).start())).or_default() += count;
    }

    fn works(&self) -> Result<(), NoCounts> {
        self.fails.clone().map_or(Ok(()), |error| Err(NoCounts(error)))
    }

    fn matching<'a>(&'a self, asked: &'a Asked<'_>, span: Span) -> impl Iterator<Item = (&'a Labels, i64, u64)> {
        self.minutes.iter().filter_map(move |((counter, labels, at), count)| {
            let wanted = counter == asked.counter && labels.match_all(asked.labels);
            (wanted && (span.from..span.to).contains(at)).then_some((labels, *at, *count))
        })
    }
}

impl Counts for Fake {
    fn window(&self, asked: &Asked<'_>, minutes: u32, _: u32, now: i64) -> Result<Window, NoCounts> {
        self.works()?;
        let to = Minute::of(now).start();
        let span = Span { from: to - i64::from(minutes) * 60, to };
        Ok(Window {
            counter: asked.counter.to_owned(),
            labels: asked.labels.clone(),
            from: span.from,
            to,
            sum: self.matching(asked, span).map(|(_, _, count)| count).sum(),
            covered: self.coverage.iter().map(|covered| covered.overlap(span).seconds()).sum::<i64>().unsigned_abs(),
            covered_to: self.coverage.last().map(|covered| covered.to),
            newest: self.matching(asked, Span { from: 0, to: i64::MAX }).map(|(_, at, _)| at).max(),
            ..Window::default()
        })
    }

    fn buckets(&self, asked: &Asked<'_>, span: Span, step: i64) -> Result<Buckets, NoCounts> {
        self.works()?;
        let mut buckets = Buckets::new();
        for (labels, at, count) in self.matching(asked, span) {
            let at = span.from + (at - span.from).div_euclid(step) * step;
            *buckets.entry(labels.clone()).or_default().entry(at).or_default() += count;
        }
        Ok(buckets)
    }

    fn coverage(&self, _: &str, span: Span) -> Result<Vec<Span>, NoCounts> {
        self.works()?;
        Ok(self.coverage.iter().map(|covered| covered.overlap(span)).filter(|span| span.seconds() > 0).collect())
    }

    fn totals(&self) -> Result<Vec<Total>, NoCounts> {
        self.works()?;
        let mut totals: BTreeMap<(String, Labels), u64> = BTreeMap::new();
        for ((counter, labels, _), count) in &self.minutes {
            *totals.entry((counter.clone(), labels.clone())).or_default() += count;
        }
        Ok(totals.into_iter().map(|((counter, labels), total)| Total { counter, labels, total }).collect())
    }

    fn logs(&self) -> Result<Vec<Read>, NoCounts> {
        self.works()?;
        Ok(vec![Read { log: "/l".to_owned(), gaps: 1, ..Read::default() }])
    }

    fn unmatched(&self) -> Result<BTreeMap<String, u64>, NoCounts> {
        self.works()?;
        Ok(BTreeMap::from([("sent".to_owned(), 2)]))
    }
}

/// One log with these counters, and a ratio of the first two.
pub(super) fn snapshot(counters: &[&str]) -> Snapshot {
    let counter = |name: &&str| CounterNow { name: (*name).to_owned(), labels: BTreeSet::from(["status".to_owned()]) };
    let ratio =
        |of: &str, to: &str| RatioNow { name: "share".to_owned(), of: of.to_owned(), to: to.to_owned(), min: 10 };
    Snapshot {
        logs: vec![LogNow {
            name: "/l".to_owned(),
            counters: counters.iter().map(counter).collect(),
            fault: None,
            fault_since: None,
            read_age: Some(0.5),
        }],
        ratios: if counters.len() > 1 { vec![ratio(counters[1], counters[0])] } else { Vec::new() },
        store_fault: None,
    }
}
