//! The directories of the daemon.

use std::env;
use std::path::{Path, PathBuf};

/// The directory with the sockets of the daemon that systemd or root starts.
pub(crate) const SYSTEM_RUNTIME_DIR: &str = "/run/healthd";
/// The directory with the state of that daemon.
const SYSTEM_STATE_DIR: &str = "/var/lib/healthd";

/// The directories of a daemon.
pub(super) struct Directories {
    /// What survives a restart.
    pub(super) state: PathBuf,
    /// The unix sockets.
    pub(super) runtime: PathBuf,
}

impl Directories {
    /// The directories, given the configured one for the state.
    pub(super) fn new(state_dir: Option<PathBuf>) -> Directories {
        Directories { runtime: runtime_dir(state_dir.as_deref()), state: state_dir.unwrap_or_else(default_state_dir) }
    }
}

/// The daemon of the system uses the system's directory. Any other one keeps its sockets next to its state.
fn runtime_dir(state_dir: Option<&Path>) -> PathBuf {
    match (env::var_os("RUNTIME_DIRECTORY"), state_dir) {
        (Some(dir), _) => PathBuf::from(dir),
        (None, Some(dir)) => dir.to_owned(),
        (None, None) if rustix::process::geteuid().is_root() => PathBuf::from(SYSTEM_RUNTIME_DIR),
        (None, None) => default_state_dir(),
    }
}

fn default_state_dir() -> PathBuf {
    let home = || env::var_os("HOME").map(|home| Path::new(&home).join(".local/state/healthd"));
    match env::var_os("STATE_DIRECTORY") {
        Some(dir) => PathBuf::from(dir),
        None if rustix::process::geteuid().is_root() => PathBuf::from(SYSTEM_STATE_DIR),
        None => home().unwrap_or_else(|| PathBuf::from(SYSTEM_STATE_DIR)),
    }
}
