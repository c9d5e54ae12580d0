//! A control group of a test's own, with a limit of memory.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;

use crate::skip::skipped;

/// Where control groups of memory are made, and how their limit is called: of the first version, and of the second.
const PLACES: [(&str, &str); 2] =
    [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")];

/// A control group, removed when it is dropped and nobody is in it any more.
#[derive(Debug)]
pub struct ControlGroup {
    directory: PathBuf,
}

impl ControlGroup {
    /// One whose processes may have so many bytes together; `None`, and a line of what was skipped, where the tests may
    /// make none.
    pub fn or_skip(what: &str, bytes: u64) -> Option<ControlGroup> {
        for (place, limit) in PLACES {
            let directory = PathBuf::from(place).join(format!("healthd-tests-{}", std::process::id()));
            if fs::create_dir(&directory).is_err() {
                continue;
            }
            let group = ControlGroup { directory };
            // Not made: elsewhere than in a control group this would be a file like any other.
            let limit = OpenOptions::new().write(true).open(group.directory.join(limit));
            if limit.is_ok_and(|mut limit| limit.write_all(bytes.to_string().as_bytes()).is_ok()) {
                return Some(group);
            }
        }
        skipped(what, "only root makes control groups, and not in every container");
        None
    }

    /// Puts a process into it.
    ///
    /// # Errors
    /// The kernel refuses it.
    pub fn take(&self, pid: u32) -> io::Result<()> {
        fs::write(self.directory.join("cgroup.procs"), pid.to_string())
    }
}

impl Drop for ControlGroup {
    fn drop(&mut self) {
        fs::remove_dir(&self.directory).ok();
    }
}
