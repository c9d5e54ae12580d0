//! The clock and the terminal.

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

use healthd_core::render::bars::Terminal;

use super::super::output::paint;

/// The width of a terminal that does not tell it.
const USUAL_WIDTH: usize = 80;

/// Seconds of Unix time.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// What stdout can show.
pub(super) fn terminal() -> Terminal {
    let width = rustix::termios::tcgetwinsize(io::stdout()).map_or(0, |size| usize::from(size.ws_col));
    let width = if width == 0 { USUAL_WIDTH } else { width };
    // The first that is set decides, as in every program.
    let set = |name| std::env::var(name).ok().filter(|value: &String| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    let unicode = locale.is_some_and(|locale| locale.to_ascii_lowercase().replace('-', "").contains("utf8"));
    Terminal { width, unicode, paint: paint() }
}
