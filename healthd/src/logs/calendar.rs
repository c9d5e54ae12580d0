//! The columns and marks of a chart, in the time zone of this machine.

use healthd_core::render::chart::Tick;
use healthd_core::render::logs_page::Range;
use healthd_core::samples::minute::Span;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

/// Every mark is at a multiple of this, in every time zone of today.
const QUARTER: i64 = 900;

/// Times in words, in one time zone.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    zone: TimeZone,
}

impl Calendar {
    /// That of this machine: `/etc/localtime`, or `TZ`.
    pub(crate) fn of_this_machine() -> Calendar {
        Calendar { zone: TimeZone::system() }
    }

    /// The name of the time zone: `Europe/Berlin`, or the distance to UTC at this time.
    pub(crate) fn zone(&self, at: i64) -> String {
        self.zone.iana_name().map_or_else(|| self.local(at).strftime("UTC%:z").to_string(), str::to_owned)
    }

    /// A moment: `Tue 1 Dec 2026 03:17:20`.
    pub(crate) fn moment(&self, at: i64) -> String {
        self.local(at).strftime("%a %-d %b %Y %H:%M:%S").to_string()
    }

    /// A minute as briefly as it is clear now: `03:17`, or `Mon 30 Nov 23:59`.
    pub(crate) fn minute(&self, at: i64, now: i64) -> String {
        let local = self.local(at);
        let format = if local.date() == self.local(now).date() { "%H:%M" } else { "%a %-d %b %H:%M" };
        local.strftime(format).to_string()
    }

    /// A row of a list: `Mon 30 Nov 23:59`.
    pub(crate) fn row(&self, at: i64) -> String {
        self.local(at).strftime("%a %e %b %H:%M").to_string()
    }

    /// The label of a column.
    pub(crate) fn label(&self, range: Range, at: i64) -> String {
        let format = match range {
            Range::Hour => "%H:%M",
            Range::Day => "%a %H:%M",
            Range::Week => "%a %-d %b %H:%M",
        };
        self.local(at).strftime(format).to_string()
    }

    /// The marks of a range.
    pub(crate) fn ticks(&self, range: Range, span: Span) -> Vec<Tick> {
        let every = if range == Range::Hour { 300 } else { QUARTER };
        let first = span.from.div_euclid(every) + 1;
        let times = (first..).map(|number| number * every).take_while(|at| *at < span.to);
        times.filter_map(|at| self.tick(range, at)).collect()
    }

    fn tick(&self, range: Range, at: i64) -> Option<Tick> {
        let local = self.local(at);
        let (hour, minute) = (local.hour(), local.minute());
        let text = |format: &str| local.strftime(format).to_string();
        let (label, only_wide) = match range {
            Range::Hour if minute % 10 == 0 => (text("%H:%M"), minute % 20 != 0),
            Range::Day if minute == 0 && hour % 3 == 0 => (text("%H:%M"), hour % 6 != 0),
            Range::Week if minute == 0 && hour == 0 => (text("%a %-d"), false),
            Range::Week => return None,
            Range::Day if minute != 0 => return None,
            Range::Hour | Range::Day => (String::new(), false),
        };
        Some(Tick { at, label, only_wide })
    }

    fn local(&self, at: i64) -> ZonedDateTime {
        Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned_datetime(self.zone.clone())
    }
}

/// The columns of a range that ends with the one of this time.
pub(crate) fn span(range: Range, now: i64) -> Span {
    let (step, count) = range.columns();
    let to = (now.div_euclid(step) + 1) * step;
    Span { from: to - step * count, to }
}

/// A time in RFC 3339, in UTC: `2026-12-01T02:17:00Z`.
pub(crate) fn rfc3339(at: i64) -> String {
    Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH).to_string()
}

/// The seconds of Unix time of a time in RFC 3339.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(zone: &str) -> Calendar {
        Calendar { zone: TimeZone::get(zone).expect("a time zone") }
    }

    fn labels(zone: &str, range: Range, now: &str) -> Vec<String> {
        let now = now.parse::<Timestamp>().expect("a time").as_second();
        let ticks = calendar(zone).ticks(range, span(range, now));
        ticks.into_iter().map(|tick| tick.label).filter(|label| !label.is_empty()).collect()
    }

    #[test]
    fn marks_are_at_round_local_times() {
        let hour = labels("Europe/Berlin", Range::Hour, "2026-12-01T02:17:20Z");
        assert_eq!(hour, ["02:20", "02:30", "02:40", "02:50", "03:00", "03:10"]);
        let day = labels("Asia/Kathmandu", Range::Day, "2026-12-01T02:17:20Z");
        assert_eq!(day, ["09:00", "12:00", "15:00", "18:00", "21:00", "00:00", "03:00", "06:00"]);
        let week = labels("America/New_York", Range::Week, "2026-12-01T02:17:20Z");
        assert_eq!(week, ["Tue 24", "Wed 25", "Thu 26", "Fri 27", "Sat 28", "Sun 29", "Mon 30"]);
    }

    #[test]
    fn a_day_with_25_hours_has_two_of_one() {
        let day = labels("Europe/Berlin", Range::Day, "2026-10-25T12:00:00Z");
        assert_eq!(day, ["15:00", "18:00", "21:00", "00:00", "03:00", "06:00", "09:00", "12:00"]);
        let of_the_hour = calendar("Europe/Berlin");
        let twice = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]
            .map(|at| of_the_hour.label(Range::Day, at.parse::<Timestamp>().expect("a time").as_second()));
        assert_eq!(twice, ["Sun 02:30", "Sun 02:30"]);
    }

    #[test]
    fn the_last_column_contains_now() {
        for range in Range::ALL {
            for now in [0, 1_796_094_999, 1_796_095_000, 1_796_095_200] {
                let span = span(range, now);
                let (step, count) = range.columns();
                assert!((span.to - step..span.to).contains(&now), "{range:?} {now}");
                assert_eq!(span.seconds(), u64::try_from(step * count).map_or(0, |s| i64::try_from(s).unwrap_or(0)));
            }
        }
    }

    #[test]
    fn times_for_people_and_programs() {
        let calendar = calendar("Europe/Berlin");
        let now = 1_796_095_040;
        assert_eq!(calendar.moment(now), "Tue 1 Dec 2026 04:17:20");
        assert_eq!(calendar.minute(now, now), "04:17");
        assert_eq!(calendar.minute(now - 86_400, now), "Mon 30 Nov 04:17");
        assert_eq!(calendar.zone(now), "Europe/Berlin");
        assert_eq!(rfc3339(now), "2026-12-01T03:17:20Z");
    }
}
