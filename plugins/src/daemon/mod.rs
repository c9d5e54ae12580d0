//! Asking a healthd for its verdicts and its counters, over its read-only socket or HTTP.

mod counter_query;
mod no_answer;

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use healthd_client::{
    AddressError, DaemonAddress, Error, ExchangeLimits, HttpAddress, Reply, Request, StatusCode, ask_blocking,
};
use healthd_core::render::json::InstanceJson;
use healthd_core::samples::window::{RatioWindow, Window};
use healthd_core::text::clean::one_line;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

pub use counter_query::{Counter, CounterQuery};
pub use no_answer::NoAnswer;

/// The file name of the read-only socket.
const SOCKET: &str = "query.sock";
/// More than the verdicts of any node, in bytes.
const LARGEST: usize = 1024 * 1024;
/// How much of an error is shown.
const SHOWN: usize = 80;
/// How much of healthd's own line is shown: it may list counters.
const LINE: usize = 400;

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
    /// It is a URL, but healthd does not answer over TLS.
    #[error(transparent)]
    UnsupportedScheme(AddressError),
    /// It is neither a URL of healthd nor a path.
    #[error("write http://host:31337, or the path of a query.sock")]
    NeitherUrlNorPath,
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
            AddressError::UnsupportedScheme => DaemonError::UnsupportedScheme(error),
            AddressError::NotPlain(_) => DaemonError::NeitherUrlNorPath,
        })
    }
}

/// Asks for the verdicts on every instance; `query` follows the question mark.
///
/// # Errors
/// When there are none within that time.
pub fn ask(daemon: &Daemon, query: &str, within: Duration) -> Result<Vec<InstanceJson>, NoAnswer> {
    let (server, reply) = daemon.get(&format!("/instances?{query}"), within)?;
    match reply.status {
        StatusCode::OK => read(&reply, server),
        status => Err(foreign(status, &reply, server)),
    }
}

/// Asks for the last minutes of a log's counter.
///
/// # Errors
/// When there is no such counter, or no answer within that time.
pub fn window(daemon: &Daemon, query: &CounterQuery, within: Duration) -> Result<Window, NoAnswer> {
    let (server, reply) = daemon.get(&query.target(), within)?;
    counted(&reply, server)
}

/// Asks for the last minutes of two counters.
///
/// # Errors
/// When there is no such ratio, or no answer within that time.
pub fn ratio(daemon: &Daemon, query: &CounterQuery, within: Duration) -> Result<RatioWindow, NoAnswer> {
    let (server, reply) = daemon.get(&query.target(), within)?;
    counted(&reply, server)
}

/// Reads an answer about counters. healthd says in one line why it has none.
fn counted<T: DeserializeOwned>(reply: &Reply, server: DaemonAddress) -> Result<T, NoAnswer> {
    match reply.status {
        StatusCode::OK => read(reply, server),
        StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::SERVICE_UNAVAILABLE if is_a_line(&reply.body) => {
            let line = one_line(&String::from_utf8_lossy(&reply.body), LINE);
            Err(NoAnswer::Declined { server, line })
        }
        status => Err(foreign(status, reply, server)),
    }
}

/// Whether this is a line of text, as healthd's refusals are, and not somebody's error page.
fn is_a_line(body: &[u8]) -> bool {
    let text = body.trim_ascii();
    !text.is_empty() && !text.starts_with(b"<") && !text.contains(&b'\n')
}

fn foreign(status: StatusCode, reply: &Reply, server: DaemonAddress) -> NoAnswer {
    let why = format!("it answers {}, {}", status.as_u16(), reply.shown());
    Error::Foreign { server, why }.into()
}

/// Reads a body in JSON.
fn read<T: DeserializeOwned>(answer: &Reply, server: DaemonAddress) -> Result<T, NoAnswer> {
    serde_json::from_slice(&answer.body).map_err(|error| match error.classify() {
        Category::Data => NoAnswer::OtherRelease { server, why: one_line(&error.to_string(), SHOWN) },
        _ => Error::Foreign { server, why: format!("it says {}", answer.shown()) }.into(),
    })
}

impl Daemon {
    /// One request, its answer of any status but 403.
    fn get(&self, target: &str, within: Duration) -> Result<(DaemonAddress, Reply), NoAnswer> {
        let server = self.server();
        let request = Request { target, ..Request::default() };
        let reply = ask_blocking(&server, request, ExchangeLimits { within, largest: LARGEST })?;
        match reply.status {
            StatusCode::FORBIDDEN => Err(NoAnswer::Refused(server)),
            _ => Ok((server, reply)),
        }
    }

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
            read::<Vec<InstanceJson>>(&answer, DaemonAddress::Socket("/here".into()))
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

    #[test]
    fn a_refusal_of_healthd_is_shown_and_anything_else_is_not_healthd() {
        for (status, body, part) in [
            (
                404,
                "no counter mail_sen: there are mail_sent, mail_in\n",
                "healthd on /here: no counter mail_sen: there",
            ),
            (400, "name a counter: mail_sent, mail_in", "healthd on /here: name a counter: mail_sent, mail_in"),
            (503, "the store is closed", "healthd on /here: the store is closed"),
            (404, "<html>not found</html>", "is not healthd: it answers 404, `<html>"),
            (404, "", "is not healthd: it answers 404, nothing"),
            (302, "elsewhere", "is not healthd: it answers 302, `elsewhere`"),
            (200, "[]", "not understood, invalid length 0"),
            (200, "hello", "is not healthd: it says `hello`"),
            (200, "{}", "not understood, missing field `counter`"),
        ] {
            let reply = Reply { status: StatusCode::from_u16(status).expect("a status"), body: body.into() };
            let error = counted::<Window>(&reply, DaemonAddress::Socket("/here".into())).expect_err("no window");
            assert!(error.to_string().contains(part), "{status} {body}: {error}");
            assert_eq!(error.outcome(), healthd_core::reading::outcome::Outcome::Unknown);
        }
    }
}
