//! A control group with a memory limit, for one test.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;

use crate::skip::skipped;

/// Directory and limit file of memory control groups, for cgroup version 1 and version 2.
const PLACES: [(&str, &str); 2] =
    [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")];

/// A control group. It is removed on drop, if no process is left in it.
#[derive(Debug)]
pub struct ControlGroup {
    directory: PathBuf,
}

impl ControlGroup {
    /// Creates a group whose processes may use this many bytes together. `None`, and a note about the skipped test, if
    /// the tests are not allowed to create one.
    pub fn or_skip(what: &str, bytes: u64) -> Option<ControlGroup> {
        for (place, limit) in PLACES {
            let directory = PathBuf::from(place).join(format!("healthd-tests-{}", std::process::id()));
            if fs::create_dir(&directory).is_err() {
                continue;
            }
            let group = ControlGroup { directory };
            // Opened without creating it: in an ordinary directory this would create an ordinary file.
            let limit = OpenOptions::new().write(true).open(group.directory.join(limit));
            if limit.is_ok_and(|mut limit| limit.write_all(bytes.to_string().as_bytes()).is_ok()) {
                return Some(group);
            }
        }
        skipped(what, "only root makes control groups, and not in every container");
        None
    }

    /// Moves a process into the group.
    ///
    /// # Errors
    /// When the kernel refuses it.
    pub fn take(&self, pid: u32) -> io::Result<()> {
        fs::write(self.directory.join("cgroup.procs"), pid.to_string())
    }
}

impl Drop for ControlGroup {
    fn drop(&mut self) {
        fs::remove_dir(&self.directory).ok();
    }
}
