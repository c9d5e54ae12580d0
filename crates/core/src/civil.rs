//! Dates and times of the calendar.

/// `2026-11-25 17:40:08` in seconds since 1970, as if it were UTC.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(' ')?;
    let numbers = |text: &str, separator| -> Option<[i64; 3]> {
        let number = |part: &str| (part.len() <= 4).then(|| part.parse::<u16>().ok()).flatten().map(i64::from);
        text.split(separator).map(number).collect::<Option<Vec<_>>>()?.try_into().ok()
    };
    let ([year, month, day], [hour, minute, second]) = (numbers(date, '-')?, numbers(time, ':')?);
    let sound = (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    if !(sound && hour < 24 && minute < 60 && second <= 60) {
        return None;
    }
    // Years that begin in March have their leap day at the end.
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468;
    Some(((days * 24 + hour) * 60 + minute) * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

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
