//! Counters from run to run: one small JSON file for each server, check and tag, in a directory of this account.
//!
//! A file or directory that belongs to another account, or that cannot be read, is ignored with a note. Losing a file
//! costs one run without a rate.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use healthd_core::check::kept::SIZE_OF;
use healthd_core::facts::Before;
use healthd_core::facts::Values;
use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

const VERSION: u32 = 1;
/// Runs that are closer count as one: the later one compares with the run before both.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest wait for another run of the same check.
const LOCK_WITHIN: Duration = Duration::from_millis(300);
/// The largest file that is read, in bytes.
const LARGEST: u64 = 1 << 20;
/// The most runs that are stored.
const MOST: usize = 400;

/// The file with the counters of one check of one server.
#[derive(Debug, Clone)]
pub struct Store {
    directory: PathBuf,
    file: String,
}

/// The result of an exchange.
#[derive(Debug, Default)]
pub struct Exchanged {
    /// The counters of an earlier run.
    pub before: Option<Before>,
    /// What went wrong, for the answer.
    pub note: Option<String>,
    /// Whether the counters of this run were stored for the next.
    pub kept: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredRuns {
    version: u32,
    runs: Vec<StoredRun>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct StoredRun {
    /// Seconds since 1970.
    at: f64,
    status: BTreeMap<String, String>,
}

impl Store {
    /// The file for one check of one server. `tag` separates services that run the same check at different intervals.
    pub fn new(directory: Option<&Path>, server: &str, check: &str, tag: &str) -> Store {
        let uid = rustix::process::geteuid().as_raw();
        let usual = || match std::env::var_os("STATE_DIRECTORY") {
            Some(directory) => PathBuf::from(directory),
            None => PathBuf::from(format!("/var/tmp/healthd-plugins-{uid}")),
        };
        let plain = |text: &str| -> String {
            text.chars().map(|c| if c.is_ascii_alphanumeric() || "-.".contains(c) { c } else { '_' }).collect()
        };
        // Names that were shortened or lost characters must stay different.
        let whole = format!("{server}\n{check}\n{tag}");
        let name: String = format!("{}+{}", plain(check), plain(server)).chars().take(100).collect();
        let file = format!("{name}+{:016x}.json", healthd_core::writer::checksum(whole.as_bytes()));
        Store { directory: directory.map_or_else(usual, Path::to_owned), file }
    }

    /// Stores the counters of this run, and returns those of the previous run or of the one nearest to `lookback` ago.
    pub fn exchange(&self, status: &Values, lookback: Option<Duration>) -> Exchanged {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let exchanged = self.exchange_at(now, status, lookback);
        let place = self.directory.display();
        let note = exchanged.note.map(|why| format!("counters of the previous run: {why} ({place})"));
        Exchanged { note, ..exchanged }
    }

    fn exchange_at(&self, now: Duration, status: &Values, lookback: Option<Duration>) -> Exchanged {
        let directory = match self.open_directory() {
            Ok(directory) => directory,
            Err(why) => return Exchanged { note: Some(why), ..Exchanged::default() },
        };
        let mut note = lock(&directory).err();
        let runs = self.load(&directory).unwrap_or_else(|why| {
            note = why.or_else(|| note.take());
            Vec::new()
        });
        let (before, runs) = next(runs, now, status, lookback);
        let saved = runs.map_or(Ok(()), |runs| self.save(&directory, &StoredRuns { version: VERSION, runs }));
        let kept = saved.is_ok();
        if let Err(error) = saved {
            note = Some(format!("cannot store them: {error}"));
        }
        Exchanged { before, note, kept }
    }

    /// Opens the directory, which must belong to this account and be writable for it alone.
    fn open_directory(&self) -> Result<OwnedFd, String> {
        match rustix::fs::mkdir(&self.directory, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(format!("cannot create the directory: {error}")),
        }
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::RDONLY;
        let directory = rustix::fs::open(&self.directory, flags, Mode::empty()).map_err(|error| error.to_string())?;
        let stat = rustix::fs::fstat(&directory).map_err(|error| error.to_string())?;
        if stat.st_uid != rustix::process::geteuid().as_raw() || stat.st_mode & 0o022 != 0 {
            return Err("ignored, the directory belongs to another account or others may write to it".to_owned());
        }
        Ok(directory)
    }

    fn load(&self, directory: &OwnedFd) -> Result<Vec<StoredRun>, Option<String>> {
        let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::RDONLY | OFlags::NONBLOCK;
        let file = match rustix::fs::openat(directory, &self.file, flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Err(None),
            Err(error) => return Err(Some(format!("ignored, {error}"))),
        };
        let stat = rustix::fs::fstat(&file).map_err(|error| Some(error.to_string()))?;
        if stat.st_uid != rustix::process::geteuid().as_raw() {
            return Err(Some("ignored, the file belongs to another account".to_owned()));
        }
        let mut text = String::new();
        let read = std::fs::File::from(file).take(LARGEST).read_to_string(&mut text);
        let kept = read.ok().and_then(|_| serde_json::from_str::<StoredRuns>(&text).ok());
        match kept {
            Some(StoredRuns { version: VERSION, runs }) => Ok(runs),
            _ => Err(Some("started anew, the file is damaged or from another program".to_owned())),
        }
    }

    /// Replaces the file atomically.
    fn save(&self, directory: &OwnedFd, kept: &StoredRuns) -> std::io::Result<()> {
        let text = serde_json::to_vec(kept)?;
        let new = format!(".{}.{}", self.file, std::process::id());
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::WRONLY;
        let file = rustix::fs::openat(directory, &new, flags, Mode::RUSR | Mode::WUSR)?;
        let written = std::fs::File::from(file).write_all(&text);
        let moved = written.and_then(|()| Ok(rustix::fs::renameat(directory, &new, directory, &self.file)?));
        if moved.is_err() {
            rustix::fs::unlinkat(directory, &new, AtFlags::empty()).ok();
        }
        moved
    }
}

/// Locks the directory, and waits a little for another run.
fn lock(directory: &OwnedFd) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        match rustix::fs::flock(directory, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(()),
            Err(Errno::WOULDBLOCK) if begun.elapsed() < LOCK_WITHIN => std::thread::sleep(Duration::from_millis(5)),
            Err(error) => return Err(format!("cannot lock the directory: {error}")),
        }
    }
}

/// The earlier run to compare with, and the runs to store; `None` if the last run is too close to this one.
fn next(
    mut runs: Vec<StoredRun>,
    now: Duration,
    status: &Values,
    lookback: Option<Duration>,
) -> (Option<Before>, Option<Vec<StoredRun>>) {
    let now_seconds = now.as_secs_f64();
    // Runs from the future were stored before the clock was set back.
    runs.retain(|run| run.at.is_finite() && run.at <= now_seconds);
    let before = earlier(&runs, status, now, lookback);
    if runs.last().is_some_and(|last| now_seconds - last.at < SHORTEST.as_secs_f64()) {
        return (before, None);
    }
    let status = status.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    runs.push(StoredRun { at: now_seconds, status });
    prune(&mut runs, now, lookback);
    (before, Some(runs))
}

fn earlier(runs: &[StoredRun], status: &Values, now: Duration, lookback: Option<Duration>) -> Option<Before> {
    let age = |run: &StoredRun| now.as_secs_f64() - run.at;
    // A run that saw other tables cannot be compared, however well its age fits.
    let saw_the_same = |run: &&StoredRun| run.status.get(SIZE_OF).map(String::as_str) == status.text(SIZE_OF);
    let old_enough = runs.iter().filter(|run| age(run) >= SHORTEST.as_secs_f64()).filter(saw_the_same);
    let wanted = lookback.map_or(0.0, |lookback| lookback.as_secs_f64());
    let distance = |run: &StoredRun| (age(run) - wanted).abs();
    let run = old_enough.min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    Some(Before {
        age: Duration::from_secs_f64(age(run)),
        status: run.status.iter().map(|(name, value)| (name, value.as_str())).collect(),
    })
}

/// Drops the runs that no later run compares with. It keeps the last two, those within the lookback, and one that is
/// older.
fn prune(runs: &mut Vec<StoredRun>, now: Duration, lookback: Option<Duration>) {
    let oldest = lookback.map_or(0.0, |lookback| lookback.as_secs_f64());
    let needed = runs.iter().rposition(|run| now.as_secs_f64() - run.at >= oldest).unwrap_or(0);
    let last_two = runs.len().saturating_sub(2);
    let from = needed.min(last_two).max(runs.len().saturating_sub(MOST));
    runs.drain(..from);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_compares_with_none_that_saw_other_tables() {
        let run = |at: u32, of: &str| StoredRun {
            at: f64::from(at),
            status: BTreeMap::from([(SIZE_OF.to_owned(), of.to_owned())]),
        };
        let kept = vec![run(100, "part"), run(160, "all"), run(220, "part"), run(280, "all")];
        let day = Some(Duration::from_secs(86_400));
        for (of, age) in [("part", Some(240)), ("all", Some(180)), ("more", None)] {
            let status = [(SIZE_OF, of)].into_iter().collect();
            let (before, _) = next(kept.clone(), Duration::from_secs(340), &status, day);
            assert_eq!(before.map(|before| before.age.as_secs()), age, "{of}");
        }
    }

    #[test]
    fn a_run_compares_with_the_one_before_or_the_one_that_is_nearest_to_the_lookback() {
        for (name, kept, now, lookback, before, then) in [
            ("the first", &[][..], 100, None, None, Some(&[100][..])),
            ("the second", &[100], 160, None, Some(60), Some(&[100, 160])),
            ("two are kept", &[100, 160], 220, None, Some(60), Some(&[160, 220])),
            ("twice in a second", &[100, 160], 160, None, Some(60), None),
            ("twice in a second at first", &[100], 100, None, None, None),
            ("a clock that was set back", &[100, 900], 160, None, Some(60), Some(&[100, 160])),
            ("a lookback", &[100, 160, 220], 280, Some(120), Some(120), Some(&[160, 220, 280])),
            ("a lookback longer than what is known", &[100, 160], 220, Some(600), Some(120), Some(&[100, 160, 220])),
            ("a lookback between two runs", &[100, 160], 220, Some(70), Some(60), Some(&[100, 160, 220])),
        ] {
            let run = |at: &u32| StoredRun { at: f64::from(*at), status: BTreeMap::new() };
            let seconds = Duration::from_secs;
            let kept = kept.iter().map(run).collect();
            let (found, runs) = next(kept, seconds(now), &Values::default(), lookback.map(seconds));
            assert_eq!(found.map(|before| before.age.as_secs()), before, "{name}");
            let moments = |runs: Vec<StoredRun>| runs.iter().map(|run| run.at).collect::<Vec<f64>>();
            let then = then.map(|then| then.iter().map(|at: &u32| f64::from(*at)).collect::<Vec<f64>>());
            assert_eq!(runs.map(moments), then, "{name}");
        }
        let many = (0..1_000).map(|at| StoredRun { at: f64::from(at), status: BTreeMap::new() }).collect();
        let (_, runs) = next(many, Duration::from_secs(5_000), &Values::default(), Some(Duration::from_secs(9_999)));
        assert_eq!(runs.map(|runs| runs.len()), Some(MOST));
    }
}
