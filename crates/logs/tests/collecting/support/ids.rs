//! Counts the lines that contain `line N `, by N.

use std::collections::BTreeMap;

use healthd_core::samples::batch::{Counted, Tally};
use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::Minute;
use healthd_logs::sink::{Counting, Sink};
use healthd_logs::spec::{CounterSpec, LogSpec, Matcher, SourceSpec, TimeFormat};

/// Every counter of it counts the same: each line, by its number.
#[derive(Debug)]
pub(crate) struct Ids {
    names: Vec<String>,
    counts: BTreeMap<String, u64>,
    times: Option<(i64, i64)>,
    tally: Tally,
    /// The beginnings of long lines.
    pub(crate) long: Vec<Vec<u8>>,
    /// Lines without a number.
    pub(crate) others: Vec<Vec<u8>>,
}

impl Ids {
    pub(crate) fn new(spec: &LogSpec) -> Ids {
        let names = spec.counters.iter().map(|counter| counter.name.clone()).collect();
        Ids {
            names,
            counts: BTreeMap::new(),
            times: None,
            tally: Tally::default(),
            long: Vec::new(),
            others: Vec::new(),
        }
    }

    fn count(&mut self, line: &[u8], arrival: i64) {
        self.tally.lines += 1;
        let text = String::from_utf8_lossy(line);
        let number = text.split("line ").nth(1).and_then(|rest| rest.split(' ').next());
        match number.filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())) {
            Some(number) => *self.counts.entry(number.to_owned()).or_default() += 1,
            None => self.others.push(line.to_vec()),
        }
        let time = text.split("time ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap_or(arrival);
        let (first, last) = self.times.unwrap_or((time, time));
        self.times = Some((first, last.max(time)));
    }
}

impl Sink for Ids {
    fn lines(&mut self, block: &[u8], arrival: i64) {
        assert_eq!(block.last(), Some(&b'\n'), "a block has whole lines");
        block.split_inclusive(|byte| *byte == b'\n').for_each(|line| self.count(line, arrival));
    }

    fn long_line(&mut self, beginning: &[u8], arrival: i64) {
        self.tally.long_lines += 1;
        self.long.push(beginning.to_vec());
        self.count(beginning, arrival);
    }

    fn generation(&mut self) {}
}

impl Counting for Ids {
    fn take(&mut self) -> (BTreeMap<String, Counted>, Tally) {
        self.times = None;
        let counts = std::mem::take(&mut self.counts);
        let buckets: BTreeMap<_, _> = counts
            .into_iter()
            .map(|(number, count)| ((Labels::from_iter([("id", number)]), Minute(0)), count))
            .collect();
        let counted = |name: &String| (name.clone(), Counted { buckets: buckets.clone(), ..Counted::default() });
        (self.names.iter().map(counted).collect(), std::mem::take(&mut self.tally))
    }

    fn times(&self) -> Option<(i64, i64)> {
        self.times
    }
}

/// A log with counters of these names.
pub(crate) fn spec(source: SourceSpec, counters: &[&str]) -> LogSpec {
    let counter = |name: &&str| CounterSpec {
        name: (*name).to_owned(),
        matcher: Matcher::Regex("line".to_owned()),
        filter: BTreeMap::new(),
        labels: None,
        max_series: 100,
        content_filters: Vec::new(),
    };
    LogSpec { source, time: TimeFormat::Auto, zone: None, counters: counters.iter().map(counter).collect() }
}
