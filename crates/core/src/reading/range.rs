//! Threshold ranges of the Monitoring Plugins guidelines, read strictly:
//! <https://www.monitoring-plugins.org/doc/guidelines.html#THRESHOLDFORMAT>.

use std::fmt;
use std::str::FromStr;

/// A range `[@]start:end`. A value alerts when it is outside, or with `@` when it is inside; both ends belong to it.
///
/// ```
/// # use healthd_core::reading::range::Range;
/// let range: Range = "10".parse().unwrap();
/// assert!(!range.alerts(10.0) && range.alerts(10.5) && range.alerts(-1.0));
/// assert!("@10:20".parse::<Range>().unwrap().alerts(10.0));
/// assert_eq!("~:10".parse::<Range>().unwrap().to_string(), "~:10");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    start: f64,
    end: f64,
    inside: bool,
    /// The text as it was given, because perfdata repeats it.
    text: String,
}

/// Why a text is not a range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` is not a range: {why}; write 10 (alert outside 0 to 10), 10: (below), ~:10 (above), 10:20 or @10:20 \
     (inside)"
)]
pub struct RangeError {
    text: String,
    why: &'static str,
}

impl Range {
    /// Whether this value alerts. A value that is not a number always does.
    pub fn alerts(&self, value: f64) -> bool {
        let contains = value >= self.start && value <= self.end;
        value.is_nan() || contains == self.inside
    }

    /// Whether every value from this one on alerts: for a count that can only grow.
    pub fn alerts_from(&self, least: f64) -> bool {
        if self.inside { least >= self.start && self.end.is_infinite() } else { least > self.end }
    }

    /// The first and the last value that do not alert. `None` for a range that alerts inside.
    pub fn fine(&self) -> Option<(f64, f64)> {
        (!self.inside).then_some((self.start, self.end))
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Range {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Range, RangeError> {
        let error = |why| RangeError { text: crate::text::clean::one_line(text, 40), why };
        let (inside, range) = match text.strip_prefix('@') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let number = |text: &str| decimal(text).ok_or_else(|| error("its ends are decimal numbers"));
        let (start, end) = match range.split_once(':') {
            None if range.is_empty() => return Err(error("it is empty")),
            None => (0.0, number(range)?),
            Some(("" | "~", "")) if range != ":" => (f64::NEG_INFINITY, f64::INFINITY),
            Some(("", "")) => return Err(error("it has no end")),
            Some(("", end)) => (0.0, number(end)?),
            Some(("~", end)) => (f64::NEG_INFINITY, number(end)?),
            Some((start, "")) => (number(start)?, f64::INFINITY),
            Some((start, end)) => (number(start)?, number(end)?),
        };
        if start > end {
            return Err(error("its start is above its end"));
        }
        Ok(Range { start, end, inside, text: text.to_owned() })
    }
}

/// A decimal number without exponent: `1e3`, `inf` and `0x10` are not what people mean by a threshold.
fn decimal(text: &str) -> Option<f64> {
    let plain = |c: char| c.is_ascii_digit() || c == '.';
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let good = digits.chars().all(plain) && digits.chars().any(|c| c.is_ascii_digit());
    text.parse().ok().filter(|_| good)
}

/// The two ranges of a check; either may be missing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Thresholds {
    /// `-w`
    pub warning: Option<Range>,
    /// `-c`
    pub critical: Option<Range>,
}

impl Thresholds {
    /// Judges a value: critical first.
    pub fn judge(&self, value: f64) -> crate::reading::outcome::Outcome {
        use crate::reading::outcome::Outcome;
        let alerts = |range: &Option<Range>| range.as_ref().is_some_and(|range| range.alerts(value));
        if alerts(&self.critical) {
            Outcome::Critical
        } else if alerts(&self.warning) {
            Outcome::Warning
        } else {
            Outcome::Ok
        }
    }

    /// Judges a value of which only the least possible is known: alerts if every value from there on does.
    pub fn judge_at_least(&self, least: f64) -> crate::reading::outcome::Outcome {
        use crate::reading::outcome::Outcome;
        let alerts = |range: &Option<Range>| range.as_ref().is_some_and(|range| range.alerts_from(least));
        if alerts(&self.critical) {
            Outcome::Critical
        } else if alerts(&self.warning) {
            Outcome::Warning
        } else {
            Outcome::Ok
        }
    }

    /// The limit that a value breaks, critical before warning: ` (at most 10)`; nothing if it breaks none. `breaks` is
    /// [`Range::alerts`], or [`Range::alerts_from`] for a value that is the least possible.
    pub fn broken(&self, value: f64, breaks: fn(&Range, f64) -> bool, shown: impl Fn(f64) -> String) -> String {
        let broken = [&self.critical, &self.warning].into_iter().flatten().find(|range| breaks(range, value));
        match broken.map(|range| (range.fine(), range)) {
            None => String::new(),
            Some((Some((least, _)), _)) if value < least => format!(" (at least {})", shown(least)),
            Some((Some((_, most)), _)) => format!(" (at most {})", shown(most)),
            Some((None, range)) => format!(" (range {range})"),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.warning.is_none() && self.critical.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_range_alerts_outside_of_it_and_its_ends_belong_to_it() {
        for (text, quiet, alerting) in [
            ("10", &[0.0, 10.0, 5.5][..], &[-0.1, 10.1][..]),
            ("10:", &[10.0, 1e9], &[9.9, -1.0]),
            ("~:10", &[-1e9, 10.0], &[10.1]),
            ("10:20", &[10.0, 20.0], &[9.9, 20.1]),
            ("-5:5", &[-5.0, 5.0], &[-5.1, 5.1]),
            ("@10:20", &[9.9, 20.1], &[10.0, 20.0]),
            ("@0", &[-0.1, 0.1], &[0.0]),
            (":7", &[0.0, 7.0], &[-1.0, 7.5]),
            ("~:", &[-1e9, 1e9], &[]),
            ("0.1", &[0.1], &[0.2]),
            ("-10:-5", &[-7.0], &[0.0]),
        ] {
            let range: Range = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert!(quiet.iter().all(|value| !range.alerts(*value)), "{text} is quiet");
            assert!(alerting.iter().all(|value| range.alerts(*value)), "{text} alerts");
            assert!(range.alerts(f64::NAN), "{text} and no number");
            assert_eq!(range.to_string(), text);
        }
    }

    #[test]
    fn an_invalid_range_is_refused_with_its_cause() {
        for (text, why) in [
            ("", "it is empty"),
            ("@", "it is empty"),
            (":", "it has no end"),
            ("abc", "decimal numbers"),
            ("10:5", "start is above its end"),
            ("10;20", "decimal numbers"),
            ("10%", "decimal numbers"),
            ("1e3", "decimal numbers"),
            ("inf", "decimal numbers"),
            ("10:~", "decimal numbers"),
            ("1:2:3", "decimal numbers"),
            (" 10", "decimal numbers"),
            ("-", "decimal numbers"),
            (".", "decimal numbers"),
        ] {
            let error = text.parse::<Range>().expect_err(text).to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn inside_and_outside_are_opposites(start in -1e6_f64..1e6, width in 0.0_f64..1e6, value in -3e6_f64..3e6) {
            let text = format!("{start:.3}:{:.3}", start + width);
            let outside: Range = text.parse().expect("a range");
            let inside: Range = format!("@{text}").parse().expect("a range");
            prop_assert_ne!(outside.alerts(value), inside.alerts(value));
        }

        #[test]
        fn what_alerts_from_a_value_on_alerts_at_every_larger_one(
            start in -100_i32..100, width in 0_i32..100, inside: bool, open in 0_u8..3,
            least in -250_i32..250, more in 0_i32..500
        ) {
            let at = if inside { "@" } else { "" };
            let end = start + width;
            let text = match open {
                0 => format!("{at}{start}:{end}"),
                1 => format!("{at}~:{end}"),
                _ => format!("{at}{start}:"),
            };
            let range: Range = text.parse().expect("a range");
            let (least, larger) = (f64::from(least), f64::from(least + more));
            if range.alerts_from(least) {
                prop_assert!(range.alerts(larger), "{text} {least} {larger}");
            } else {
                // Some value from there on is fine, else it would be too cautious.
                let fine = [least, f64::from(end), f64::from(end) + 1.0, f64::from(start) - 1.0, 1e9];
                prop_assert!(fine.iter().any(|value| *value >= least && !range.alerts(*value)), "{text} {least}");
            }
        }

        #[test]
        fn no_text_breaks_the_reader(text in any::<String>()) {
            if let Ok(range) = text.parse::<Range>() {
                prop_assert_eq!(range.to_string(), text);
                prop_assert!(range.start <= range.end);
            }
        }
    }
}
