//! From a finding to an answer.

use super::finding::{Cannot, Finding};
use crate::reading::Reading;
use crate::reading::outcome::Outcome;
use crate::reading::range::Thresholds;

/// The answer of a check.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The outcome.
    pub outcome: Outcome,
    /// The sentence, without the outcome's word.
    pub text: String,
    /// The values.
    pub readings: Vec<Reading>,
    /// Further lines, for `-v`.
    pub details: Vec<String>,
}

impl Answer {
    /// An answer without values.
    pub fn plain(outcome: Outcome, text: impl Into<String>) -> Answer {
        Answer { outcome, text: text.into(), readings: Vec::new(), details: Vec::new() }
    }
}

/// Judges a finding by thresholds, critical first. The result is never less severe than the finding itself.
pub fn judge(found: Result<Finding, Cannot>, thresholds: &Thresholds) -> Answer {
    let Finding { value, text, mut readings, at_least, details } = match found {
        Ok(finding) => finding,
        Err(cannot) => return Answer::plain(cannot.outcome(), cannot.to_string()),
    };
    let judged = value.map_or(Outcome::Ok, |value| thresholds.judge(value));
    if let (Some(first), Some(_)) = (readings.first_mut(), value) {
        first.thresholds = thresholds.clone();
    }
    Answer { outcome: judged.worst(at_least), text, readings, details }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Unit;

    #[test]
    fn thresholds_judge_the_first_value_and_cannot_lessen_what_is_broken() {
        let thresholds = Thresholds { warning: "10".parse().ok(), critical: "20".parse().ok() };
        let of = |value: f64| Finding::new("text", vec![Reading::new("x", value, Unit::None)]);
        let nothing = Finding { value: None, ..of(99.0) };
        for (found, expected) in [
            (Ok(of(5.0)), Outcome::Ok),
            (Ok(of(10.0)), Outcome::Ok),
            (Ok(of(15.0)), Outcome::Warning),
            (Ok(of(25.0)), Outcome::Critical),
            (Ok(of(f64::NAN)), Outcome::Critical),
            (Ok(of(5.0).at_least(Outcome::Critical)), Outcome::Critical),
            (Ok(of(25.0).at_least(Outcome::Warning)), Outcome::Critical),
            (Ok(of(15.0).at_least(Outcome::Unknown)), Outcome::Unknown),
            (Ok(nothing), Outcome::Ok),
            (Err(Cannot::FirstRun), Outcome::Ok),
            (Err(Cannot::Missing { name: "x".into() }), Outcome::Unknown),
        ] {
            assert_eq!(judge(found.clone(), &thresholds).outcome, expected, "{found:?}");
        }
        assert_eq!(judge(Ok(of(5.0)), &thresholds).readings[0].perfdata().as_deref(), Some("x=5;10;20"));
    }
}
