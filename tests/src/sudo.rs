//! The real sudo with our own lines. In a mount namespace they take the place of `/etc/sudoers.d`, and the machine's
//! own files stay untouched.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use crate::account::{Account, behind};
use crate::skip::skipped;
use crate::workdir::Workdir;

/// Sudoers lines, in force for the commands that are wrapped.
#[derive(Debug)]
pub struct Sudoers {
    workdir: Workdir,
}

impl Sudoers {
    /// Whether a test of `what` can run: mounting requires root, and there must be another account for sudo.
    pub fn or_skip(what: &str) -> bool {
        let workdir = Workdir::new("sudo");
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "true"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mounts = unshare.status().is_ok_and(|status| status.success());
        let possible = mounts && Account::reaching(workdir.path()) == Account::Mysql;
        if !possible {
            skipped(what, "only root mounts a file for sudo");
        }
        possible
    }

    /// Uses these lines.
    ///
    /// # Panics
    /// As [`Sudoers::checked`].
    #[track_caller]
    pub fn new(lines: &str) -> Sudoers {
        Sudoers { workdir: Sudoers::checked(lines) }
    }

    /// A directory with these lines in a file.
    ///
    /// # Panics
    /// When `visudo` rejects them.
    #[track_caller]
    pub fn checked(lines: &str) -> Workdir {
        let workdir = Workdir::new("sudo");
        let file = workdir.join("lines");
        fs::write(&file, format!("{lines}\n")).expect("the directory is writable");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o440)).expect("an own file's mode can be changed");
        let checked = Command::new("/usr/sbin/visudo").arg("-cf").arg(&file).output();
        let checked = checked.expect("sudo is installed (scripts/setup)");
        assert!(checked.status.success(), "{lines}: {}", String::from_utf8_lossy(&checked.stderr));
        workdir
    }

    /// The same command with these lines in force.
    pub fn wrap(&self, command: &Command) -> Command {
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "sh", "-c", "mount --bind \"$0\" /etc/sudoers.d && exec \"$@\""]);
        unshare.arg(self.workdir.path());
        behind(Some(unshare), command)
    }
}
