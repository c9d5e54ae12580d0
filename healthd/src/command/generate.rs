//! Files for packagers and shells: completions and manual pages, generated from the definition of the command line.

use std::path::Path;

use clap::CommandFactory as _;

use super::output::{Exit, say, say_error};
use crate::cli::Cli;

/// Prints a completion script.
pub(crate) fn completions(shell: clap_complete::Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "healthd", &mut script);
    say(&String::from_utf8_lossy(&script));
    Exit::Success
}

/// Writes one manual page for each command.
pub(crate) fn man(dir: &Path) -> Exit {
    match clap_mangen::generate_to(Cli::command(), dir) {
        Ok(()) => Exit::Success,
        Err(error) => say_error(Exit::Failure, &format!("cannot write manual pages to {}: {error}", dir.display())),
    }
}
