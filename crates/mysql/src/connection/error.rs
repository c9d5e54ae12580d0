//! The driver's errors as [`Failure`]s. No text of the server or the driver is kept, because it may name accounts.

use std::io::ErrorKind;

use healthd_core::observed::failure::{Failure, Stage, TlsFault};
use mysql_async::{DriverError, Error, IoError};

/// Whether a failure on a working connection proves something about the server.
pub(crate) enum OnOldConnection {
    /// The connection is gone, which KILL and `wait_timeout` cause too. Only a new connection shows more.
    Lost,
    /// The server answers with this error.
    Answer(Failure),
}

/// Classifies an error of a query on a working connection.
pub(crate) fn on_old_connection(error: &Error) -> OnOldConnection {
    match error {
        // 1053 shutdown, 1317 interrupted, 1927 killed, 3169 and 4031 disconnected by the server.
        Error::Server(server) if [1053, 1317, 1927, 3169, 4031].contains(&server.code) => OnOldConnection::Lost,
        Error::Server(server) => OnOldConnection::Answer(server_error(server.code, Stage::Query)),
        _ => OnOldConnection::Lost,
    }
}

/// Classifies an error.
pub(crate) fn failure(error: &Error, stage: Stage) -> Failure {
    match error {
        Error::Server(server) => server_error(server.code, stage),
        Error::Io(IoError::Io(error)) => io_error(error, stage),
        Error::Io(IoError::Tls(_)) => Failure::Tls(TlsFault::Files),
        Error::Driver(driver) => match driver {
            DriverError::NoClientSslFlagFromServer => Failure::Tls(TlsFault::NotOffered),
            DriverError::NoKeyFound => Failure::Tls(TlsFault::Files),
            DriverError::UnknownAuthPlugin { .. }
            | DriverError::CleartextPluginDisabled
            | DriverError::MysqlOldPasswordDisabled => Failure::AuthPlugin,
            DriverError::ConnectionClosed => Failure::Closed { stage },
            _ => not_understood(stage),
        },
        Error::Other(_) | Error::Url(_) => not_understood(stage),
    }
}

/// Whether a row was larger than the connection reads. The driver has no public type for this error.
pub(crate) fn is_too_large(error: &Error) -> bool {
    let Error::Io(IoError::Io(error)) = error else { return false };
    error.get_ref().is_some_and(|inner| inner.to_string().contains("larger than max_allowed_packet"))
}

fn not_understood(stage: Stage) -> Failure {
    match stage {
        Stage::Connect => Failure::NotMysql,
        Stage::Query => Failure::Broken,
    }
}

/// Numbers: <https://dev.mysql.com/doc/mysql-errors/9.4/en/server-error-reference.html>,
/// <https://mariadb.com/docs/server/reference/error-codes/mariadb-error-code-reference>.
fn server_error(code: u16, stage: Stage) -> Failure {
    match code {
        1044 | 1045 | 1698 if stage == Stage::Connect => Failure::AccessDenied,
        1040 | 1203 => Failure::TooManyConnections,
        1047 => Failure::WsrepNotReady,
        1053 => Failure::ShuttingDown,
        1129 => Failure::HostBlocked,
        1130 => Failure::HostNotAllowed,
        // 1820: must change it first; 1862: refused.
        1820 | 1862 => Failure::PasswordExpired,
        // MySQL 9.0 and later have two more numbers, which say what has switched it on.
        3032 | 6400 | 6401 => Failure::OfflineMode,
        // MySQL, MariaDB.
        3118 | 4151 => Failure::AccountLocked,
        3159 => Failure::Tls(TlsFault::ServerRequires),
        1275 | 1251 | 1524 => Failure::AuthPlugin,
        code => Failure::ServerError { stage, code },
    }
}

/// ENOMEM, ENFILE, EMFILE, ENOBUFS.
const OUT_OF: [i32; 4] = [12, 23, 24, 105];

fn io_error(error: &std::io::Error, stage: Stage) -> Failure {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        return Failure::Tls(tls_fault(tls));
    }
    if error.raw_os_error().is_some_and(|number| OUT_OF.contains(&number)) {
        return Failure::Local;
    }
    match error.kind() {
        ErrorKind::ConnectionRefused => Failure::Refused,
        // This may be a directory: `connect` names the file.
        ErrorKind::NotFound | ErrorKind::PermissionDenied | ErrorKind::IsADirectory if stage == Stage::Connect => {
            Failure::NoSocket
        }
        ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable
        | ErrorKind::TimedOut => Failure::Unreachable,
        ErrorKind::InvalidData | ErrorKind::InvalidInput => not_understood(stage),
        // The driver wraps its own errors about packets. The system's errors have no inner one.
        ErrorKind::Other if error.get_ref().is_some() => not_understood(stage),
        _ => Failure::Closed { stage },
    }
}

/// A name that the refused certificate is valid for.
pub(crate) fn certificate_name(error: &Error) -> Option<String> {
    let Error::Io(IoError::Io(error)) = error else {
        return None;
    };
    let tls = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let rustls::Error::InvalidCertificate(rustls::CertificateError::NotValidForNameContext { presented, .. }) = tls
    else {
        return None;
    };
    // The names are printed by webpki: `DnsName("db1.example")`, `IpAddress(10.0.0.1)`.
    presented.iter().find_map(|name| {
        let dns = name.strip_prefix("DnsName(\"").and_then(|rest| rest.strip_suffix("\")"));
        let ip = name.strip_prefix("IpAddress(").and_then(|rest| rest.strip_suffix(")"));
        dns.or(ip).map(|name| name.replacen('*', "any", 1))
    })
}

fn tls_fault(error: &rustls::Error) -> TlsFault {
    use rustls::CertificateError as Certificate;
    match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            Certificate::UnknownIssuer | Certificate::BadSignature => TlsFault::UnknownAuthority,
            Certificate::NotValidForNameContext { presented, .. } if presented.is_empty() => TlsFault::NoName,
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => TlsFault::WrongName,
            Certificate::Expired
            | Certificate::ExpiredContext { .. }
            | Certificate::NotValidYet
            | Certificate::NotValidYetContext { .. } => TlsFault::Expired,
            _ => TlsFault::Certificate,
        },
        _ => TlsFault::Handshake,
    }
}

#[cfg(test)]
mod tests;
