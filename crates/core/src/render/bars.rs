//! Counts over time in a terminal: a bar for each step, or one line of small ones.

use std::fmt::Write as _;

use super::html::grouped;
use super::table::Paint;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// Its begin, for people.
    pub label: String,
    /// What was counted; `None` if nothing of the step was collected.
    pub count: Option<u64>,
    /// Whether it is not over yet.
    pub is_open: bool,
}

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminal {
    /// Its width in columns.
    pub width: usize,
    /// Whether it shows more than ASCII.
    pub unicode: bool,
    /// Whether it shows colors.
    pub paint: Paint,
}

/// Parts of a column, in eighths.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
/// Heights of a line, in eighths.
const HEIGHTS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// No bar is longer, however wide the terminal is.
const LONGEST: usize = 60;

/// A line with a bar for each step; the longest bar fills the terminal.
pub fn bars(bars: &[Bar], terminal: Terminal) -> String {
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let counts: Vec<String> = bars.iter().map(|bar| bar.count.map_or("-".to_owned(), grouped)).collect();
    let labels = width(&mut bars.iter().map(|bar| bar.label.chars().count()));
    let numbers = width(&mut counts.iter().map(String::len));
    let room = terminal.width.saturating_sub(labels + numbers + 4).clamp(8, LONGEST);
    let most = bars.iter().filter_map(|bar| bar.count).max().unwrap_or(0).max(1);
    let mut text = String::new();
    for (bar, count) in bars.iter().zip(&counts) {
        let drawn = match (bar.count, bar.is_open) {
            (None, _) => "not collected".to_owned(),
            (Some(0), true) => "not over yet".to_owned(),
            (Some(count), is_open) => {
                let drawn = drawn(count, most, room, terminal);
                if is_open { format!("{drawn} not over yet") } else { drawn }
            }
        };
        let line = format!("{:labels$}  {count:>numbers$}  {drawn}", bar.label);
        writeln!(text, "{}", line.trim_end()).expect("a String takes it");
    }
    text
}

fn drawn(count: u64, most: u64, room: usize, terminal: Terminal) -> String {
    let room = u128::try_from(room).unwrap_or(u128::MAX);
    let eighths = u128::from(count) * room * 8 / u128::from(most);
    // What was counted is seen, also if it is little.
    let eighths = usize::try_from(eighths).unwrap_or(usize::MAX).max(usize::from(count > 0));
    let bar = match terminal.unicode {
        true => format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8]),
        false => "#".repeat(eighths.div_ceil(8)),
    };
    match terminal.paint {
        Paint::Color if !bar.is_empty() => format!("\u{1b}[34m{bar}\u{1b}[0m"),
        Paint::Color | Paint::Plain => bar,
    }
}

/// One character for each count: its height, a blank for 0, and `·` where nothing was collected.
pub fn sparkline(counts: &[Option<u64>], unicode: bool) -> String {
    let most = counts.iter().flatten().max().copied().unwrap_or(0).max(1);
    let height = |count: u64| usize::try_from(u128::from(count) * 8 / u128::from(most)).unwrap_or(8);
    let drawn = |count: &Option<u64>| match (*count, unicode) {
        (None, true) => '·',
        (None, false) => '?',
        (Some(0), _) => ' ',
        (Some(count), true) => HEIGHTS[height(count).saturating_sub(1).min(7)],
        (Some(count), false) => char::from_digit(u32::try_from(height(count)).unwrap_or(8), 10).unwrap_or('8'),
    };
    counts.iter().map(drawn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bar(label: &str, count: Option<u64>, is_open: bool) -> Bar {
        Bar { label: label.to_owned(), count, is_open }
    }

    const PLAIN: Terminal = Terminal { width: 30, unicode: true, paint: Paint::Plain };

    #[test]
    fn a_bar_is_as_long_as_its_count_and_what_is_not_known_has_none() {
        let hours = [
            bar("Mon 23:00", Some(1600), false),
            bar("Tue 00:00", Some(0), false),
            bar("Tue 01:00", None, false),
            bar("Tue 02:00", Some(1), false),
            bar("Tue 03:00", Some(750), true),
        ];
        assert_eq!(
            bars(&hours, PLAIN),
            "Mon 23:00  1,600  ████████████\n\
             Tue 00:00      0\n\
             Tue 01:00      -  not collected\n\
             Tue 02:00      1  ▏\n\
             Tue 03:00    750  █████▋ not over yet\n"
        );
        let ascii = Terminal { unicode: false, ..PLAIN };
        assert!(bars(&hours, ascii).contains("Tue 02:00      1  #\n"));
        let colored = Terminal { paint: Paint::Color, ..PLAIN };
        assert!(bars(&hours, colored).contains("\u{1b}[34m▏\u{1b}[0m"));
    }

    #[test]
    fn a_day_fits_into_24_characters() {
        assert_eq!(sparkline(&[Some(8), Some(1), Some(0), None, Some(4)], true), "█▁ ·▄");
        assert_eq!(sparkline(&[Some(80), Some(1), Some(0), None, Some(40)], false), "80 ?4");
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal(
            counts in proptest::collection::vec(proptest::option::of(any::<u64>()), 1..20),
            width in 60_usize..200,
        ) {
            let all: Vec<_> = counts.iter().map(|count| bar("Mon 23:00", *count, false)).collect();
            let text = bars(&all, Terminal { width, ..PLAIN });
            prop_assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
            prop_assert_eq!(text.lines().count(), counts.len());
            prop_assert_eq!(sparkline(&counts, true).chars().count(), counts.len());
        }
    }
}
