//! What a monitoring daemon lets loose: it gives the plugins that it runs groups and sessions of their own, and one
//! that hangs would outlive it. They are known by a word in their environment, which all of them inherit.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::wait::wait_for;

/// NRPE hands on only what it is told to.
pub(crate) const VARIABLE: &str = "HEALTHD_TESTS_FAMILY";
const END: Duration = Duration::from_secs(5);

/// All processes that descend from one command.
#[derive(Debug)]
pub(crate) struct Family {
    word: Vec<u8>,
}

impl Family {
    /// The family of a command that is still to be started, named after the directory that it alone has.
    pub(crate) fn founded_by(command: &mut Command, dir: &Path) -> Family {
        command.env(VARIABLE, dir);
        Family { word: format!("{VARIABLE}={}", dir.display()).into_bytes() }
    }

    /// Kills all of it, those too that are born meanwhile.
    pub(crate) fn end(&self) {
        wait_for("the end of a monitoring daemon's plugins", END, || {
            let members = self.members();
            for member in &members {
                // It may have ended since.
                kill_process(*member, Signal::KILL).ok();
            }
            if members.is_empty() { Ok(()) } else { Err(format!("{members:?}")) }
        });
    }

    /// Those that have not ended: a zombie has no environment.
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
