//! Why a probe got no answer to its query. No variant carries a user, a host or a password.

use std::fmt;
use std::time::Duration;

use crate::text::duration::short;

/// How far a probe got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// From the TCP or socket connect to the end of the login. A stopped server's kernel still accepts.
    Connect,
    /// The query on a connection that was logged in.
    Query,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Connect => "connect and login",
            Stage::Query => "the query",
        })
    }
}

/// Why TLS failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFault {
    /// TLS is required by `ssl-mode`, and the server offers none.
    NotOffered,
    /// The server's certificate is not signed by the configured authority.
    UnknownAuthority,
    /// The server's certificate is for another name.
    WrongName,
    /// The server's certificate names no host in `subjectAltName`, like those that MySQL generates itself.
    NoName,
    /// The server's certificate is outside its validity.
    Expired,
    /// The server's certificate is revoked, not of X.509 version 3, for another purpose, or has an unaccepted
    /// signature.
    Certificate,
    /// No common protocol version or cipher, or the handshake was aborted.
    Handshake,
    /// The configured `ssl-ca`, `ssl-cert` or `ssl-key` could not be used.
    Files,
    /// A password to another machine over plain TCP was neither encrypted nor allowed by `ssl-mode`.
    PlainToRemote,
    /// The server accepts this account, or every account, only over TLS.
    ServerRequires,
}

impl fmt::Display for TlsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TlsFault::NotOffered => "the server offers no TLS and ssl-mode requires it",
            TlsFault::UnknownAuthority => "the server's certificate is not signed by ssl-ca",
            TlsFault::WrongName => "the server's certificate is for another name",
            TlsFault::NoName => {
                "the server's certificate has no subjectAltName and cannot be verified: issue one that has"
            }
            TlsFault::Expired => "the server's certificate is not valid now",
            TlsFault::Certificate => {
                "the server's certificate is not accepted: revoked, not X.509 version 3, a CA certificate, not for \
                 servers, or \
                 its signature algorithm"
            }
            TlsFault::Handshake => "the TLS handshake failed (TLS 1.2 or newer is needed)",
            TlsFault::Files => "ssl-ca, ssl-cert or ssl-key cannot be used",
            TlsFault::PlainToRemote => {
                "plain TCP would send the password to another machine unprotected: set ssl-mode, or use a socket"
            }
            TlsFault::ServerRequires => "the server requires TLS: set ssl-mode=REQUIRED or stricter, or use a socket",
        })
    }
}

/// Why the server did not answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Nothing listens on the address, or on the socket.
    Refused,
    /// The socket file is missing, or healthd may not open it.
    NoSocket,
    /// The network cannot reach the host.
    Unreachable,
    /// The configured host name has no address.
    NameNotResolved,
    /// No answer within the time.
    Timeout {
        /// How far the probe got.
        stage: Stage,
        /// The limit.
        after: Duration,
    },
    /// The server closed the connection.
    Closed {
        /// How far the probe got.
        stage: Stage,
    },
    /// 1045 and similar: wrong password, unknown account.
    AccessDenied,
    /// The account is locked.
    AccountLocked,
    /// The account's password has expired.
    PasswordExpired,
    /// 1129: too many broken connects from this host.
    HostBlocked,
    /// 1130: no account for this host.
    HostNotAllowed,
    /// 3032, and from MySQL 9 on 6400 and 6401: `offline_mode`.
    OfflineMode,
    /// 1040 and similar: no connection left.
    TooManyConnections,
    /// 1053: the server shuts down.
    ShuttingDown,
    /// The program that answered does not speak the MySQL protocol.
    NotMysql,
    /// TLS failed.
    Tls(TlsFault),
    /// The account's authentication plugin cannot be used.
    AuthPlugin,
    /// 1047: the Galera node refuses queries.
    WsrepNotReady,
    /// Any other error of the server.
    ServerError {
        /// How far the probe got.
        stage: Stage,
        /// The server's error number.
        code: u16,
    },
    /// This process or machine has no descriptor or memory left: nothing is known about the server.
    Local,
    /// The driver panicked on data from the server. The task of the probe contained that.
    Broken,
}

/// How useful an immediate retry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// The server may be back any moment, and a retry is cheap.
    Soon,
    /// Only an operator can fix it, and each try leaves a line in the server's log.
    Slowly,
}

impl Failure {
    /// Whether to retry soon or slowly.
    pub fn retry(&self) -> Retry {
        match self {
            Failure::AccessDenied
            | Failure::AccountLocked
            | Failure::PasswordExpired
            | Failure::HostBlocked
            | Failure::HostNotAllowed
            | Failure::NotMysql
            | Failure::Tls(_)
            | Failure::AuthPlugin
            | Failure::NameNotResolved
            | Failure::Broken => Retry::Slowly,
            Failure::Refused
            | Failure::NoSocket
            | Failure::Unreachable
            | Failure::Timeout { .. }
            | Failure::Closed { .. }
            | Failure::OfflineMode
            | Failure::TooManyConnections
            | Failure::ShuttingDown
            | Failure::WsrepNotReady
            | Failure::Local
            | Failure::ServerError { .. } => Retry::Soon,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Refused => f.write_str("connection refused: nothing listens there"),
            Failure::NoSocket => f.write_str("the socket file is missing, or healthd may not open it"),
            Failure::Unreachable => f.write_str("the network cannot reach the server"),
            Failure::NameNotResolved => f.write_str("the host name has no address"),
            Failure::Timeout { stage, after } => {
                write!(
                    f,
                    "no answer to {stage} within {}: the server hangs, or the network drops packets",
                    short(*after)
                )
            }
            Failure::Closed { stage } => write!(f, "the server closed the connection during {stage}"),
            Failure::AccessDenied => f.write_str("access denied: wrong password or no such account (error 1045)"),
            Failure::AccountLocked => f.write_str("the account is locked"),
            Failure::PasswordExpired => f.write_str("the account's password has expired"),
            Failure::HostBlocked => {
                f.write_str("this host is blocked after too many broken connects (error 1129): mysqladmin flush-hosts")
            }
            Failure::HostNotAllowed => f.write_str("no account may connect from this host (error 1130)"),
            Failure::OfflineMode => f.write_str("offline_mode is on"),
            Failure::TooManyConnections => {
                f.write_str("too many connections (error 1040), and no answer on an extra_port")
            }
            Failure::ShuttingDown => f.write_str("the server is being shut down"),
            Failure::NotMysql => f.write_str("another service answers there: it does not speak the MySQL protocol"),
            Failure::Tls(fault) => fault.fmt(f),
            Failure::AuthPlugin => f.write_str("the account needs an authentication plugin that healthd does not have"),
            Failure::WsrepNotReady => f.write_str("the Galera node refuses queries (error 1047)"),
            Failure::ServerError { stage, code } => write!(f, "the server refused {stage} with error {code}"),
            Failure::Local => f.write_str(
                "healthd has no file descriptor or memory left to connect: the state of the server is unknown",
            ),
            Failure::Broken => f.write_str("the MySQL driver cannot read the server's answer"),
        }
    }
}
