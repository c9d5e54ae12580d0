//! Shows what a long-running program is doing now.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

/// A progress bar on a terminal, lines elsewhere; both on stderr.
pub struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// A bar with this many steps.
    pub fn new(steps: u64) -> Progress {
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(steps));
        if let Some(bar) = &bar {
            let style = ProgressStyle::with_template("{elapsed_precise} {bar:30} {msg}");
            bar.set_style(style.expect("a valid template"));
            bar.enable_steady_tick(std::time::Duration::from_millis(500));
        }
        Progress { bar }
    }

    /// Shows what begins now.
    pub fn say(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(what.to_owned()),
            None => {
                #[expect(clippy::print_stderr, reason = "progress, where no bar can be drawn")]
                {
                    eprintln!("{what} …");
                }
            }
        }
    }

    /// Prints a line that stays.
    pub fn line(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => {
                #[expect(clippy::print_stderr, reason = "progress, where no bar can be drawn")]
                {
                    eprintln!("{text}");
                }
            }
        }
    }

    /// Counts one step.
    pub fn step(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
