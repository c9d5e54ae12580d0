//! The time that a line says it has.
//!
//! Minutes are those of the line's own time, so that a log that is read late still fills the right ones. A time that
//! cannot be read, or lies more than a day in the future, is replaced by the time of the read: a wrong clock must not
//! hide a message.

mod civil;
mod formats;
mod recent;
mod stamp;
#[cfg(test)]
mod tests;
mod zone;

use crate::spec::TimeFormat;
use civil::{Civil, Written, year_of};
use formats::Form;
use recent::Recent;
pub use stamp::{Head, Stamp};
use zone::{When, Zone};

/// How far a line may be ahead of the time of its read.
const AHEAD: i64 = 86_400;

/// Lines of several processes can be out of order by this much, in seconds.
const SLACK: i64 = 300;

/// Reads the times of a log's lines, in the order of the log.
#[derive(Debug, Clone)]
pub struct Clock {
    format: TimeFormat,
    zone: Zone,
    /// The last minute that was converted, as the next line is mostly in the same.
    cache: Option<(Key, i64)>,
    /// The beginning of the last line, as the next one mostly begins alike.
    recent: Option<Recent>,
    /// The last line's time.
    previous: Option<i64>,
}

/// A minute as lines write it, with what else decides when it is: the day of the read (the year of RFC 3164).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    minute: Civil,
    offset: Option<i32>,
    day: i64,
}

/// What a line's beginning says.
enum Found {
    Time(Written, Head),
    /// A header without a time, which RFC 5424 allows.
    Nil(Head),
    Nothing,
}

impl Clock {
    /// For lines of this format. `zone` is the name of the zone of stamps that have none; `None`: the system's.
    ///
    /// # Errors
    /// The system has no zone of this name.
    pub fn new(format: TimeFormat, zone: Option<&str>) -> Result<Clock, jiff::Error> {
        Ok(Clock { format, zone: Zone::named(zone)?, cache: None, recent: None, previous: None })
    }

    /// The time of the next line, which is read at `arrival`, in seconds of Unix time. `since` is the part of the log
    /// between the last line that was read and this one: it is looked at only if the line's time occurs twice.
    pub fn read(&mut self, since: &[u8], line: &[u8], arrival: i64) -> Stamp {
        let day = arrival.div_euclid(86_400);
        if let Some((second, head)) = self.recent.as_ref().and_then(|recent| recent.read(line, day))
            && second.saturating_sub(AHEAD) <= arrival
        {
            self.previous = Some(second);
            return Stamp { second, known: true, head };
        }
        let (second, head) = match self.find(line) {
            Found::Time(written, head) => {
                let second = self.second(written, since, arrival);
                let cached = self.cache.filter(|(key, _)| second.is_some() && *key == Key::new(&written, arrival));
                self.recent = cached.and_then(|(_, start)| Recent::new(line, &written, head, start, day));
                (second, head)
            }
            Found::Nil(head) => (None, head),
            Found::Nothing => (None, Head::Unknown),
        };
        match second.filter(|second| second.saturating_sub(AHEAD) <= arrival) {
            Some(second) => {
                self.previous = Some(second);
                Stamp { second, known: true, head }
            }
            None => Stamp { second: arrival, known: false, head },
        }
    }

    /// How a line goes on after its time.
    pub(crate) fn head(&self, line: &[u8]) -> Head {
        match self.find(line) {
            Found::Time(_, head) | Found::Nil(head) => head,
            Found::Nothing => Head::Unknown,
        }
    }

    /// The lines that follow need not be later than those before.
    pub fn forget(&mut self) {
        self.previous = None;
    }

    fn find(&self, line: &[u8]) -> Found {
        let plain = |written: Option<Written>| match written {
            Some(written) => Found::Time(written, Head::Plain(written.end)),
            None => Found::Nothing,
        };
        let inside = || formats::access(line).map_or(Found::Nothing, |written| Found::Time(written, Head::Inside));
        let iso = |wanted: Option<Form>| {
            let found = formats::iso(line).filter(|iso| wanted.is_none_or(|wanted| iso.form == wanted));
            found.map(|iso| iso.written)
        };
        match self.format {
            TimeFormat::Arrival => Found::Nothing,
            TimeFormat::Auto => match line.first() {
                Some(b'<') => after_priority(line, self.format),
                Some(b'0'..=b'9') => match iso(None).or_else(|| formats::bsd(line)) {
                    Some(written) => plain(Some(written)),
                    None => inside(),
                },
                _ => match formats::bsd(line).or_else(|| formats::weekday_iso(line)) {
                    Some(written) => plain(Some(written)),
                    None => inside(),
                },
            },
            TimeFormat::Rfc3339 => plain(iso(Some(Form::T))),
            TimeFormat::Rfc5424 => after_priority(line, self.format),
            TimeFormat::Rfc3164 if line.first() == Some(&b'<') => after_priority(line, self.format),
            TimeFormat::Rfc3164 => plain(formats::bsd(line)),
            TimeFormat::Nginx => match iso(Some(Form::Slashes)) {
                Some(written) => plain(Some(written)),
                None => inside(),
            },
            TimeFormat::Exim => plain(iso(Some(Form::Blank))),
        }
    }

    fn second(&mut self, written: Written, since: &[u8], arrival: i64) -> Option<i64> {
        let seconds = i64::from(written.civil.second);
        let key = Key::new(&written, arrival);
        if let Some((cached, start)) = self.cache
            && cached == key
        {
            return Some(start + seconds);
        }
        if let Some(offset) = written.offset {
            let second = written.civil.utc()? - i64::from(offset);
            self.cache = Some((key, second - seconds));
            return Some(second);
        }
        match self.local(written.civil, arrival)? {
            When::Once(second) => {
                self.cache = Some((key, second - seconds));
                Some(second)
            }
            When::Twice(first, second) => {
                for line in since.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
                    self.read(&[], line, arrival);
                }
                Some(self.which(first, second, arrival))
            }
        }
    }

    /// A local time, in the year that makes it the latest that is not more than a day ahead.
    fn local(&self, civil: Civil, arrival: i64) -> Option<When> {
        if civil.year.is_some() {
            return self.zone.when(civil);
        }
        let this = year_of(arrival.saturating_add(AHEAD)).saturating_add(1);
        // The 29th of February may be eight years ago.
        let years = (0..10).filter_map(|back| civil.in_year(this.checked_sub(back)?));
        let times = years.filter_map(|civil| self.zone.when(civil));
        times.into_iter().find(|when| when.first().saturating_sub(AHEAD) <= arrival)
    }

    /// Which of two times is meant: the log goes forward, and what was just written is read soon.
    fn which(&self, first: i64, second: i64, arrival: i64) -> i64 {
        if second > arrival.saturating_add(SLACK) {
            return first;
        }
        match self.previous {
            Some(previous) if previous > first + SLACK => second,
            Some(previous) if previous >= first - SLACK => first,
            _ if arrival.abs_diff(second) <= SLACK.unsigned_abs() => second,
            _ => first,
        }
    }
}

impl When {
    fn first(self) -> i64 {
        match self {
            When::Once(second) | When::Twice(second, _) => second,
        }
    }
}

impl Key {
    fn new(written: &Written, arrival: i64) -> Key {
        let minute = Civil { second: 0, ..written.civil };
        Key { minute, offset: written.offset, day: arrival.div_euclid(86_400) }
    }
}

/// The time after `<34>`: of RFC 5424 if there is a version, else of RFC 3164, or of RFC 3339 as some write it.
fn after_priority(line: &[u8], format: TimeFormat) -> Found {
    let Some((start, version)) = formats::priority(line) else { return Found::Nothing };
    let rest = line.get(start..).unwrap_or_default();
    match format {
        TimeFormat::Rfc5424 | TimeFormat::Auto if version => {
            if rest.starts_with(b"- ") {
                return Found::Nil(Head::Rfc5424(start + 1));
            }
            match formats::iso(rest) {
                Some(iso) if iso.form == Form::T => {
                    let written = iso.written.after(start);
                    Found::Time(written, Head::Rfc5424(written.end))
                }
                _ => Found::Nothing,
            }
        }
        TimeFormat::Rfc3164 | TimeFormat::Auto if !version => {
            match formats::bsd(rest).or_else(|| formats::iso(rest).map(|iso| iso.written)) {
                Some(written) => {
                    let written = written.after(start);
                    Found::Time(written, Head::Plain(written.end))
                }
                None => Found::Nothing,
            }
        }
        _ => Found::Nothing,
    }
}
