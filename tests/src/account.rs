//! The account that servers run as.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

/// The account of a process. The process dies with the one that started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// The account that runs the tests.
    Current,
    /// `mysql`, as packages run a server. Root could write where a real server cannot.
    Mysql,
}

/// How to start a program as another account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// The user's name.
    pub user: String,
    /// The name of its main group.
    pub group: String,
}

impl Account {
    /// The account for a server that needs this path: `mysql` if the tests run as root and that account can reach it,
    /// which it can't below a home directory closed to others.
    pub fn reaching(path: &Path) -> Self {
        if !has_setpriv() {
            return Self::Current;
        }
        let mut test = Command::new("test");
        test.arg("-x").arg(path);
        let reached = Self::Mysql.wrap(&test).stderr(Stdio::null()).status();
        if reached.is_ok_and(|status| status.success()) { Self::Mysql } else { Self::Current }
    }

    /// The value of a server's `user` option. Without it, a server refuses to run as root.
    pub fn option(self) -> &'static str {
        match self {
            Self::Mysql => "mysql",
            Self::Current if rustix::process::geteuid().is_root() => "root",
            Self::Current => "",
        }
    }

    /// The same command as this account, killed by the kernel when the thread that spawned it ends, as it does when
    /// this process is killed.
    ///
    /// This goes through `setpriv`, because a change of user makes the kernel forget that the child must die. So the
    /// server must not change its user itself: its `user` option names the account that it already has. `setpriv` tells
    /// the kernel last, whatever the order of its options.
    pub fn wrap(self, command: &Command) -> Command {
        let first = if has_setpriv() {
            let mut setpriv = Command::new("setpriv");
            setpriv.args(["--pdeathsig", "KILL"]);
            if self == Self::Mysql {
                setpriv.args(["--reuid", "mysql", "--regid", "mysql", "--clear-groups"]);
            }
            setpriv.arg("--");
            Some(setpriv)
        } else {
            assert!(self == Self::Current, "setpriv (util-linux) is needed to change the account");
            None
        };
        let mut wrapped = behind(first, command);
        wrapped.stdin(Stdio::null());
        wrapped
    }

    /// The names of the account's user and group.
    pub fn names(self) -> io::Result<Names> {
        Ok(match self {
            Self::Mysql => Names { user: "mysql".to_owned(), group: "mysql".to_owned() },
            Self::Current => Names { user: id("-un")?, group: id("-gn")? },
        })
    }

    /// Gives a directory and everything in it to the account.
    pub fn own(self, path: &Path) -> io::Result<()> {
        if self == Self::Current {
            return Ok(());
        }
        run(Command::new("chown").args(["-R", "mysql:mysql"]).arg(path))
    }
}

/// Appends a command to another one that ends by executing it.
pub(crate) fn behind(first: Option<Command>, command: &Command) -> Command {
    let mut wrapped = match first {
        Some(mut first) => {
            first.arg(command.get_program());
            first
        }
        None => Command::new(command.get_program()),
    };
    wrapped.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => wrapped.env(name, value),
            None => wrapped.env_remove(name),
        };
    }
    if let Some(dir) = command.get_current_dir() {
        wrapped.current_dir(dir);
    }
    wrapped
}

fn has_setpriv() -> bool {
    static THERE: LazyLock<bool> = LazyLock::new(|| {
        Command::new("setpriv")
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    });
    *THERE
}

fn id(option: &str) -> io::Result<String> {
    let output = Command::new("id").arg(option).stdin(Stdio::null()).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs a short command. The error has what it printed to stderr.
pub(crate) fn run(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{command:?}: {}: {}", output.status, stderr.trim())))
}
