//! Opens a connection with `mysql_async`, avoiding its pitfalls.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use healthd_core::observed::failure::{Failure, Stage, TlsFault};
use mysql_async::{ClientIdentity, Conn, DriverError, Error, OptsBuilder, SslOpts};

use crate::connection::error;
use crate::connection::idle::Peer;
use crate::login::address::Address;
use crate::login::credentials::{Credentials, TlsMode};

/// The maximum size of a row in bytes. The status of a replica is far smaller, and a hostile server cannot fill the
/// memory.
pub(crate) const LARGEST_ROW: usize = 1 << 20;

/// Connects and logs in, to read rows of at most `largest_row` bytes. The caller limits the time, and drops the future
/// to give up.
pub(crate) async fn connect(
    address: &Address,
    credentials: &Credentials,
    largest_row: usize,
) -> Result<(Conn, Peer), Failure> {
    let (builder, peer) = endpoint(address).await?;
    let builder = builder
        .user(credentials.user.clone())
        .pass(credentials.password.as_ref().map(|password| password.expose().to_owned()))
        .db_name(credentials.database.clone())
        // Otherwise the driver asks the server for its socket, and connects again to the path that the server names.
        .prefer_socket(false)
        // Otherwise the driver asks the server for both.
        .max_allowed_packet(Some(largest_row))
        .wait_timeout(Some(28_800))
        .stmt_cache_size(0)
        .connect_attribute("program_name", "healthd");
    let mode = match (&peer, credentials.tls.mode) {
        (Peer::Unix(_), _) => TlsMode::Disabled,
        (Peer::Tcp(ips, _), TlsMode::Unset) => {
            let remote = !ips.iter().all(IpAddr::is_loopback);
            if remote && credentials.password.is_some() {
                return Err(Failure::Tls(TlsFault::PlainToRemote));
            }
            TlsMode::Disabled
        }
        (Peer::Tcp(..), mode) => mode,
    };
    let conn = match tls(address, credentials, mode) {
        None => Conn::new(builder).await,
        Some(tls) => match (Conn::new(builder.clone().ssl_opts(tls.clone())).await, mode) {
            (Err(Error::Driver(DriverError::NoClientSslFlagFromServer)), TlsMode::Preferred) => {
                Conn::new(builder).await
            }
            // The driver's own option to ignore the name looks for a text that rustls no longer prints. The chain was
            // valid, otherwise the error would be another one. With a name from the certificate, only the chain is
            // verified.
            (Err(error), TlsMode::VerifyCa) => match error::certificate_name(&error) {
                Some(name) => {
                    let tls = tls.with_danger_tls_hostname_override(Some(name));
                    Conn::new(builder.ssl_opts(tls)).await
                }
                None => Err(error),
            },
            (other, _) => other,
        },
    };
    match conn {
        Ok(conn) => Ok((conn, peer)),
        // 1044: the login succeeded, but the account may not use this database.
        Err(Error::Server(server)) if server.code == 1044 && credentials.database.is_some() => {
            Err(Failure::ServerError { stage: Stage::Connect, code: 1044 })
        }
        Err(error) => Err(match (error::failure(&error, Stage::Connect), &peer, mode) {
            // Over TCP, the only files are those of TLS. A forbidden connect comes from a firewall.
            (Failure::NoSocket, Peer::Tcp(..), TlsMode::Unset | TlsMode::Disabled) => Failure::Unreachable,
            (Failure::NoSocket, Peer::Tcp(..), _) => Failure::Tls(TlsFault::Files),
            (failure, ..) => failure,
        }),
    }
}

/// Resolves the address before the driver sees it, because the driver's own look-up would block.
async fn endpoint(address: &Address) -> Result<(OptsBuilder, Peer), Failure> {
    let builder = OptsBuilder::default();
    match address {
        Address::Unix(path) => {
            let builder = builder.socket(Some(path.to_string_lossy()));
            Ok((builder, Peer::Unix(path.clone())))
        }
        Address::Tcp { host, port } => {
            let ips: Vec<IpAddr> = match host.parse() {
                Ok(ip) => vec![ip],
                Err(_) => healthd_names::resolve(host, *port).await,
            };
            let Some(first) = ips.first() else {
                return Err(Failure::NameNotResolved);
            };
            let builder = builder.ip_or_hostname(first.to_string()).tcp_port(*port).resolved_ips(Some(ips.clone()));
            Ok((builder, Peer::Tcp(ips, *port)))
        }
    }
}

fn tls(address: &Address, credentials: &Credentials, mode: TlsMode) -> Option<SslOpts> {
    let settings = &credentials.tls;
    let path = |path: &PathBuf| path.clone().into();
    let authority: Vec<_> = settings.ca.iter().flat_map(|ca| authorities(ca)).map(|file| path(&file)).collect();
    let identity = match (&settings.cert, &settings.key) {
        (Some(cert), Some(key)) => Some(ClientIdentity::new(path(cert), path(key))),
        _ => None,
    };
    let host = match address {
        Address::Tcp { host, .. } => host.clone(),
        Address::Unix(_) => return None,
    };
    let verify = SslOpts::default()
        .with_client_identity(identity)
        .with_danger_tls_hostname_override(Some(host))
        // Authorities of the web are not trusted for a database, unless nothing else is configured.
        .with_disable_built_in_roots(!authority.is_empty())
        .with_root_certs(authority);
    match mode {
        TlsMode::Unset | TlsMode::Disabled => None,
        TlsMode::Preferred | TlsMode::Required => {
            Some(verify.with_danger_accept_invalid_certs(true).with_danger_skip_domain_validation(true))
        }
        TlsMode::VerifyCa | TlsMode::VerifyIdentity => Some(verify),
    }
}

/// The certificate files in a directory of authorities, without other files. A directory without any stays as it is, so
/// that the driver fails: without a file it would trust the authorities of the web.
fn authorities(ca: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(ca).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_authority = |file: &PathBuf| {
        let text = if file.is_file() { std::fs::read(file).unwrap_or_default() } else { Vec::new() };
        String::from_utf8_lossy(&text).contains("-----BEGIN CERTIFICATE-----")
    };
    let mut files: Vec<PathBuf> = entries.filter(is_authority).collect();
    files.sort_unstable();
    if files.is_empty() { vec![ca.to_owned()] } else { files }
}
