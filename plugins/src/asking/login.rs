//! Which server is asked, and as whom: the command line over option files over what is usual.

use std::path::PathBuf;

use clap::Args;
use healthd_core::text::clean::one_line;
use healthd_mysql::login::address::Address;
use healthd_mysql::login::credentials::{Credentials, Secret, TlsMode};
use healthd_mysql::login::endpoint::Endpoint;
use healthd_mysql::option_file::{self, CLIENT_GROUPS};

/// A server and how to log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Where it is.
    pub address: Address,
    /// As whom, and how.
    pub credentials: Credentials,
    /// Whether everybody on this machine can read the password in the list of processes.
    pub exposed: bool,
}

/// What an applet's command line says; every applet has its own letters for it.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Where.
    pub endpoint: Endpoint,
    /// As whom.
    pub user: Option<String>,
    /// With which password. Everybody on the machine can read it in the list of processes.
    pub password: Option<Secret>,
    /// This option file instead of the usual ones.
    pub defaults_file: Option<PathBuf>,
    /// Further groups to read.
    pub groups: Vec<String>,
    /// TLS, where the command line says something.
    pub tls: Tls,
    /// What a port says where no host is named.
    pub port_alone: PortAlone,
}

/// What a port on the command line says without a host, or with `localhost`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PortAlone {
    /// TCP to this machine, as the MySQL clients take it.
    Loopback,
    /// Nothing: the socket is asked, as the original plugin of this applet does.
    #[default]
    Socket,
}

/// What a command line says about TLS.
#[derive(Debug, Clone, Default)]
pub struct Tls {
    /// Whether to use it at all, and what to verify.
    pub mode: Option<TlsMode>,
    /// The authority.
    pub ca: Option<PathBuf>,
    /// The client's certificate.
    pub cert: Option<PathBuf>,
    /// The client's key.
    pub key: Option<PathBuf>,
}

/// The options of our own applets.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Which server")]
pub struct LoginArgs {
    /// Host name or address; localhost means the socket
    #[arg(short = 'H', long = "hostname", visible_alias = "host", value_name = "HOST")]
    pub host: Option<String>,
    /// Port; without another host TCP to this machine
    #[arg(short = 'P', long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,
    /// Socket
    #[arg(short = 'S', long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// Account; better in an option file
    #[arg(short = 'u', long = "username", visible_alias = "user", value_name = "NAME")]
    pub user: Option<String>,
    /// Password, which everybody on this machine can read here: an option file is the place for it
    #[arg(short = 'p', long, value_name = "PASSWORD", value_parser = secret)]
    pub password: Option<Secret>,
    /// Only this option file, instead of /etc/my.cnf, ~/.my.cnf and the like
    #[arg(long, value_name = "FILE")]
    pub defaults_file: Option<PathBuf>,
    /// One more group of the option files, beside `client` and `client-healthd`
    #[arg(long = "defaults-group", value_name = "GROUP")]
    pub groups: Vec<String>,
}

impl LoginArgs {
    /// What they want.
    pub fn wanted(&self) -> Wanted {
        Wanted {
            endpoint: Endpoint { host: self.host.clone(), port: self.port, socket: self.socket.clone() },
            user: self.user.clone(),
            password: self.password.clone(),
            defaults_file: self.defaults_file.clone(),
            groups: self.groups.clone(),
            tls: Tls::default(),
            port_alone: PortAlone::Loopback,
        }
    }
}

impl Wanted {
    /// Reads the option files, and finds the server.
    ///
    /// # Errors
    /// One line: what is wrong in which file, or that it cannot be read.
    pub fn login(&self) -> Result<Login, String> {
        // A macro that expanded to nothing would ask this machine's server, and be content.
        if self.endpoint.host.as_deref() == Some("") {
            return Err("the host is empty".to_owned());
        }
        if let Some((host, port)) = self.endpoint.host.as_deref().and_then(|host| host.split_once(':'))
            && port.parse::<u16>().is_ok()
        {
            let host = one_line(host, 60);
            return Err(format!("a host and a port are two options: the host is {host}, the port {port}"));
        }
        let groups: Vec<&str> = CLIENT_GROUPS.into_iter().chain(self.groups.iter().map(String::as_str)).collect();
        let files = option_file::read_client_files(self.defaults_file.as_deref(), &groups);
        let files = files.map_err(|error| error.to_string())?;
        let mut credentials = Credentials::from_options(files.options()).map_err(|error| error.to_string())?;
        let found = Endpoint::from_options(files.options()).map_err(|error| error.to_string())?;
        let mut endpoint = self.endpoint.clone().or(found);
        let nowhere = endpoint.host.as_deref().is_none_or(|host| host == "localhost");
        let by_port = self.endpoint.port.is_some() && self.endpoint.socket.is_none();
        if nowhere && by_port && self.port_alone == PortAlone::Loopback {
            endpoint.host = Some("127.0.0.1".to_owned());
        }
        let address = endpoint.address();
        if let Some(user) = &self.user {
            credentials.user = Some(user.clone());
        }
        if let Some(password) = &self.password {
            credentials.password = Some(password.clone());
        }
        // The clients of MySQL look there where nothing else says anything of a password.
        if self.password.is_none() && !Credentials::name_a_password(files.options()) {
            credentials.password = std::env::var("MYSQL_PWD").ok().map(Secret::new);
        }
        credentials.user = credentials.user.or_else(own_name);
        let Tls { mode, ca, cert, key } = self.tls.clone();
        let tls = &mut credentials.tls;
        tls.ca = ca.or_else(|| tls.ca.take());
        tls.cert = cert.or_else(|| tls.cert.take());
        tls.key = key.or_else(|| tls.key.take());
        tls.mode = mode.unwrap_or(tls.mode);
        // As the clients of MySQL do: a plugin of a peer that is replaced must still get in.
        if let (TlsMode::Unset, Address::Tcp { host, .. }) = (tls.mode, &address)
            && !is_loopback(host)
        {
            tls.mode = TlsMode::Preferred;
        }
        let exposed = self.password.as_ref().is_some_and(is_an_argument);
        Ok(Login { address, credentials, exposed })
    }
}

/// Whether a password stands among the arguments of this process; one from an ini file does not. Nothing can take it away from there:
/// that is memory of the kernel's making, which safe code does not write to, and it was to be read before.
fn is_an_argument(password: &Secret) -> bool {
    let password = password.expose();
    let encoded = |argument: &str| argument.contains("rfc3986://");
    let holds = |argument: std::ffi::OsString| {
        let argument = argument.to_string_lossy();
        argument.ends_with(password) || encoded(&argument)
    };
    !password.is_empty() && std::env::args_os().skip(1).any(holds)
}

/// Whether a host is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether a host is this machine by one of its addresses, or by its own name; no other name is resolved, which could hang.
pub(crate) fn is_here(host: &str) -> bool {
    // Nothing is sent: an address that is not this machine's cannot be bound.
    let is_own = |ip: std::net::IpAddr| std::net::UdpSocket::bind((ip, 0)).is_ok();
    is_loopback(host) || host.parse().is_ok_and(is_own) || host == own_host()
}

/// What this machine is called, as a server that runs on it says in `hostname`.
pub(crate) fn own_host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The clients log in under the name of who runs them. NRPE and systemd leave the environment empty, so the file comes first. An account
/// that is not in it (LDAP, SSSD) has its name in the environment only: the system's own look-up is not asked, it may hang.
pub(crate) fn own_name() -> Option<String> {
    let uid = rustix::process::geteuid();
    if uid.is_root() {
        return Some("root".to_owned());
    }
    let known = std::fs::read_to_string("/etc/passwd").ok().and_then(|text| name_of(&text, uid.as_raw()));
    let named = || std::env::var("USER").ok().or_else(|| std::env::var("LOGNAME").ok());
    known.or_else(named).filter(|name| !name.is_empty())
}

/// The name of an account in the text of `/etc/passwd`.
pub(crate) fn name_of(passwd: &str, uid: u32) -> Option<String> {
    let of = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let found = fields.nth(1)?.parse() == Ok(uid);
        found.then(|| name.to_owned())
    };
    passwd.lines().find_map(of)
}

/// The number of an account or group, by its name in the text of `/etc/passwd` or `/etc/group`; a number is itself.
pub(crate) fn number_of(list: &str, name: &str) -> Option<u32> {
    let of = |line: &str| {
        let mut fields = line.split(':');
        if fields.next()? == name { fields.nth(1)?.parse().ok() } else { None }
    };
    list.lines().find_map(of).or_else(|| name.parse().ok())
}

/// A password of a command line, which nothing shows by accident.
pub fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_addresses_and_its_name() {
        let own = own_host();
        for (host, here) in [
            ("localhost", true),
            ("127.0.0.9", true),
            (own.as_str(), true),
            ("192.0.2.1", false),
            ("db.example", false),
            ("", false),
        ] {
            assert_eq!(is_here(host), here, "{host}");
        }
    }

    #[test]
    fn an_account_is_found_by_its_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\n# broken\nnagios:x:108:115::/var/lib/nagios:\n";
        for (uid, name) in [(0, Some("root")), (108, Some("nagios")), (115, None)] {
            assert_eq!(name_of(passwd, uid).as_deref(), name, "{uid}");
        }
        for (name, uid) in [("root", Some(0)), ("nagios", Some(108)), ("999", Some(999)), ("nobody", None), ("", None)]
        {
            assert_eq!(number_of(passwd, name), uid, "{name}");
        }
    }
}
