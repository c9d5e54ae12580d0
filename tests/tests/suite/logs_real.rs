//! Logs that the real logrotate rotates, and the real journal: each line is counted exactly once.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use healthd_core::samples::labels::Labels;
use healthd_logs::collector::Collector;
use healthd_logs::engine::Engine;
use healthd_logs::journal::Journalctl;
use healthd_logs::spec::{CounterSpec, LogSpec, Matcher, SourceSpec, TimeFormat};
use healthd_store::{Settings, Store};
use healthd_tests::skip::skipped;
use healthd_tests::{Workdir, wait_for};

use crate::turn;

/// A collector and its store, which can be started anew.
struct Node {
    spec: LogSpec,
    store: Store,
    journalctl: Journalctl,
    collector: Option<Collector<Engine>>,
    now: i64,
}

impl Node {
    fn new(dir: &Workdir, source: SourceSpec, journalctl: Journalctl) -> Node {
        let counter = CounterSpec {
            name: "lines".to_owned(),
            matcher: Matcher::Regex("key=(?<key>[0-9]+) ".to_owned()),
            filter: BTreeMap::new(),
            labels: None,
            max_series: 1000,
            content_filters: Vec::new(),
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        Node {
            spec: LogSpec { source, time: TimeFormat::Arrival, zone: None, counters: vec![counter] },
            store: Store::open(&dir.join("samples.db"), Settings::default()),
            journalctl,
            collector: None,
            now: i64::try_from(now).expect("a time"),
        }
    }

    fn start(&mut self) {
        let saved = self.store.load(&self.spec.source.name()).expect("the store is usable");
        let engine = Engine::new(&self.spec, &saved.counters).expect("the counter is right");
        self.collector = Some(Collector::with_journalctl(&self.spec, &saved, engine, self.journalctl.clone()));
    }

    /// Polls so often that everything is read.
    fn settle(&mut self) -> Result<(), String> {
        if self.collector.is_none() {
            self.start();
        }
        for _ in 0..8 {
            self.now += 11;
            loop {
                let collector = self.collector.as_mut().expect("started");
                if let Some(batch) = collector.read(self.now).map_err(|error| error.to_string())? {
                    let version = self.store.commit(batch).map_err(|error| error.to_string())?;
                    collector.stored(version);
                }
                if !collector.has_more() {
                    break;
                }
            }
        }
        Ok(())
    }

    fn totals(&self) -> BTreeMap<u64, u64> {
        let key = |labels: &Labels| labels.get("key").and_then(|key| key.parse().ok()).expect("a key");
        let totals = self.store.reader().totals().expect("the store is readable");
        totals.into_iter().map(|total| (key(&total.labels), total.total)).collect()
    }

    fn gaps(&self) -> u64 {
        self.store.reader().logs().expect("the store is readable").iter().map(|log| log.tally.gaps).sum()
    }
}

/// Writes lines and remembers them.
#[derive(Default)]
struct Truth {
    next: u64,
    counts: BTreeMap<u64, u64>,
}

impl Truth {
    fn lines(&mut self, count: u64) -> String {
        (0..count)
            .map(|_| {
                let key = self.next % 97;
                self.next += 1;
                *self.counts.entry(key).or_default() += 1;
                format!("Dec  1 02:46:56 mx1 app[1]: key={key} number={}\n", self.next)
            })
            .collect()
    }
}

fn write(path: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).create(true).open(path).expect("the log is writable");
    file.write_all(text.as_bytes()).expect("the log is writable");
}

fn has(program: &str) -> bool {
    let there = Path::new(program).exists();
    if !there {
        skipped("logs", &format!("{program} is not installed (scripts/setup test)"));
    }
    there
}

#[test]
fn real_logrotate_loses_and_doubles_nothing() {
    let logrotate = "/usr/sbin/logrotate";
    if !has(logrotate) {
        return;
    }
    let _turn = turn::shared();
    for directives in [
        "create",
        "create\n compress",
        "create\n compress\n delaycompress",
        "create\n dateext\n dateformat -%Y%m%d-%s",
        "create\n dateext\n dateformat -%Y%m%d-%s\n compress",
        "create\n extension .log",
        "create\n extension .log\n compress",
        "copytruncate",
        "copytruncate\n compress",
        "copytruncate\n compress\n delaycompress",
        "copytruncate\n dateext\n dateformat -%Y%m%d-%s\n compress",
        "nocreate",
    ] {
        for restarts in [false, true] {
            let dir = Workdir::new("logrotate");
            let (log, config) = (dir.join("app.log"), dir.join("logrotate.conf"));
            let text = format!("{} {{\n rotate 50\n su root root\n {directives}\n}}\n", log.display());
            let text = if rustix::process::geteuid().is_root() { text } else { text.replace(" su root root\n", "") };
            fs::write(&config, text).expect("the directory is writable");
            let mut node = Node::new(&dir, SourceSpec::File(log.clone()), Journalctl::default());
            let mut truth = Truth::default();
            write(&log, &truth.lines(100));
            node.settle().expect(directives);
            for round in 0..4 {
                let held = OpenOptions::new().append(true).open(&log).expect("the log is there");
                write(&log, &truth.lines(10 + 40 * (round % 2)));
                if restarts {
                    node.collector = None;
                }
                let mut run = Command::new(logrotate);
                run.args(["--force", "--state"]).arg(dir.join("state")).arg(&config);
                // A second rotation in one second would have the same date.
                wait_for(directives, Duration::from_secs(20), || {
                    let output = run.output().map_err(|error| error.to_string())?;
                    let said = String::from_utf8_lossy(&output.stderr).into_owned();
                    if output.status.success() { Ok(()) } else { Err(said) }
                });
                if !directives.contains("compress") && directives.contains("create") {
                    // The writer was not told yet.
                    let mut held = held;
                    held.write_all(truth.lines(3).as_bytes()).expect("the log is writable");
                }
                write(&log, &truth.lines(20 + 100 * (round % 2)));
                if round % 2 == 0 || !restarts {
                    node.settle().expect(directives);
                }
            }
            node.settle().expect(directives);
            assert_eq!(node.totals(), truth.counts, "{directives}, restarts: {restarts}");
            assert_eq!(node.gaps(), 0, "{directives}, restarts: {restarts}");
        }
    }
}

/// Entries of a journal, in the export format.
struct Entries {
    text: Vec<u8>,
    number: u64,
    boot: u8,
}

impl Entries {
    fn new(number: u64, boot: u8) -> Entries {
        Entries { text: Vec::new(), number, boot }
    }

    fn add(&mut self, unit: &str, message: &[u8]) {
        self.number += 1;
        let (time, monotonic) = (1_796_000_000_000_000 + self.number * 1_000_000, 1000 + self.number);
        let boot = format!("{:032x}", u128::from(self.boot) + 1);
        let head = format!(
            "__CURSOR=x\n__REALTIME_TIMESTAMP={time}\n__MONOTONIC_TIMESTAMP={monotonic}\n_BOOT_ID={boot}\n\
             _TRANSPORT=syslog\nSYSLOG_IDENTIFIER=postfix/smtp\n_PID=7\n_HOSTNAME=mx1\n_SYSTEMD_UNIT={unit}\nMESSAGE\n"
        );
        self.text.extend(head.into_bytes());
        self.text.extend(u64::try_from(message.len()).expect("a length").to_le_bytes());
        self.text.extend(message);
        self.text.extend(b"\n\n");
    }

    /// Makes a file of the journal of them.
    fn into_file(self, path: &Path) {
        let export = path.with_extension("export");
        fs::write(&export, self.text).expect("the directory is writable");
        let mut remote = Command::new(REMOTE);
        let output = remote.arg("-o").arg(path).arg(&export).output().expect("systemd-journal-remote runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::remove_file(export).expect("it is there");
    }
}

const REMOTE: &str = "/lib/systemd/systemd-journal-remote";
const UNIT: &str = "postfix@-.service";

fn journal_node(dir: &Workdir) -> (Node, PathBuf) {
    let journal = dir.join("journal");
    fs::create_dir_all(&journal).expect("the directory is writable");
    let mut argument = std::ffi::OsString::from("--directory=");
    argument.push(&journal);
    let journalctl = Journalctl { arguments: vec![argument], ..Journalctl::default() };
    (Node::new(dir, SourceSpec::Journal("postfix@*".to_owned()), journalctl), journal)
}

fn entries(number: u64, boot: u8, keys: std::ops::Range<u64>) -> Entries {
    let mut entries = Entries::new(number, boot);
    for key in keys {
        entries.add(UNIT, format!("key={key} sent").as_bytes());
        entries.add("cron.service", format!("key={key} of another unit").as_bytes());
    }
    entries
}

fn once(keys: std::ops::Range<u64>) -> BTreeMap<u64, u64> {
    keys.map(|key| (key, 1)).collect()
}

#[test]
fn the_real_journal_is_read_once_after_its_cursor() {
    if !has(REMOTE) {
        return;
    }
    let _turn = turn::shared();
    let dir = Workdir::new("journal");
    let (mut node, journal) = journal_node(&dir);
    let mut first = entries(0, 0, 0..50);
    first.add(UNIT, b"two lines: key=50 sent\nkey=51 is in the same entry \xff\0");
    first.add(UNIT, &[b"long: key=52 ".as_slice(), &vec![b'x'; 300_000]].concat());
    first.into_file(&journal.join("a.journal"));
    node.settle().expect("readable");
    let expected: BTreeMap<u64, u64> = (0..51).chain([52]).map(|key| (key, 1)).collect();
    assert_eq!(node.totals(), expected);
    // A later file of the same boot, and one of the next boot.
    entries(200, 0, 60..70).into_file(&journal.join("b.journal"));
    node.settle().expect("readable");
    node.collector = None;
    entries(300, 1, 70..80).into_file(&journal.join("c.journal"));
    node.settle().expect("readable");
    node.collector = None;
    node.settle().expect("readable");
    let expected: BTreeMap<u64, u64> = (0..51).chain([52]).chain(60..80).map(|key| (key, 1)).collect();
    assert_eq!(node.totals(), expected);
    assert_eq!(node.gaps(), 0);
    let logs = node.store.reader().logs().expect("the store is readable");
    assert_eq!((logs[0].tally.lines, logs[0].tally.long_lines), (72, 1));
}

#[test]
fn a_journal_that_was_vacuumed_beyond_the_cursor_is_one_gap() {
    if !has(REMOTE) {
        return;
    }
    let _turn = turn::shared();
    for boot in [0, 1] {
        let dir = Workdir::new("journal");
        let (mut node, journal) = journal_node(&dir);
        entries(0, 0, 0..10).into_file(&journal.join("a.journal"));
        node.settle().expect("readable");
        fs::remove_file(journal.join("a.journal")).expect("it is there");
        entries(100, boot, 20..30).into_file(&journal.join("b.journal"));
        for _ in 0..3 {
            node.settle().expect("readable");
            node.collector = None;
        }
        let expected: BTreeMap<u64, u64> = (0..10).chain(20..30).map(|key| (key, 1)).collect();
        assert_eq!(node.totals(), expected, "boot {boot}");
        assert_eq!(node.gaps(), 1, "boot {boot}");
    }
}

#[test]
fn a_journal_that_is_gone_or_older_than_the_cursor_is_a_fault_and_not_silence() {
    if !has(REMOTE) {
        return;
    }
    let _turn = turn::shared();
    let dir = Workdir::new("journal");
    let (mut node, journal) = journal_node(&dir);
    entries(1000, 0, 0..10).into_file(&journal.join("a.journal"));
    node.settle().expect("readable");
    // The clock was set back, and the journal began anew.
    fs::remove_file(journal.join("a.journal")).expect("it is there");
    entries(0, 1, 20..30).into_file(&journal.join("b.journal"));
    let fault = node.settle().expect_err("a fault");
    assert!(fault.contains("the last entry that was read is gone"), "{fault}");
    // Newer entries end it.
    entries(2000, 1, 40..45).into_file(&journal.join("c.journal"));
    node.settle().expect("readable");
    let expected: BTreeMap<u64, u64> = (0..10).chain(40..45).map(|key| (key, 1)).collect();
    assert_eq!((node.totals(), node.gaps()), (expected, 1));
}

#[test]
fn a_journal_that_cannot_be_read_is_a_fault_with_its_fix() {
    let _turn = turn::shared();
    let dir = Workdir::new("journal");
    let (mut node, journal) = journal_node(&dir);
    node.journalctl.program = dir.join("no-journalctl");
    let fault = node.settle().expect_err("a fault");
    assert!(fault.contains("cannot start") && fault.contains("use file instead"), "{fault}");
    if !has(REMOTE) || !has("/usr/bin/journalctl") {
        return;
    }
    let (mut node, _) = journal_node(&dir);
    let mut others = Entries::new(0, 0);
    others.add("cron.service", b"key=1 of another unit");
    others.into_file(&journal.join("a.journal"));
    let fault = node.settle().expect_err("a fault");
    assert!(fault.contains("no entry of a unit postfix@*"), "{fault}");
    entries(10, 0, 0..3).into_file(&journal.join("b.journal"));
    node.settle().expect("readable");
    assert_eq!(node.totals(), once(0..3));
}
