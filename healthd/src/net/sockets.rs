//! The unix sockets: `query.sock` for anybody on this machine, read-only; `control.sock` for root and the group healthd.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::process::umask;
use tokio::net::{UnixListener, UnixStream};

/// The file name of the read-only socket.
pub(crate) const QUERY: &str = "query.sock";
/// The file name of the socket that switches.
pub(crate) const CONTROL: &str = "control.sock";
/// The group that may switch.
const GROUP: &str = "healthd";

/// The bound sockets; dropping them removes the files.
pub(crate) struct Sockets {
    files: Vec<PathBuf>,
}

impl Drop for Sockets {
    fn drop(&mut self) {
        for file in &self.files {
            // A file that is gone already is what is wanted.
            drop(fs::remove_file(file));
        }
    }
}

/// Binds both sockets in a directory, taking over what a dead daemon left there.
///
/// # Errors
/// When a living daemon answers there, or the directory cannot be written; the text says which.
pub(crate) fn bind(dir: &Path) -> Result<(UnixListener, UnixListener, Sockets), String> {
    let wrong = |file: &Path, error: io::Error| format!("cannot make the socket {}: {error}", file.display());
    fs::create_dir_all(dir).map_err(|error| wrong(dir, error))?;
    let mut sockets = Sockets { files: Vec::new() };
    let mut open = |name: &str, mode: u32| {
        let file = dir.join(name);
        if std::os::unix::net::UnixStream::connect(&file).is_ok() {
            return Err(format!("another healthd answers on {}: stop it, or use another --state-dir", file.display()));
        }
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(wrong(&file, error)),
            _ => {}
        }
        // Closed from the first moment on; nobody gets in between the bind and the mode.
        let mask = umask(Mode::from_raw_mode(0o177));
        let bound = UnixListener::bind(&file);
        umask(mask);
        let listener = bound.map_err(|error| wrong(&file, error))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).map_err(|error| wrong(&file, error))?;
        sockets.files.push(file);
        Ok(listener)
    };
    let query = open(QUERY, 0o666)?;
    let control = open(CONTROL, 0o660)?;
    if let Some(group) = lookup("/etc/group", |fields| fields[0] == GROUP).and_then(|fields| fields[2].parse().ok()) {
        let file = dir.join(CONTROL);
        let its = fs::metadata(&file).map_err(|error| wrong(&file, error))?.gid();
        // Only root may; anybody else's control socket stays his own. Under the unit it is right already.
        if its != group {
            chown(&file, None, Some(group)).ok();
        }
    }
    Ok((query, control, sockets))
}

/// The user at the other end of a unix socket, by name or as `uid 1000`. `None` if the kernel does not say.
pub(crate) fn user(stream: &UnixStream) -> Option<String> {
    let uid = stream.peer_cred().ok()?.uid().to_string();
    let name = lookup("/etc/passwd", |fields| fields[2] == uid).map(|fields| fields[0].clone());
    Some(name.unwrap_or_else(|| format!("uid {uid}")))
}

/// The first line of a colon-separated account file that matches, as fields. Directory services are not asked: a
/// lookup that hangs must not hang a health check.
fn lookup(file: &str, matches: impl Fn(&[String]) -> bool) -> Option<Vec<String>> {
    let text = fs::read_to_string(file).ok()?;
    let mut lines = text.lines().map(|line| line.split(':').map(str::to_owned).collect::<Vec<_>>());
    lines.find(|fields| fields.len() > 2 && matches(fields))
}
