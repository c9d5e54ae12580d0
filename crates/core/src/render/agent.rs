//! The line of HAProxy's agent protocol.
//!
//! The grammar is in HAProxy's configuration manual under `agent-check` and above the parser in its `tcpcheck.c`: words
//! separated by blanks, tabs or commas; `#` begins the reason, and needs a separator before it: `down#lag` is one
//! unknown word, which HAProxy ignores while the server stays up.

use crate::render::body::{failing, failing_after};
use crate::text::clean::one_line;
use crate::verdict::Cause;
use crate::verdict::Verdict;
use crate::verdict::maintenance::Mode;
use crate::verdict::reason::Reason;

/// Whether the agent's answer may change the administrative state of the server in HAProxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admin {
    /// The client sent `ready`: healthd may set `drain` and `maint`, because its `ready` also ends them.
    Ours,
    /// The client did not send `ready`: `drain` and `maint` would outlive their cause (`up` does not end them), and
    /// `ready` would undo an operator's own drain.
    Operators,
    /// The client sent `ready` and asks for a role that its HTTP check decides. `ready` ends the start-up maintenance
    /// (`disabled`) together with `down`, so that the first check is sent and no client is let in before its answer. At
    /// any other time it would undo what an operator has set.
    Witness,
}

/// Renders a verdict as one line.
pub fn line(verdict: &Verdict, admin: Admin) -> String {
    match (verdict, admin) {
        (Verdict::Up(_), Admin::Ours) => "up ready 100%\n".into(),
        (Verdict::Up(_), Admin::Operators | Admin::Witness) => "up\n".into(),
        (Verdict::Drain(reason), Admin::Ours) => with_reason("up drain", reason),
        // The HTTP check carries the drain (404 with disable-on-404). A `down` here would cut sessions that should
        // finish.
        (Verdict::Drain(reason), Admin::Operators | Admin::Witness) => with_reason("up", reason),
        (Verdict::Down(reason @ Reason::Maintenance { mode: Mode::Down, .. }), Admin::Ours) => {
            with_reason("maint", reason)
        }
        (Verdict::Down(reason @ Reason::Writer(refused)), Admin::Witness) if refused.cause == Cause::NoHttpCheck => {
            with_reason("down ready", reason)
        }
        // Never `ready` here, because it would end what an operator has set.
        (Verdict::Down(reason), _) => with_reason("down", reason),
    }
}

/// The line for an invalid question: not up, with the reason.
pub fn refusal(text: &str) -> String {
    failing(&format!("down #bad-request: {}", one_line(text, 100)))
}

fn with_reason(words: &str, reason: &Reason) -> String {
    failing_after(&format!("{words} #"), &format!("{}: {reason}", reason.code()))
}
