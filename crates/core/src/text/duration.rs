//! Durations as operators write and read them.

use std::time::Duration;

/// Why a text is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration: write a number with its unit, such as 500ms, 10s or 5m")]
pub struct DurationError(pub String);

/// The longest duration that is accepted anywhere. More than ten years is a typing error.
const LONGEST: Duration = Duration::from_secs(10 * 366 * 86_400);

/// Reads `500ms`, `10s`, `1m 30s`, `2h`; a bare number counts seconds.
///
/// # Errors
/// When the text is neither, or longer than ten years.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    let error = || DurationError(crate::text::clean::one_line(text, 40));
    let bare = !text.is_empty() && text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit());
    let duration = if bare {
        Duration::from_secs(text.parse().map_err(|_| error())?)
    } else {
        humantime::parse_duration(text).map_err(|_| error())?
    };
    if duration > LONGEST {
        return Err(error());
    }
    Ok(duration)
}

/// Writes a duration short enough for a status line: `850ms`, `3.2s`, `14s`, `5m12s`, `3h07m`, `2d04h`.
pub fn short(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 if duration.is_zero() => "0s".to_owned(),
        0 => format!("{}ms", duration.as_millis()),
        1..=9 => format!("{seconds}.{}s", duration.subsec_millis() / 100),
        10..=59 => format!("{seconds}s"),
        60..=3599 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3600..=86_399 => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// Writes a duration as the configuration has it: exactly, and as short as that allows.
pub fn exact(duration: Duration) -> String {
    humantime::format_duration(duration).to_string().replace(' ', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_as_operators_write_them() {
        for (text, expected) in [
            ("10", Some(10_000)),
            ("0", Some(0)),
            ("500ms", Some(500)),
            ("1m 30s", Some(90_000)),
            ("1m30s", Some(90_000)),
            ("2h", Some(7_200_000)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("10 parsecs", None),
            ("99999999999999999999", None),
            ("9999999999", None),
            ("10000y", None),
        ] {
            let millis = parse(text).ok().map(|d| d.as_millis());
            assert_eq!(millis, expected, "{text:?}");
        }
    }

    #[test]
    fn short_durations_keep_what_matters() {
        for (millis, expected) in [
            (0, "0s"),
            (850, "850ms"),
            (3_250, "3.2s"),
            (14_900, "14s"),
            (312_000, "5m12s"),
            (11_220_000, "3h07m"),
            (187_200_000, "2d04h"),
        ] {
            assert_eq!(short(Duration::from_millis(millis)), expected);
        }
    }

    proptest! {
        #[test]
        fn an_exact_duration_reads_back(millis in 0_u64..300_000_000_000) {
            let duration = Duration::from_millis(millis);
            prop_assert_eq!(parse(&exact(duration)), Ok(duration));
        }
    }
}
