//! The body of an HTTP check: one line under 200 bytes, the status carries the verdict.

use std::time::Duration;

use crate::clean::one_line;
use crate::duration::short;
use crate::role::Role;
use crate::verdict::Verdict;

/// The longest body, in bytes, line end included.
pub const LIMIT: usize = 200;

/// Renders a verdict. `age` is that of the last answered probe.
pub fn body(verdict: &Verdict, instance: &str, role: Role, age: Option<Duration>) -> String {
    match verdict {
        Verdict::Up(note) => {
            let note = note.map(|note| format!(" {}", note.code())).unwrap_or_default();
            let age = age.map(|age| format!(", answered {} ago", short(age))).unwrap_or_default();
            fit(format!("up{note} {instance} as {role}{age}"))
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
    fit(text.replace("up", "UP"))
}

/// One line with its end, within the limit, cut between characters.
fn fit(text: String) -> String {
    let mut line = one_line(&text, LIMIT);
    if line.len() >= LIMIT {
        let mut end = LIMIT - 4;
        while !line.is_char_boundary(end) {
            end -= 1;
        }
        line.truncate(end);
        line.push_str("...");
    }
    line.push('\n');
    line
}
