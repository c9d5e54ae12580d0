//! Which server to ask and with which login: the command line overrides option files, which override the defaults.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use healthd_core::text::clean::one_line;
use healthd_mysql::login::address::Address;
use healthd_mysql::login::credentials::{Credentials, CredentialsError, Secret, TlsMode};
use healthd_mysql::login::endpoint::{Endpoint, EndpointError};
use healthd_mysql::option_file::{self, CLIENT_GROUPS, OptionFileError};
use thiserror::Error;

use crate::local::{accounts, host};
use crate::output::Plugin;

/// The longest host name that a message quotes.
const SHOWN: usize = 60;

/// A server and how to log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The server's address.
    pub address: Address,
    /// Account, password and TLS.
    pub credentials: Credentials,
    /// Whether the password is in the list of processes, where every account of this machine can read it.
    pub exposed: bool,
}

/// What a command line says about server and login. Every applet has its own options for it.
#[derive(Debug, Clone, Default)]
pub struct LoginRequest {
    /// Host, port and socket.
    pub endpoint: Endpoint,
    /// The account.
    pub user: Option<String>,
    /// The password.
    pub password: Option<Secret>,
    /// The option file to read instead of the usual ones.
    pub defaults_file: Option<PathBuf>,
    /// Further groups to read.
    pub groups: Vec<String>,
    /// TLS, over the options of the files.
    pub tls: TlsRequest,
    /// The meaning of a port without a host.
    pub port_alone: PortAlone,
}

/// The meaning of a port on the command line without a host, or with `localhost`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PortAlone {
    /// TCP to this machine, as for MySQL's clients.
    Loopback,
    /// None: the socket is used, as the original plugin does.
    #[default]
    Socket,
}

/// What a command line says about TLS.
#[derive(Debug, Clone, Default)]
pub struct TlsRequest {
    /// Whether to use it, and what to verify.
    pub mode: Option<TlsMode>,
    /// The certificate authority.
    pub ca: Option<PathBuf>,
    /// The client's certificate.
    pub cert: Option<PathBuf>,
    /// The client's key.
    pub key: Option<PathBuf>,
}

/// Why there is no login.
#[derive(Debug, Error)]
pub enum LoginError {
    /// `-H ''`, as a macro that expands to nothing leaves it: it must not check this machine's server instead.
    #[error("the host is empty")]
    EmptyHost,
    /// `-H host:port`.
    #[error("a host and a port are two options: the host is {host}, the port {port}")]
    HostWithPort {
        /// The host.
        host: String,
        /// The port.
        port: String,
    },
    /// An option file cannot be read.
    #[error(transparent)]
    OptionFile(#[from] OptionFileError),
    /// An option file has an invalid option about the login.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// An option file has an invalid option about the address.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
}

impl From<LoginError> for Plugin {
    fn from(error: LoginError) -> Plugin {
        Plugin::usage(error.to_string())
    }
}

/// The login options of check_my.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Server")]
pub struct LoginArgs {
    /// Host name or address; localhost means the socket
    #[arg(short = 'H', long = "hostname", visible_alias = "host", value_name = "HOST")]
    pub host: Option<String>,
    /// Port; without a host it means TCP to this machine
    #[arg(short = 'P', long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Socket
    #[arg(short = 'S', long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// Account; better in an option file
    #[arg(short = 'u', long = "username", visible_alias = "user", value_name = "NAME")]
    pub user: Option<String>,
    /// Password; every account of this machine can read it here, so prefer an option file
    #[arg(short = 'p', long, value_name = "PASSWORD", value_parser = secret)]
    pub password: Option<Secret>,
    /// Read only this option file, instead of /etc/my.cnf, ~/.my.cnf and the like
    #[arg(long, value_name = "FILE")]
    pub defaults_file: Option<PathBuf>,
    /// Read one more group of the option files, besides `client` and `client-healthd`
    #[arg(long = "defaults-group", value_name = "GROUP")]
    pub groups: Vec<String>,
}

impl LoginArgs {
    /// The request of these options.
    pub fn request(&self) -> LoginRequest {
        LoginRequest {
            endpoint: Endpoint { host: self.host.clone(), port: self.port, socket: self.socket.clone() },
            user: self.user.clone(),
            password: self.password.clone(),
            defaults_file: self.defaults_file.clone(),
            groups: self.groups.clone(),
            tls: TlsRequest::default(),
            port_alone: PortAlone::Loopback,
        }
    }
}

impl LoginRequest {
    /// Reads the option files, and resolves address and credentials.
    ///
    /// # Errors
    /// The host is not one, or an option file cannot be read or has an invalid option.
    pub fn login(&self) -> Result<Login, LoginError> {
        self.check_host()?;
        let groups: Vec<&str> = CLIENT_GROUPS.into_iter().chain(self.groups.iter().map(String::as_str)).collect();
        let files = option_file::read_client_files(self.defaults_file.as_deref(), &groups)?;
        let mut credentials = Credentials::from_options(files.options())?;
        let address = self.address(Endpoint::from_options(files.options())?);
        if let Some(user) = &self.user {
            credentials.user = Some(user.clone());
        }
        if let Some(password) = &self.password {
            credentials.password = Some(password.clone());
        }
        // MySQL's clients read the variable only if no option names a password.
        if self.password.is_none() && !Credentials::name_a_password(files.options()) {
            credentials.password = std::env::var("MYSQL_PWD").ok().map(Secret::new);
        }
        credentials.user = credentials.user.or_else(accounts::own_name);
        let TlsRequest { mode, ca, cert, key } = self.tls.clone();
        let tls = &mut credentials.tls;
        tls.ca = ca.or_else(|| tls.ca.take());
        tls.cert = cert.or_else(|| tls.cert.take());
        tls.key = key.or_else(|| tls.key.take());
        tls.mode = mode.unwrap_or(tls.mode);
        // As MySQL's clients do: a login that works with the original plugin must work here.
        if let (TlsMode::Unset, Address::Tcp { host, .. }) = (tls.mode, &address)
            && !host::is_loopback(host)
        {
            tls.mode = TlsMode::Preferred;
        }
        let exposed = self.password.as_ref().is_some_and(is_an_argument);
        Ok(Login { address, credentials, exposed })
    }

    fn check_host(&self) -> Result<(), LoginError> {
        let host = self.endpoint.host.as_deref();
        if host == Some("") {
            return Err(LoginError::EmptyHost);
        }
        match host.and_then(|host| host.split_once(':')) {
            Some((host, port)) if port.parse::<u16>().is_ok() => {
                Err(LoginError::HostWithPort { host: one_line(host, SHOWN), port: port.to_owned() })
            }
            _ => Ok(()),
        }
    }

    /// The address of the command line over that of the option files.
    fn address(&self, of_files: Endpoint) -> Address {
        let mut endpoint = self.endpoint.clone().or(of_files);
        let without_host = endpoint.host.as_deref().is_none_or(|host| host == "localhost");
        let by_port = self.endpoint.port.is_some() && self.endpoint.socket.is_none();
        if without_host && by_port && self.port_alone == PortAlone::Loopback {
            endpoint.host = Some("127.0.0.1".to_owned());
        }
        endpoint.address()
    }
}

/// Whether a password is among the arguments of this process; one from an ini file is not.
///
/// It cannot be removed from there: safe code does not write to that memory, and other processes could have read it
/// before.
fn is_an_argument(password: &Secret) -> bool {
    let password = password.expose();
    let encoded = |argument: &str| argument.contains("rfc3986://");
    let holds = |argument: OsString| {
        let argument = argument.to_string_lossy();
        argument.ends_with(password) || encoded(&argument)
    };
    !password.is_empty() && std::env::args_os().skip(1).any(holds)
}

/// A password of a command line, which no debug output shows.
///
/// # Errors
/// None; command lines want a `Result`.
pub fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}
