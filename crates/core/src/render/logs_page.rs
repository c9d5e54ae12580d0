//! The page `/logs`: each counter with its sums, its chart and its largest series. No script, no outside resource.

use std::fmt::{self, Write as _};

use super::chart::{Chart, Sum, svg};
use super::html::{STYLE, escape, grouped};
use crate::samples::labels::Labels;

/// Which time the charts show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    /// The last hour, by minutes.
    Hour,
    /// The last day, by ten minutes.
    Day,
    /// The last week, by hours.
    Week,
}

impl Range {
    /// All, the shortest first.
    pub const ALL: [Range; 3] = [Range::Hour, Range::Day, Range::Week];

    /// Its name in the address.
    pub fn name(self) -> &'static str {
        match self {
            Range::Hour => "hour",
            Range::Day => "day",
            Range::Week => "week",
        }
    }

    /// The range of this name.
    pub fn parse(name: &str) -> Option<Range> {
        Range::ALL.into_iter().find(|range| range.name() == name)
    }

    /// The length of a column in seconds, and how many there are.
    pub fn columns(self) -> (i64, i64) {
        match self {
            Range::Hour => (60, 60),
            Range::Day => (600, 144),
            Range::Week => (3600, 168),
        }
    }

    /// The length of a column in words.
    pub fn step(self) -> &'static str {
        match self {
            Range::Hour => "minute",
            Range::Day => "10 minutes",
            Range::Week => "hour",
        }
    }

    /// After how many seconds the page reloads itself: when a new column may have begun.
    fn refresh(self) -> u32 {
        match self {
            Range::Hour => 60,
            Range::Day | Range::Week => 300,
        }
    }
}

/// A sum, and how much of its time was collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collected {
    /// What was counted.
    pub count: u64,
    /// Seconds of the time that were collected.
    pub covered: u64,
    /// Seconds of the time.
    pub of: u64,
}

impl Collected {
    /// The share of the time that was collected, in whole percent, rounded down.
    pub fn percent(self) -> u64 {
        (self.covered.min(self.of) * 100).checked_div(self.of).unwrap_or(100)
    }
}

/// One counter on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct Counter {
    /// Its name.
    pub name: String,
    /// The log that it is counted in.
    pub log: String,
    /// The last hour.
    pub hour: Collected,
    /// The last 24 hours.
    pub day: Collected,
    /// Everything that was ever counted.
    pub total: u64,
    /// When the newest one was counted, in words; `None` if nothing ever was.
    pub newest: Option<String>,
    /// How long ago the log was last read to its end, in words; `None` if it was not since healthd started.
    pub read: Option<String>,
    /// Lines that resemble what is counted and do not match.
    pub unmatched: u64,
    /// How often lines of the log were lost.
    pub gaps: u64,
    /// Its chart.
    pub chart: Chart,
    /// Its largest series in the time of the chart, with their counts.
    pub top: Vec<(Labels, u64)>,
    /// How many further series there are, and their count.
    pub further: (u64, u64),
}

/// The share of one counter in another in the last hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ratio {
    /// Its name.
    pub name: String,
    /// The counter that is divided, and its count.
    pub of: (String, u64),
    /// The counter that it is divided by, and its count.
    pub to: (String, u64),
    /// With fewer than this in `to`, the ratio says nothing.
    pub min: u64,
    /// Whether the whole hour was collected.
    pub collected: bool,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq)]
pub struct LogsPage<'a> {
    /// The node's name.
    pub host: &'a str,
    /// The time zone of every time on the page.
    pub zone: &'a str,
    /// When the page was made, in that zone.
    pub made: &'a str,
    /// Which time the charts show.
    pub range: Range,
    /// The other parameters of the address, encoded, each after an `&`: the links keep them.
    pub kept: &'a str,
    /// Whether the page reloads itself. A reload closes what a reader has opened, and may move the page.
    pub reloads: bool,
    /// What is wrong now: logs that cannot be read, a store that cannot be written.
    pub faults: &'a [String],
    /// The counters, in the order of the configuration.
    pub counters: &'a [Counter],
    /// The ratios.
    pub ratios: &'a [Ratio],
    /// Whether any log is configured.
    pub configured: bool,
}

/// Renders the page.
pub fn logs_page(page: &LogsPage<'_>) -> String {
    let mut html = String::with_capacity(64 * 1024);
    write_page(&mut html, page).expect("writing to a String cannot fail");
    html
}

fn write_page(html: &mut String, page: &LogsPage<'_>) -> fmt::Result {
    let host = escape(page.host);
    let state = match page.faults.len() {
        0 => "logs".to_owned(),
        1 => "1 fault:".to_owned(),
        faults => format!("{faults} faults:"),
    };
    let every = page.range.refresh();
    let here = format!("/logs?range={}{}", page.range.name(), page.kept);
    let (meta, reloading) = match page.reloads {
        true => (
            format!("<meta http-equiv=\"refresh\" content=\"{every}\">"),
            format!("reloads every {every} s, <a href=\"{}\">stop</a>", escape(&format!("{here}&reload=off"))),
        ),
        false => (String::new(), "does not reload".to_owned()),
    };
    write!(
        html,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">{meta}\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{state} {host} healthd</title><style>{STYLE}</style></head><body><h1>Log counters on {host}</h1>\
         <p class=\"dim\">{} · times in {} · <a href=\"/\">servers</a> · <a href=\"/api/logs\">JSON</a> · \
         <a href=\"/metrics\">metrics</a> · {reloading}</p>",
        escape(page.made),
        escape(page.zone),
    )?;
    for fault in page.faults {
        write!(html, "<p class=\"alert\">{}</p>", escape(fault))?;
    }
    html.write_str("<nav aria-label=\"Time\">")?;
    for range in Range::ALL {
        let current = if range == page.range { " aria-current=\"page\"" } else { "" };
        let name = range.name();
        write!(html, "<a href=\"/logs?range={name}{}\"{current}>{name}</a>", escape(page.kept))?;
    }
    html.write_str("</nav>")?;
    if !page.configured {
        html.write_str(
            "<p>Nothing is counted here: add <code>[[log]]</code> to the configuration, then reload healthd.</p>",
        )?;
    }
    for ratio in page.ratios {
        write_ratio(html, ratio)?;
    }
    for counter in page.counters {
        section(html, counter, page.range)?;
    }
    html.write_str("</body></html>\n")
}

fn write_ratio(html: &mut String, ratio: &Ratio) -> fmt::Result {
    let (of, to) = (ratio.of.1, ratio.to.1);
    let value = if to < ratio.min.max(1) {
        format!("too few {} to tell ({} of at least {})", ratio.to.0, grouped(to), grouped(ratio.min.max(1)))
    } else {
        // Hundredths of a percent, rounded.
        let hundredths = (u128::from(of) * 10_000 + u128::from(to) / 2) / u128::from(to);
        let collected = if ratio.collected { "" } else { ", not wholly collected" };
        let (percent, rest) = (hundredths / 100, hundredths % 100);
        format!("{percent}.{rest:02} % ({} of {} in the last hour{collected})", grouped(of), grouped(to))
    };
    write!(html, "<p><b>{}</b> {}</p>", escape(&ratio.name), escape(&value))
}

fn section(html: &mut String, counter: &Counter, range: Range) -> fmt::Result {
    write!(html, "<section><h2>{}</h2><div class=\"dim\">{}</div><dl>", escape(&counter.name), escape(&counter.log))?;
    entry(html, "last hour", &collected(counter.hour))?;
    entry(html, "last 24 hours", &collected(counter.day))?;
    entry(html, "ever", &grouped(counter.total))?;
    entry(html, "newest", counter.newest.as_deref().unwrap_or("none yet"))?;
    entry(html, "log read", counter.read.as_deref().unwrap_or("not yet"))?;
    if counter.unmatched > 0 {
        entry(html, "similar lines that did not match", &grouped(counter.unmatched))?;
    }
    if counter.gaps > 0 {
        entry(html, "times that lines were lost", &grouped(counter.gaps))?;
    }
    html.write_str("</dl>")?;
    html.write_str(&svg(&counter.chart))?;
    key(html, counter, range)?;
    numbers(html, &counter.chart.sums())?;
    series(html, counter)?;
    html.write_str("</section>")
}

fn entry(html: &mut String, name: &str, value: &str) -> fmt::Result {
    write!(html, "<div><dt>{name}</dt><dd>{}</dd></div>", escape(value))
}

/// A count that is a lower bound says so.
fn collected(sum: Collected) -> String {
    match sum.percent() {
        100 => grouped(sum.count),
        0 if sum.count == 0 => "not collected".to_owned(),
        percent => format!("{} or more ({percent} % collected)", grouped(sum.count)),
    }
}

/// What the colors of the chart mean.
fn key(html: &mut String, counter: &Counter, range: Range) -> fmt::Result {
    html.write_str("<div class=\"key\">")?;
    let mark = |shape: &str| format!("<svg width=\"16\" height=\"12\" aria-hidden=\"true\">{shape}</svg>");
    let area = mark("<rect class=\"area\" width=\"16\" height=\"12\"/><path class=\"curve\" d=\"M0 1H16\"/>");
    write!(html, "<span>{area}per {}</span>", range.step())?;
    if counter.chart.columns.iter().any(|column| column.before.is_some()) {
        write!(html, "<span>{}a week before</span>", mark("<path class=\"before\" d=\"M0 6H16\"/>"))?;
    }
    if !counter.chart.gaps().is_empty() {
        let hatched = "<path class=\"hatch\" d=\"M0 12L6 0M5 12L11 0M10 12L16 0\"/>";
        write!(html, "<span>{}not collected</span>", mark(hatched))?;
    }
    write!(html, "<span>{}not over yet</span></div>", mark("<rect class=\"open\" width=\"16\" height=\"12\"/>"))
}

/// The chart as a table.
fn numbers(html: &mut String, sums: &[Sum]) -> fmt::Result {
    html.write_str(
        "<details><summary class=\"dim\">numbers</summary><table><tr><th class=\"k\">from</th>\
         <th class=\"n\">count</th><th class=\"n\">a week before</th></tr>",
    )?;
    for sum in sums {
        let count = |count: Option<u64>| count.map_or("–".to_owned(), grouped);
        let collected = sum.count.map_or("not collected".to_owned(), grouped);
        write!(
            html,
            "<tr><td>{}</td><td class=\"n\">{collected}</td><td class=\"n\">{}</td></tr>",
            escape(&sum.label),
            count(sum.before)
        )?;
    }
    html.write_str("</table></details>")
}

/// The largest series, each with its share.
fn series(html: &mut String, counter: &Counter) -> fmt::Result {
    if counter.top.iter().all(|(labels, _)| labels.is_empty()) {
        return Ok(());
    }
    let (others, rest) = counter.further;
    let all = counter.top.iter().map(|(_, count)| count).sum::<u64>() + rest;
    write!(html, "<details open><summary class=\"dim\">by labels, in the time of the chart</summary><table>")?;
    for (labels, count) in &counter.top {
        row(html, &labels.to_string(), *count, all)?;
    }
    if others > 0 {
        row(html, &format!("{} more", grouped(others)), rest, all)?;
    }
    html.write_str("</table></details>")
}

fn row(html: &mut String, name: &str, count: u64, all: u64) -> fmt::Result {
    let percent = u128::from(count) * 100 / u128::from(all.max(1));
    write!(
        html,
        "<tr><td class=\"k\">{}</td><td class=\"wide\"><svg width=\"100%\" height=\"12\" aria-hidden=\"true\">\
         <rect class=\"bar\" width=\"{percent}%\" height=\"12\"/></svg></td><td class=\"n\">{}</td></tr>",
        escape(name),
        grouped(count)
    )
}
