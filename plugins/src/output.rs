//! The end of every plugin: one line on stdout and an exit code from 0 to 3, whatever happens.

use std::io::Write as _;
use std::panic;

use healthd_core::check::Answer;
use healthd_core::outcome::Outcome;
use healthd_core::render::nagios;
use nagiosplugin::ServiceState;

/// What a door prints, and how it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugin {
    /// What stands on stdout.
    pub text: String,
    /// The outcome.
    pub outcome: Outcome,
}

impl Plugin {
    /// The line of an answer, and its details where they were asked for.
    pub fn answer(answer: &Answer, verbose: bool) -> Plugin {
        Plugin { text: nagios::plugin(answer, verbose), outcome: answer.outcome }
    }

    /// The command line makes no sense: one clear line, UNKNOWN.
    pub fn usage(text: impl AsRef<str>) -> Plugin {
        Plugin::answer(&Answer::plain(Outcome::Unknown, text.as_ref()), false)
    }

    /// Something other than a check was done.
    pub fn done(text: impl AsRef<str>) -> Plugin {
        Plugin::answer(&Answer::plain(Outcome::Ok, text.as_ref()), false)
    }

    /// What was asked for in words: help, a list, the version. The guidelines want UNKNOWN for them.
    pub fn information(text: impl Into<String>) -> Plugin {
        Plugin { text: text.into(), outcome: Outcome::Unknown }
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

/// Runs a door, and ends the process. A panic is one line and UNKNOWN; its exit code of 101 would page as CRITICAL "out of
/// bounds" and say nothing.
pub fn guarded(run: impl FnOnce() -> Plugin + panic::UnwindSafe) -> ! {
    panic::set_hook(Box::new(|_| {}));
    let plugin = panic::catch_unwind(run).unwrap_or_else(|panicked| {
        let text = panicked.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panicked.downcast_ref::<&str>().copied()).unwrap_or("no words");
        Plugin::usage(format!("this plugin broke ({text}): please report it"))
    });
    finish(&plugin)
}

/// Nobody may be listening any more: the exit code counts all the same.
#[expect(clippy::disallowed_methods, reason = "a resolver's thread that hangs must not hold a plugin")]
fn finish(plugin: &Plugin) -> ! {
    let mut line = plugin.text.clone();
    if !line.ends_with('\n') {
        line.push('\n');
    }
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush()).ok();
    std::process::exit(state(plugin.outcome).exit_code())
}
