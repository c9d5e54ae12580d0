//! `--morphmessage`, `--morphperfdata` and `--selectedperfdata`, which rewrite an answer, of versions 3 and of the
//! Icinga template library.

use healthd_core::check::Answer;
use healthd_core::text::clean::one_line;
use regex_lite::Regex;

use super::regular::{PatternError, regular};

/// The longest message that is rewritten, in characters.
const SHOWN: usize = 600;

/// A pattern, and the replacement of its first match.
type Morph = (Regex, String);

/// The patterns of a command line.
#[derive(Debug, Default)]
pub(super) struct Morphs {
    message: Vec<Morph>,
    labels: Vec<Morph>,
    selected: Vec<Regex>,
}

impl Morphs {
    /// Reads `pattern=replacement` and patterns.
    ///
    /// # Errors
    /// One of them is invalid.
    pub(super) fn new(message: &[String], labels: &[String], selected: &[String]) -> Result<Morphs, PatternError> {
        let all = |option: &'static str, texts: &[String]| {
            texts.iter().map(|text| morph(option, text)).collect::<Result<Vec<_>, _>>()
        };
        let pattern = |text: &String| regular("--selectedperfdata", text, true);
        Ok(Morphs {
            message: all("--morphmessage", message)?,
            labels: all("--morphperfdata", labels)?,
            selected: selected.iter().map(pattern).collect::<Result<_, _>>()?,
        })
    }

    /// Rewrites labels, then drops values that are not selected.
    pub(super) fn values(&self, answer: &mut Answer) {
        for reading in &mut answer.readings {
            reading.label = self.labels.iter().fold(reading.label.clone().into_owned(), replaced).into();
        }
        answer.readings.retain(|reading| self.selected.iter().all(|pattern| pattern.is_match(&reading.label)));
    }

    /// Rewrites the message behind the outcome's word, which the patterns expect. Returns whether the word is still
    /// there.
    pub(super) fn message(&self, answer: &mut Answer) -> bool {
        if self.message.is_empty() {
            return true;
        }
        let word = format!("{} - ", answer.outcome);
        let line = format!("{word}{}", one_line(&answer.text, SHOWN));
        let line = self.message.iter().fold(line, replaced);
        let rest = line.strip_prefix(&word);
        answer.text = rest.unwrap_or(&line).to_owned();
        rest.is_some()
    }
}

fn replaced(text: String, (pattern, replacement): &Morph) -> String {
    pattern.replace(&text, replacement).into_owned()
}

fn morph(option: &'static str, text: &str) -> Result<Morph, PatternError> {
    let (pattern, replacement) =
        text.split_once('=').ok_or(PatternError::Form { option, form: "pattern=replacement, such as '^OK.*=fine'" })?;
    Ok((regular(option, pattern, false)?, groups(replacement)))
}

/// Writes groups as `${1}`: in Perl `$1nic` is the first group and `nic`, but in the crate a group named `1nic`.
fn groups(replacement: &str) -> String {
    let mut text = String::new();
    let mut rest = replacement;
    while let Some(at) = rest.find('$') {
        let digits = rest[at + 1..].chars().take_while(char::is_ascii_digit).count();
        let (before, after) = (&rest[..at], &rest[at + 1 + digits..]);
        text.push_str(before);
        match &rest[at + 1..at + 1 + digits] {
            "" => text.push_str("$$"),
            number => text.extend(["${", number, "}"]),
        }
        rest = after;
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use healthd_core::reading::outcome::Outcome;
    use healthd_core::reading::{Reading, Unit};

    use super::*;

    fn morphs(message: &[&str], labels: &[&str], selected: &[&str]) -> Result<Morphs, PatternError> {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        Morphs::new(&owned(message), &owned(labels), &owned(selected))
    }

    #[test]
    fn labels_are_rewritten_and_then_chosen() {
        let readings = ["threads_running", "uptime"].map(|label| Reading::new(label, 1.0, Unit::None)).to_vec();
        for (labels, selected, expected) in [
            (&[][..], &[][..], &["threads_running", "uptime"][..]),
            (&["(th)reads_(.*)=$2x$1$"], &[], &["runningxth$", "uptime"]),
            (&["e=E", "^up=UP"], &["^UPTIM"], &["UPtimE"]),
            (&[], &["^THREADS"], &["threads_running"]),
            (&[], &["nothing"], &[]),
        ] {
            let mut answer = Answer { readings: readings.clone(), ..Answer::plain(Outcome::Ok, "fine") };
            morphs(&[], labels, selected).expect("patterns").values(&mut answer);
            let found: Vec<&str> = answer.readings.iter().map(|reading| &*reading.label).collect();
            assert_eq!(found, expected, "{labels:?} {selected:?}");
        }
    }

    #[test]
    fn a_message_is_rewritten_with_its_word_and_what_is_no_pattern_is_refused() {
        for (message, text, word) in [
            (&[][..], "12 threads\nrun", true),
            (&["12=a dozen"], "a dozen threads run", true),
            (&["^OK - (\\d+).*=all is well: $1"], "all is well: 12", false),
            (&["^CRITICAL=x"], "12 threads run", true),
        ] {
            let mut answer = Answer::plain(Outcome::Ok, "12 threads\nrun");
            let kept = morphs(message, &[], &[]).expect("patterns").message(&mut answer);
            assert_eq!((answer.text.as_str(), kept), (text, word), "{message:?}");
        }
        for (message, selected, why) in [
            (&["x"][..], &[][..], "expects pattern=replacement"),
            (&["(=x"], &[], "--morphmessage is not a regular"),
            (&[], &["["], "is not a regular"),
        ] {
            let error = morphs(message, &[], selected).expect_err("no pattern").to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
