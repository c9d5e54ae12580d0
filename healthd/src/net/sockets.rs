//! The unix sockets: `query.sock` is read-only and open to all users, `control.sock` is for root and the group healthd.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::process::umask;
use tokio::net::{UnixListener, UnixStream};

/// The file name of the read-only socket.
pub(crate) const QUERY: &str = "query.sock";
/// The file name of the socket for changes.
pub(crate) const CONTROL: &str = "control.sock";
/// The group whose members may make changes.
const GROUP: &str = "healthd";

/// The sockets of a daemon.
pub(crate) struct LocalSockets {
    /// For every user of this machine, read-only.
    pub(crate) query: UnixListener,
    /// For root and the group healthd.
    pub(crate) control: UnixListener,
    /// Dropping it removes both files.
    pub(crate) files: Files,
}

/// The files of bound sockets; dropping it removes them.
#[derive(Debug, Default)]
pub(crate) struct Files(Vec<PathBuf>);

impl Drop for Files {
    fn drop(&mut self) {
        for file in &self.0 {
            // A missing file is fine.
            drop(fs::remove_file(file));
        }
    }
}

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SocketError {
    /// The file cannot be created.
    #[error("cannot make the socket {}: {error}", file.display())]
    Unusable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A running daemon has it.
    #[error("another healthd answers on {}: stop it, or use another --state-dir", .0.display())]
    Taken(PathBuf),
}

/// Binds both sockets in a directory, and replaces files that a dead daemon left there.
///
/// # Errors
/// When a running daemon answers there, or the directory cannot be written.
pub(crate) fn bind(dir: &Path) -> Result<LocalSockets, SocketError> {
    fs::create_dir_all(dir).map_err(|error| SocketError::Unusable { file: dir.to_owned(), error })?;
    let mut files = Files::default();
    let query = bind_one(dir.join(QUERY), 0o666, &mut files)?;
    let control = bind_one(dir.join(CONTROL), 0o660, &mut files)?;
    if let Some(group) = lookup("/etc/group", |fields| fields[0] == GROUP).and_then(|fields| fields[2].parse().ok()) {
        let file = dir.join(CONTROL);
        let its = fs::metadata(&file).map(|metadata| metadata.gid());
        // Only root may change the group. With the systemd unit it is right already.
        if its.map_err(|error| SocketError::Unusable { file: file.clone(), error })? != group {
            chown(&file, None, Some(group)).ok();
        }
    }
    Ok(LocalSockets { query, control, files })
}

fn bind_one(file: PathBuf, mode: u32, files: &mut Files) -> Result<UnixListener, SocketError> {
    if std::os::unix::net::UnixStream::connect(&file).is_ok() {
        return Err(SocketError::Taken(file));
    }
    let bind = || {
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Closed at first, so that no other user connects between bind and chmod.
        let mask = umask(Mode::from_raw_mode(0o177));
        let bound = UnixListener::bind(&file);
        umask(mask);
        let listener = bound?;
        fs::set_permissions(&file, fs::Permissions::from_mode(mode))?;
        Ok(listener)
    };
    match bind() {
        Ok(listener) => {
            files.0.push(file);
            Ok(listener)
        }
        Err(error) => Err(SocketError::Unusable { file, error }),
    }
}

/// The user at the other end of a unix socket, by name or as `uid 1000`. `None` if the kernel does not report it.
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
