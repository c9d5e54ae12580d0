//! The error log of a server: what its lines say, whichever server wrote them.

use std::time::Duration;

use super::fact::Fact;
use super::need::FactPlace;
use crate::text::civil;
use crate::text::clean::{one_line, without_quoted};

/// How much of the text of an error is kept.
const TEXT: usize = 200;

/// What a server has logged in the time that the settings of the check give.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Logged {
    /// Where it was read: a file, or a table.
    pub place: String,
    /// How many errors.
    pub errors: u64,
    /// How many warnings.
    pub warnings: u64,
    /// How many crashes or kills of the server the log shows.
    pub crashes: u64,
    /// The age of the newest error, and its text.
    pub newest: Option<(Duration, String)>,
    /// Whether the log is so long that only the end of that time was read.
    pub cut: bool,
}

/// Where a server's errors are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorLog {
    /// In a table, as MySQL 8.0.22 and later have one.
    Table(Logged),
    /// Wherever `@@log_error` says.
    File {
        /// By how many seconds the times in the log are ahead of UTC, unless they contain a time zone.
        ahead: i64,
    },
}

impl Fact for ErrorLog {
    type Value = Self;
    const NAME: &'static str = "the error log";
    const PRIVILEGE: Option<&'static str> = Some("`SELECT` on `performance_schema.*` (MySQL 8.0.22 and later)");
}

/// The file of the error log. It is read only if the errors are not in a table.
#[derive(Debug)]
pub struct ErrorFile;

impl Fact for ErrorFile {
    type Value = Logged;
    const NAME: &'static str = "the file of the error log";
    const PLACE: FactPlace = FactPlace::Process;
}

/// The text of an error without what may be secret, on one line.
pub fn cleaned(text: &str) -> String {
    // Plugin group_replication reported: 'its own text'
    let reported =
        text.split_once(" reported: '").filter(|(plugin, _)| plugin.contains("Plugin ") && !plugin.contains('\''));
    let text = match reported {
        Some((plugin, words)) => format!("{plugin}: {}", words.strip_suffix('\'').unwrap_or(words)),
        None => text.to_owned(),
    };
    one_line(&without_quoted(&text), TEXT)
}

/// Traces of a crash or a kill in the log. Each of them occurs at most once for one crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// The message of the server that crashes.
    Signal,
    /// With the next start: the binary log was open.
    BinaryLog,
    /// With the next start: tables have to be recovered.
    Tables,
    /// With the next start: InnoDB was not closed.
    Innodb,
    /// With the next start: InnoDB has to be recovered, which MySQL 5.6 says too.
    InnodbRecovers,
}

/// Beginnings of texts that show a crash; in the middle of a text they may come from a client. Seen on MariaDB 10.11
/// and 11.8, MySQL 9.7 and 5.6 after SIGKILL and SIGSEGV, and not after an orderly stop. Those of InnoDB are in its
/// sources.
const MARKS: [(&str, Mark); 6] = [
    ("Recovering after a crash using", Mark::BinaryLog),
    ("Starting table crash recovery", Mark::Tables),
    ("Starting crash recovery", Mark::Tables),
    ("Starting XA crash recovery", Mark::Tables),
    ("InnoDB: Starting crash recovery", Mark::InnodbRecovers),
    ("InnoDB: Database was not shutdown normally", Mark::Innodb),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    Other,
}

/// Parses the end of an error log. The times of MariaDB and of MySQL 5.6 are local, and `ahead` of UTC by this many
/// seconds. Those of MySQL 5.7 and later contain their time zone. `cut` is whether the log has more before this. `None`
/// if there are lines, and none has a time that is understood.
pub fn read(tail: &str, cut: bool, now: Duration, ahead: i64, within: Duration) -> Option<Logged> {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let begin = now.saturating_sub(i64::try_from(within.as_secs()).unwrap_or(i64::MAX));
    let mut logged = Logged::default();
    let mut marks: Vec<Mark> = Vec::new();
    // A message without a date, written by the crashing server, belongs to the start that follows.
    let mut undated = 0_u32;
    let mut first = None;
    // Whether the files of this start are copies from another Galera node that ran meanwhile: they look like those of a
    // crash.
    let mut transferred = false;
    for line in tail.lines() {
        transferred = (transferred && !line.contains(" as process ")) || line.contains("WSREP_SST");
        let Some((at, rest)) = stamp(line, ahead) else {
            undated += u32::from(is_signal(line));
            continue;
        };
        first.get_or_insert(at);
        let recent = at >= begin;
        if undated > 0 {
            marks.extend((0..undated).filter(|_| recent).map(|_| Mark::Signal));
            undated = 0;
        }
        if !recent {
            continue;
        }
        let (level, text) = level(rest);
        match level {
            Level::Error => {
                logged.errors += 1;
                let age = Duration::from_secs(u64::try_from(now - at).unwrap_or_default());
                logged.newest = Some((age, cleaned(text)));
            }
            Level::Warning => logged.warnings += 1,
            Level::Other => {}
        }
        marks.extend(mark(level, text).filter(|mark| *mark == Mark::Signal || !transferred));
    }
    marks.extend((0..undated).map(|_| Mark::Signal));
    if first.is_none() && !tail.trim().is_empty() {
        return None;
    }
    let count = |mark: Mark| marks.iter().filter(|found| **found == mark).count();
    // One crash leaves several traces.
    let all = [Mark::Signal, Mark::BinaryLog, Mark::Tables, Mark::Innodb, Mark::InnodbRecovers];
    let crashes = all.into_iter().map(count).max();
    logged.crashes = u64::try_from(crashes.unwrap_or_default()).unwrap_or(u64::MAX);
    logged.cut = cut && first.is_some_and(|first| first > begin);
    Some(logged)
}

/// The time of a line, in seconds since 1970, and what follows it.
fn stamp(line: &str, ahead: i64) -> Option<(i64, &str)> {
    let (date, rest) = line.split_once(' ').unwrap_or((line, ""));
    if let Some((day, time)) = date.split_once('T') {
        // 2026-11-25T10:00:00.123456Z, or with +01:00 at the end.
        let (clock, zone) = time.split_at_checked(8)?;
        let zone = zone.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
        return Some((civil::seconds(&format!("{day} {clock}"))? - offset(zone)?, rest));
    }
    // Hours below ten have a blank before them.
    let rest = rest.trim_start();
    let (time, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let day = match date.as_bytes() {
        // 261125, as in MariaDB before 10.1, and in the message of every crashing MariaDB.
        digits if digits.len() == 6 && digits.iter().all(u8::is_ascii_digit) => {
            format!("20{}-{}-{}", &date[..2], &date[2..4], &date[4..])
        }
        _ => date.to_owned(),
    };
    Some((civil::seconds(&format!("{day} {time}"))? - ahead, rest))
}

/// `Z`, `+01:00` or `-0330` in seconds.
fn offset(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let (sign, digits) = match zone.strip_prefix('+') {
        Some(digits) => (1, digits),
        None => (-1, zone.strip_prefix('-')?),
    };
    let digits = digits.replace(':', "");
    let (hours, minutes) = digits.split_at_checked(2).filter(|_| digits.len() == 4)?;
    Some(sign * (hours.parse::<i64>().ok()? * 3_600 + minutes.parse::<i64>().ok()? * 60))
}

/// The level of a line, and its text. The number of a thread may precede the level, an error number and the part of the
/// server may follow it.
fn level(rest: &str) -> (Level, &str) {
    let rest = rest.trim_start();
    let bracketed = rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
    let Some((level, text)) = bracketed.strip_prefix('[').and_then(|rest| rest.split_once(']')) else {
        return (Level::Other, rest);
    };
    let level = match level {
        "ERROR" | "Error" => Level::Error,
        "Warning" => Level::Warning,
        _ => Level::Other,
    };
    (level, text.trim_start())
}

fn mark(level: Level, text: &str) -> Option<Mark> {
    // MySQL 8 copies the last messages of the previous process into its log once more.
    if text.starts_with("[MY-013951]") {
        return None;
    }
    if level != Level::Warning && is_signal(text) {
        return Some(Mark::Signal);
    }
    // [MY-010229] [Server]
    let mut words = text;
    while let Some((_, rest)) = words.strip_prefix('[').and_then(|rest| rest.split_once("] ")) {
        words = rest;
    }
    let found =
        |begin: &str| words.starts_with(begin) || begin.strip_prefix("InnoDB: ").is_some_and(|b| words.starts_with(b));
    MARKS.into_iter().find(|(begin, _)| level == Level::Other && found(begin)).map(|(_, mark)| mark)
}

/// The last message of a server: `10:00:00 UTC - mysqld got signal 11 ;`, `/usr/sbin/mariadbd got signal 6 ;`. No
/// client can cause this text.
fn is_signal(text: &str) -> bool {
    text.split_once(" got signal ").is_some_and(|(program, number)| {
        (program.ends_with("mysqld") || program.ends_with("mariadbd"))
            && !program.contains('\'')
            && number.starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests;
