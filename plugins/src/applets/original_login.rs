//! What the two applets of the Monitoring Plugins have in common: how they name a server, and how they say that it fails.

use std::path::PathBuf;

use clap::Args;
use healthd_core::check::Answer;
use healthd_core::observed::failure::{Failure, Stage};
use healthd_core::reading::outcome::Outcome;
use healthd_mysql::login::endpoint::Endpoint;
use healthd_mysql::option_file::Secret;

use crate::applets::options;
use crate::asking::login::{Login, PortAlone, Tls, Wanted, secret};
use crate::asking::run;
use crate::output::Plugin;

#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Which server")]
pub(super) struct OriginalLogin {
    /// Host name, address, or the absolute path of a socket; localhost means the usual socket
    #[arg(short = 'H', long = "hostname", value_name = "HOST", allow_hyphen_values = true)]
    host: Option<String>,
    /// Port, 3306 unless an option file says otherwise
    #[arg(short = 'P', long, value_name = "PORT", allow_hyphen_values = true)]
    port: Option<String>,
    /// Socket, where no host is named
    #[arg(short, long, value_name = "PATH", value_parser = options::path(), allow_hyphen_values = true)]
    socket: Option<PathBuf>,
    /// Database to start in: without it, or without access to it, the login fails
    #[arg(short, long, value_name = "NAME", allow_hyphen_values = true)]
    database: Option<String>,
    /// Account
    #[arg(short = 'u', long, value_name = "NAME", allow_hyphen_values = true)]
    username: Option<String>,
    /// Password; empty for none, whatever a file says. All can read it here: better in a file
    #[arg(short, long, value_name = "PASSWORD", value_parser = secret, allow_hyphen_values = true)]
    password: Option<Secret>,
    /// Only this option file of MySQL's clients, instead of the usual ones
    #[arg(short, long, value_name = "FILE", value_parser = options::path(), allow_hyphen_values = true)]
    file: Option<PathBuf>,
    /// One more group of the option files, beside `client`
    #[arg(short, long, value_name = "GROUP", allow_hyphen_values = true)]
    group: Option<String>,
    /// Options from an ini file, before these; by default the section of this plugin's name in the usual file
    // Never seen here: it is replaced before. It stands in the help.
    #[arg(long, value_name = "[SECTION][@FILE]")]
    extra_opts: Option<String>,
}

impl OriginalLogin {
    /// Takes host, account, password, database and port from words without an option, each where no option has named it.
    ///
    /// # Errors
    /// A word is left over.
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
                // It may be a password: it is not quoted.
                return Err(Plugin::usage("there is a word too many: HOST USER PASSWORD DATABASE PORT are all there"));
            }
        }
        Ok(())
    }

    /// Where and as whom.
    ///
    /// # Errors
    /// A line that says what makes no sense.
    pub(super) fn login(&self, tls: Tls) -> Result<Login, Plugin> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let path_of = |path: &Option<PathBuf>| path.clone().filter(|path| !path.as_os_str().is_empty());
        let (host, path) = match host(self.host.as_deref())? {
            Some(path) if path.starts_with('/') => (None, Some(PathBuf::from(path))),
            host => (host, None),
        };
        let port = port(self.port.as_deref())?;
        let wanted = Wanted {
            endpoint: Endpoint { host, port, socket: path.or_else(|| path_of(&self.socket)) },
            user: filled(&self.username),
            password: self.password.clone(),
            defaults_file: path_of(&self.file),
            groups: filled(&self.group).into_iter().collect(),
            tls,
            port_alone: PortAlone::Socket,
        };
        let mut login = wanted.login().map_err(Plugin::usage)?;
        login.credentials.database = filled(&self.database);
        Ok(login)
    }
}

/// A host that is named. Empty it is a macro that expanded to nothing, and would check this machine and say OK.
///
/// # Errors
/// It is empty.
pub(super) fn host(text: Option<&str>) -> Result<Option<String>, Plugin> {
    match text {
        Some("") => Err(Plugin::usage("the host is empty")),
        text => Ok(text.map(str::to_owned)),
    }
}

/// A port that is named; empty is none.
///
/// # Errors
/// It is no port.
pub(super) fn port(text: Option<&str>) -> Result<Option<u16>, Plugin> {
    match text {
        None | Some("") => Ok(None),
        Some(text) => match text.parse::<u16>() {
            Ok(port) if port > 0 => Ok(Some(port)),
            _ => Err(Plugin::usage(format!("the port `{text}` is not a number from 1 to 65535"))),
        },
    }
}

/// What is answered when the server was not reached; a database that is not there has its own words.
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
