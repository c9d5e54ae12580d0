//! Asking a healthd for its verdicts, over its read-only socket or HTTP.

mod no_answer;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use healthd_client::{
    AddressError, DaemonAddress, Error, ExchangeLimits, HttpAddress, Reply, Request, StatusCode, ask_blocking,
};
use healthd_core::render::json::InstanceJson;
use healthd_core::text::clean::one_line;
use serde_json::error::Category;

pub use no_answer::NoAnswer;

/// The file name of the read-only socket.
const SOCKET: &str = "query.sock";
/// More than the verdicts of any node, in bytes.
const LARGEST: usize = 1024 * 1024;
/// How much of an error is shown.
const SHOWN: usize = 80;

/// Which healthd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Daemon {
    /// The one of this machine, wherever its socket is.
    Local,
    /// The one behind this socket, or with its socket in this directory.
    Socket(PathBuf),
    /// The one at this host.
    Http(HttpAddress),
}

/// A text that names no healthd.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DaemonError {
    /// It asks for TLS.
    #[error(transparent)]
    Tls(AddressError),
    /// It is neither a URL nor a path.
    #[error("write http://host:31337, or the path of a query.sock")]
    NotPlain,
}

impl FromStr for Daemon {
    type Err = DaemonError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Ok(Daemon::Local);
        }
        if text.starts_with('/') {
            return Ok(Daemon::Socket(text.into()));
        }
        text.parse().map(Daemon::Http).map_err(|error| match error {
            AddressError::Tls => DaemonError::Tls(error),
            AddressError::NotPlain(_) => DaemonError::NotPlain,
        })
    }
}

/// Asks for the verdicts on every instance; `query` follows the question mark.
///
/// # Errors
/// When there are none within that time.
pub fn ask(daemon: &Daemon, query: &str, within: Duration) -> Result<Vec<InstanceJson>, NoAnswer> {
    let server = daemon.server();
    let target = format!("/instances?{query}");
    let request = Request { target: &target, ..Request::default() };
    let answer = ask_blocking(&server, request, ExchangeLimits { within, largest: LARGEST })?;
    match answer.status {
        StatusCode::OK => read(&answer, server),
        StatusCode::FORBIDDEN => Err(NoAnswer::Refused(server)),
        status => {
            let why = format!("it answers {}, {}", status.as_u16(), answer.shown());
            Err(Error::Foreign { server, why }.into())
        }
    }
}

/// Reads the body of `/instances`.
fn read(answer: &Reply, server: DaemonAddress) -> Result<Vec<InstanceJson>, NoAnswer> {
    serde_json::from_slice(&answer.body).map_err(|error| match error.classify() {
        Category::Data => NoAnswer::OtherRelease { server, why: one_line(&error.to_string(), SHOWN) },
        _ => Error::Foreign { server, why: format!("it says {}", answer.shown()) }.into(),
    })
}

impl Daemon {
    /// The same, with its socket found.
    fn server(&self) -> DaemonAddress {
        match self {
            Daemon::Local => DaemonAddress::Socket(own_socket()),
            Daemon::Socket(path) if path.is_dir() => DaemonAddress::Socket(path.join(SOCKET)),
            Daemon::Socket(path) => DaemonAddress::Socket(path.clone()),
            Daemon::Http(address) => DaemonAddress::Http(address.clone()),
        }
    }
}

/// The socket of the system's daemon, then of one with its sockets beside its state, then of one that this account
/// runs.
fn own_socket() -> PathBuf {
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".local/state/healthd"));
    let usual = ["/run/healthd", "/var/lib/healthd"].map(PathBuf::from);
    let mut found = usual.iter().cloned().chain(home).map(|dir| dir.join(SOCKET));
    found.find(|file| file.exists()).unwrap_or_else(|| usual[0].join(SOCKET))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_plain_http_to_a_host_and_a_path_is_a_socket() {
        let db1 = HttpAddress { host: "db1".to_owned(), port: 8080 };
        for (text, expected) in [
            ("", Ok(Daemon::Local)),
            ("/run/healthd", Ok(Daemon::Socket("/run/healthd".into()))),
            ("http://db1:8080/", Ok(Daemon::Http(db1))),
            ("HTTPS://db1", Err("without TLS: write http://")),
            ("db1:31337", Err("write http://host:31337, or the path of a query.sock")),
            ("health", Err("write http://")),
            ("http://user:secret@db1", Err("write http://")),
        ] {
            match (text.parse::<Daemon>(), expected) {
                (Ok(daemon), Ok(expected)) => assert_eq!(daemon, expected, "{text}"),
                (Err(error), Err(part)) => {
                    assert!(error.to_string().contains(part), "{text}: {error}");
                    assert!(!error.to_string().contains("secret"), "{text}: {error}");
                }
                (got, expected) => panic!("{text}: {got:?} instead of {expected:?}"),
            }
        }
    }

    #[test]
    fn what_is_json_of_another_shape_is_another_release_and_everything_else_not_healthd() {
        let of = |body: &'static str| {
            let answer = Reply { status: StatusCode::OK, body: body.into() };
            read(&answer, DaemonAddress::Socket("/here".into()))
        };
        for (body, part) in [
            (r#"[{"name":"m0"}]"#, "not understood, missing field `default_role`"),
            (r#"{"instances":[]}"#, "not understood, invalid type: map, expected a sequence"),
            ("<html>\nhello", "is not healthd: it says `<html> hello`"),
            ("", "is not healthd: it says nothing"),
            (r#"[{"name":"m0""#, "is not healthd: it says `[{\"name\":\"m0\"`"),
        ] {
            let error = of(body).expect_err("no verdicts").to_string();
            assert!(error.contains(part), "{body}: {error}");
        }
        assert_eq!(of("[]").ok(), Some(Vec::new()));
    }
}
