//! The body of an HTTP check: one line under 200 bytes, the status carries the verdict.

use std::time::Duration;

use crate::clean::{clip, one_line};
use crate::duration::short;
use crate::role::Role;
use crate::verdict::Verdict;

/// The longest line, in bytes, line end included.
pub const LIMIT: usize = 199;

/// Renders a verdict. `age` is that of the last answered probe.
pub fn body(verdict: &Verdict, instance: &str, role: Role, age: Option<Duration>) -> String {
    match verdict {
        Verdict::Up(note) => {
            let note = note.map(|note| format!(" {}", note.code())).unwrap_or_default();
            let age = age.map(|age| format!(", answered {} ago", short(age))).unwrap_or_default();
            fit(&format!("up{note} {instance} as {role}{age}"))
        }
        Verdict::Drain(reason) => failing(&format!("drain {}: {reason}", reason.code())),
        Verdict::Down(reason) => failing(&format!("down {}: {reason}", reason.code())),
    }
}

/// A line for a request that could not be answered: 400 and 403.
pub fn refusal(text: &str) -> String {
    failing(&format!("refused: {text}"))
}

/// A failing body must not contain what an `expect string up` would match, and a maintenance reason or an instance's
/// name can contain anything: such an `up` becomes `UP`.
pub fn failing(text: &str) -> String {
    failing_after("", text)
}

/// The same after words of ours that may be `up`.
pub(super) fn failing_after(words: &str, text: &str) -> String {
    fit(&format!("{words}{}", text.replace("up", "UP")))
}

/// One line with its end, within the limit.
fn fit(text: &str) -> String {
    let mut line = clip(&one_line(text, LIMIT), LIMIT - 1);
    line.push('\n');
    line
}
