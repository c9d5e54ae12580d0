//! Reports what could not be tested on this machine, so that no test is skipped in silence.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};

use crate::workdir::target;

/// Prints `skipped: <what>: <why>` and appends the line to `target/tests/skipped.txt`. The Makefile prints that file at
/// the end of a run, because the output of a passing test is not shown.
pub fn skipped(what: &str, why: &str) {
    let line = format!("skipped: {what}: {why}\n");
    #[expect(clippy::print_stderr, reason = "shown by the test runner with --nocapture")]
    {
        eprint!("{line}");
    }
    append(&line).expect("target/tests/skipped.txt is writable");
}

fn append(line: &str) -> io::Result<()> {
    let dir = target().join("tests");
    fs::create_dir_all(&dir)?;
    // One write in append mode, so that lines of parallel tests do not mix.
    OpenOptions::new().create(true).append(true).open(dir.join("skipped.txt"))?.write_all(line.as_bytes())
}
