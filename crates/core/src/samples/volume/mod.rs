//! What a check makes of a counter's last minutes: too few, too many, silent, or not known.
//!
//! "0 messages" and "nobody counted" are different answers. A window that was collected to 90 % or more is judged by
//! both ends of a range. Otherwise what was counted is only the least that can have happened: it may alarm as too many
//! and nothing else, and the rest is UNKNOWN with the reason.

mod collected;
mod doubt;
mod limits;
mod ratio;
mod silence;
mod usual;
mod words;

#[cfg(test)]
mod tests;

pub use limits::{Noun, VolumeLimits};
pub use ratio::{RatioLimits, judge_ratio, ratio_not_known};

use std::time::Duration;

use super::window::Window;
use crate::check::Answer;
use crate::reading::outcome::Outcome;
use crate::reading::range::{Range, Thresholds};
use crate::reading::{Reading, Unit, count_of, number};
use doubt::Doubt;
use silence::Silence;
use usual::Usual;
use words::{of_labels, span, window_seconds};

/// Judges a counter's window.
pub fn judge(window: &Window, limits: &VolumeLimits, noun: Noun) -> Answer {
    if let Some(name) = collected::unknown_label(window) {
        return not_known(limits, noun, &collected::no_such_label(window, name));
    }
    let count = count_of(window.sum);
    let usual = Usual::of(window, limits);
    let silence = limits.silence.map(|limit| Silence::of(window, limit));
    let doubt = collected::doubt(window, limits);
    let compared = usual.judged().map(|percent| (&limits.baseline, percent));
    let judged = |judge: fn(&Thresholds, f64) -> Outcome| {
        let by_usual = compared.map_or(Outcome::Ok, |(limits, percent)| judge(limits, percent));
        judge(&limits.count, count).worst(by_usual)
    };
    let mut outcome = match &doubt {
        None => judged(Thresholds::judge),
        Some(doubt) => doubt.outcome(judged(Thresholds::judge_at_least)),
    };
    let asked = Asked { window, limits, noun };
    let counted = format!("{}{}", asked.counted(doubt.as_ref()), usual.words(&limits.baseline, doubt.as_ref()));
    let mut parts = match &doubt {
        // What is wrong comes first, unless it is that there were too many.
        Some(doubt) if matches!(outcome, Outcome::Unknown) => vec![doubt.why.clone(), counted],
        Some(doubt) => vec![counted, doubt.why.clone()],
        None => vec![counted],
    };
    if let Some(silence) = &silence {
        outcome = outcome.worst(silence.outcome(doubt.as_ref()));
        if let Some(words) = silence.words(doubt.as_ref()) {
            let first = matches!(silence, Silence::Silent { .. }) && doubt.is_none();
            parts.insert(if first { 0 } else { parts.len() }, words);
        }
    }
    let readings = asked.readings(count, &usual, silence.as_ref());
    Answer { readings, details: asked.details(&usual), ..Answer::plain(outcome, parts.join("; ")) }
}

/// The answer if nothing was learned of the counter: UNKNOWN, with the same labels in perfdata.
pub fn not_known(limits: &VolumeLimits, noun: Noun, why: &str) -> Answer {
    let window = Window::default();
    let asked = Asked { window: &window, limits, noun };
    let usual = Usual::default();
    let mut readings =
        asked.readings(f64::NAN, &usual, limits.silence.map(|_| Silence::Unsure { collected: 0 }).as_ref());
    for reading in &mut readings {
        reading.value = f64::NAN;
    }
    Answer { readings, ..Answer::plain(Outcome::Unknown, why) }
}

/// One question with its answer.
struct Asked<'a> {
    window: &'a Window,
    limits: &'a VolumeLimits,
    noun: Noun,
}

impl Asked<'_> {
    /// `3 messages of host=mx1 in the last 60 min (at least 10)`.
    fn counted(&self, doubt: Option<&Doubt>) -> String {
        let Asked { window, limits, noun } = self;
        let count = count_of(window.sum);
        // Below a limit says nothing as long as something may be missing.
        let beyond = match doubt {
            None => limits.count.broken(count, Range::alerts, number),
            Some(_) => limits.count.broken(count, Range::alerts_from, number),
        };
        let labels = of_labels(&window.labels);
        let least = if doubt.is_some() && beyond.is_empty() { "at least " } else { "" };
        let (noun, window) = (noun.counted(count, &window.counter), span(Duration::from_secs(window_seconds(window))));
        format!("{least}{noun}{labels} in the last {window}{beyond}")
    }

    fn readings(&self, count: f64, usual: &Usual, silence: Option<&Silence>) -> Vec<Reading> {
        let Asked { window, limits, noun } = self;
        let judged = Reading::new(noun.label(), count, Unit::None).between(0.0, None);
        let mut readings = vec![
            Reading { thresholds: limits.count.clone(), ..judged },
            Reading::new("coverage", collected::percent(window), Unit::Percent).between(0.0, 100.0),
            Reading::new("age", window.read_age.unwrap_or(f64::NAN), Unit::Seconds).between(0.0, None),
            Reading::new("usual", usual.median.unwrap_or(f64::NAN), Unit::None).between(0.0, None),
        ];
        if !limits.baseline.is_empty() {
            let percent = Reading::new("of_usual", usual.judged().unwrap_or(f64::NAN), Unit::Percent);
            readings.push(Reading { thresholds: limits.baseline.clone(), ..percent.between(0.0, None) });
        }
        if let (Some(silence), Some(limit)) = (silence, limits.silence) {
            let seconds = Reading::new("silence", silence.seconds(), Unit::Seconds).between(0.0, None);
            let critical = number(limit.as_secs_f64()).parse().ok();
            readings.push(Reading { thresholds: Thresholds { warning: None, critical }, ..seconds });
        }
        readings.into_iter().map(Reading::in_every_run).collect()
    }

    fn details(&self, usual: &Usual) -> Vec<String> {
        let mut details = collected::details(self.window);
        details.extend(usual.details());
        details
    }
}
