//! The output of every plugin: one line on stdout and an exit code from 0 to 3, whatever happens.

use std::ffi::OsString;
use std::io::Write as _;
use std::panic;

use clap::ValueEnum;
use healthd_core::check::Answer;
use healthd_core::reading::outcome::Outcome;
use healthd_core::render::answered::{self, PluginReport};
use healthd_core::render::{checkmk, nagios};
use healthd_mysql::login::address::Address;
use nagiosplugin::ServiceState;

/// An output format. The exit code is the same in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line with perfdata, for Nagios, Icinga, Naemon and NRPE
    Nagios,
    /// One object on one line
    Json,
    /// The line of a local check of Checkmk
    Checkmk,
}

impl Format {
    /// The format that a command line requests, even if it is invalid otherwise: programs always get JSON if they ask
    /// for it.
    pub fn requested(arguments: &[OsString]) -> Option<Format> {
        let mut words = arguments.iter().map(|word| word.to_string_lossy()).take_while(|word| *word != "--");
        let mut format = None;
        while let Some(word) = words.next() {
            let name = match word.strip_prefix("--output=") {
                Some(name) => Some(name.to_owned()),
                None if word == "--output" => words.next().map(std::borrow::Cow::into_owned),
                None => None,
            };
            format = name.and_then(|name| Format::from_str(&name, false).ok()).or(format);
        }
        format
    }
}

/// The answer of an applet.
#[derive(Debug, Clone, PartialEq)]
pub struct Plugin {
    /// The text for Nagios.
    pub text: String,
    /// The outcome.
    pub outcome: Outcome,
    /// The answer for the other formats; `None` if there is only a text.
    report: Option<Box<PluginReport>>,
    /// Whether details are printed.
    verbose: bool,
    /// The name of the service in Checkmk; `None` for the applet's name.
    service: Option<String>,
    /// The format of the command line; `None` if it was not understood.
    format: Option<Format>,
}

impl Plugin {
    /// An answer, with its details if `verbose`.
    pub fn answer(answer: &Answer, verbose: bool) -> Plugin {
        let report = PluginReport { check: None, server: None, answer: answer.clone(), parts: Vec::new() };
        Plugin {
            report: Some(Box::new(report)),
            verbose,
            ..Plugin::bare(nagios::plugin(answer, verbose), answer.outcome)
        }
    }

    /// An invalid command line: one line, UNKNOWN.
    pub fn usage(text: impl AsRef<str>) -> Plugin {
        Plugin::answer(&Answer::plain(Outcome::Unknown, text.as_ref()), false)
    }

    /// The success of something other than a check.
    pub fn done(text: impl AsRef<str>) -> Plugin {
        Plugin::answer(&Answer::plain(Outcome::Ok, text.as_ref()), false)
    }

    /// Help, a list or the version. The guidelines for plugins want UNKNOWN for them.
    pub fn information(text: impl Into<String>) -> Plugin {
        Plugin::bare(text.into(), Outcome::Unknown)
    }

    /// A text that is not the answer of a check.
    pub fn bare(text: String, outcome: Outcome) -> Plugin {
        Plugin { text, outcome, report: None, verbose: false, service: None, format: None }
    }

    /// Replaces the text for Nagios.
    #[must_use]
    pub fn in_words(self, text: String) -> Plugin {
        Plugin { text, ..self }
    }

    /// Sets the check; `service` is its name in Checkmk.
    #[must_use]
    pub fn of_check(mut self, check: &str, service: String) -> Plugin {
        if let Some(report) = &mut self.report {
            report.check = Some(check.to_owned());
        }
        Plugin { service: Some(service), ..self }
    }

    /// Sets the server.
    #[must_use]
    pub fn of_server(mut self, address: &Address) -> Plugin {
        if let Some(report) = &mut self.report {
            report.server = Some(address.to_string());
        }
        self
    }

    /// Sets the answers that were rolled up.
    #[must_use]
    pub fn of_parts(mut self, parts: Vec<(&'static str, Answer)>) -> Plugin {
        if let Some(report) = &mut self.report {
            report.parts = parts;
        }
        self
    }

    /// Sets the format.
    #[must_use]
    pub fn shown_as(self, format: Format) -> Plugin {
        Plugin { format: Some(format), ..self }
    }

    /// The text to print. `requested` is the format for a command line that was not understood.
    fn printed(&self, applet: &str, requested: Option<Format>) -> String {
        let lines = || {
            let mut lines = self.text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned);
            let first = lines.next().unwrap_or_default();
            let answer = Answer { details: lines.collect(), ..Answer::plain(self.outcome, first) };
            PluginReport { check: None, server: None, answer, parts: Vec::new() }
        };
        match (self.format.or(requested), &self.report) {
            (Some(Format::Json), report) => {
                let report = report.as_deref().cloned().unwrap_or_else(lines);
                // Serializing plain values cannot fail.
                serde_json::to_string(&answered::report(&report)).unwrap_or_default()
            }
            (Some(Format::Checkmk), Some(report)) => {
                checkmk::local(self.service.as_deref().unwrap_or(applet), report, self.verbose)
            }
            (Some(Format::Checkmk), None) | (Some(Format::Nagios) | None, _) => self.text.clone(),
        }
    }
}

fn state(outcome: Outcome) -> ServiceState {
    match outcome {
        Outcome::Ok => ServiceState::Ok,
        Outcome::Warning => ServiceState::Warning,
        Outcome::Critical => ServiceState::Critical,
        Outcome::Unknown => ServiceState::Unknown,
    }
}

/// Runs an applet, and ends the process. A panic becomes one line and UNKNOWN: its exit code 101 would page as CRITICAL
/// "out of bounds" without a reason.
pub fn guarded(applet: &str, arguments: &[OsString], run: impl FnOnce() -> Plugin + panic::UnwindSafe) -> ! {
    panic::set_hook(Box::new(|_| {}));
    let plugin = panic::catch_unwind(run).unwrap_or_else(|panicked| {
        let text = panicked.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panicked.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Plugin::usage(format!("internal error ({text}): please report it"))
    });
    finish(plugin.outcome, plugin.printed(applet, Format::requested(arguments)))
}

/// Prints the line and ends the process. If stdout is closed, the exit code still counts.
#[expect(clippy::disallowed_methods, reason = "a resolver's thread that hangs must not hold a plugin")]
fn finish(outcome: Outcome, mut line: String) -> ! {
    if !line.ends_with('\n') {
        line.push('\n');
    }
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush()).ok();
    std::process::exit(state(outcome).exit_code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_known_before_anything_is_understood() {
        for (line, expected) in [
            ("x health", None),
            ("x health --output json", Some(Format::Json)),
            ("x --output=checkmk --bogus", Some(Format::Checkmk)),
            ("x --output json --output=nagios", Some(Format::Nagios)),
            ("x --output", None),
            ("x --output xml", None),
            ("x -- --output json", None),
        ] {
            let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(Format::requested(&arguments), expected, "{line}");
        }
    }

    #[test]
    fn every_answer_of_an_applet_is_an_object_in_json() {
        let answer = Answer { details: vec!["more".to_owned()], ..Answer::plain(Outcome::Ok, "fine") };
        let told = Plugin::answer(&answer, false).of_check("ping", "check_my ping a".to_owned());
        for (plugin, json, checkmk) in [
            (
                told,
                r#"{"check":"ping","outcome":"OK","text":"fine","readings":[],"details":["more"]}"#,
                "0 \"check_my ping a\" - fine",
            ),
            (
                Plugin::usage("no"),
                r#"{"check":null,"outcome":"UNKNOWN","text":"no","readings":[],"details":[]}"#,
                "3 \"check_my\" - no",
            ),
            (
                Plugin::information("Help\n\n  of it\n"),
                r#"{"check":null,"outcome":"UNKNOWN","text":"Help","readings":[],"details":["of it"]}"#,
                "Help\n\n  of it\n",
            ),
        ] {
            assert_eq!(plugin.printed("check_my", Some(Format::Json)), json);
            assert_eq!(plugin.printed("check_my", Some(Format::Checkmk)), checkmk);
            assert_eq!(plugin.printed("check_my", None), plugin.text);
            assert_eq!(plugin.clone().shown_as(Format::Json).printed("check_my", None), json);
        }
    }
}
