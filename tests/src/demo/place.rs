//! The directory of the demo, which only one demo uses at a time.

use std::fs::{self, File};
use std::net::{IpAddr, TcpListener};
use std::path::{Path, PathBuf};

use healthd_tests::ports::free_port;
use healthd_tests::workdir::target;
use rustix::fs::{FlockOperation, flock};

/// The path of a unix socket has at most 107 bytes. The rest is for directories and names in this one.
const LONGEST: usize = 80;

/// `target/demo`, removed on drop.
#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
    // The lock, held as long as the directory exists.
    _lock: File,
}

impl Place {
    /// Takes the directory and empties it.
    pub(crate) fn claim() -> Result<Place, String> {
        let mut path = target().join("demo");
        if path.as_os_str().len() > LONGEST {
            path = std::env::temp_dir().join("healthd-demo");
        }
        let failed = |error: std::io::Error| format!("{}: {error}", path.display());
        fs::create_dir_all(target()).map_err(failed)?;
        let lock = File::create(path.with_extension("lock")).map_err(failed)?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)
            .map_err(|_| format!("another demo runs in {}", path.display()))?;
        // Left by a demo that was killed.
        if path.exists() {
            fs::remove_dir_all(&path).map_err(failed)?;
        }
        fs::create_dir(&path).map_err(failed)?;
        Ok(Place { path, _lock: lock })
    }

    /// The path of the directory.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.path).ok();
        fs::remove_file(self.path.with_extension("lock")).ok();
    }
}

/// A port that is free on all these addresses: the preferred one if it is free.
pub(crate) fn port_on(addresses: &[IpAddr], preferred: u16) -> u16 {
    let is_free = |port: &u16| addresses.iter().all(|address| TcpListener::bind((*address, *port)).is_ok());
    std::iter::once(preferred)
        .chain(std::iter::repeat_with(free_port))
        .find(is_free)
        .expect("an endless iterator has a next item")
}
