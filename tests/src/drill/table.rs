//! Formats times and tables.

use std::fmt::Write as _;
use std::time::Duration;

/// The median of some times, and the longest.
pub(crate) fn median_and_worst(times: &[Duration]) -> Option<(Duration, Duration)> {
    let mut times = times.to_vec();
    times.sort();
    Some((*times.get(times.len().checked_sub(1)? / 2)?, *times.last()?))
}

/// Both for people; a single time only once.
pub(crate) fn both(times: &[Duration]) -> String {
    match (median_and_worst(times), times.len()) {
        (None, _) => "-".to_owned(),
        (Some((only, _)), 1) => seconds(only),
        (Some((median, worst)), _) => format!("{} ({})", seconds(median), seconds(worst)),
    }
}

/// A time for people.
pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// A time for programs, in milliseconds.
pub(crate) fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A Markdown table that is also readable as text. The first row has the names of the columns.
pub(crate) fn markdown(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            write!(text, "| {cell:<width$} ").expect("a String takes it");
        }
        text.push_str("|\n");
        if index == 0 {
            widths.iter().for_each(|width| text.extend(["|", &"-".repeat(width + 2)]));
            text.push_str("|\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_is_the_lower_one() {
        let times: Vec<_> = [400, 100, 300, 200].map(Duration::from_millis).to_vec();
        assert_eq!(both(&times), "0.20 s (0.40 s)");
        assert_eq!((both(&times[..1]), both(&[])), ("0.40 s".to_owned(), "-".to_owned()));
    }
}
