//! Many checks in one line: the worst outcome, what is wrong first, and the judged value of each.

use super::judge::Answer;
use crate::reading::outcome::Outcome;

/// How many checks that are not OK are named in the line. The details have all of them.
const TOLD: usize = 4;

/// Combines the answers of checks, each with the name of its check.
pub fn roll_up(answers: Vec<(&'static str, Answer)>) -> Answer {
    let outcome = answers.iter().map(|(_, answer)| answer.outcome).fold(Outcome::Ok, Outcome::worst);
    let mut wrong: Vec<&(&str, Answer)> = answers.iter().filter(|(_, answer)| answer.outcome != Outcome::Ok).collect();
    // The worst first, otherwise in the order of the list.
    wrong.sort_by_key(|(_, answer)| match answer.outcome {
        Outcome::Critical => 0,
        Outcome::Unknown => 1,
        Outcome::Warning => 2,
        Outcome::Ok => 3,
    });
    let text = match wrong.as_slice() {
        [] => format!("all {} checks are OK", answers.len()),
        wrong => {
            let told =
                wrong.iter().take(TOLD).map(|(name, answer)| format!("{name} {}: {}", answer.outcome, answer.text));
            let more = wrong.len().saturating_sub(TOLD);
            let more = if more > 0 { format!("; {more} more") } else { String::new() };
            format!("{} of {} checks: {}{more}", wrong.len(), answers.len(), told.collect::<Vec<_>>().join("; "))
        }
    };
    let details = answers.iter().map(|(name, answer)| format!("{name} {}: {}", answer.outcome, answer.text)).collect();
    let readings = answers.into_iter().filter_map(|(_, answer)| answer.readings.into_iter().next()).collect();
    Answer { outcome, text, readings, details }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::{Reading, Unit};

    #[test]
    fn faults_are_listed_worst_first_and_unknowns_are_not_hidden() {
        let answer = |outcome, text: &str| Answer {
            readings: vec![Reading::new("x", 1.0, Unit::None), Reading::new("y", 1.0, Unit::None)],
            ..Answer::plain(outcome, text)
        };
        let fine = roll_up(vec![("a", answer(Outcome::Ok, "fine")), ("b", answer(Outcome::Ok, "fine"))]);
        assert_eq!((fine.outcome, fine.text.as_str()), (Outcome::Ok, "all 2 checks are OK"));
        assert_eq!((fine.readings.len(), fine.details.len()), (2, 2));
        let wrong = roll_up(vec![
            ("a", answer(Outcome::Warning, "slow")),
            ("b", answer(Outcome::Ok, "fine")),
            ("c", answer(Outcome::Unknown, "no grant")),
        ]);
        assert_eq!(wrong.outcome, Outcome::Unknown);
        assert_eq!(wrong.text, "2 of 3 checks: c UNKNOWN: no grant; a WARNING: slow");
        let many = roll_up((0..7).map(|_| ("a", answer(Outcome::Critical, "dead"))).collect());
        assert!(many.text.ends_with("; 3 more"), "{}", many.text);
        assert_eq!(roll_up(Vec::new()).outcome, Outcome::Ok);
    }
}
