//! A chart of counts over time, as SVG inside a page: no script, no fixed width, readable by a screen reader.
//!
//! Three states look different: a count, a count of 0, and time that was not collected (hatched).

mod scale;
mod svg;

use crate::samples::minute::Span;

pub use svg::svg;

/// One column: the counts of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its begin, for people: `Mon 14:20`.
    pub label: String,
    /// What was counted; `None` if nothing of the step was collected.
    pub count: Option<u64>,
    /// What was counted a week before; `None` if that was not collected.
    pub before: Option<u64>,
}

/// A mark on the time axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Its time, in seconds of Unix time.
    pub at: i64,
    /// Its text; empty for a mark without one.
    pub label: String,
    /// Whether the text is left out on a narrow screen.
    pub only_wide: bool,
}

/// How bad it is to be beyond a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// A warning.
    Warning,
    /// Critical.
    Critical,
}

/// A limit, drawn as a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// The height of the line, in counts of one step.
    pub height: f64,
    /// What it is: `at least 100 in 60m`.
    pub label: String,
    /// How bad it is to be beyond it.
    pub severity: Severity,
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Letters, digits, hyphens and underscores; unique on the page.
    pub id: String,
    /// What it shows: `mail_sent, last day`.
    pub title: String,
    /// The begin of the first column, in seconds of Unix time.
    pub from: i64,
    /// The length of a column in seconds.
    pub step: i64,
    /// The columns, the last of which may not be over.
    pub columns: Vec<Column>,
    /// The time that was collected.
    pub covered: Vec<Span>,
    /// When it is drawn; the column of this time is not over yet.
    pub now: i64,
    /// The limits.
    pub limits: Vec<Limit>,
    /// The marks on the time axis, by time.
    pub ticks: Vec<Tick>,
}

/// The newest time is collected a little later: this much of it is no gap yet.
const NOT_READ_YET: i64 = 120;

impl Chart {
    /// The end of the last column.
    pub fn to(&self) -> i64 {
        self.from + self.step * i64::try_from(self.columns.len()).unwrap_or(0)
    }

    /// The column that is not over yet.
    pub(super) fn open(&self) -> Option<usize> {
        let column = usize::try_from((self.now - self.from).div_euclid(self.step)).ok()?;
        (column < self.columns.len()).then_some(column)
    }

    /// The time up to now that was not collected, by time.
    pub fn gaps(&self) -> Vec<Span> {
        let end = self.to().min(self.now);
        let mut covered: Vec<Span> =
            self.covered.iter().map(|span| span.overlap(Span { from: self.from, to: end })).collect();
        covered.retain(|span| span.seconds() > 0);
        covered.sort_unstable();
        let mut gaps = Vec::new();
        let mut from = self.from;
        for span in covered {
            if span.from > from {
                gaps.push(Span { from, to: span.from });
            }
            from = from.max(span.to);
        }
        if end - from > NOT_READ_YET {
            gaps.push(Span { from, to: end });
        }
        gaps
    }

    /// The sums from each mark to the next, with the first mark's column as label: the chart in words.
    pub fn sums(&self) -> Vec<Sum> {
        let starts = self.ticks.iter().map(|tick| tick.at).filter(|at| (self.from..self.to()).contains(at));
        let mut bounds: Vec<i64> = std::iter::once(self.from).chain(starts).chain([self.to()]).collect();
        bounds.dedup();
        bounds
            .windows(2)
            .filter_map(|pair| {
                let column = |at: i64| usize::try_from((at - self.from).div_euclid(self.step)).unwrap_or(0);
                let columns = self.columns.get(column(pair[0])..column(pair[1]).min(self.columns.len()))?;
                let add = |of: fn(&Column) -> Option<u64>| {
                    columns.iter().filter_map(of).fold(None, |sum, count| Some(sum.unwrap_or(0) + count))
                };
                Some(Sum {
                    label: columns.first()?.label.clone(),
                    count: add(|column| column.count),
                    before: add(|column| column.before),
                })
            })
            .collect()
    }
}

/// A sum of columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The first column's label.
    pub label: String,
    /// What was counted; `None` if nothing was collected.
    pub count: Option<u64>,
    /// The same a week before.
    pub before: Option<u64>,
}
