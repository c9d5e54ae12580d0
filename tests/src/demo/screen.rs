//! The output: spinners on a terminal, plain lines elsewhere, and colors unless `NO_COLOR` is set.

use std::env;
use std::io::{IsTerminal as _, Write as _, stdout};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use healthd_tests::stop::Ended;

/// How long a step may print nothing if there is no terminal.
const PATIENCE: Duration = Duration::from_millis(2500);

/// The standard output.
#[derive(Debug)]
pub(crate) struct Screen {
    terminal: bool,
    colors: bool,
}

#[derive(Debug, Clone, Copy)]
enum Color {
    Bold = 1,
    Red = 31,
    Green = 32,
}

impl Screen {
    /// Finds out what kind of output this is.
    pub(crate) fn new() -> Screen {
        let dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
        let terminal = stdout().is_terminal() && !dumb;
        let colors = terminal && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Screen { terminal, colors }
    }

    /// Prints a line.
    pub(crate) fn line(&self, text: &str) {
        // An error is ignored: the reader has closed the other end, and a panic here would prevent the clean-up.
        writeln!(stdout(), "{text}").ok();
    }

    /// Prints the title of a part.
    pub(crate) fn heading(&self, text: &str) {
        self.line(&self.paint(Color::Bold, text));
    }

    /// Prints what went wrong at the end.
    pub(crate) fn failure(&self, why: &str) {
        self.line(&format!("{} {why}", self.paint(Color::Red, "FAILED")));
    }

    /// Prints an event of a timeline.
    pub(crate) fn event(&self, after: Duration, text: &str) {
        self.line(&format!("  {:>6} ms  {text}", after.as_millis()));
    }

    /// Does something that takes time, and shows that it is in progress.
    pub(crate) fn step<T>(&self, what: &str, work: impl FnOnce() -> Result<T, Ended>) -> Result<T, Ended> {
        let begun = Instant::now();
        let outcome = if self.terminal { spinning(what, work) } else { self.telling(what, work) };
        match outcome {
            Ok(value) => {
                let ok = self.paint(Color::Green, "ok");
                self.line(&format!("  {ok}  {what}  ({:.1} s)", begun.elapsed().as_secs_f32()));
                Ok(value)
            }
            Err(Ended::Failed(why)) => Err(Ended::Failed(format!("{what}: {why}"))),
            Err(Ended::Interrupted) => Err(Ended::Interrupted),
        }
    }

    /// Prints lines as long as the step lasts.
    fn telling<T>(&self, what: &str, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let (done, waiting) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                while waiting.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                    self.line(&format!("  ..  {what}  ({:.0} s)", begun.elapsed().as_secs_f32()));
                }
            });
            // Dropped at the end of the step, also by a panic, which ends the other thread.
            let _done = done;
            work()
        })
    }

    fn paint(&self, color: Color, text: &str) -> String {
        if self.colors { format!("\x1b[{}m{text}\x1b[0m", color as u8) } else { text.to_owned() }
    }
}

fn spinning<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
    let style = ProgressStyle::with_template("  {spinner}   {msg}  ({elapsed})").expect("the template is right");
    bar.set_style(style.tick_chars("|/-\\ "));
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(100));
    let value = work();
    bar.finish_and_clear();
    value
}
