//! The failure for each error. A wrong one sends a person in the wrong direction at night.

use std::io;
use std::sync::Arc;

use mysql_async::ServerError;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{CertificateError, OtherError};

use super::*;

fn server(code: u16) -> Error {
    let message = "Access denied for user 'hc'@'127.0.0.1' (using password: YES)".to_owned();
    Error::Server(ServerError { code, message, state: "HY000".to_owned() })
}

fn from_io(kind: ErrorKind) -> Error {
    Error::Io(IoError::Io(io::Error::new(kind, "as the system says")))
}

fn from_tls(error: rustls::Error) -> Error {
    Error::Io(IoError::Io(io::Error::new(ErrorKind::InvalidData, error)))
}

#[test]
fn an_error_of_the_server_is_named_by_its_number() {
    let other = |stage, code| Failure::ServerError { stage, code };
    for (code, connect, query) in [
        (1040, Failure::TooManyConnections, Failure::TooManyConnections),
        (1203, Failure::TooManyConnections, Failure::TooManyConnections),
        (1044, Failure::AccessDenied, other(Stage::Query, 1044)),
        (1045, Failure::AccessDenied, other(Stage::Query, 1045)),
        (1698, Failure::AccessDenied, other(Stage::Query, 1698)),
        (1047, Failure::WsrepNotReady, Failure::WsrepNotReady),
        (1053, Failure::ShuttingDown, Failure::ShuttingDown),
        (1129, Failure::HostBlocked, Failure::HostBlocked),
        (1130, Failure::HostNotAllowed, Failure::HostNotAllowed),
        (1820, Failure::PasswordExpired, Failure::PasswordExpired),
        (1862, Failure::PasswordExpired, Failure::PasswordExpired),
        (3032, Failure::OfflineMode, Failure::OfflineMode),
        (3118, Failure::AccountLocked, Failure::AccountLocked),
        (4151, Failure::AccountLocked, Failure::AccountLocked),
        (3159, Failure::Tls(TlsFault::ServerRequires), Failure::Tls(TlsFault::ServerRequires)),
        (1251, Failure::AuthPlugin, Failure::AuthPlugin),
        (1275, Failure::AuthPlugin, Failure::AuthPlugin),
        (1524, Failure::AuthPlugin, Failure::AuthPlugin),
        (1142, other(Stage::Connect, 1142), other(Stage::Query, 1142)),
        (1227, other(Stage::Connect, 1227), other(Stage::Query, 1227)),
        (0, other(Stage::Connect, 0), other(Stage::Query, 0)),
    ] {
        assert_eq!(failure(&server(code), Stage::Connect), connect, "{code} at connect");
        assert_eq!(failure(&server(code), Stage::Query), query, "{code} at query");
    }
}

#[test]
fn an_error_of_the_system_is_named_by_its_kind() {
    let closed = |stage| Failure::Closed { stage };
    for (kind, connect, query) in [
        (ErrorKind::ConnectionRefused, Failure::Refused, Failure::Refused),
        (ErrorKind::NotFound, Failure::NoSocket, closed(Stage::Query)),
        (ErrorKind::PermissionDenied, Failure::NoSocket, closed(Stage::Query)),
        (ErrorKind::IsADirectory, Failure::NoSocket, closed(Stage::Query)),
        (ErrorKind::HostUnreachable, Failure::Unreachable, Failure::Unreachable),
        (ErrorKind::NetworkUnreachable, Failure::Unreachable, Failure::Unreachable),
        (ErrorKind::NetworkDown, Failure::Unreachable, Failure::Unreachable),
        (ErrorKind::AddrNotAvailable, Failure::Unreachable, Failure::Unreachable),
        (ErrorKind::TimedOut, Failure::Unreachable, Failure::Unreachable),
        (ErrorKind::InvalidData, Failure::NotMysql, Failure::Broken),
        (ErrorKind::InvalidInput, Failure::NotMysql, Failure::Broken),
        (ErrorKind::UnexpectedEof, closed(Stage::Connect), closed(Stage::Query)),
        (ErrorKind::ConnectionReset, closed(Stage::Connect), closed(Stage::Query)),
        (ErrorKind::ConnectionAborted, closed(Stage::Connect), closed(Stage::Query)),
        (ErrorKind::BrokenPipe, closed(Stage::Connect), closed(Stage::Query)),
    ] {
        assert_eq!(failure(&from_io(kind), Stage::Connect), connect, "{kind:?} at connect");
        assert_eq!(failure(&from_io(kind), Stage::Query), query, "{kind:?} at query");
    }
}

#[test]
fn an_error_of_the_driver_is_named_by_what_it_met() {
    let unknown = || DriverError::UnknownAuthPlugin { name: "authentication_fido".to_owned() };
    let packet = || DriverError::UnexpectedPacket { payload: Vec::new() };
    for (error, connect, query) in [
        (
            DriverError::ConnectionClosed,
            Failure::Closed { stage: Stage::Connect },
            Failure::Closed { stage: Stage::Query },
        ),
        (
            DriverError::NoClientSslFlagFromServer,
            Failure::Tls(TlsFault::NotOffered),
            Failure::Tls(TlsFault::NotOffered),
        ),
        (DriverError::NoKeyFound, Failure::Tls(TlsFault::Files), Failure::Tls(TlsFault::Files)),
        (unknown(), Failure::AuthPlugin, Failure::AuthPlugin),
        (DriverError::CleartextPluginDisabled, Failure::AuthPlugin, Failure::AuthPlugin),
        (DriverError::MysqlOldPasswordDisabled, Failure::AuthPlugin, Failure::AuthPlugin),
        (DriverError::PacketOutOfOrder, Failure::NotMysql, Failure::Broken),
        (DriverError::PacketTooLarge, Failure::NotMysql, Failure::Broken),
        (packet(), Failure::NotMysql, Failure::Broken),
    ] {
        let error = Error::Driver(error);
        assert_eq!(failure(&error, Stage::Connect), connect, "{error} at connect");
        assert_eq!(failure(&error, Stage::Query), query, "{error} at query");
    }
    let other = Error::Other("anything".into());
    assert_eq!(failure(&other, Stage::Connect), Failure::NotMysql);
    assert_eq!(failure(&other, Stage::Query), Failure::Broken);
}

fn wrong_name(presented: &[&str]) -> CertificateError {
    CertificateError::NotValidForNameContext {
        expected: ServerName::try_from("db101").expect("a name").to_owned(),
        presented: presented.iter().map(|name| (*name).to_owned()).collect(),
    }
}

#[test]
fn a_refused_certificate_is_named_by_what_is_wrong_with_it() {
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1));
    for (certificate, expected) in [
        (CertificateError::UnknownIssuer, TlsFault::UnknownAuthority),
        (CertificateError::BadSignature, TlsFault::UnknownAuthority),
        (CertificateError::NotValidForName, TlsFault::WrongName),
        (wrong_name(&["DnsName(\"other\")"]), TlsFault::WrongName),
        (wrong_name(&[]), TlsFault::NoName),
        (CertificateError::Expired, TlsFault::Expired),
        (CertificateError::NotValidYet, TlsFault::Expired),
        (CertificateError::ExpiredContext { time: now, not_after: now }, TlsFault::Expired),
        (CertificateError::NotValidYetContext { time: now, not_before: now }, TlsFault::Expired),
        (CertificateError::Revoked, TlsFault::Certificate),
        (CertificateError::BadEncoding, TlsFault::Certificate),
    ] {
        let error = from_tls(rustls::Error::InvalidCertificate(certificate));
        assert_eq!(failure(&error, Stage::Connect), Failure::Tls(expected), "{error}");
    }
    let broken_off = from_tls(rustls::Error::HandshakeNotComplete);
    assert_eq!(failure(&broken_off, Stage::Connect), Failure::Tls(TlsFault::Handshake));
    let other = from_tls(rustls::Error::Other(OtherError(Arc::new(io::Error::other("anything")))));
    assert_eq!(failure(&other, Stage::Query), Failure::Tls(TlsFault::Handshake));
}

#[test]
fn a_certificate_for_another_name_tells_its_own() {
    for (presented, expected) in [
        (vec!["DnsName(\"db1.example\")"], Some("db1.example")),
        (vec!["DnsName(\"*.example\")"], Some("any.example")),
        (vec!["IpAddress(10.0.0.1)"], Some("10.0.0.1")),
        (vec!["Unsupported", "DnsName(\"db1.example\")"], Some("db1.example")),
        (vec![], None),
    ] {
        let error = from_tls(rustls::Error::InvalidCertificate(wrong_name(&presented)));
        assert_eq!(certificate_name(&error).as_deref(), expected, "{presented:?}");
    }
    for error in [from_io(ErrorKind::InvalidData), server(1045)] {
        assert_eq!(certificate_name(&error), None, "{error}");
    }
    assert_eq!(certificate_name(&from_tls(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer))), None);
}

#[test]
fn an_old_connection_tells_of_the_server_only_what_a_new_one_would() {
    let answer = |error: &Error| match on_old_connection(error) {
        OnOldConnection::Lost => None,
        OnOldConnection::Answer(failure) => Some(failure),
    };
    for code in [1053, 1317, 1927, 3169, 4031] {
        assert_eq!(answer(&server(code)), None, "{code}");
    }
    assert_eq!(answer(&server(1142)), Some(Failure::ServerError { stage: Stage::Query, code: 1142 }));
    assert_eq!(answer(&server(1047)), Some(Failure::WsrepNotReady));
    assert_eq!(answer(&server(3032)), Some(Failure::OfflineMode));
    for error in [from_io(ErrorKind::UnexpectedEof), Error::Driver(DriverError::ConnectionClosed)] {
        assert_eq!(answer(&error), None, "{error}");
    }
}

#[test]
fn nothing_that_the_server_says_is_kept() {
    for code in [1040, 1045, 1130, 1142, 9999] {
        let kept = failure(&server(code), Stage::Connect);
        for text in [kept.to_string(), format!("{kept:?}")] {
            assert!(!text.contains("'hc'") && !text.contains("127.0.0.1"), "{text}");
        }
    }
}
