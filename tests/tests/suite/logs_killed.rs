//! A collector that is killed at any moment, while its log is written and rotated, counts each line exactly once.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use healthd_core::samples::labels::Labels;
use healthd_core::samples::minute::{Minute, Span};
use healthd_store::{Reader, Selection, Settings, Step, Store};
use healthd_tests::wait::try_wait_for;
use healthd_tests::{Workdir, wait_for};

use crate::turn;

/// For how long it is killed if `SOAK_SECONDS` does not say otherwise.
const SECONDS: u64 = 8;
/// How many labels there are: a line that is lost and one that is counted twice have different ones.
const KEYS: u64 = 97;
/// How many lines have the same second.
const PER_SECOND: u64 = 500;

#[test]
fn a_killed_collector_counts_each_line_once() {
    let _turn = turn::shared();
    let seconds = std::env::var("SOAK_SECONDS").ok().and_then(|seconds| seconds.parse().ok()).unwrap_or(SECONDS);
    let dir = Workdir::new("logs-killed");
    let begun = Instant::now();
    let mut world = World::new(&dir);
    let mut collector = Some(world.collect());
    let reader = Store::open(&world.store, Settings::default()).reader();
    // What is rotated away before the first start is not followed.
    wait_for("the first start", Duration::from_secs(20), || reader.logs().ok()?.pop());
    let mut kills = 0u32;
    let mut next_kill = Instant::now() + world.random.milliseconds(30, 300);
    while begun.elapsed() < Duration::from_secs(seconds) {
        world.step();
        if Instant::now() >= next_kill {
            match collector.take() {
                Some(running) => {
                    kill(running);
                    kills += 1;
                    // Often it is down while the log goes on.
                    next_kill = Instant::now() + world.random.milliseconds(0, 60);
                }
                None => {
                    collector = Some(world.collect());
                    next_kill = Instant::now() + world.random.milliseconds(10, 250);
                }
            }
        }
    }
    world.finish_half();
    let running = collector.unwrap_or_else(|| world.collect());
    let all = world.truth.values().sum::<u64>();
    // A line that is counted twice makes it more: the buckets say which.
    let complete = try_wait_for(Duration::from_secs(20), || {
        let total: u64 = reader.totals().ok()?.iter().map(|total| total.total).sum();
        (total >= all).then_some(())
    });
    kill(running);
    let context = format!(
        "seed {}, {} lines, {} rotations, {} copies, {kills} kills",
        world.seed, world.next, world.rotations, world.copies
    );
    #[expect(clippy::print_stderr, reason = "what a soak has done")]
    {
        eprintln!("{context}");
    }
    assert!(complete.is_ok(), "lines are missing: {}: {context}", differences(&world, &reader));
    assert_eq!(differences(&world, &reader), "", "{context}");
    assert_eq!(reader.logs().expect("the store is readable")[0].tally.gaps, 0, "{context}");
    assert!(kills > 5 && world.rotations > 5 && world.copies > 1, "{context}");
}

fn kill(mut running: Child) {
    assert_eq!(running.try_wait().expect("a child"), None, "the collector ended by itself");
    running.kill().expect("it runs");
    running.wait().expect("a child");
}

/// The buckets that are wrong.
fn differences(world: &World, reader: &Reader) -> String {
    let span = Span { from: world.time - 60, to: world.time + 86_400 };
    let mut found = BTreeMap::new();
    for key in 0..KEYS {
        let of = Selection { counter: "lines".to_owned(), labels: Labels::from_iter([("key", key.to_string())]) };
        for bucket in reader.buckets(&of, span, Step::of_minutes(1)).expect("the store is readable") {
            found.insert((key, Minute::of(bucket.from)), bucket.count);
        }
    }
    let wrong = world.truth.keys().chain(found.keys()).filter(|at| world.truth.get(*at) != found.get(*at));
    wrong.take(10).map(|at| format!("{at:?}: {:?} of {:?}; ", found.get(at), world.truth.get(at))).collect()
}

/// Numbers that look random; the seed is in each message.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        // Knuth's generator; its high bits are good enough.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn milliseconds(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from))
    }
}

/// A log and what was written into it.
#[derive(Debug)]
struct World {
    seed: u64,
    random: Random,
    live: PathBuf,
    store: PathBuf,
    writer: fs::File,
    /// A writer that still has the last rotated file open.
    late: Option<fs::File>,
    /// The rest of a line.
    half: Option<Vec<u8>>,
    /// The time of the first line.
    time: i64,
    next: u64,
    truth: BTreeMap<(u64, Minute), u64>,
    rotations: u32,
    copies: u32,
    rotated: Vec<PathBuf>,
}

impl World {
    fn new(dir: &Workdir) -> World {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let seed = u64::from(now.subsec_nanos());
        let live = dir.join("app.log");
        World {
            seed,
            random: Random(seed),
            writer: open(&live),
            live,
            store: dir.join("samples.db"),
            late: None,
            half: None,
            time: Minute::of(i64::try_from(now.as_secs()).expect("a time") - 86_000).start(),
            next: 0,
            truth: BTreeMap::new(),
            rotations: 0,
            copies: 0,
            rotated: Vec::new(),
        }
    }

    fn collect(&self) -> Child {
        let program = env!("CARGO_BIN_EXE_collect");
        let mut command = Command::new(program);
        command.arg(&self.live).arg(&self.store).stdin(Stdio::null());
        command.spawn().expect("the collector starts")
    }

    fn line(&mut self) -> Vec<u8> {
        let (key, second) =
            (self.random.below(KEYS), self.time + i64::try_from(self.next / PER_SECOND).expect("a time"));
        *self.truth.entry((key, Minute::of(second))).or_default() += 1;
        let stamp = UNIX_EPOCH + Duration::from_secs(second.unsigned_abs());
        self.next += 1;
        format!("{} mx1 app: key={key} number={}\n", humantime::format_rfc3339_seconds(stamp), self.next).into_bytes()
    }

    fn finish_half(&mut self) {
        if let Some(rest) = self.half.take() {
            self.writer.write_all(&rest).expect("the log is writable");
        }
    }

    /// One thing that happens to the log.
    fn step(&mut self) {
        match self.random.below(1000) {
            0..900 => {
                self.finish_half();
                let lines: Vec<u8> = (0..1 + self.random.below(4)).flat_map(|_| self.line()).collect();
                self.writer.write_all(&lines).expect("the log is writable");
            }
            900..940 => {
                self.finish_half();
                let mut line = self.line();
                let rest = line.split_off(usize::try_from(1 + self.random.below(30)).expect("a length"));
                self.writer.write_all(&line).expect("the log is writable");
                self.half = Some(rest);
            }
            940..970 => {
                let line = if self.late.is_some() { self.line() } else { Vec::new() };
                if let Some(late) = &mut self.late {
                    late.write_all(&line).expect("the log is writable");
                }
            }
            970..975 => self.rename(),
            975..977 => self.copy(),
            _ => std::thread::sleep(Duration::from_millis(self.random.below(10))),
        }
    }

    /// Frees the newest rotated name, and compresses an old file.
    fn shift(&mut self) -> PathBuf {
        self.late = None;
        for (number, file) in self.rotated.iter_mut().enumerate().rev() {
            let gz = if file.extension().is_some_and(|extension| extension == "gz") { ".gz" } else { "" };
            let new = self.live.with_file_name(format!("app.log.{}{gz}", number + 2));
            fs::rename(&file, &new).expect("it is there");
            *file = new;
        }
        let newest = self.live.with_file_name("app.log.1");
        self.rotated.insert(0, newest.clone());
        newest
    }

    fn rename(&mut self) {
        self.finish_half();
        let newest = self.shift();
        fs::rename(&self.live, newest).expect("it is there");
        self.rotations += 1;
        // The writer goes on in the old file for a moment.
        if self.random.below(2) == 0 {
            drop(open(&self.live));
            let line = self.line();
            self.writer.write_all(&line).expect("the log is writable");
        }
        let new = open(&self.live);
        self.late = Some(std::mem::replace(&mut self.writer, new));
        if let Some(old) = self.rotated.get_mut(1).filter(|old| old.extension().is_none_or(|name| name != "gz")) {
            let status = Command::new("gzip").arg(&*old).status().expect("gzip");
            assert!(status.success());
            old.as_mut_os_string().push(".gz");
        }
    }

    fn copy(&mut self) {
        self.finish_half();
        // A copy that is looked at while it is made cannot be told from a file that only begins like a short one.
        if self.writer.metadata().expect("the log is there").len() < 8192 {
            return;
        }
        let newest = self.shift();
        fs::copy(&self.live, newest).expect("it is there");
        self.writer.set_len(0).expect("the log is writable");
        self.copies += 1;
    }
}

fn open(path: &Path) -> fs::File {
    OpenOptions::new().append(true).create(true).open(path).expect("the log is writable")
}
