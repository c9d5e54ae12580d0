//! `healthd lint`: reads HAProxy files and prints their pitfalls.

use std::io;
use std::path::{Path, PathBuf};

use healthd_haproxy::{ConfigFile, LintReport, ParseError, lint, render};
use thiserror::Error;

use super::output::{Exit, paint, say, say_error};
use crate::cli::LintArgs;

/// Runs the command.
pub(crate) fn run(args: &LintArgs) -> Exit {
    if args.rules {
        say(&render::rules(paint()));
        return Exit::Success;
    }
    let report = match examine(&args.files) {
        Ok(report) => report,
        Err(error) => return say_error(Exit::Usage, &error.to_string()),
    };
    say(&if args.json { render::json(&report) } else { render::text(&report, paint()) });
    if report.is_clean() { Exit::Success } else { Exit::Failure }
}

/// Why files cannot be examined.
#[derive(Debug, Error)]
enum LintError {
    #[error("cannot read `{file}`: {error}", file = path.display())]
    Unreadable { path: PathBuf, error: io::Error },
    #[error(transparent)]
    NotHaproxy(#[from] ParseError),
}

fn examine(paths: &[PathBuf]) -> Result<LintReport, LintError> {
    let files: Vec<ConfigFile> = paths.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
    Ok(lint(&files)?)
}

fn read(path: &Path) -> Result<ConfigFile, LintError> {
    let bytes = std::fs::read(path).map_err(|error| LintError::Unreadable { path: path.to_owned(), error })?;
    // A comment in Latin-1 is no reason to reject a file.
    Ok(ConfigFile { name: path.display().to_string(), text: String::from_utf8_lossy(&bytes).into_owned() })
}
