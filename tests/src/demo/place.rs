//! The directory of the demo, one at a time.

use std::fs::{self, File};
use std::net::{IpAddr, TcpListener};
use std::path::{Path, PathBuf};

use healthd_tests::ports::free_port;
use healthd_tests::workdir::target;
use rustix::fs::{FlockOperation, flock};

/// A unix socket's path has at most 107 bytes; the rest is for directories and names in this one.
const LONGEST: usize = 80;

/// `target/demo`, removed on drop.
#[derive(Debug)]
pub(crate) struct Place {
    path: PathBuf,
    // Held as long as the directory is there.
    _lock: File,
}

impl Place {
    /// Takes the directory, empty.
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
        // Left by one that was killed.
        if path.exists() {
            fs::remove_dir_all(&path).map_err(failed)?;
        }
        fs::create_dir(&path).map_err(failed)?;
        Ok(Place { path, _lock: lock })
    }

    /// The directory.
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

/// A port that is free on all these addresses, the preferred one if it is.
pub(crate) fn port_on(addresses: &[IpAddr], preferred: u16) -> u16 {
    let is_free = |port: &u16| addresses.iter().all(|address| TcpListener::bind((*address, *port)).is_ok());
    std::iter::once(preferred)
        .chain(std::iter::repeat_with(free_port))
        .find(is_free)
        .expect("an endless iterator has a next item")
}
