//! A value with its name and unit, and how perfdata spells it:
//! <https://www.monitoring-plugins.org/doc/guidelines.html#AEN201>.

pub mod outcome;
pub mod range;

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::reading::range::Thresholds;

/// The unit of a value. Our checks use only base units, so that graphs can be compared. A rate has no unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A number of things, or of things per second.
    None,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
    /// Percent, 0 to 100.
    Percent,
    /// A count that only grows, until the server restarts.
    Counter,
    /// A unit that an original plugin prints.
    Original(&'static str),
}

impl Unit {
    /// The unit of measurement in perfdata.
    pub fn symbol(self) -> &'static str {
        match self {
            Unit::None => "",
            Unit::Seconds => "s",
            Unit::Bytes => "B",
            Unit::Percent => "%",
            Unit::Counter => "c",
            Unit::Original(symbol) => symbol,
        }
    }

    /// The word for people.
    pub fn name(self) -> &'static str {
        match self {
            Unit::None => "number",
            Unit::Seconds => "seconds",
            Unit::Bytes => "bytes",
            Unit::Percent => "percent",
            Unit::Counter => "count since the start",
            Unit::Original(symbol) => symbol,
        }
    }
}

/// A count as a value.
pub fn count(many: usize) -> f64 {
    // Readers do not distinguish larger counts.
    f64::from(u32::try_from(many).unwrap_or(u32::MAX))
}

/// A large count as a value.
#[expect(clippy::cast_precision_loss, reason = "counts beyond 2^53 are all the same to a threshold")]
pub fn count_of(many: u64) -> f64 {
    many as f64
}

/// A number of things for people: `1 thread`, `2 threads`.
pub fn counted(many: f64, one: &str, more: &str) -> String {
    let thing = if many.to_bits() == 1f64.to_bits() { one } else { more };
    format!("{} {thing}", number(many))
}

/// A value that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// Its label in perfdata.
    pub label: Cow<'static, str>,
    /// The value, in the base unit.
    pub value: f64,
    /// The unit.
    pub unit: Unit,
    /// The ranges by which it was judged, if it was.
    pub thresholds: Thresholds,
    /// The smallest possible value.
    pub min: Option<f64>,
    /// The largest possible value.
    pub max: Option<f64>,
    /// How many decimals the original plugin prints; `None`: as many as the value has, three at most.
    pub decimals: Option<usize>,
    /// Whether perfdata says `U` if the value is not known (not a number), instead of leaving it out. So the labels are
    /// the same in every run.
    pub always: bool,
}

impl Reading {
    /// A value without thresholds.
    pub fn new(label: impl Into<Cow<'static, str>>, value: f64, unit: Unit) -> Reading {
        Reading {
            label: label.into(),
            value,
            unit,
            thresholds: Thresholds::default(),
            min: None,
            max: None,
            decimals: None,
            always: false,
        }
    }

    /// The same, with its label in every run: a value that is not known is `U`.
    #[must_use]
    pub fn in_every_run(self) -> Reading {
        Reading { always: true, ..self }
    }

    /// The same with its limits.
    #[must_use]
    pub fn between(mut self, min: impl Into<Option<f64>>, max: impl Into<Option<f64>>) -> Reading {
        (self.min, self.max) = (min.into(), max.into());
        self
    }

    /// Its item of perfdata: `label=value[UOM];[warn];[crit];[min];[max]` without trailing semicolons. For what is not
    /// a number nothing, or `U` if the label is shown in every run.
    pub fn perfdata(&self) -> Option<String> {
        let mut item = label(&self.label);
        item.push('=');
        match self.decimals {
            _ if !self.value.is_finite() => {
                if !self.always {
                    return None;
                }
                item.push('U');
            }
            Some(decimals) => write!(item, "{:.decimals$}", self.value).expect("a String takes it"),
            None => item.push_str(&number(self.value)),
        }
        if self.value.is_finite() {
            item.push_str(self.unit.symbol());
        }
        let range =
            |range: &Option<crate::reading::range::Range>| range.as_ref().map(ToString::to_string).unwrap_or_default();
        let limit = |limit: Option<f64>| limit.map(number).unwrap_or_default();
        let Thresholds { warning, critical } = &self.thresholds;
        let mut pending = 0;
        for part in [range(warning), range(critical), limit(self.min), limit(self.max)] {
            pending += 1;
            if !part.is_empty() {
                item.extend(std::iter::repeat_n(';', pending));
                item.push_str(&part);
                pending = 0;
            }
        }
        Some(item)
    }
}

/// A label in quotes where it needs them. `=` and `'` would break every parser, and control characters the line.
fn label(text: &str) -> String {
    let clean: String =
        text.chars().filter(|c| !c.is_control()).map(|c| if "='|".contains(c) { '_' } else { c }).collect();
    if clean.contains(char::is_whitespace) || clean.is_empty() { format!("'{clean}'") } else { clean }
}

/// A number without exponent and without needless zeros, three decimals at most.
pub fn number(value: f64) -> String {
    let mut text = String::new();
    write!(text, "{value:.3}").expect("a String takes it");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A number of bytes for people: `96 B`, `12.5 MiB`.
pub fn bytes(count: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "one decimal of it is shown")]
    let mut value = count as f64;
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024.0 {
            let decimals = usize::from(unit != "B" && value < 100.0);
            return format!("{value:.decimals$} {unit}");
        }
        value /= 1024.0;
    }
    format!("{value:.1} TiB")
}

/// The same for a computed number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size, for people")]
pub fn approximate_bytes(count: f64) -> String {
    bytes(count as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn perfdata_is_as_short_as_it_can_be() {
        let plain = Reading::new("threads_running", 3.0, Unit::None);
        let judged = Thresholds { warning: "10".parse().ok(), critical: "~:20".parse().ok() };
        for (reading, expected) in [
            (plain.clone(), Some("threads_running=3")),
            (Reading { thresholds: judged.clone(), ..plain.clone() }, Some("threads_running=3;10;~:20")),
            (
                Reading { thresholds: Thresholds { warning: None, ..judged.clone() }, ..plain.clone() }
                    .between(0.0, 100.0),
                Some("threads_running=3;;~:20;0;100"),
            ),
            (plain.clone().between(0.0, None), Some("threads_running=3;;;0")),
            (Reading::new("lag", 1.25, Unit::Seconds), Some("lag=1.25s")),
            (Reading::new("lag", 1.0, Unit::Seconds), Some("lag=1s")),
            (Reading { decimals: Some(2), ..Reading::new("rate", 1.0, Unit::Original("%")) }, Some("rate=1.00%")),
            (Reading::new("seconds behind master", 0.0, Unit::Seconds), Some("'seconds behind master'=0s")),
            (Reading::new("it's a=b|c\n", 1.0, Unit::None), Some("'it_s a_b_c'=1")),
            (Reading::new("", 1.0, Unit::None), Some("''=1")),
            (Reading::new("big", 1.8e19, Unit::Bytes), Some("big=18000000000000000000B")),
            (Reading::new("small", -0.0001, Unit::None), Some("small=0")),
            (Reading::new("none", f64::NAN, Unit::None), None),
            (Reading::new("none", f64::INFINITY, Unit::None), None),
            (
                Reading { thresholds: judged, ..Reading::new("none", f64::NAN, Unit::Seconds) }.in_every_run(),
                Some("none=U;10;~:20"),
            ),
        ] {
            assert_eq!(reading.perfdata().as_deref(), expected);
        }
    }

    #[test]
    fn one_thing_is_not_several() {
        for (many, expected) in [(0.0, "0 rows"), (1.0, "1 row"), (1.5, "1.5 rows"), (2.0, "2 rows")] {
            assert_eq!(counted(many, "row", "rows"), expected);
        }
    }

    #[test]
    fn bytes_are_written_for_people() {
        for (count, expected) in
            [(0, "0 B"), (1_023, "1023 B"), (1_536, "1.5 KiB"), (500 << 20, "500 MiB"), (3 << 41, "6.0 TiB")]
        {
            assert_eq!(bytes(count), expected);
        }
    }

    proptest! {
        #[test]
        fn an_item_is_one_token_that_a_parser_can_split(text in any::<String>(), value in any::<f64>()) {
            let Some(item) = Reading::new(text, value, Unit::Percent).perfdata() else {
                prop_assert!(!value.is_finite());
                return Ok(());
            };
            let (label, value) = item.rsplit_once('=').expect("a value");
            prop_assert!(!label.contains('=') && !label.contains('|') && !item.chars().any(char::is_control));
            prop_assert!(value.strip_suffix('%').is_some_and(|number| number.parse::<f64>().is_ok()), "{}", item);
        }
    }
}
