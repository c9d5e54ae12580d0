//! `--warningx` and `--criticalx`: the range of a value by its label.

use healthd_core::reading::range::Range;

use super::regular::{PatternError, regular};
use crate::output::Plugin;

/// The range for this label: by its name, or else by the longest pattern (with a `*` in it) that matches.
///
/// # Errors
/// A range or a pattern is invalid, also for another label.
pub(super) fn of_label(option: &'static str, texts: &[String], label: &str) -> Result<Option<Range>, Plugin> {
    let mut found: Option<(usize, Range)> = None;
    for text in texts {
        let (key, range) =
            text.rsplit_once('=').ok_or(PatternError::Form { option, form: "LABEL=RANGE, such as uptime=10:" })?;
        let range: Range = range.parse().map_err(|error| Plugin::usage(format!("{option} {error}")))?;
        let weight = if key == label {
            usize::MAX
        } else if key.contains('*') {
            let pattern = regular(option, key, false)?;
            if pattern.is_match(label) { key.len() } else { 0 }
        } else {
            0
        };
        if weight > found.as_ref().map_or(0, |(weight, _)| *weight) {
            found = Some((weight, range));
        }
    }
    Ok(found.map(|(_, range)| range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_has_its_range_by_name_before_any_pattern() {
        let of = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            of_label("--warningx", &texts, "threads_running")
        };
        for (texts, range) in [
            (&[][..], None),
            (&["uptime=5"], None),
            (&["threads_running=5", "thr.*=6"], Some("5")),
            (&["t.*=6", "threads.*=7:"], Some("7:")),
            (&["threads=6"], None),
        ] {
            let found = of(texts).unwrap_or_else(|plugin| panic!("{plugin:?}"));
            assert_eq!(found.map(|range| range.to_string()).as_deref(), range, "{texts:?}");
        }
        for texts in [&["threads_running"][..], &["uptime=abc"], &["(*=5"]] {
            assert!(of(texts).is_err(), "{texts:?}");
        }
    }
}
