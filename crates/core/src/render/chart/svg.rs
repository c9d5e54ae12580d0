//! A chart as SVG. Texts and hatching keep their size at any width; only the curves are stretched.

use std::fmt::{self, Write as _};

use super::super::html::{escape, grouped};
use super::scale::{Scale, short};
use super::{Chart, Column, Severity};
use crate::reading::count_of;
use crate::samples::minute::Span;

/// The height of all of it, in CSS pixels.
const HEIGHT: u32 = 208;
/// The upper end of the plot.
const TOP: f64 = 14.0;
/// The height of the plot.
const PLOT: f64 = 166.0;
/// The height of a line of text.
const TEXT: f64 = 12.0;
/// A gap is seen from this share of the width on, in percent.
const THINNEST_GAP: f64 = 0.4;

/// Draws a chart as an `<svg>` element.
pub fn svg(chart: &Chart) -> String {
    let mut out = String::with_capacity(16 * 1024);
    Drawing { chart, scale: Scale::of(chart) }.draw(&mut out).expect("writing to a String cannot fail");
    out
}

struct Drawing<'a> {
    chart: &'a Chart,
    scale: Scale,
}

impl Drawing<'_> {
    fn draw(&self, out: &mut String) -> fmt::Result {
        let id = escape(&self.chart.id);
        write!(
            out,
            "<svg class=\"chart\" width=\"100%\" height=\"{HEIGHT}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\
             <title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}</desc>\
             <defs><pattern id=\"{id}-h\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><path class=\"hatch\" d=\"M0 0V7\"/></pattern></defs>",
            escape(&self.chart.title),
            escape(&self.description()),
        )?;
        self.grid(out)?;
        self.curves(out)?;
        for gap in self.chart.gaps() {
            let (x, width) = (self.percent(gap.from), self.percent(gap.to) - self.percent(gap.from));
            write!(
                out,
                "<rect class=\"gap\" x=\"{x:.2}%\" width=\"{:.2}%\" y=\"{TOP}\" height=\"{PLOT}\" \
                 fill=\"url(#{id}-h)\"><title>{}</title></rect>",
                width.max(THINNEST_GAP),
                escape(&self.words(gap)),
            )?;
        }
        self.limits(out)?;
        self.axis(out)?;
        out.write_str("</svg>")
    }

    /// The horizontal lines.
    fn grid(&self, out: &mut String) -> fmt::Result {
        for mark in self.scale.marks() {
            let class = if mark == 0.0 { "base" } else { "grid" };
            let y = self.y(mark);
            write!(out, "<line class=\"{class}\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>")?;
        }
        for tick in &self.chart.ticks {
            let (x, end) = (self.percent(tick.at), TOP + PLOT + if tick.label.is_empty() { 3.0 } else { 6.0 });
            write!(out, "<line class=\"base\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"{}\" y2=\"{end}\"/>", TOP + PLOT)?;
        }
        Ok(())
    }

    /// The columns, in a coordinate system with one unit for each.
    fn curves(&self, out: &mut String) -> fmt::Result {
        write!(
            out,
            "<svg y=\"{TOP}\" width=\"100%\" height=\"{PLOT}\" viewBox=\"0 0 {} {PLOT}\" preserveAspectRatio=\"none\">",
            self.chart.columns.len().max(1)
        )?;
        let whole = self.chart.open().unwrap_or(self.chart.columns.len());
        let counts: Vec<_> = self.chart.columns.iter().map(|column| column.count).collect();
        let before: Vec<_> = self.chart.columns.iter().map(|column| column.before).collect();
        self.path(out, "area", &counts[..whole], 0, true)?;
        self.path(out, "open", &counts[whole..], whole, true)?;
        self.path(out, "before", &before, 0, false)?;
        self.path(out, "curve", &counts[..whole], 0, false)?;
        out.write_str("<g class=\"hover\">")?;
        for (number, column) in self.chart.columns.iter().enumerate() {
            let open = self.chart.open() == Some(number);
            // Nothing is said of the time to come.
            if self.chart.open().is_none_or(|open| number <= open) {
                let text = tooltip(column, open);
                write!(
                    out,
                    "<rect x=\"{number}\" width=\"1\" height=\"{PLOT}\"><title>{}</title></rect>",
                    escape(&text)
                )?;
            }
        }
        out.write_str("</g></svg>")
    }

    /// One path in steps; it is interrupted where there is no count.
    fn path(&self, out: &mut String, class: &str, counts: &[Option<u64>], from: usize, filled: bool) -> fmt::Result {
        let mut path = String::new();
        let mut previous = None;
        for (number, count) in (from..).zip(counts) {
            let y = count.map(|count| self.y(count_of(count)) - TOP);
            match (previous, y) {
                (None, Some(y)) if filled => write!(path, "M{number} {PLOT}V{y:.1}h1")?,
                (None, Some(y)) => write!(path, "M{number} {y:.1}h1")?,
                (Some(last), Some(y)) if last == y => path.push_str("h1"),
                (Some(_), Some(y)) => write!(path, "V{y:.1}h1")?,
                (Some(_), None) if filled => write!(path, "V{PLOT}z")?,
                (Some(_) | None, None) => {}
            }
            previous = y;
        }
        if previous.is_some() && filled {
            write!(path, "V{PLOT}z")?;
        }
        if path.is_empty() {
            return Ok(());
        }
        write!(out, "<path class=\"{class}\" vector-effect=\"non-scaling-stroke\" d=\"{path}\"/>")
    }

    fn limits(&self, out: &mut String) -> fmt::Result {
        let mut limits: Vec<_> = self.chart.limits.iter().filter(|limit| self.scale.has(limit.height)).collect();
        limits.sort_by(|a, b| a.height.total_cmp(&b.height));
        // From the lowest to the highest: a text that would touch the one before it stands above that.
        let mut free = f64::INFINITY;
        for limit in limits {
            let (line, text) = match limit.severity {
                Severity::Warning => ("warning", "lw"),
                Severity::Critical => ("critical", "lc"),
            };
            let y = self.y(limit.height);
            let text_y = (y - 4.0).min(free).max(TEXT);
            free = text_y - TEXT;
            write!(
                out,
                "<line class=\"{line}\" x2=\"100%\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>\
                 <text class=\"{text}\" x=\"100%\" dx=\"-4\" y=\"{:.1}\">{}</text>",
                text_y,
                escape(&limit.label)
            )?;
        }
        Ok(())
    }

    /// The texts of both axes, above everything else.
    fn axis(&self, out: &mut String) -> fmt::Result {
        for mark in self.scale.marks().filter(|mark| *mark > 0.0) {
            write!(out, "<text x=\"3\" y=\"{:.1}\">{}</text>", self.y(mark) - 3.0, short(mark))?;
        }
        for tick in self.chart.ticks.iter().filter(|tick| !tick.label.is_empty()) {
            let x = self.percent(tick.at);
            // A text at the edge would be cut.
            if !(3.0..=97.0).contains(&x) {
                continue;
            }
            let class = if tick.only_wide { "t wide" } else { "t" };
            write!(out, "<text class=\"{class}\" x=\"{x:.2}%\" y=\"{}\">{}</text>", HEIGHT - 10, escape(&tick.label))?;
        }
        Ok(())
    }

    fn y(&self, value: f64) -> f64 {
        TOP + PLOT - PLOT * (value / self.scale.top).clamp(0.0, 1.0)
    }

    fn percent(&self, at: i64) -> f64 {
        let from_begin = u64::try_from((at - self.chart.from).max(0)).unwrap_or(0);
        let all = u64::try_from((self.chart.to() - self.chart.from).max(1)).unwrap_or(1);
        (100.0 * count_of(from_begin) / count_of(all)).min(100.0)
    }

    /// The label of the column that has this time.
    fn label(&self, at: i64) -> &str {
        let column = usize::try_from((at - self.chart.from).div_euclid(self.chart.step)).unwrap_or(0);
        self.chart.columns.get(column).map_or("now", |column| column.label.as_str())
    }

    fn words(&self, gap: Span) -> String {
        let seconds = std::time::Duration::from_secs(u64::try_from(gap.seconds()).unwrap_or(0));
        format!("not collected: {} from {}", crate::text::duration::short(seconds), self.label(gap.from))
    }

    /// The chart in a sentence or two.
    fn description(&self) -> String {
        let counts = || self.chart.columns.iter().filter_map(|column| Some((column, column.count?)));
        let sum: u64 = counts().map(|(_, count)| count).sum();
        let mut text = match counts().max_by_key(|(_, count)| *count) {
            None => "Nothing was collected in this time.".to_owned(),
            Some((column, most)) => {
                format!("{} in all; the most, {}, from {}.", grouped(sum), grouped(most), column.label)
            }
        };
        match self.chart.gaps().as_slice() {
            [] => {}
            [gap] => write!(text, " {}.", capital(&self.words(*gap))).expect("a String takes it"),
            gaps => write!(text, " {} times were not collected.", gaps.len()).expect("a String takes it"),
        }
        text
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What is shown when the mouse points at a column.
fn tooltip(column: &Column, open: bool) -> String {
    let count = column.count.map_or("not collected".to_owned(), grouped);
    let so_far = if open && column.count.is_some() { " so far" } else { "" };
    let before = column.before.map(|before| format!(", a week before {}", grouped(before))).unwrap_or_default();
    format!("{}: {count}{so_far}{before}", column.label)
}
