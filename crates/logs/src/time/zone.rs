//! Local time.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::civil::Civil;

/// The time zone of stamps that name none.
#[derive(Debug, Clone)]
pub(crate) struct Zone(TimeZone);

/// When a local time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Seconds of Unix time. A time that a change of the clock skips is as far after the change as it says.
    Once(i64),
    /// The clock is set back, and shows it twice.
    Twice(i64, i64),
}

impl Zone {
    /// The zone of this name in the system's database, or the system's own zone. Without a database or a setting, the
    /// system's zone is UTC.
    ///
    /// # Errors
    /// The database does not exist or lacks the name.
    pub(crate) fn named(name: Option<&str>) -> Result<Zone, jiff::Error> {
        match name {
            Some(name) => TimeZone::get(name).map(Zone),
            None => Ok(Zone(TimeZone::system())),
        }
    }

    /// The second of Unix time at which this zone shows `civil`; `None` without a year, or past the year 9999.
    pub(crate) fn when(&self, civil: Civil) -> Option<When> {
        let utc = civil.utc()?;
        let Civil { month, day, hour, minute, second, .. } = civil;
        let shown = DateTime::new(civil.year?, month, day, hour, minute, second, 0).ok()?;
        let at = |offset: jiff::tz::Offset| utc - i64::from(offset.seconds());
        Some(match self.0.to_ambiguous_timestamp(shown).offset() {
            AmbiguousOffset::Unambiguous { offset } => When::Once(at(offset)),
            AmbiguousOffset::Gap { before, .. } => When::Once(at(before)),
            AmbiguousOffset::Fold { before, after } => When::Twice(at(before), at(after)),
        })
    }
}
