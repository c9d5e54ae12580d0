//! The commands besides `serve`, and the exit codes of all.

pub(crate) mod check;
pub(crate) mod client;
pub(crate) mod config;
pub(crate) mod generate;
pub(crate) mod lint;
pub(crate) mod maintenance;
pub(crate) mod writer;

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use healthd_core::render::table::Paint;

use crate::cli::{ListenArgs, SourceArgs};
use crate::config::{SYSTEM_RUNTIME_DIR, load};

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
    /// `check`: not known, or wrong usage.
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
    // Without stderr there is nobody to tell.
    drop(writeln!(io::stderr(), "healthd: {error}"));
    exit
}

/// Text on stdout. A reader that went away (`| head`) is not an error.
pub(crate) fn say(text: &str) {
    drop(io::stdout().write_all(text.as_bytes()));
}

/// Colours on a terminal, unless `NO_COLOR` is set.
pub(crate) fn paint() -> Paint {
    match io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        true => Paint::Colour,
        false => Paint::Plain,
    }
}

/// Where the running daemon's sockets may be: as configured, else the node's own daemon. A configuration that this
/// user may not read is no obstacle: the sockets are where they are.
pub(crate) fn socket(source: &SourceArgs, name: &str) -> PathBuf {
    let state_dir = source.state_dir.clone();
    let configured = state_dir.or_else(|| load(source, &ListenArgs::default()).ok().map(|config| config.runtime_dir));
    let system = PathBuf::from(SYSTEM_RUNTIME_DIR);
    let candidates = configured.into_iter().chain([system.clone()]);
    candidates.map(|dir| dir.join(name)).find(|file| file.exists()).unwrap_or_else(|| system.join(name))
}
