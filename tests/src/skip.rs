//! What could not be tried on this machine is said, never silently passed.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};

use crate::workdir::target;

/// Prints `skipped: <what>: <why>` and adds the line to `target/tests/skipped.txt`, which the Makefile prints at the
/// end of a run: a passing test's own output is not shown.
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
    // One write in append mode: lines of tests that run in parallel don't mix.
    OpenOptions::new().create(true).append(true).open(dir.join("skipped.txt"))?.write_all(line.as_bytes())
}
