//! The body of an HTTP check: one line of less than 200 bytes. The status carries the verdict.

use std::time::Duration;

use crate::text::clean::{clip, one_line};
use crate::text::duration::short;
use crate::verdict::Verdict;
use crate::verdict::role::Role;

/// The longest line, in bytes, line end included.
pub const LIMIT: usize = 199;

/// Renders a verdict. `age` is the age of the last answered probe.
pub fn body(verdict: &Verdict, instance: &str, role: Role, age: Option<Duration>) -> String {
    match verdict {
        Verdict::Up(note) => {
            let mut line = String::with_capacity(LIMIT);
            line.push_str("up ");
            if let Some(note) = note {
                line.extend([note.code().name(), " "]);
            }
            line.extend([instance, " as ", role.name()]);
            if let Some(age) = age {
                line.extend([", answered ", &short(age), " ago"]);
            }
            fit(&line)
        }
        Verdict::Drain(reason) => failing(&format!("drain {}: {reason}", reason.code())),
        Verdict::Down(reason) => failing(&format!("down {}: {reason}", reason.code())),
    }
}

/// A line for a request that could not be answered: 400 and 403.
pub fn refusal(text: &str) -> String {
    failing(&format!("refused: {text}"))
}

/// A failing body must not contain what `expect string up` would match. A maintenance reason or the name of an instance
/// may contain anything, so an `up` in it becomes `UP`.
pub fn failing(text: &str) -> String {
    failing_after("", text)
}

/// The same after words of our own, which may be `up`.
pub(super) fn failing_after(words: &str, text: &str) -> String {
    fit(&format!("{words}{}", text.replace("up", "UP")))
}

/// One line with its end, within the limit.
fn fit(text: &str) -> String {
    let mut line = one_line(text, LIMIT);
    if line.len() >= LIMIT {
        line = clip(&line, LIMIT - 1);
    }
    line.push('\n');
    line
}
