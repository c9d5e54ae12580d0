//! A directory per test, or per server of a test.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, OnceLock};
use std::{env, fs, process, thread};

use rustix::process::geteuid;

use crate::account::Account;

/// A unix socket's path has at most 107 bytes; the rest is for the name of the socket and of its lock file.
const LONGEST: usize = 80;

/// The build directory of the repository, with everything that the harness keeps between runs.
///
/// This is not Cargo's own target directory, which may be elsewhere: the scripts that fetch servers do not ask Cargo.
pub fn target() -> &'static Path {
    static TARGET: LazyLock<PathBuf> = LazyLock::new(|| {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        manifest.parent().expect("the package is a member of the workspace").join("target")
    });
    &TARGET
}

/// A new directory, removed on drop unless the thread panics. Then it stays, and its path is printed.
#[derive(Debug)]
pub struct Workdir {
    path: PathBuf,
}

impl Workdir {
    /// Creates `<name>-<pid>-<number>` below `target/tmp`. If that is too deep for a unix socket, or closed to the
    /// account of the servers, it is in the system's temporary directory.
    pub fn new(name: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let leaf = format!("{name}-{}-{number}", process::id());
        let mut path = target().join("tmp").join(&leaf);
        if path.as_os_str().len() > LONGEST || is_closed(target()) {
            path = env::temp_dir().join(format!("healthd-{leaf}"));
        }
        // A killed run with the same process id may have left a directory.
        if path.exists() {
            fs::remove_dir_all(&path).expect("an old work directory can be removed");
        }
        fs::create_dir_all(&path).expect("the work directory can be made");
        Self { path }
    }

    /// The path of the directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A path in the directory.
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Workdir {
    fn drop(&mut self) {
        if thread::panicking() {
            #[expect(clippy::print_stderr, reason = "whoever reads the failure needs the logs")]
            {
                eprintln!("kept: {}", self.path.display());
            }
        } else if let Err(e) = fs::remove_dir_all(&self.path) {
            assert!(!self.path.exists(), "{} stays behind: {e}", self.path.display());
        }
    }
}

/// Whether root runs the tests in a place that `mysql` cannot reach.
fn is_closed(dir: &Path) -> bool {
    static CLOSED: OnceLock<bool> = OnceLock::new();
    *CLOSED.get_or_init(|| {
        fs::create_dir_all(dir).expect("the build directory can be made");
        geteuid().is_root() && Account::reaching(dir) == Account::Current
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_directories_with_one_name_differ_and_go_away() {
        let (a, b) = (Workdir::new("same"), Workdir::new("same"));
        assert_ne!(a.path(), b.path());
        let path = a.path().to_owned();
        fs::write(a.join("file"), "x").expect("the directory is writable");
        drop(a);
        assert!(!path.exists());
    }

    #[test]
    fn a_panic_keeps_the_directory() {
        let path = thread::spawn(|| {
            let dir = Workdir::new("kept");
            let path = dir.path().to_owned();
            std::panic::catch_unwind(std::panic::AssertUnwindSafe(move || {
                let _dir = dir;
                panic!("on purpose");
            }))
            .expect_err("it panics");
            path
        })
        .join()
        .expect("the panic was caught");
        assert!(path.is_dir());
        fs::remove_dir_all(path).expect("the kept directory can be removed");
    }

    #[test]
    fn a_socket_fits() {
        let dir = Workdir::new("socket");
        assert!(dir.join("mysqld.sock.lock").as_os_str().len() <= 107);
    }
}
