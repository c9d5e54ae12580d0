use std::time::Duration;

use crate::backup::{BackupType, Backups, Stored};
use crate::check::{Cannot, Check, Finding, Topic, metrics};
use crate::facts::Fact as _;
use crate::reading::bytes;
use crate::reading::outcome::Outcome;
use crate::text::clean::one_line;
use crate::text::duration::short;

/// A clock difference below this is not an error.
const SKEW: i64 = 60;
/// How many unfinished backups are named.
const NAMED: usize = 2;

metrics! {
    BACKUP_AGE: "backup_age", Seconds, "age of the newest finished backup";
    BACKUP_SIZE: "backup_size", Bytes, "total size of its files";
    BACKUP_SIZE_CHANGE: "backup_size_change", Percent,
        "change from the previous backup of the same kind and compression";
    BACKUPS: "backups", None, "finished backups";
    UNFINISHED_BACKUPS: "unfinished_backups", None, "running, or aborted";
}

pub(super) const CHECK: Check = Check {
    name: "backup-age",
    topic: Topic::Operations,
    about: "age of the newest finished backup of mariadb-backup or xtrabackup",
    why: "A backup job that fails goes unnoticed until a restore is needed. `--name DIR` is one backup, or a \
        directory whose subdirectories are backups. Links are not followed.\n\n\
        Only finished backups count: those with both an info file that has an `end_time` and a checkpoints file. A \
        backup that is running or was aborted does not hide an older finished one. No finished backup at all is \
        CRITICAL. A full backup less than half the size of the previous full one is a WARNING: something was left \
        out, or lost. The size of an incremental backup is shown but not judged, because it depends on how much has \
        changed.\n\n\
        The end of a backup is the UTC time inside the `uuid` of its info file, which the server created at that \
        moment. `end_time` has no time zone, and a copy or a prepare changes the time of the file itself. The file's \
        time counts only if the `uuid` has no time within 15 h of `end_time`, or if the info file is compressed or \
        encrypted.\n\n\
        A backup of only some schemas or tables (`partial` in its info file) is judged only if there is no complete \
        one. The check cannot tell partial from complete if the info file is compressed or encrypted. Only a restore \
        proves that a backup can be restored.\n\n\
        Backups usually belong to root. A directory that the account of this check cannot read is UNKNOWN, and the \
        output has the line for sudoers: see [docs/nagios.md](../nagios.md#backups).",
    formula: "now − the end of the newest finished backup",
    metrics: METRICS,
    warning: "93600",
    critical: "180000",
    named: "DIR: the backup, or the directory of backups",
    needs: &[Backups::NEED],
    servers: "all; reads local files of mariadb-backup, mariabackup or xtrabackup, and connects to no server",
    modes: &[],
    measure: |input| {
        let Some(backups) = input.find::<Backups>()? else {
            return Err(Cannot::Usage("which directory? Write --name /var/backups/mysql".to_owned()));
        };
        let counts = [(BACKUPS, backups.finished.len()), (UNFINISHED_BACKUPS, backups.unfinished.len())];
        #[expect(clippy::cast_precision_loss, reason = "no directory has 2^53 entries")]
        let counts = counts.map(|(metric, count)| metric.reading(count as f64).between(0.0, None));
        let unfinished = unfinished(backups);
        // A partial backup counts only if there is no complete one.
        let Some(newest) = backups.finished.first() else {
            let text = format!("no finished backup in {}{unfinished}", backups.path);
            let nothing = Finding { value: None, ..Finding::new(text, counts.to_vec()) };
            return Ok(nothing.at_least(Outcome::Critical));
        };
        let age = age(backups, newest);
        #[expect(clippy::cast_precision_loss, reason = "no age has 2^53 seconds")]
        let mut readings = vec![BACKUP_AGE.reading(age as f64).between(0.0, None)];
        let mut size = ", size unknown: counting took too long".to_owned();
        let mut shrunk = false;
        if let Some(now) = newest.size {
            readings.push(BACKUP_SIZE.reading(float(now)).between(0.0, None));
            size = format!(", {}", bytes(now));
            let before = backups.before().and_then(|at| backups.finished.get(at)).and_then(|before| before.size);
            if let Some(before) = before.filter(|before| *before > 0) {
                let change = 100.0 * (float(now) - float(before)) / float(before);
                readings.push(BACKUP_SIZE_CHANGE.reading(change));
                shrunk = newest.backup.kind == BackupType::Full && now < before / 2;
                if shrunk {
                    size = format!(", {}, less than half of the previous one ({})", bytes(now), bytes(before));
                }
            }
        }
        readings.extend(counts);
        let text = format!("{}{size}{}{unfinished}", sentence(newest, age), others(backups));
        let found = Finding { details: details(backups), ..Finding::new(text, readings) };
        Ok(if shrunk { found.at_least(Outcome::Warning) } else { found })
    },
};

/// In seconds; negative if a clock is wrong.
fn age(backups: &Backups, stored: &Stored) -> i64 {
    match backups.now.saturating_sub(stored.backup.ended) {
        age if (-SKEW..0).contains(&age) => 0,
        age => age,
    }
}

fn sentence(Stored { name, backup, .. }: &Stored, age: i64) -> String {
    let name = one_line(name, 60);
    let prepared = if backup.prepared { ", prepared" } else { "" };
    let kind = match (backup.partial, backup.kind) {
        (true, BackupType::Full) => "partial",
        (true, BackupType::Incremental) => "partial incremental",
        (false, kind) => kind.word(),
    };
    let age = match u64::try_from(age) {
        Ok(age) => format!("is {} old", short(Duration::from_secs(age))),
        Err(_) => format!("is {} in the future: a clock is wrong", short(Duration::from_secs(age.unsigned_abs()))),
    };
    let with = |text: &str| if text.is_empty() { String::new() } else { format!(", {text}") };
    format!("{kind} backup {name} {age}{prepared}{}{}", with(&backup.tool), with(&backup.binlog))
}

/// The number of backups. If the newest is an increment, also the age of the full backup that it needs.
fn others(backups: &Backups) -> String {
    let count = match backups.finished.len() {
        1 => ", the only one".to_owned(),
        count => format!(", {count} backups"),
    };
    let partial = match backups.finished.iter().filter(|stored| stored.backup.partial).count() {
        0 => String::new(),
        partial => format!(", {partial} of them partial"),
    };
    let whole = backups.finished.iter().filter(|stored| !stored.backup.partial);
    let kind = |kind: BackupType| whole.clone().find(move |stored| stored.backup.kind == kind);
    let full = match (backups.finished.first().map(|newest| newest.backup.kind), kind(BackupType::Full)) {
        (Some(BackupType::Incremental), Some(full)) => {
            let age = u64::try_from(age(backups, full)).unwrap_or_default();
            format!(", the last full one is {} old", short(Duration::from_secs(age)))
        }
        (Some(BackupType::Incremental), None) => ", no full one here".to_owned(),
        _ => String::new(),
    };
    format!("{count}{partial}{full}")
}

fn unfinished(Backups { unfinished, .. }: &Backups) -> String {
    let named: Vec<String> = unfinished.iter().take(NAMED).map(|name| one_line(name, 40)).collect();
    match unfinished.len() {
        0 => String::new(),
        count if count > NAMED => format!(", {count} unfinished ({} ...)", named.join(", ")),
        count => format!(", {count} unfinished ({})", named.join(", ")),
    }
}

fn details(backups: &Backups) -> Vec<String> {
    let line = |stored: &Stored| sentence(stored, age(backups, stored));
    let finished = backups.finished.iter().map(line);
    finished.chain(backups.unfinished.iter().map(|name| format!("unfinished: {name}"))).collect()
}

#[expect(clippy::cast_precision_loss, reason = "no backup has 2^53 bytes")]
fn float(bytes: u64) -> f64 {
    bytes as f64
}
