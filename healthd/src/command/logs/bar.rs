//! How far a file is read, on a terminal; nothing elsewhere.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on stderr, removed when it is dropped.
pub(super) struct Bar(Option<ProgressBar>);

impl Bar {
    /// For a file of so many bytes; `None` if its length is not known, as with a compressed one.
    pub(super) fn new(name: &str, length: Option<u64>) -> Bar {
        if !std::io::stderr().is_terminal() {
            return Bar(None);
        }
        let (bar, template) = match length {
            Some(length) => (ProgressBar::new(length), "{msg} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}"),
            None => (ProgressBar::new_spinner(), "{msg} {spinner} {bytes}, {bytes_per_sec}"),
        };
        bar.set_style(ProgressStyle::with_template(template).expect("a valid template"));
        bar.set_message(name.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Bar(Some(bar))
    }

    /// So many more bytes are read.
    pub(super) fn add(&self, bytes: usize) {
        if let Some(bar) = &self.0 {
            bar.inc(u64::try_from(bytes).unwrap_or(0));
        }
    }

    /// So many bytes are read in all.
    pub(super) fn set(&self, bytes: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(bytes);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
