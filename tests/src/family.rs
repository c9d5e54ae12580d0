//! The processes that a monitoring daemon starts. It runs each plugin in a process group and session of its own, so a
//! plugin that hangs would outlive the daemon. They are found by a variable in their environment, which all of them
//! inherit.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::wait::wait_for;

/// NRPE passes on only the variables that it is told to pass on.
pub(crate) const VARIABLE: &str = "HEALTHD_TESTS_FAMILY";
const END: Duration = Duration::from_secs(5);

/// A command and all processes that descend from it.
#[derive(Debug)]
pub(crate) struct Family {
    word: Vec<u8>,
}

impl Family {
    /// The processes of a command that is yet to be started, named after the directory that only this command uses.
    pub(crate) fn founded_by(command: &mut Command, dir: &Path) -> Family {
        command.env(VARIABLE, dir);
        Family { word: format!("{VARIABLE}={}", dir.display()).into_bytes() }
    }

    /// Kills all of them, including those that start meanwhile.
    pub(crate) fn end(&self) {
        wait_for("the end of a monitoring daemon's plugins", END, || {
            let members = self.members();
            for member in &members {
                // The process may have ended since.
                kill_process(*member, Signal::KILL).ok();
            }
            if members.is_empty() { Ok(()) } else { Err(format!("{members:?}")) }
        });
    }

    /// The processes that have not ended. A zombie has no environment.
    fn members(&self) -> Vec<Pid> {
        let processes = fs::read_dir("/proc").expect("/proc can be listed").flatten();
        let belongs = |dir: &Path| {
            let environment = fs::read(dir.join("environ")).unwrap_or_default();
            environment.split(|byte| *byte == 0).any(|word| word == self.word)
        };
        processes
            .filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?))
            .filter(|pid| belongs(Path::new(&format!("/proc/{pid}"))))
            .collect()
    }
}
