//! Notices the end of an idle connection at once.
//!
//! `mysql_async` exposes neither the descriptor nor its readiness. So healthd finds the connection's socket among those
//! of the process, by its remote address, and duplicates it. If it becomes readable while no answer is expected, the
//! connection has ended: end of file, a reset, or the error packet that newer servers send before they close.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::sync::{LazyLock, Mutex, PoisonError};

use healthd_core::facts::ServerProcess;
use rustix::net::{Shutdown, SocketAddrAny, getpeername, shutdown};
use tokio::net::{TcpStream, UnixStream};

/// The other end of a connection.
#[derive(Debug, Clone)]
pub(crate) enum Peer {
    /// One of these addresses.
    Tcp(Vec<IpAddr>, u16),
    /// A socket path.
    Unix(std::path::PathBuf),
}

/// Inodes of the sockets that are already watched, so that two connections to one server are not confused.
static CLAIMED: LazyLock<Mutex<HashSet<u64>>> = LazyLock::new(Mutex::default);

/// Watches one connection.
pub(crate) struct IdleWatch {
    /// The duplicate. A unix socket works here too, since only `peek` is used.
    socket: TcpStream,
    inode: u64,
}

impl IdleWatch {
    /// Finds and duplicates the socket that is connected to `peer` and is not watched yet.
    ///
    /// # Errors
    /// When there is none or more than one (two logins at the same moment), or `/proc` is missing. Without a watch, the
    /// next probe notices the end of the connection. With the wrong socket, nothing would.
    pub(crate) fn find(peer: &Peer) -> io::Result<IdleWatch> {
        let mut found = Vec::new();
        for duplicate in sockets(peer)? {
            let inode = rustix::fs::fstat(&duplicate)?.st_ino;
            if !claimed().contains(&inode) {
                found.push((duplicate, inode));
            }
        }
        match (found.pop(), found.is_empty()) {
            (Some((duplicate, inode)), true) => {
                let socket = TcpStream::from_std(duplicate.into())?;
                claimed().insert(inode);
                Ok(IdleWatch { socket, inode })
            }
            _ => Err(io::Error::new(io::ErrorKind::NotFound, "no socket belongs to the connection")),
        }
    }

    /// Waits until the idle connection has ended. Call it only while no answer is expected.
    pub(crate) async fn death(&self) {
        // Bytes, end of file and errors all mean the same.
        drop(self.socket.peek(&mut [0_u8; 1]).await);
    }
}

impl Drop for IdleWatch {
    fn drop(&mut self) {
        // A Conn that is dropped while an answer is pending would read on for ever. A Conn that was closed properly is
        // not affected.
        shutdown(&self.socket, Shutdown::Both).ok();
        claimed().remove(&self.inode);
    }
}

/// The process that listens behind a unix socket, as the kernel remembers it; `None` over TCP, or if it is unknown.
pub(crate) fn process_behind(peer: &Peer) -> Option<ServerProcess> {
    let Peer::Unix(_) = peer else { return None };
    let socket = std::os::unix::net::UnixStream::from(sockets(peer).ok()?.pop()?);
    // rustix has no value for the number 0, which stands for a process that is not visible from here.
    let process = UnixStream::from_std(socket).ok()?.peer_cred().ok()?.pid()?;
    Some(match u32::try_from(process).ok()? {
        0 => ServerProcess::Hidden,
        number => ServerProcess::Seen(number),
    })
}

/// Duplicates of this process's sockets that are connected to a remote address.
fn sockets(peer: &Peer) -> io::Result<Vec<OwnedFd>> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc/self/fd")? {
        let number = entry?.file_name().to_str().and_then(|name| name.parse().ok());
        found.extend(number.and_then(duplicate).filter(|socket| leads_to(socket.as_fd(), peer)));
    }
    Ok(found)
}

fn claimed() -> std::sync::MutexGuard<'static, HashSet<u64>> {
    CLAIMED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Duplicates a descriptor of this process by its number; `None` when it has been closed since it was listed.
fn duplicate(number: i32) -> Option<OwnedFd> {
    #[expect(unsafe_code, reason = "only a raw number comes out of /proc/self/fd")]
    // SAFETY: the borrow lives for this one system call. If another thread has closed or reused the number meanwhile,
    // the call fails or duplicates another open descriptor, which the caller recognizes by its peer and closes again.
    let borrowed = unsafe { BorrowedFd::borrow_raw(number) };
    rustix::io::fcntl_dupfd_cloexec(borrowed, 0).ok()
}

fn leads_to(fd: BorrowedFd<'_>, peer: &Peer) -> bool {
    let Ok(Some(address)) = getpeername(fd) else {
        return false;
    };
    match peer {
        Peer::Tcp(ips, port) => {
            SocketAddr::try_from(address).is_ok_and(|found| found.port() == *port && ips.contains(&found.ip()))
        }
        Peer::Unix(path) => unix_path(address).is_some_and(|found| found == *path || is_same_file(&found, path)),
    }
}

/// Whether two paths lead to one file. The server may know its socket by another path, such as `/run` for `/var/run`.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    place(one).is_some_and(|one| Some(one) == place(other))
}

fn unix_path(address: SocketAddrAny) -> Option<std::path::PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    let address = rustix::net::SocketAddrUnix::try_from(address).ok()?;
    let bytes = address.path_bytes()?;
    Some(Path::new(std::ffi::OsStr::from_bytes(bytes)).to_owned())
}
