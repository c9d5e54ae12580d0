//! A date and a time of day as lines write them, and the pieces they are read from.

/// A date with a time of day, as it stands in a line. The year is missing in RFC 3164.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Civil {
    /// 1970 to 9999.
    pub(crate) year: Option<i16>,
    /// 1 to 12.
    pub(crate) month: i8,
    /// 1 to 31, checked against the month; February has 29 days while the year is unknown.
    pub(crate) day: i8,
    /// 0 to 23.
    pub(crate) hour: i8,
    /// 0 to 59.
    pub(crate) minute: i8,
    /// 0 to 59; a leap second is read as 59.
    pub(crate) second: i8,
}

/// What was read at the beginning of a line, or of a part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Written {
    /// The date and time of day.
    pub(crate) civil: Civil,
    /// Seconds east of UTC; `None`: local time.
    pub(crate) offset: Option<i32>,
    /// Where its seconds begin.
    pub(crate) seconds: usize,
    /// Where it ends.
    pub(crate) end: usize,
}

impl Written {
    /// The same, if it was read from this offset on.
    pub(crate) fn after(self, start: usize) -> Written {
        Written { seconds: start + self.seconds, end: start + self.end, ..self }
    }
}

impl Civil {
    /// A checked date and time of day; `None` if there is no such day or time.
    pub(crate) fn new(year: Option<u32>, month: u32, day: u32, (hour, minute, second): Clock) -> Option<Civil> {
        let year = match year {
            Some(year) => Some(i16::try_from(year).ok().filter(|year| (1970..=9999).contains(year))?),
            None => None,
        };
        let longest = match month {
            2 if year.is_none_or(is_leap) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        if !(1..=longest).contains(&day) || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let small = |number: u32| i8::try_from(number).ok();
        Some(Civil {
            year,
            month: small(month)?,
            day: small(day)?,
            hour: small(hour)?,
            minute: small(minute)?,
            second: small(second.min(59))?,
        })
    }

    /// The same in another year; `None` if the 29th of February does not exist in it.
    pub(crate) fn in_year(self, year: i16) -> Option<Civil> {
        if self.month == 2 && self.day == 29 && !is_leap(year) {
            return None;
        }
        Some(Civil { year: Some(year), ..self })
    }

    /// Seconds of Unix time if this is UTC; `None` without a year.
    pub(crate) fn utc(self) -> Option<i64> {
        let days = days_from_civil(i64::from(self.year?), i64::from(self.month), i64::from(self.day));
        let seconds = i64::from(self.hour) * 3600 + i64::from(self.minute) * 60 + i64::from(self.second);
        Some(days * 86_400 + seconds)
    }
}

/// Hour, minute, second.
pub(crate) type Clock = (u32, u32, u32);

fn is_leap(year: i16) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days since 1970-01-01 in the Gregorian calendar, <https://howardhinnant.github.io/date_algorithms.html>.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The year of this second, UTC.
pub(crate) fn year_of(second: i64) -> i16 {
    let days = second.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let year = year_of_era + era * 400 + i64::from(day_of_year >= 306);
    i16::try_from(year).unwrap_or(if year < 0 { i16::MIN } else { i16::MAX })
}

/// Reads bytes from the left.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor { bytes, at: 0 }
    }

    /// How many bytes were read.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// The next byte, which stays.
    pub(crate) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Takes the next byte if it is this one.
    pub(crate) fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Takes the next byte, which must be this one.
    pub(crate) fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    /// A number of exactly `count` digits.
    pub(crate) fn digits(&mut self, count: usize) -> Option<u32> {
        let digits = self.bytes.get(self.at..self.at + count)?;
        let mut number = 0;
        for digit in digits {
            if !digit.is_ascii_digit() {
                return None;
            }
            number = number * 10 + u32::from(digit - b'0');
        }
        self.at += count;
        Some(number)
    }

    /// Skips these bytes and says how many there were.
    pub(crate) fn skip(&mut self, wanted: impl Fn(u8) -> bool) -> usize {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| wanted(**byte)).count();
        self.at += count;
        count
    }

    /// Takes an English month, `Jan` to `Dec`.
    pub(crate) fn month(&mut self) -> Option<u32> {
        let name = self.bytes.get(self.at..self.at + 3)?;
        let number = match name {
            b"Jan" => 1,
            b"Feb" => 2,
            b"Mar" => 3,
            b"Apr" => 4,
            b"May" => 5,
            b"Jun" => 6,
            b"Jul" => 7,
            b"Aug" => 8,
            b"Sep" => 9,
            b"Oct" => 10,
            b"Nov" => 11,
            b"Dec" => 12,
            _ => return None,
        };
        self.at += 3;
        Some(number)
    }

    /// Takes `hh:mm:ss`; the hour may have a blank for its first digit.
    pub(crate) fn clock(&mut self) -> Option<Clock> {
        let hour = if self.take(b' ') { self.digits(1)? } else { self.digits(2)? };
        self.expect(b':')?;
        let minute = self.digits(2)?;
        self.expect(b':')?;
        Some((hour, minute, self.digits(2)?))
    }

    /// Takes a fraction of a second, if there is one: a point or a comma with digits.
    pub(crate) fn fraction(&mut self) {
        let mut ahead = *self;
        if (ahead.take(b'.') || ahead.take(b',')) && ahead.skip(|byte| byte.is_ascii_digit()) > 0 {
            *self = ahead;
        }
    }

    /// Takes `Z`, `+01:00`, `+0100` or `+01`, if there is one: seconds east of UTC.
    pub(crate) fn offset(&mut self) -> Option<i32> {
        if self.take(b'Z') || self.take(b'z') {
            return Some(0);
        }
        let mut ahead = *self;
        let sign = match ahead.peek()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        ahead.at += 1;
        let hours = ahead.digits(2)?;
        let mut minutes = ahead;
        let minutes = if minutes.take(b':') || minutes.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            let number = minutes.digits(2)?;
            ahead = minutes;
            number
        } else {
            0
        };
        if hours > 23 || minutes > 59 {
            return None;
        }
        *self = ahead;
        Some(sign * i32::try_from(hours * 3600 + minutes * 60).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn days_and_years_are_those_of_jiff(second in -62_000_000_000_i64..250_000_000_000) {
            let there = jiff::Timestamp::from_second(second).expect("in range");
            let date = jiff::tz::TimeZone::UTC.to_datetime(there);
            prop_assert_eq!(year_of(second), date.year());
            let days = days_from_civil(date.year().into(), date.month().into(), date.day().into());
            prop_assert_eq!(days, second.div_euclid(86_400));
        }
    }

    #[test]
    fn only_days_that_exist_are_read() {
        let day = |year, month, day| Civil::new(year, month, day, (0, 0, 0)).is_some();
        assert!(day(Some(2024), 2, 29) && day(None, 2, 29) && day(Some(2000), 2, 29));
        assert!(!day(Some(2026), 2, 29) && !day(Some(2100), 2, 29) && !day(None, 2, 30) && !day(None, 4, 31));
        assert!(!day(Some(2026), 13, 1) && !day(Some(2026), 0, 1) && !day(Some(1969), 1, 1) && !day(None, 1, 0));
        assert_eq!(Civil::new(None, 6, 30, (23, 59, 60)).map(|civil| civil.second), Some(59));
        assert_eq!(Civil::new(None, 6, 30, (24, 0, 0)), None);
    }
}
