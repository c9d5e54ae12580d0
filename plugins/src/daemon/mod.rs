//! Asking a healthd what it knows: one question over its read-only socket or HTTP, one answer, one deadline.

mod silence;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use healthd_core::render::json::InstanceJson;
use healthd_core::text::clean::one_line;
use healthd_mysql::login::names;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper::header::{CONNECTION, HOST};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use serde_json::error::Category;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

pub use silence::{Place, Silence};

/// The port of a URL that names none.
const PORT: u16 = 31337;
/// The file name of the read-only socket.
const SOCKET: &str = "query.sock";
/// More than the verdicts of any node; what says more is something else.
const LARGEST: usize = 1024 * 1024;
/// How much of a foreign answer is shown.
const SHOWN: usize = 80;

/// Which healthd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Daemon {
    /// The one of this machine, wherever its socket is.
    Local,
    /// The one behind this socket, or with its socket in this directory.
    Socket(PathBuf),
    /// The one at this host.
    Http {
        /// Name or address, without brackets.
        host: String,
        /// Its port.
        port: u16,
    },
}

impl FromStr for Daemon {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Daemon::Local);
        }
        if text.starts_with('/') {
            return Ok(Daemon::Socket(text.into()));
        }
        let wrong = || "write http://host:31337, or the path of a query.sock".to_owned();
        if text.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")) {
            return Err("healthd speaks http, without TLS: write http://host:31337".to_owned());
        }
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        let host = uri.host().unwrap_or_default();
        // `Uri` has no port where it is 99999, and would have the usual one be asked.
        let authority = uri.authority().map(hyper::http::uri::Authority::as_str).unwrap_or_default();
        let port = match authority.strip_prefix(host) {
            Some("") => Some(PORT),
            Some(port) => port.trim_start_matches(':').parse().ok().filter(|port| *port > 0),
            // Somebody's name and password.
            None => None,
        };
        match (uri.scheme_str(), port) {
            (Some("http"), Some(port)) if bare && !host.is_empty() => {
                let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
                Ok(Daemon::Http { host, port })
            }
            _ => Err(wrong()),
        }
    }
}

/// Asks for the verdicts on every instance; `query` stands after the question mark.
///
/// # Errors
/// There is none, within that time.
pub fn ask(daemon: &Daemon, query: &str, within: Duration) -> Result<Vec<InstanceJson>, Silence> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build();
    let runtime = runtime.map_err(Silence::Local)?;
    let (daemon, place) = daemon.placed();
    let target = format!("/instances?{query}");
    let asked = runtime.block_on(async { timeout(within, exchange(&daemon, &place, &target)).await });
    // A resolver's thread may hang; `exit` ends it.
    runtime.shutdown_background();
    let body = asked.unwrap_or_else(|_| Err(Silence::Late(place.clone(), within)))?;
    read(&body, place)
}

/// Reads the body of `/instances`.
fn read(body: &[u8], place: Place) -> Result<Vec<InstanceJson>, Silence> {
    serde_json::from_slice(body).map_err(|error| match error.classify() {
        Category::Data => Silence::Strange(place, one_line(&error.to_string(), SHOWN)),
        _ => Silence::Foreign(place, format!("it says {}", shown(body))),
    })
}

/// Something of an answer, for people.
fn shown(body: &[u8]) -> String {
    let head = &body[..body.len().min(4 * SHOWN)];
    match one_line(&String::from_utf8_lossy(head), SHOWN) {
        nothing if nothing.is_empty() => "nothing".to_owned(),
        text => format!("`{text}`"),
    }
}

impl Daemon {
    /// The same, with its socket found, and its name for people.
    fn placed(&self) -> (Daemon, Place) {
        let socket = |path: PathBuf| {
            let place = Place(path.display().to_string());
            (Daemon::Socket(path), place)
        };
        match self {
            Daemon::Local => socket(own_socket()),
            Daemon::Socket(path) if path.is_dir() => socket(path.join(SOCKET)),
            Daemon::Socket(path) => socket(path.clone()),
            Daemon::Http { host, port } => (self.clone(), Place(format!("http://{}", authority(host, *port)))),
        }
    }
}

fn authority(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// The node's own daemon, then one with its sockets beside its state, then one that this account runs.
fn own_socket() -> PathBuf {
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/state/healthd"));
    let usual = ["/run/healthd", "/var/lib/healthd"].map(PathBuf::from);
    let mut found = usual.iter().cloned().chain(home).map(|dir| dir.join(SOCKET));
    found.find(|file| file.exists()).unwrap_or_else(|| usual[0].join(SOCKET))
}

async fn exchange(daemon: &Daemon, place: &Place, target: &str) -> Result<Bytes, Silence> {
    match daemon {
        Daemon::Local => Err(Silence::Local(io::Error::from(io::ErrorKind::NotFound))),
        Daemon::Socket(path) => {
            let stream = UnixStream::connect(path).await.map_err(|error| match error.kind() {
                io::ErrorKind::PermissionDenied => Silence::NotAllowed(place.clone()),
                _ => Silence::Nobody(place.clone(), error),
            })?;
            over(stream, "localhost", place, target).await
        }
        Daemon::Http { host, port } => {
            let addresses = match host.parse() {
                Ok(address) => vec![address],
                Err(_) => names::resolve(host, *port).await,
            };
            let addresses: Vec<SocketAddr> = addresses.into_iter().map(|address| (address, *port).into()).collect();
            if addresses.is_empty() {
                return Err(Silence::NoAddress(place.clone()));
            }
            let stream = TcpStream::connect(addresses.as_slice()).await;
            let stream = stream.map_err(|error| Silence::Nobody(place.clone(), error))?;
            // healthd answers a Host that it does not know to nobody, because of browsers; an address it knows.
            let address = stream.peer_addr().map_err(Silence::Local)?;
            over(stream, &address.to_string(), place, target).await
        }
    }
}

/// One request on a connection of its own.
async fn over<S>(stream: S, host: &str, place: &Place, target: &str) -> Result<Bytes, Silence>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let foreign = |why: &dyn fmt::Display| Silence::Foreign(place.clone(), one_line(&why.to_string(), SHOWN));
    let failed = |error: &hyper::Error| match error.is_parse() {
        true => foreign(error),
        false => Silence::BrokenOff(place.clone(), one_line(&error.to_string(), SHOWN)),
    };
    let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|error| failed(&error))?;
    let request = Request::get(target).header(HOST, host).header(CONNECTION, "close").body(Empty::<Bytes>::new());
    let request = request.map_err(|error| foreign(&error))?;
    let exchange = async {
        let response = sender.send_request(request).await.map_err(|error| failed(&error))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), LARGEST).collect().await;
        let body = body.map_err(|error| match error.downcast_ref::<hyper::Error>() {
            Some(error) => failed(error),
            None => foreign(&"it says more than 1 MiB"),
        })?;
        Ok((status, body.to_bytes()))
    };
    tokio::pin!(exchange);
    tokio::pin!(connection);
    // The connection drives the exchange, and may end before the last of it is taken.
    let (status, body) = tokio::select! {
        biased;
        answered = &mut exchange => answered?,
        _ = &mut connection => exchange.await?,
    };
    match status {
        StatusCode::OK => Ok(body),
        StatusCode::FORBIDDEN => Err(Silence::Refused(place.clone())),
        status => Err(foreign(&format_args!("it answers {}, {}", status.as_u16(), shown(&body)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_plain_http_to_a_host_and_a_path_is_a_socket() {
        let http = |host: &str, port| Ok(Daemon::Http { host: host.to_owned(), port });
        for (text, expected) in [
            ("", Ok(Daemon::Local)),
            ("/run/healthd", Ok(Daemon::Socket("/run/healthd".into()))),
            ("http://db1", http("db1", 31337)),
            ("http://db1:8080/", http("db1", 8080)),
            ("http://[fd00::7]:31337", http("fd00::7", 31337)),
            ("http://[::1]", http("::1", 31337)),
            ("HTTP://10.0.0.1", http("10.0.0.1", 31337)),
            ("https://db1:31337", Err("without TLS")),
            ("HTTPS://db1", Err("without TLS")),
            ("db1:31337", Err("write http://")),
            ("db1", Err("write http://")),
            ("health", Err("write http://")),
            ("http://", Err("write http://")),
            ("http://:31337", Err("write http://")),
            ("http://db1:", Err("write http://")),
            ("http://db1:0", Err("write http://")),
            ("http://db1:99999", Err("write http://")),
            ("http://user:secret@db1", Err("write http://")),
            ("http://db1/instances", Err("write http://")),
            ("http://db1?x", Err("write http://")),
            ("http://ä b", Err("write http://")),
        ] {
            match (text.parse::<Daemon>(), expected) {
                (Ok(daemon), Ok(expected)) => assert_eq!(daemon, expected, "{text}"),
                (Err(error), Err(part)) => assert!(error.contains(part), "{text}: {error}"),
                (got, expected) => panic!("{text}: {got:?} instead of {expected:?}"),
            }
        }
    }

    #[test]
    fn what_is_json_of_another_shape_is_another_release_and_everything_else_no_healthd() {
        let of = |body: &str| read(body.as_bytes(), Place("here".to_owned())).expect_err("no answer").to_string();
        for (body, part) in [
            (r#"[{"name":"m0"}]"#, "not understood, missing field `default_role`"),
            (r#"{"instances":[]}"#, "not understood, invalid type: map, expected a sequence"),
            ("<html>\nhello", "is no healthd: it says `<html> hello`"),
            ("", "is no healthd: it says nothing"),
            (r#"[{"name":"m0""#, "is no healthd: it says `[{\"name\":\"m0\"`"),
        ] {
            assert!(of(body).contains(part), "{body}: {}", of(body));
        }
        assert_eq!(read(b"[]", Place(String::new())).ok(), Some(Vec::new()));
    }
}
