//! What the applets of Percona's plugins have in common: the login, `-w` and `-c`, and the words of the answer.
//!
//! Their `-w` and `-c` are plain numbers, which a value may reach and not exceed, or in some of them switches that only need
//! to be there.

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

use crate::applets::judging::Shown;
use crate::applets::{options, original_login};
use crate::asking::login::{Login, PortAlone, Tls, Wanted, secret};
use crate::asking::run as asking;
use crate::output::Plugin;

/// The option file that they all read where it is there and the command line names none.
const USUAL_FILE: &str = "/etc/nagios/mysql.cnf";

/// The end of every help.
const NOTES: &str = "\
Takes the options of the Percona plugin of this name. Its exit codes too, but
for what docs/nagios.md lists: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN; also 3
for wrong usage, this help and the version.";

/// The same below an applet's own examples.
pub(super) fn notes(examples: &str) -> String {
    format!("Examples:\n{examples}\n\n{NOTES}")
}

/// The options of all of them.
#[derive(Debug, Clone, Args)]
pub(in crate::applets) struct Common {
    /// Threshold of WARNING, or any text where the line above says so; empty is as if it were not there
    #[arg(short, value_name = "WARN", allow_hyphen_values = true)]
    warning: Option<String>,
    /// Threshold of CRITICAL, or any text where the line above says so; empty is as if it were not there
    #[arg(short, value_name = "CRIT", allow_hyphen_values = true)]
    critical: Option<String>,
    /// Begin the answer with OK, WARN, CRIT or UNK, as the Percona plugin does
    #[arg(long)]
    pmp_words: bool,
    /// For everything together; check_nrpe waits for 10 s
    #[arg(long, value_name = "TIME", default_value = "9", value_parser = options::time)]
    pub(super) timeout: Duration,
    #[command(flatten)]
    shown: Shown,
    /// Account
    #[arg(short = 'l', value_name = "USER", allow_hyphen_values = true, help_heading = "Which server")]
    user: Option<String>,
    /// Password, which everybody on this machine can read here: an option file is the place for it
    #[arg(short, value_name = "PASS", value_parser = secret, allow_hyphen_values = true, help_heading = "Which server")]
    pub(super) password: Option<Secret>,
    /// Host; localhost means the socket
    #[arg(short = 'H', value_name = "HOST", allow_hyphen_values = true, help_heading = "Which server")]
    host: Option<String>,
    /// Port; without another host TCP to this machine
    #[arg(short = 'P', value_name = "PORT", allow_hyphen_values = true, help_heading = "Which server")]
    port: Option<String>,
    /// Socket
    #[arg(short = 'S', value_name = "SOCKET", allow_hyphen_values = true, help_heading = "Which server")]
    socket: Option<PathBuf>,
    /// Only this option file [default: /etc/nagios/mysql.cnf where it is there, else the usual ones]
    #[arg(long, value_name = "FILE", help_heading = "Which server")]
    defaults_file: Option<PathBuf>,
    /// Not supported: a login path is an obfuscated file of MySQL's own client
    #[arg(short = 'L', value_name = "LOGIN-PATH", hide = true)]
    login_path: Option<String>,
}

/// The command line of one of them.
pub(in crate::applets) trait PmpApplet: Parser {
    /// The options that all have.
    fn common(&self) -> &Common;

    /// Reads and judges.
    ///
    /// # Errors
    /// What to print instead: the command line makes no sense, or the server was not reached.
    fn ask(&self) -> Result<Answer, Plugin>;
}

/// Runs one of them.
pub(in crate::applets) fn run<D: PmpApplet>(arguments: Vec<OsString>) -> Plugin {
    let name = D::command().get_name().to_owned();
    // What makes no sense otherwise is answered in these words too.
    let in_original_words = arguments.iter().any(|word| word == "--pmp-words");
    let applet: D = match options::parse(without_empty(arguments)) {
        Ok(applet) => applet,
        Err(plugin) if in_original_words => return reworded(plugin),
        Err(plugin) => return plugin,
    };
    let common = applet.common();
    let answered = applet.ask().map(|answer| common.shown.plugin(&answer));
    let plugin = common.shown.of(answered.unwrap_or_else(|plugin| plugin));
    let plugin = if common.pmp_words { reworded(plugin) } else { plugin };
    let plugin = plugin.of_check(&name, name.clone());
    match common.shown.is_json().then(|| common.login()) {
        Some(Ok(login)) => plugin.of_server(&login.address),
        _ => plugin,
    }
}

/// The words without each option of one letter whose value is empty, as a macro that expands to nothing leaves it. The original plugins take it
/// as if it were not there. The host stays, to be refused.
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

impl Common {
    /// `-w` where it is not empty.
    pub(super) fn warning(&self) -> Option<&str> {
        self.warning.as_deref().filter(|text| !text.is_empty())
    }

    /// `-c` where it is not empty.
    pub(super) fn critical(&self) -> Option<&str> {
        self.critical.as_deref().filter(|text| !text.is_empty())
    }

    /// `-H`, as it was written.
    pub(super) fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// `-w` and `-c` over their defaults (WARNING, CRITICAL), for a value that is never negative: it alerts above the number.
    ///
    /// # Errors
    /// A line that says which one is no plain number.
    pub(super) fn limits(&self, (warning, critical): (&str, &str)) -> Result<Thresholds, Plugin> {
        let limit = |option: &str, text: &str| {
            let plain = text.chars().all(|c| c.is_ascii_digit() || c == '.');
            text.parse().ok().filter(|_| plain).ok_or_else(|| {
                let text = healthd_core::text::clean::one_line(text, 40);
                Plugin::usage(format!("{option} `{text}` is not a number such as 300; ranges mean nothing here"))
            })
        };
        Ok(Thresholds {
            warning: Some(limit("-w", self.warning().unwrap_or(warning))?),
            critical: Some(limit("-c", self.critical().unwrap_or(critical))?),
        })
    }

    /// Where and as whom.
    ///
    /// # Errors
    /// A line that says what makes no sense.
    pub(super) fn login(&self) -> Result<Login, Plugin> {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if filled(&self.login_path).is_some() {
            return Err(Plugin::usage("login paths (-L) are not supported: put the login into a --defaults-file"));
        }
        let usual = || Some(PathBuf::from(USUAL_FILE)).filter(|file| Path::exists(file));
        let wanted = Wanted {
            endpoint: Endpoint {
                host: original_login::host(self.host.as_deref())?,
                port: original_login::port(self.port.as_deref())?,
                socket: self.socket.clone().filter(|path| !path.as_os_str().is_empty()),
            },
            user: filled(&self.user),
            password: self.password.clone(),
            defaults_file: self.defaults_file.clone().or_else(usual),
            groups: Vec::new(),
            tls: Tls::default(),
            port_alone: PortAlone::Loopback,
        };
        wanted.login().map_err(Plugin::usage)
    }

    /// Logs in and reads what is needed.
    ///
    /// # Errors
    /// The line about a server that was not reached: CRITICAL, for then nothing works there.
    pub(super) fn facts(&self, needs: &[Need], settings: &Settings) -> Result<Facts, Plugin> {
        self.facts_of(&self.login()?, needs, settings)
    }

    /// The same of a server that is known.
    ///
    /// # Errors
    /// As [`Common::facts`].
    pub(super) fn facts_of(&self, login: &Login, needs: &[Need], settings: &Settings) -> Result<Facts, Plugin> {
        asking::read(login, needs, settings, Limits::together(self.timeout))
            .map_err(|failure| self.shown.plugin(&asking::failed(&failure, login, Outcome::Critical)))
    }
}

/// The same answer with the original plugin's words in front.
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
        common: Common,
    }

    fn common(words: &[&str]) -> Common {
        Bare::parse_from(["applet"].iter().chain(words)).common
    }

    #[test]
    fn a_value_may_reach_its_limit_and_what_is_no_number_is_refused() {
        let judge = |words: &[&str], value| {
            let limits = common(words).limits(("300", "600"));
            limits.map_or_else(|plugin| plugin.text, |limits| limits.judge(value).to_string())
        };
        for (words, value, expected) in [
            (&[][..], 300.0, "OK"),
            (&[], 301.0, "WARNING"),
            (&[], 601.0, "CRITICAL"),
            (&["-w", "10", "-c", "20.5"], 20.5, "WARNING"),
            (&["-w", "", "-c", ""], 301.0, "WARNING"),
            (&["-w", "abc"], 0.0, "UNKNOWN - -w `abc` is not a number such as 300; ranges mean nothing here"),
        ] {
            assert_eq!(judge(words, value), expected, "{words:?}");
        }
        for garbage in ["10:20", "@5", "~:5", "10%", "1e3", "-5", " 5", "5 ", ".", "١"] {
            assert!(common(&["-c", garbage]).limits(("1", "2")).is_err(), "{garbage}");
        }
    }

    #[test]
    fn an_option_with_an_empty_value_is_not_there() {
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
    fn what_names_no_server_is_refused() {
        for (words, why) in [
            (&["-L", "monitor"][..], "login paths (-L) are not supported: put the login into a --defaults-file"),
            (&["-H", ""], "the host is empty"),
            (&["-H", "db1:3307"], "a host and a port are two options: the host is db1, the port 3307"),
            (&["-P", "0"], "the port `0` is not a number from 1 to 65535"),
        ] {
            let text = common(words).login().map_or_else(|plugin| plugin.text, |login| login.address.to_string());
            assert_eq!(text, format!("UNKNOWN - {why}"), "{words:?}");
        }
    }
}
