//! The texts of a backup's files: `NAME = VALUE` in each line.

use super::kind::BackupType;
use crate::text::civil;
use crate::text::clean::one_line;

/// The largest difference between the end as a local time in the info file and the same in UTC. The widest time zones
/// are 12 and 14 hours away, and some time is for writing the lines.
const ZONES: i64 = 15 * 3_600;
/// The start of the Gregorian calendar, from which UUIDs of version 1 count, in tenths of a microsecond before 1970.
const GREGORIAN: u64 = 0x01b2_1dd2_1381_4000;

/// The contents of an info file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Info {
    /// The tool and its version.
    pub tool: String,
    /// The position in the binary log.
    pub binlog: String,
    /// Whether only some schemas or tables were backed up.
    pub partial: bool,
    /// Whether the files were compressed.
    pub compressed: bool,
    /// When its UUID was created, in seconds since 1970; `None` if that is not near the end of the backup.
    pub made: Option<i64>,
}

impl Info {
    /// Parses an info file; `None` if it has no end, because the backup was aborted.
    pub fn read(text: &[u8]) -> Option<Info> {
        let text = String::from_utf8_lossy(text);
        let ended = civil::seconds(value(&text, "end_time")?)?;
        let made = value(&text, "uuid").and_then(uuid_time).filter(|made| (made - ended).abs() <= ZONES);
        let of = |name| value(&text, name).unwrap_or_default();
        Some(Info {
            tool: one_line(&format!("{} {}", of("tool_name"), of("tool_version")), 60),
            // filename 'FILE', position 'NUMBER', and GTIDs where the server has them.
            binlog: one_line(&of("binlog_pos").split('\'').skip(1).step_by(2).collect::<Vec<_>>().join(" "), 80),
            partial: of("partial") == "Y",
            // `N` or `compressed`, and values for pipes.
            compressed: !matches!(of("compressed"), "N" | ""),
            made,
        })
    }
}

/// The contents of a checkpoints file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoints {
    /// Full or incremental.
    pub kind: BackupType,
    /// Whether the log was applied.
    pub prepared: bool,
}

impl Checkpoints {
    /// Parses a checkpoints file; `None` if it is incomplete.
    pub fn read(text: &[u8]) -> Option<Checkpoints> {
        let text = String::from_utf8_lossy(text);
        let from: u64 = value(&text, "from_lsn")?.parse().ok()?;
        value(&text, "to_lsn")?.parse::<u64>().ok()?;
        let (kind, prepared) = match value(&text, "backup_type")? {
            "incremental" => (BackupType::Incremental, false),
            "full-backuped" => (BackupType::Full, false),
            // Increments were applied to a full backup, or may be.
            "log-applied" | "full-prepared" => (BackupType::Full, true),
            _ if from > 0 => (BackupType::Incremental, false),
            _ => (BackupType::Full, false),
        };
        Some(Checkpoints { kind, prepared })
    }
}

/// The position in the binary log: file, offset, GTIDs.
pub(super) fn binlog(text: &[u8]) -> String {
    one_line(String::from_utf8_lossy(text).lines().next().unwrap_or_default(), 80)
}

fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once('=')?;
        (found.trim() == name).then(|| value.trim())
    })
}

/// The time in a UUID of version 1, in seconds since 1970.
fn uuid_time(text: &str) -> Option<i64> {
    let digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let parts: Vec<&str> = text.splitn(6, '-').collect();
    let [low, middle, high, sequence, node] = parts.as_slice() else { return None };
    let whole = [(low, 8), (middle, 4), (high, 4), (sequence, 4), (node, 12)].iter().all(|(part, n)| digits(part, *n));
    let high = high.strip_prefix('1').filter(|_| whole)?;
    let ticks = u64::from_str_radix(&format!("{high}{middle}{low}"), 16).ok()?;
    i64::try_from(ticks.checked_sub(GREGORIAN)? / 10_000_000).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_uuid_of_version_1_has_a_time() {
        for (text, expected) in [
            ("421c3c0d-e8f7-11f1-8d1f-02fc00000001", Some(1_795_628_408)),
            ("421c3c0d-e8f7-41f1-8d1f-02fc00000001", None),
            ("421c3c0d-e8f7-11f1-8d1f-02fc0000000", None),
            ("421c3c0d-e8f7-11f1-8d1f-02fc00000001-", None),
            ("00000000-0000-1000-8d1f-02fc00000001", None),
            ("+21c3c0d-e8f7-11f1-8d1f-02fc00000001", None),
            ("", None),
        ] {
            assert_eq!(uuid_time(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_anything(text in any::<Vec<u8>>(), name in "end_time|uuid|backup_type|from_lsn|to_lsn") {
            let named = [name.as_bytes(), b" = ", &text].concat();
            let info = [b"end_time = 2026-11-25 17:40:08\ntool_name = ", &*text].concat();
            for text in [&text, &named, &info] {
                Info::read(text);
                Checkpoints::read(text);
                prop_assert!(binlog(text).chars().count() <= 83);
            }
            let tool = Info::read(&info).expect("an end").tool;
            prop_assert!(!tool.contains(|c: char| c.is_control() || c == '|'));
        }
    }
}
