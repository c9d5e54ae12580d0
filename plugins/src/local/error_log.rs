//! The end of a server's error log on this machine.

use std::path::Path;
use std::time::Duration;

use healthd_core::facts::error_log;
use healthd_core::facts::{Local, Logged, Unseen};

use super::files;
use super::located::LocalServer;

/// The longest part of the file that is read, from its end, in bytes.
const LARGEST: u64 = 4 << 20;

/// The time window of the lines that count.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// When the server was asked, as time since 1970.
    pub(super) now: Duration,
    /// How far the machine's local time is ahead of UTC, in seconds.
    pub(super) ahead: i64,
    /// The greatest age of a line.
    pub(super) within: Duration,
}

/// Counts the lines in this window.
pub(super) fn read(server: &LocalServer, window: Window) -> Local<Logged> {
    let file = Path::new(server.variable("log_error")?);
    let path = if file.is_absolute() { file.to_owned() } else { Path::new(server.variable("datadir")?).join(file) };
    let (directory, name) = (path.parent().unwrap_or(Path::new("/")), path.file_name().unwrap_or_default());
    let failed = |errno| files::unseen(&path, errno);
    let directory = files::open(directory).map_err(failed)?;
    let shown = path.display().to_string();
    let Some((tail, cut)) = files::tail(directory, &name.to_string_lossy(), LARGEST).map_err(failed)? else {
        return Err(Unseen::Missing(shown));
    };
    let Window { now, ahead, within } = window;
    match error_log::read(&String::from_utf8_lossy(&tail), cut, now, ahead, within) {
        Some(logged) => Ok(Logged { place: shown, ..logged }),
        None => Err(Unseen::Failed { path: shown, why: "no line begins with a timestamp of a server".to_owned() }),
    }
}
