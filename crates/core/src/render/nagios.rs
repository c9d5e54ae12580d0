//! The output of a monitoring plugin: one line with perfdata, and further lines with `-v`.

use crate::check::Answer;
use crate::text::clean::{clip, one_line};

/// The size of the first line with its perfdata in an NRPE packet of version 2, minus some bytes for the end of the
/// line.
const LINE: usize = 1_000;
/// The longest text, which leaves room for some perfdata.
const TEXT: usize = 600;
/// The longest further line.
const DETAIL: usize = 400;

/// Renders an answer. Text from a server is cleaned once more here, because nothing later can do it.
///
/// ```text
/// OK - 3 threads running | threads_running=3;20;50;0
/// ```
pub fn plugin(answer: &Answer, verbose: bool) -> String {
    let text = one_line(&answer.text, TEXT);
    let mut line = clip(&format!("{} - {text}", answer.outcome), TEXT);
    line.push_str(&perfdata(answer, LINE - line.len()));
    if verbose {
        for detail in &answer.details {
            line.push('\n');
            line.push_str(&one_line(detail, DETAIL));
        }
    }
    line
}

/// ` | a=1 b=2`: as many items as fit, whole ones only, the judged one first.
fn perfdata(answer: &Answer, room: usize) -> String {
    let mut text = String::new();
    for item in answer.readings.iter().filter_map(crate::reading::Reading::perfdata) {
        let separator = if text.is_empty() { " | " } else { " " };
        if text.len() + separator.len() + item.len() <= room {
            text.push_str(separator);
            text.push_str(&item);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::outcome::Outcome;
    use crate::reading::{Reading, Unit};
    use proptest::prelude::*;

    #[test]
    fn the_first_line_says_all_and_details_follow_when_asked_for() {
        let answer = Answer {
            readings: vec![Reading::new("a", 1.0, Unit::None), Reading::new("b", 2.0, Unit::Percent)],
            details: vec!["further | line".to_owned()],
            ..Answer::plain(Outcome::Warning, "two\nlines | of a server")
        };
        assert_eq!(plugin(&answer, false), "WARNING - two lines / of a server | a=1 b=2%");
        assert_eq!(plugin(&answer, true), "WARNING - two lines / of a server | a=1 b=2%\nfurther / line");
        assert_eq!(plugin(&Answer::plain(Outcome::Ok, ""), true), "OK - ");
    }

    proptest! {
        #[test]
        fn the_first_line_fits_into_an_nrpe_packet(
            text in ".{0,3000}",
            labels in prop::collection::vec("[a-z]{1,80}", 0..40),
        ) {
            let readings = labels.into_iter().map(|label| Reading::new(label, 1.5, Unit::Bytes)).collect();
            let line = plugin(&Answer { readings, ..Answer::plain(Outcome::Ok, text) }, false);
            prop_assert!(line.len() <= LINE && !line.contains('\n') && line.matches('|').count() <= 1);
        }
    }
}
