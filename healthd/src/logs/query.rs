//! What a request asks of the counters: names, labels, times.

use std::time::Duration;

use healthd_core::reading::range::Range;
use healthd_core::render::chart::{Limit, Severity};
use healthd_core::render::logs_page;
use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::{Minute, Span};
use healthd_core::text::clean::one_line;
use healthd_core::text::duration::{self, exact};
use jiff::Timestamp;

/// The window of a check without `window=`.
const DEFAULT_WINDOW: Duration = Duration::from_secs(3600);
/// The longest window that is answered: minutes are kept 40 days.
const LONGEST_WINDOW: Duration = Duration::from_secs(31 * 86_400);
/// The most weeks that a window is compared with.
const MOST_WEEKS: u32 = 5;
/// The time of `/api/series` without `from=`, in seconds.
const DEFAULT_SPAN: i64 = 86_400;
/// The most steps of one answer of `/api/series`: eleven days of minutes.
const MOST_STEPS: i64 = 16_000;
/// Numbers above this are milliseconds, as Grafana's `${__from}` is: as seconds it would be the year 5138.
const MILLISECONDS_FROM: i64 = 100_000_000_000;

/// A parameter that is not understood, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryError {
    /// A value is not what the parameter takes.
    #[error("{0}")]
    Bad(String),
    /// A parameter is given twice.
    #[error("{0} is given twice")]
    Twice(String),
}

/// What `/api/window` is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WindowAsk {
    /// A counter, or a ratio of two.
    pub(crate) what: What,
    /// Only series with these labels.
    pub(crate) labels: Labels,
    /// How long the window is: whole minutes.
    pub(crate) minutes: u32,
    /// With how many weeks it is compared.
    pub(crate) weeks: u32,
}

/// A counter, or a ratio of two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// A counter; `None`: the only one.
    Counter(Option<String>),
    /// A `[[ratio]]`, or `COUNTER/COUNTER`.
    Ratio(String),
}

/// What `/api/series` is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeriesAsk {
    /// The counters; none means the only one.
    pub(crate) counters: Vec<String>,
    /// Only series with these labels.
    pub(crate) labels: Labels,
    /// The labels that rows are split by.
    pub(crate) by: Vec<String>,
    /// The time, in whole steps.
    pub(crate) span: Span,
    /// The length of a step in seconds: whole minutes.
    pub(crate) step: i64,
    /// The format.
    pub(crate) format: Format,
    /// Which rows are there although nothing was collected.
    pub(crate) gaps: Gaps,
    /// Whether the step that is not over is there: its count is low, as if something had stopped.
    pub(crate) open: bool,
}

/// Which rows are there although nothing of their step was collected, with a count that is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gaps {
    /// Every one.
    All,
    /// Those between others. A series that begins with `null` is not drawn by all of Grafana's parsers:
    /// <https://github.com/grafana/grafana-infinity-datasource/issues/513>.
    Inner,
    /// None.
    None,
}

/// The format of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Csv,
}

/// What the page is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PageAsk {
    /// Which time.
    pub(crate) range: logs_page::Range,
    /// The counters; none means all.
    pub(crate) counters: Vec<String>,
    /// Only series with these labels.
    pub(crate) labels: Labels,
    /// The limits of a check: `w=100:5000&c=10:20000&window=60m`, as its `-w`, `-c` and `--window`.
    pub(crate) limits: Vec<(Severity, Range)>,
    /// The window of the limits.
    pub(crate) window: Duration,
    /// Whether the page reloads itself.
    pub(crate) reloads: bool,
    /// Every parameter but the range, encoded, each after an `&`.
    pub(crate) kept: String,
}

/// The decoded parameters of a request.
#[derive(Debug, Clone)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// Reads the part of an address after the `?`.
    pub(crate) fn new(query: &str) -> Parameters {
        Parameters(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        // An empty value is what a form or a Grafana variable without a choice sends.
        self.0.iter().filter(move |(key, value)| key == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    fn one<'a>(&'a self, name: &'a str) -> Result<Option<&'a str>, QueryError> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (_, Some(_)) => Err(QueryError::Twice(name.to_owned())),
            (value, None) => Ok(value),
        }
    }

    /// The labels: `label.status=sent`.
    fn labels(&self) -> Result<Labels, QueryError> {
        let mut labels: Vec<(&str, &str)> = Vec::new();
        for (key, value) in &self.0 {
            let Some(name) = key.strip_prefix("label.") else { continue };
            if labels.iter().any(|(known, _)| *known == name) {
                return Err(QueryError::Twice(one_line(key, 40)));
            }
            labels.push((name, value));
        }
        Ok(labels.into_iter().collect())
    }

    fn duration(&self, name: &str) -> Result<Option<Duration>, QueryError> {
        let parse = |text| duration::parse(text).map_err(|error| bad(name, &error.to_string()));
        self.one(name)?.map(parse).transpose()
    }

    /// What `/api/window` is asked for.
    ///
    /// # Errors
    /// When a parameter is not understood.
    pub(crate) fn window(&self) -> Result<WindowAsk, QueryError> {
        let what = match (self.one("counter")?, self.one("ratio")?) {
            (Some(_), Some(_)) => return Err(bad("ratio", "it names its counters: leave `counter` out")),
            (counter, None) => What::Counter(counter.map(str::to_owned)),
            (None, Some(ratio)) => What::Ratio(ratio.to_owned()),
        };
        let window = self.duration("window")?.unwrap_or(DEFAULT_WINDOW);
        if window.as_secs() % 60 != 0 || window.is_zero() || window > LONGEST_WINDOW || window.subsec_nanos() != 0 {
            return Err(bad("window", "it must be whole minutes, at most 31 days, such as 60m"));
        }
        let weeks = match self.one("weeks")?.map(str::parse::<u32>) {
            None => 0,
            Some(Ok(weeks)) if weeks <= MOST_WEEKS => weeks,
            Some(_) => return Err(bad("weeks", "it must be a number from 0 to 5")),
        };
        let minutes = u32::try_from(window.as_secs() / 60).unwrap_or(u32::MAX);
        Ok(WindowAsk { what, labels: self.labels()?, minutes, weeks })
    }

    /// What `/api/series` is asked for, at this time.
    ///
    /// # Errors
    /// When a parameter is not understood.
    pub(crate) fn series(&self, now: i64) -> Result<SeriesAsk, QueryError> {
        let time = |name: &'static str| self.one(name)?.map(|text| moment(name, text, now)).transpose();
        let to = time("to")?.unwrap_or(now);
        let from = time("from")?.unwrap_or(to - DEFAULT_SPAN);
        if from >= to {
            return Err(bad("from", "it must be before `to`"));
        }
        let step = self.duration("step")?.map_or(60, |step| i64::try_from(step.as_secs()).unwrap_or(i64::MAX));
        // What a dashboard sends as its interval, such as 30s or 90s, means the next whole minutes.
        let step = whole_minutes(step.clamp(1, 366 * 86_400));
        let span = Span { from: from.div_euclid(step) * step, to: (to - 1).div_euclid(step) * step + step };
        let steps = span.seconds() / step;
        if steps > MOST_STEPS {
            let longer = Duration::from_secs(u64::try_from((to - from) / MOST_STEPS + 60).unwrap_or(0) / 60 * 60);
            let why =
                format!("it gives {steps} rows, at most {MOST_STEPS} are possible: use {} or more", exact(longer));
            return Err(bad("step", &why));
        }
        let format = match self.one("format")? {
            None | Some("json") => Format::Json,
            Some("csv") => Format::Csv,
            Some(_) => return Err(bad("format", "it must be json or csv")),
        };
        let gaps = match self.one("gaps")? {
            None | Some("inner") => Gaps::Inner,
            Some("all") => Gaps::All,
            Some("none") => Gaps::None,
            Some(_) => return Err(bad("gaps", "it must be inner, all or none")),
        };
        let open = match self.one("open")? {
            None | Some("no") => false,
            Some("yes") => true,
            Some(_) => return Err(bad("open", "it must be yes or no")),
        };
        let list = |name: &'static str| self.all(name).flat_map(|names| names.split(',')).map(str::to_owned).collect();
        Ok(SeriesAsk {
            counters: list("counter"),
            labels: self.labels()?,
            by: list("by"),
            span,
            step,
            format,
            gaps,
            open,
        })
    }

    /// What the page is asked for.
    ///
    /// # Errors
    /// When a parameter is not understood.
    pub(crate) fn page(&self) -> Result<PageAsk, QueryError> {
        let range = match self.one("range")? {
            None => logs_page::Range::Day,
            Some(name) => logs_page::Range::parse(name).ok_or_else(|| bad("range", "it must be hour, day or week"))?,
        };
        let limit = |name: &'static str| {
            let parse = |text: &str| text.parse::<Range>().map_err(|error| bad(name, &error.to_string()));
            self.one(name)?.map(parse).transpose()
        };
        let limits = [(Severity::Warning, limit("w")?), (Severity::Critical, limit("c")?)];
        let limits = limits.into_iter().filter_map(|(severity, range)| Some((severity, range?))).collect();
        let window = self.duration("window")?.unwrap_or(DEFAULT_WINDOW).max(Duration::from_secs(60));
        let reloads = match self.one("reload")? {
            None | Some("on") => true,
            Some("off") => false,
            Some(_) => return Err(bad("reload", "it must be on or off")),
        };
        let mut kept = form_urlencoded::Serializer::new(String::new());
        for (key, value) in self.0.iter().filter(|(key, _)| key != "range") {
            kept.append_pair(key, value);
        }
        let kept = kept.finish();
        let kept = if kept.is_empty() { kept } else { format!("&{kept}") };
        let counters = self.all("counter").flat_map(|names| names.split(',')).map(str::to_owned).collect();
        Ok(PageAsk { range, counters, labels: self.labels()?, limits, window, reloads, kept })
    }
}

impl PageAsk {
    /// The limits as lines of a chart whose columns have this length in seconds.
    pub(crate) fn lines(&self, step: i64) -> Vec<Limit> {
        let share = Duration::from_secs(u64::try_from(step).unwrap_or(60)).as_secs_f64() / self.window.as_secs_f64();
        let line = |value: f64, word: &str, severity| Limit {
            height: value * share,
            label: format!("{word} {value} in {}", exact(self.window)),
            severity,
        };
        let of_range = |(severity, range): &(Severity, Range)| {
            let (start, end) = range.fine().unwrap_or((0.0, f64::INFINITY));
            let low = (start > 0.0 && start.is_finite()).then(|| line(start, "at least", *severity));
            let high = end.is_finite().then(|| line(end, "at most", *severity));
            [low, high]
        };
        self.limits.iter().flat_map(of_range).flatten().collect()
    }
}

/// The next whole minutes, in seconds.
fn whole_minutes(seconds: i64) -> i64 {
    (seconds + Minute::SECONDS - 1).div_euclid(Minute::SECONDS) * Minute::SECONDS
}

/// A time: RFC 3339, Unix seconds or milliseconds, `now`, or `now-24h`.
fn moment(name: &str, text: &str, now: i64) -> Result<i64, QueryError> {
    let wrong = || {
        let text = one_line(text, 40);
        bad(name, &format!("`{text}` is not a time: write 2026-12-01T02:00:00Z, Unix seconds or now-24h"))
    };
    if let Some(ago) = text.strip_prefix("now") {
        let Some(ago) = ago.strip_prefix('-') else { return if ago.is_empty() { Ok(now) } else { Err(wrong()) } };
        let ago = duration::parse(ago).map_err(|error| bad(name, &error.to_string()))?;
        return Ok(now - i64::try_from(ago.as_secs()).unwrap_or(0));
    }
    if let Ok(number) = text.parse::<i64>() {
        let seconds = if number >= MILLISECONDS_FROM { number / 1000 } else { number };
        return if (0..MILLISECONDS_FROM).contains(&seconds) { Ok(seconds) } else { Err(wrong()) };
    }
    text.parse::<Timestamp>().map(Timestamp::as_second).map_err(|_| wrong())
}

fn bad(name: &str, why: &str) -> QueryError {
    QueryError::Bad(format!("`{name}`: {why}"))
}

#[cfg(test)]
mod tests;
