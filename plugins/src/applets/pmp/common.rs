//! The common part of the applets for Percona's plugins: login, `-w` and `-c`, and the words of the answer.
//!
//! Their `-w` and `-c` are plain numbers, and alert on values above them. In some applets they are switches: any text
//! turns them on.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Parser};
use healthd_core::check::{Answer, Settings};
use healthd_core::facts::{Facts, Need};
use healthd_core::reading::outcome::Outcome;
use healthd_core::reading::range::Thresholds;
use healthd_mysql::connection::limits::Limits;
use healthd_mysql::login::endpoint::Endpoint;
use healthd_mysql::option_file::Secret;

use crate::applets::options::Defaults;
use crate::applets::shared_args::OutputArgs;
use crate::applets::{options, original_login};
use crate::asking::login::{Login, LoginRequest, PortAlone, TlsRequest, secret};
use crate::asking::run as asking;
use crate::output::Plugin;

/// The option file that they read if it exists and the command line has none.
const USUAL_FILE: &str = "/etc/nagios/mysql.cnf";

/// The end of every help.
const NOTES: &str = "\
Takes the options of the Percona plugin of this name, with the same exit codes
but for the differences in docs/nagios.md: 0 OK, 1 WARNING, 2 CRITICAL,
3 UNKNOWN; also 3 for wrong usage, this help and the version.";

/// The end of the help, below the examples of an applet.
pub(super) fn notes(examples: &str) -> String {
    format!("Examples:\n{examples}\n\n{NOTES}")
}

/// The options of all of them.
#[derive(Debug, Clone, Args)]
pub(in crate::applets) struct CommonArgs {
    /// Threshold of WARNING, or any text if the description above says so; empty means none
    #[arg(short, value_name = "WARN", allow_hyphen_values = true)]
    warning: Option<String>,
    /// Threshold of CRITICAL, or any text if the description above says so; empty means none
    #[arg(short, value_name = "CRIT", allow_hyphen_values = true)]
    critical: Option<String>,
    /// Begin the answer with OK, WARN, CRIT or UNK, as the Percona plugin does
    #[arg(long)]
    pmp_words: bool,
    /// Overall timeout (check_nrpe gives up after 10 s)
    #[arg(long, value_name = "TIME", default_value = "9", value_parser = options::time)]
    pub(super) timeout: Duration,
    #[command(flatten)]
    output: OutputArgs,
    /// Account
    #[arg(short = 'l', value_name = "USER", allow_hyphen_values = true, help_heading = "Server")]
    user: Option<String>,
    /// Password; every account of this machine can read it here, so prefer an option file
    #[arg(short, value_name = "PASS", value_parser = secret, allow_hyphen_values = true, help_heading = "Server")]
    pub(super) password: Option<Secret>,
    /// Host; localhost means the socket
    #[arg(short = 'H', value_name = "HOST", allow_hyphen_values = true, help_heading = "Server")]
    host: Option<String>,
    /// Port; without a host it means TCP to this machine
    #[arg(short = 'P', value_name = "PORT", allow_hyphen_values = true, help_heading = "Server")]
    port: Option<String>,
    /// Socket
    #[arg(short = 'S', value_name = "SOCKET", allow_hyphen_values = true, help_heading = "Server")]
    socket: Option<PathBuf>,
    /// Read only this option file [default: /etc/nagios/mysql.cnf if it exists, else the usual ones]
    #[arg(long, value_name = "FILE", help_heading = "Server")]
    defaults_file: Option<PathBuf>,
    /// Not supported: a login path is an obfuscated file of MySQL's client
    #[arg(short = 'L', value_name = "LOGIN-PATH", hide = true)]
    login_path: Option<String>,
}

/// An applet for one of Percona's plugins.
pub(in crate::applets) trait PmpApplet: Parser {
    /// The common options.
    fn common(&self) -> &CommonArgs;

    /// Reads and judges.
    ///
    /// # Errors
    /// The command line is invalid, or the server was not reached.
    fn ask(&self) -> Result<Answer, Plugin>;
}

/// Runs an applet.
pub(in crate::applets) fn run<A: PmpApplet>(arguments: Vec<OsString>) -> Plugin {
    let name = A::command().get_name().to_owned();
    // An invalid command line is answered in these words too.
    let in_original_words = arguments.iter().any(|word| word == "--pmp-words");
    let applet: A = match options::parse(without_empty(arguments)) {
        Ok(applet) => applet,
        Err(plugin) if in_original_words => return reworded(plugin),
        Err(plugin) => return plugin,
    };
    let common = applet.common();
    let answered = applet.ask().map(|answer| common.output.plugin(&answer));
    let plugin = common.output.of(answered.unwrap_or_else(|plugin| plugin));
    let plugin = if common.pmp_words { reworded(plugin) } else { plugin };
    let plugin = plugin.of_check(&name, name.clone());
    match common.output.is_json().then(|| common.login()) {
        Some(Ok(login)) => plugin.of_server(&login.address),
        _ => plugin,
    }
}

/// Drops each option of one letter whose value is empty, as a macro that expands to nothing leaves it; the original
/// plugins do the same. An empty host stays, to be refused.
fn without_empty(arguments: Vec<OsString>) -> Vec<OsString> {
    let mut kept: Vec<OsString> = Vec::with_capacity(arguments.len());
    for word in arguments {
        let letter = kept
            .last()
            .is_some_and(|option| option.len() == 2 && option != "-H" && option.as_encoded_bytes()[0] == b'-');
        if letter && word.is_empty() {
            kept.pop();
        } else {
            kept.push(word);
        }
    }
    kept
}

impl CommonArgs {
    /// `-w`, unless it is empty.
    pub(super) fn warning(&self) -> Option<&str> {
        self.warning.as_deref().filter(|text| !text.is_empty())
    }

    /// `-c`, unless it is empty.
    pub(super) fn critical(&self) -> Option<&str> {
        self.critical.as_deref().filter(|text| !text.is_empty())
    }

    /// `-H`.
    pub(super) fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// `-w` and `-c`, or else their defaults, for a value that is never negative: it alerts above the number.
    ///
    /// # Errors
    /// One of them is not a plain number.
    pub(super) fn limits(&self, defaults: Defaults) -> Result<Thresholds, Plugin> {
        let limit = |option: &str, text: &str| {
            let plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
            text.parse().ok().filter(|_| plain).ok_or_else(|| {
                let text = healthd_core::text::clean::one_line(text, 40);
                Plugin::usage(format!("{option} `{text}` is not a number such as 300; ranges are not supported"))
            })
        };
        Ok(Thresholds {
            warning: Some(limit("-w", self.warning().unwrap_or(defaults.warning))?),
            critical: Some(limit("-c", self.critical().unwrap_or(defaults.critical))?),
        })
    }

    /// The server and the login.
    ///
    /// # Errors
    /// An option or an option file is invalid.
    pub(super) fn login(&self) -> Result<Login, Plugin> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if filled(&self.login_path).is_some() {
            return Err(Plugin::usage("login paths (-L) are not supported: write the login to a --defaults-file"));
        }
        let usual = || Some(PathBuf::from(USUAL_FILE)).filter(|file| Path::exists(file));
        let request = LoginRequest {
            endpoint: Endpoint {
                host: original_login::host(self.host.as_deref())?,
                port: original_login::port(self.port.as_deref())?,
                socket: self.socket.clone().filter(|path| !path.as_os_str().is_empty()),
            },
            user: filled(&self.user),
            password: self.password.clone(),
            defaults_file: self.defaults_file.clone().or_else(usual),
            groups: Vec::new(),
            tls: TlsRequest::default(),
            port_alone: PortAlone::Loopback,
        };
        Ok(request.login()?)
    }

    /// Logs in and reads the facts that are needed.
    ///
    /// # Errors
    /// The command line is invalid, or the server was not reached, which is CRITICAL.
    pub(super) fn facts(&self, needs: &[Need], settings: &Settings) -> Result<Facts, Plugin> {
        self.facts_of(&self.login()?, needs, settings)
    }

    /// [`CommonArgs::facts`] with a login.
    ///
    /// # Errors
    /// As [`CommonArgs::facts`].
    pub(super) fn facts_of(&self, login: &Login, needs: &[Need], settings: &Settings) -> Result<Facts, Plugin> {
        asking::read(login, needs, settings, Limits::together(self.timeout))
            .map_err(|failure| self.output.plugin(&asking::failed(&failure, login, Outcome::Critical)))
    }
}

/// The answer with the outcome's word of the original plugin.
fn reworded(plugin: Plugin) -> Plugin {
    let word = match plugin.outcome {
        Outcome::Ok => "OK",
        Outcome::Warning => "WARN",
        Outcome::Critical => "CRIT",
        Outcome::Unknown => "UNK",
    };
    match plugin.text.strip_prefix(plugin.outcome.word()).and_then(|rest| rest.strip_prefix(" - ")) {
        Some(rest) => {
            let text = format!("{word} {rest}");
            plugin.in_words(text)
        }
        None => plugin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Parser)]
    struct Bare {
        #[command(flatten)]
        common: CommonArgs,
    }

    fn common(words: &[&str]) -> CommonArgs {
        Bare::parse_from(["applet"].iter().chain(words)).common
    }

    #[test]
    fn a_value_may_reach_its_limit_and_anything_but_a_number_is_refused() {
        let judge = |words: &[&str], value| {
            let limits = common(words).limits(Defaults { warning: "300", critical: "600" });
            limits.map_or_else(|plugin| plugin.text, |limits| limits.judge(value).to_string())
        };
        for (words, value, expected) in [
            (&[][..], 300.0, "OK"),
            (&[], 301.0, "WARNING"),
            (&[], 601.0, "CRITICAL"),
            (&["-w", "10", "-c", "20.5"], 20.5, "WARNING"),
            (&["-w", "", "-c", ""], 301.0, "WARNING"),
            (&["-w", "abc"], 0.0, "UNKNOWN - -w `abc` is not a number such as 300; ranges are not supported"),
        ] {
            assert_eq!(judge(words, value), expected, "{words:?}");
        }
        for garbage in ["10:20", "@5", "~:5", "10%", "1e3", "-5", " 5", "5 ", ".", "١"] {
            assert!(common(&["-c", garbage]).limits(Defaults { warning: "1", critical: "2" }).is_err(), "{garbage}");
        }
    }

    #[test]
    fn an_option_with_an_empty_value_is_dropped() {
        for (words, kept) in [
            (&["applet", "-w", "", "-c", "5"][..], &["applet", "-c", "5"][..]),
            (&["applet", "-p", "", "-w", "0"], &["applet", "-w", "0"]),
            (&["applet", "-H", ""], &["applet", "-H", ""]),
            (&["applet", ""], &["applet", ""]),
        ] {
            let words = words.iter().map(OsString::from).collect();
            assert_eq!(without_empty(words), kept, "{kept:?}");
        }
    }

    #[test]
    fn the_words_are_the_originals_where_asked_for_and_help_stays_as_it_is() {
        for (outcome, word) in [
            (Outcome::Ok, "OK "),
            (Outcome::Warning, "WARN "),
            (Outcome::Critical, "CRIT "),
            (Outcome::Unknown, "UNK "),
        ] {
            let answer = Answer { details: vec!["more".to_owned()], ..Answer::plain(outcome, "text - of it") };
            assert_eq!(reworded(Plugin::answer(&answer, true)).text, format!("{word}text - of it\nmore"));
        }
        assert_eq!(reworded(Plugin::information("Usage")).text, "Usage");
    }

    #[test]
    fn a_login_without_a_server_is_refused() {
        for (words, why) in [
            (&["-L", "monitor"][..], "login paths (-L) are not supported: write the login to a --defaults-file"),
            (&["-H", ""], "the host is empty"),
            (&["-H", "db1:3307"], "a host and a port are two options: the host is db1, the port 3307"),
            (&["-P", "0"], "the port `0` is not a number from 1 to 65535"),
        ] {
            let text = common(words).login().map_or_else(|plugin| plugin.text, |login| login.address.to_string());
            assert_eq!(text, format!("UNKNOWN - {why}"), "{words:?}");
        }
    }
}
