//! What commands print, and their exit codes.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use healthd_core::render::table::Paint;

/// How a command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Success,
    /// Something failed at run time.
    Failure,
    /// Arguments or configuration are wrong.
    Usage,
    /// `check`: a drain.
    CheckDrain,
    /// `check`: down.
    CheckDown,
    /// `check`: unknown, or wrong usage.
    CheckUnknown,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Success => 0,
            Exit::Failure | Exit::CheckDrain => 1,
            Exit::Usage | Exit::CheckDown => 2,
            Exit::CheckUnknown => 3,
        })
    }
}

/// One line on stderr, and the exit code.
pub(crate) fn say_error(exit: Exit, error: &dyn Display) -> Exit {
    // A closed stderr is not an error.
    drop(writeln!(io::stderr(), "healthd: {error}"));
    exit
}

/// Prints text on stdout. A closed pipe (`| head`) is not an error.
pub(crate) fn say(text: &str) {
    drop(io::stdout().write_all(text.as_bytes()));
}

/// Colors on a terminal, unless `NO_COLOR` is set.
pub(super) fn paint() -> Paint {
    match io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        true => Paint::Color,
        false => Paint::Plain,
    }
}
