//! Whatever happens to a log and to its collector, in whatever order: each line is counted exactly once.

use proptest::prelude::*;

use crate::support::node::Node;
use crate::support::{Writer, copytruncate, gzip, line};

/// What can happen.
#[derive(Debug, Clone)]
enum Event {
    /// The writer writes whole lines.
    Write(u64),
    /// The writer writes a part of a line.
    Half(usize),
    /// The log is renamed; the writer opens the new file after it has written so many lines into the old one.
    Rename { late: u64 },
    /// The log is copied and truncated.
    CopyTruncate,
    /// The rotated files from this number on are compressed.
    Compress(usize),
    /// A second late write of a writer that has the last rotated file open.
    Late(u64),
    /// healthd polls, and time passes.
    Poll { seconds: i64 },
    /// healthd is stopped, and started at once.
    Restart,
    /// healthd is stopped until the next restart.
    Stop,
    /// healthd reads and is killed before it can store.
    Crash,
    /// healthd reads while the store refuses everything.
    StoreIsDown(u32),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        6 => (1u64..30).prop_map(Event::Write),
        2 => (1usize..40).prop_map(Event::Half),
        3 => (0u64..6).prop_map(|late| Event::Rename { late }),
        2 => Just(Event::CopyTruncate),
        2 => (0usize..4).prop_map(Event::Compress),
        1 => (1u64..6).prop_map(Event::Late),
        6 => prop_oneof![3 => Just(0i64), 1 => Just(70i64)].prop_map(|seconds| Event::Poll { seconds }),
        2 => Just(Event::Restart),
        1 => Just(Event::Stop),
        2 => Just(Event::Crash),
        1 => (1u32..4).prop_map(Event::StoreIsDown),
    ]
}

/// How the files of a log look.
#[derive(Debug, Clone, Copy)]
struct Style {
    /// The bytes that each file of a log begins with; writers of such logs are not truncated.
    header: usize,
    /// Whether rotated files are named by date in all of the log.
    dated: bool,
}

/// The log and who writes it.
struct World {
    node: Node,
    style: Style,
    writer: Writer,
    /// A writer that still has the last rotated file open.
    late: Option<Writer>,
    half: Option<usize>,
    next: u64,
    rotations: u32,
    /// Rotated files, the newest first.
    rotated: Vec<String>,
}

impl World {
    fn new(style: Style) -> World {
        let node = Node::new();
        let writer = node.writer();
        let mut world =
            World { node, style, writer, late: None, half: None, next: 0, rotations: 0, rotated: Vec::new() };
        world.header();
        world.node.start();
        // What was rotated away before the first start is for a backfill.
        world.node.poll();
        world
    }

    fn header(&mut self) {
        if self.style.header > 0 {
            self.writer.write([vec![b'#'; self.style.header], b"\n".to_vec()].concat());
        }
    }

    fn finish_half(&mut self) {
        if let Some(written) = self.half.take() {
            self.writer.write(&line(self.next)[written..]);
            self.next += 1;
        }
    }

    fn lines(&mut self, count: u64) {
        self.finish_half();
        self.writer.lines(self.next..self.next + count);
        self.next += count;
    }

    /// Frees the newest rotated name.
    fn shift(&mut self) -> String {
        self.rotations += 1;
        self.late = None;
        if self.style.dated {
            let name = format!("mail.log-2026{:04}", 1200 + self.rotations);
            self.rotated.insert(0, name.clone());
            return name;
        }
        for (number, name) in self.rotated.iter_mut().enumerate().rev() {
            let gz = if name.ends_with(".gz") { ".gz" } else { "" };
            let new = format!("mail.log.{}{gz}", number + 2);
            self.node.rename(name, &new);
            *name = new;
        }
        self.rotated.insert(0, "mail.log.1".to_owned());
        "mail.log.1".to_owned()
    }

    fn happen(&mut self, event: &Event) {
        match event {
            Event::Write(count) => self.lines(*count),
            Event::Half(length) => {
                if self.half.is_none() {
                    self.writer.write(&line(self.next)[..*length]);
                    self.half = Some(*length);
                }
            }
            Event::Rename { late } => {
                let name = self.shift();
                self.node.rename("mail.log", &name);
                if *late > 0 {
                    self.node.writer();
                    self.lines(*late);
                }
                self.finish_half();
                let new = self.node.writer();
                self.late = Some(std::mem::replace(&mut self.writer, new));
                self.header();
            }
            Event::CopyTruncate => {
                if self.style.header == 0 {
                    self.finish_half();
                    let name = self.shift();
                    copytruncate(&self.node.live, &self.node.path(&name));
                }
            }
            Event::Compress(from) => {
                // Nobody compresses a file that is written.
                if *from == 0 {
                    self.late = None;
                    if self.node.collector.is_some() {
                        self.node.poll();
                    }
                }
                let first = if self.late.is_some() { (*from).max(1) } else { *from };
                for name in self.rotated.iter_mut().skip(first).filter(|name| !name.ends_with(".gz")) {
                    gzip(&self.node.path(name));
                    name.push_str(".gz");
                }
            }
            Event::Late(count) => {
                let Some(late) = self.late.as_mut().filter(|_| self.half.is_none()) else { return };
                // Two losses are known. Of an empty rotated file only the number is known: a line that is written into
                // it, and compressed, before healthd looks again is lost. A file with nothing but the header of
                // another one is taken for its copy, and is not watched.
                let empty = late.length() == 0;
                if self.style.header > 0 && late.length() <= u64::try_from(self.style.header + 1).expect("a length") {
                    return;
                }
                if !empty || self.node.collector.is_some() {
                    late.lines(self.next..self.next + count);
                    self.next += count;
                }
                if empty && self.node.collector.is_some() {
                    self.node.poll();
                }
            }
            Event::Poll { seconds } => {
                self.node.now += seconds;
                self.node.poll();
            }
            Event::Restart => self.node.start(),
            Event::Stop => self.node.stop(),
            Event::Crash => {
                self.node.now += 1;
                if let Some(collector) = &mut self.node.collector {
                    collector.read(self.node.now).expect("the log is readable");
                    self.node.start();
                }
            }
            Event::StoreIsDown(times) => {
                for _ in 0..*times {
                    self.node.now += 1;
                    if let Some(collector) = &mut self.node.collector {
                        let first = collector.read(self.node.now).expect("the log is readable");
                        assert!(
                            first.is_none() || first == collector.read(self.node.now + 1).expect("the log is readable")
                        );
                    }
                }
            }
        }
    }
}

/// `LOGS_CASES` sets how many are tried.
fn config() -> ProptestConfig {
    let cases = std::env::var("LOGS_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200);
    ProptestConfig { cases, max_shrink_iters: 4000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn each_line_is_counted_exactly_once(
        header in prop_oneof![4 => Just(0usize), 1 => Just(30usize), 1 => Just(400usize)],
        dated in any::<bool>(),
        events in proptest::collection::vec(event(), 1..40),
    ) {
        let mut world = World::new(Style { header, dated });
        for event in &events {
            world.happen(event);
        }
        world.finish_half();
        world.node.settle();
        let (missing, twice) = world.node.store.wrong("lines", world.next);
        let rows = world.node.store.rows();
        let context = format!("missing {missing:?}, twice {twice:?} of {}: {rows:#?}", world.next);
        prop_assert!(missing.is_empty() && twice.is_empty(), "{}", context);
        prop_assert_eq!(world.node.store.tally.gaps, 0, "{:#?}", rows);
        // And nothing more once all is compressed and healthd starts anew.
        world.happen(&Event::Compress(0));
        world.node.stop();
        world.node.settle();
        prop_assert_eq!(world.node.store.wrong("lines", world.next), (vec![], vec![]));
    }
}
