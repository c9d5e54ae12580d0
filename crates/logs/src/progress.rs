//! What one read of a log has given, apart from the lines themselves.

use crate::error::LogError;

/// What one read has given.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// Bytes of text.
    pub(crate) bytes: u64,
    /// How often lines were lost.
    pub(crate) gaps: u64,
    /// Whether everything was read to its end.
    pub(crate) at_end: bool,
    /// Until when everything was read, if that is before the time of the read.
    pub(crate) until: Option<i64>,
    /// Whether there is more to read at once.
    pub(crate) more: bool,
    /// Why it was not read further.
    pub(crate) fault: Option<LogError>,
}
