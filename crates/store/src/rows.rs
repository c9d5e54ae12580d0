//! Values as SQLite has them: whole numbers with a sign, labels as JSON.

use std::collections::BTreeMap;

use healthd_core::samples::labels::Labels;

/// Seconds in an hour.
pub(crate) const HOUR: i64 = 3600;
/// Minutes in an hour.
pub(crate) const MINUTES: i64 = 60;

/// A count as it is stored. What does not fit is the largest that does.
pub(crate) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A stored count.
pub(crate) fn count(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}

/// Labels as they are stored: an object, sorted by name, so that equal labels are equal texts.
pub(crate) fn labels_text(labels: &Labels) -> String {
    let pairs: BTreeMap<&str, &str> = labels.iter().collect();
    serde_json::to_string(&pairs).unwrap_or_else(|_| "{}".to_owned())
}

/// Stored labels.
pub(crate) fn labels(text: &str) -> Labels {
    serde_json::from_str(text).unwrap_or_default()
}

/// The hour of a minute; both count from 1970.
pub(crate) fn hour_of(minute: i64) -> i64 {
    minute.div_euclid(MINUTES)
}
