//! Dates and times of the calendar.

use std::time::{Duration, UNIX_EPOCH};

/// `2026-11-25 17:40:08` in seconds since 1970, as if it were UTC. Numbers may have one digit, as in some logs.
pub fn seconds(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(' ')?;
    let [year, month, day] = numbers(date, '-')?;
    let [hour, minute, second] = numbers(time, ':')?;
    // A leap second counts as the second after it.
    let leap = i64::from(second == 60);
    let full =
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", if leap == 1 { 59 } else { second });
    let since = humantime::parse_rfc3339(&full).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(i64::try_from(since.as_secs()).ok()? + leap)
}

/// A time in seconds since 1970 for people: `2026-11-25 17:40 UTC`. Times before 1970 are shown as its begin.
pub(crate) fn minute(seconds: i64) -> String {
    let since = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
    // Later than the year 9999 is not a time that anything was counted at.
    let Some(time) = UNIX_EPOCH.checked_add(since).filter(|_| seconds < 253_402_300_800) else {
        return "never".to_owned();
    };
    let text = humantime::format_rfc3339_seconds(time).to_string();
    format!("{} UTC", text.replace('T', " ").get(..16).unwrap_or_default())
}

fn numbers(text: &str, separator: char) -> Option<[u16; 3]> {
    let number = |part: &str| (part.len() <= 4).then(|| part.parse().ok()).flatten();
    text.split(separator).map(number).collect::<Option<Vec<u16>>>()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_shown_to_the_minute() {
        for (seconds, expected) in [
            (1_795_628_408, "2026-11-25 17:40 UTC"),
            (0, "1970-01-01 00:00 UTC"),
            (-5, "1970-01-01 00:00 UTC"),
            (i64::MAX, "never"),
        ] {
            assert_eq!(minute(seconds), expected);
        }
    }

    #[test]
    fn a_time_is_read_and_what_is_none_is_none() {
        for (text, expected) in [
            ("2026-11-25 17:40:08", Some(1_795_628_408)),
            ("1970-01-01 00:00:00", Some(0)),
            ("2000-02-29 23:59:60", Some(951_868_800)),
            ("2026-3-1 0:0:0", Some(1_772_323_200)),
            ("", None),
            ("2026-11-25", None),
            ("2026-13-25 17:40:08", None),
            ("2026-11-25 24:40:08", None),
            ("-2026-11-25 17:40:08", None),
            ("2026-11-25 17:40:08 +01", None),
            ("2026-11-25 17:40", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
