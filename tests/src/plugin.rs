//! The plugins as a monitoring system runs them: arguments in, one line and an exit code out.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Workdir;
use crate::process::built;

/// The answer of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Exit code; `None` if a signal ended the plugin.
    pub code: Option<i32>,
    /// The first line.
    pub line: String,
    /// All of stdout.
    pub stdout: String,
    /// All of stderr, which no monitoring system reads.
    pub stderr: String,
}

impl Answered {
    /// The part after `|`.
    pub fn perfdata(&self) -> &str {
        self.line.split_once('|').map_or("", |(_, perfdata)| perfdata.trim())
    }
}

/// Our executable, built together with the tests.
pub fn executable() -> PathBuf {
    built("healthd-plugins-under-test")
}

/// Runs one of our applets. Its counters are stored in `state`.
pub fn plugin(applet: &str, arguments: &[&str], state: &Workdir) -> Answered {
    let mut command = Command::new(executable());
    command.arg(applet).args(arguments).env("STATE_DIRECTORY", state.path());
    answer(&mut command)
}

/// Runs an original plugin.
pub fn original(path: &Path, arguments: &[&str]) -> Answered {
    answer(Command::new(path).args(arguments))
}

/// Runs a command without the environment's option files and language.
pub fn answer(command: &mut Command) -> Answered {
    command.env_remove("LANG").env("HOME", "/nonexistent").env("USER", "nobody").stdin(Stdio::null());
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let stdout = text(&output.stdout);
    let line = stdout.lines().next().unwrap_or_default().to_owned();
    Answered { code: output.status.code(), line, stdout, stderr: text(&output.stderr) }
}
