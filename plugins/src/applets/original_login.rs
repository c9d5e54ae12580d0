//! The login options and failures of `check_mysql` and `check_mysql_query`, as in the Monitoring Plugins.

use std::path::PathBuf;

use clap::Args;
use healthd_core::check::Answer;
use healthd_core::observed::failure::{Failure, Stage};
use healthd_core::reading::outcome::Outcome;
use healthd_mysql::login::endpoint::Endpoint;
use healthd_mysql::option_file::Secret;

use crate::applets::options;
use crate::asking::login::{Login, LoginRequest, PortAlone, TlsRequest, secret};
use crate::asking::run;
use crate::output::Plugin;

/// The login options of `check_mysql` and `check_mysql_query`.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Server")]
pub(super) struct OriginalLoginArgs {
    /// Host name, address, or the absolute path of a socket; localhost means the default socket
    #[arg(short = 'H', long = "hostname", value_name = "HOST", allow_hyphen_values = true)]
    host: Option<String>,
    /// Port [default: from an option file, or 3306]
    #[arg(short = 'P', long, value_name = "PORT", allow_hyphen_values = true)]
    port: Option<String>,
    /// Socket, used without a host
    #[arg(short, long, value_name = "PATH", value_parser = options::path(), allow_hyphen_values = true)]
    socket: Option<PathBuf>,
    /// Database to start in; the login fails if it is missing or not accessible
    #[arg(short, long, value_name = "NAME", allow_hyphen_values = true)]
    database: Option<String>,
    /// Account
    #[arg(short = 'u', long, value_name = "NAME", allow_hyphen_values = true)]
    username: Option<String>,
    /// Password; empty means none, even if a file has one. Every account can read it here: prefer a file
    #[arg(short, long, value_name = "PASSWORD", value_parser = secret, allow_hyphen_values = true)]
    password: Option<Secret>,
    /// Read only this option file of MySQL's clients, instead of the usual ones
    #[arg(short, long, value_name = "FILE", value_parser = options::path(), allow_hyphen_values = true)]
    file: Option<PathBuf>,
    /// Read one more group of the option files, besides `client`
    #[arg(short, long, value_name = "GROUP", allow_hyphen_values = true)]
    group: Option<String>,
    /// Read options from an ini file first [default: the section with this plugin's name in the usual file]
    // For the help only: the option is expanded before the command line is parsed.
    #[arg(long, value_name = "[SECTION][@FILE]")]
    extra_opts: Option<String>,
}

impl OriginalLoginArgs {
    /// Takes host, account, password, database and port from positional arguments, each unless an option sets it.
    ///
    /// # Errors
    /// An argument is left over.
    pub(super) fn fill(&mut self, words: Vec<String>) -> Result<(), Plugin> {
        for word in words {
            let texts = [&mut self.host, &mut self.username];
            if let Some(empty) = texts.into_iter().find(|text| text.is_none()) {
                *empty = Some(word);
            } else if self.password.is_none() {
                self.password = Some(Secret::new(word));
            } else if self.database.is_none() {
                self.database = Some(word);
            } else if self.port.is_none() {
                self.port = Some(word);
            } else {
                // The argument may be a password, so the message does not quote it.
                return Err(Plugin::usage("unexpected argument: HOST USER PASSWORD DATABASE PORT are all set"));
            }
        }
        Ok(())
    }

    /// The server and the login.
    ///
    /// # Errors
    /// An option or an option file is invalid.
    pub(super) fn login(&self, tls: TlsRequest) -> Result<Login, Plugin> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let path_of = |path: &Option<PathBuf>| path.clone().filter(|path| !path.as_os_str().is_empty());
        let (host, path) = match host(self.host.as_deref())? {
            Some(path) if path.starts_with('/') => (None, Some(PathBuf::from(path))),
            host => (host, None),
        };
        let port = port(self.port.as_deref())?;
        let request = LoginRequest {
            endpoint: Endpoint { host, port, socket: path.or_else(|| path_of(&self.socket)) },
            user: filled(&self.username),
            password: self.password.clone(),
            defaults_file: path_of(&self.file),
            groups: filled(&self.group).into_iter().collect(),
            tls,
            port_alone: PortAlone::Socket,
        };
        let mut login = request.login()?;
        login.credentials.database = filled(&self.database);
        Ok(login)
    }
}

/// The host of a command line.
///
/// # Errors
/// It is empty, as a macro that expands to nothing leaves it: this machine would be checked instead.
pub(super) fn host(text: Option<&str>) -> Result<Option<String>, Plugin> {
    match text {
        Some("") => Err(Plugin::usage("the host is empty")),
        text => Ok(text.map(str::to_owned)),
    }
}

/// The port of a command line; empty means none.
///
/// # Errors
/// It is not a port.
pub(super) fn port(text: Option<&str>) -> Result<Option<u16>, Plugin> {
    match text {
        None | Some("") => Ok(None),
        Some(text) => match text.parse::<u16>() {
            Ok(port) if port > 0 => Ok(Some(port)),
            _ => Err(Plugin::usage(format!("the port `{text}` is not a number from 1 to 65535"))),
        },
    }
}

/// The answer if the server was not reached, or if the database is missing or not accessible.
pub(super) fn failed(failure: &Failure, login: &Login, refused_login: Outcome) -> Answer {
    let answer = run::failed(failure, login, refused_login);
    let database = login.credentials.database.as_deref().unwrap_or_default();
    let why = match failure {
        Failure::ServerError { stage: Stage::Connect, code: 1044 } => "this account may not use the database",
        Failure::ServerError { stage: Stage::Connect, code: 1049 } => "there is no database",
        _ => return answer,
    };
    Answer::plain(answer.outcome, format!("{}: {why} {database}", login.address))
}
