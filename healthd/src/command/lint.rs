//! `healthd lint`: files to findings.

use std::path::Path;

use super::{Exit, paint, say, say_error};
use crate::cli::LintArgs;
use healthd_haproxy::{Source, lint, render};

/// Runs the command.
pub(crate) fn run(args: &LintArgs) -> Exit {
    if args.rules {
        say(&render::rules(paint()));
        return Exit::Success;
    }
    let sources: Result<Vec<Source>, String> = args.files.iter().map(|file| read(file)).collect();
    let linted = match sources.and_then(|sources| lint(&sources).map_err(|refused| refused.to_string())) {
        Ok(linted) => linted,
        Err(error) => return say_error(Exit::Usage, &error),
    };
    say(&if args.json { render::json(&linted.findings) } else { render::text(&linted, paint()) });
    if linted.findings.is_empty() { Exit::Success } else { Exit::Failure }
}

fn read(file: &Path) -> Result<Source, String> {
    let bytes = std::fs::read(file).map_err(|error| format!("cannot read `{}`: {error}", file.display()))?;
    // A comment in Latin-1 is no reason to refuse a file.
    Ok(Source { name: file.display().to_string(), text: String::from_utf8_lossy(&bytes).into_owned() })
}
