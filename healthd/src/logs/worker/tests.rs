use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{self, Sender};
use std::sync::{Condvar, Mutex};
use std::thread;

use healthd_core::samples::batch::Tally;
use healthd_core::samples::minute::Span;
use healthd_core::samples::source::Position;
use tokio::sync::watch;

use super::super::status::LogStatus;
use super::*;

/// Longer than any step of these tests.
const SOON: Duration = Duration::from_secs(10);

/// What a read does.
#[derive(Clone)]
enum Read {
    Lines(u64),
    End,
    Fails,
    Panics,
    /// Hangs, and then has read a line.
    Hangs(Arc<Gate>),
}

/// Something to hang on.
#[derive(Default)]
struct Gate(Mutex<(bool, bool)>, Condvar);

impl Gate {
    fn hang(&self) {
        let mut state = self.0.lock().expect("a lock");
        state.0 = true;
        self.1.notify_all();
        drop(self.1.wait_while(state, |(_, open)| !*open).expect("a lock"));
    }

    fn await_reached(&self) {
        let state = self.0.lock().expect("a lock");
        let (_held, late) = self.1.wait_timeout_while(state, SOON, |(reached, _)| !*reached).expect("a lock");
        assert!(!late.timed_out(), "the read is not reached");
    }

    fn open(&self) {
        self.0.lock().expect("a lock").1 = true;
        self.1.notify_all();
    }
}

/// A log whose reads are written down, and a store that fails as it is told.
#[derive(Default)]
struct World {
    reads: VecDeque<Read>,
    commits: VecDeque<NotStored>,
    lines: u64,
    version: u64,
    opened: u32,
}

#[derive(Clone, Default)]
struct Shared(Arc<Mutex<World>>);

impl Shared {
    fn of(reads: impl IntoIterator<Item = Read>) -> Shared {
        let shared = Shared::default();
        shared.world().reads.extend(reads);
        shared
    }

    fn world(&self) -> std::sync::MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

struct Reader {
    shared: Shared,
    pending: Option<Batch>,
}

impl Reads for Reader {
    type Error = String;

    fn read(&mut self) -> Result<Option<Batch>, String> {
        if let Some(batch) = &self.pending {
            return Ok(Some(batch.clone()));
        }
        let next = self.shared.world().reads.pop_front();
        match next {
            None | Some(Read::End) => Ok(None),
            Some(Read::Fails) => Err("cannot read /l: it does not exist".to_owned()),
            Some(Read::Panics) => panic!("on purpose"),
            Some(next @ (Read::Hangs(_) | Read::Lines(_))) => {
                let lines = match next {
                    Read::Hangs(gate) => {
                        gate.hang();
                        1
                    }
                    Read::Lines(lines) => lines,
                    Read::End | Read::Fails | Read::Panics => 0,
                };
                self.pending = Some(Batch {
                    log: "/l".to_owned(),
                    since: self.shared.world().version,
                    position: Position::Files(Vec::new()),
                    began: BTreeMap::new(),
                    counters: BTreeMap::new(),
                    covered: Some(Span { from: 0, to: 60 }),
                    tally: Tally { lines, ..Tally::default() },
                });
                Ok(self.pending.clone())
            }
        }
    }

    fn stored(&mut self, _: u64) {
        self.pending = None;
    }

    fn has_more(&self) -> bool {
        false
    }
}

impl Stores for Shared {
    fn load(&self, _: &str) -> Result<Saved, String> {
        let version = self.world().version;
        Ok(Saved { version, position: None, covered_to: None, counters: BTreeMap::new() })
    }

    fn commit(&self, batch: Batch) -> Result<u64, NotStored> {
        let mut world = self.world();
        if let Some(refused) = world.commits.pop_front() {
            return Err(refused);
        }
        world.lines += batch.tally.lines;
        world.version += 1;
        Ok(world.version)
    }
}

/// A worker on a thread.
struct Running {
    shared: Shared,
    status: watch::Receiver<LogStatus>,
    store_faults: Arc<StoreFaults>,
    stop: Sender<Infallible>,
    thread: thread::JoinHandle<()>,
}

fn start(shared: Shared) -> Running {
    let (stop, stopped) = mpsc::channel();
    let (published, status) = Published::new("/l".to_owned());
    let store_faults = Arc::new(StoreFaults::default());
    let opening = shared.clone();
    let worker = Worker {
        log: "/l".to_owned(),
        store: shared.clone(),
        open: move |_: &Saved| {
            opening.world().opened += 1;
            Ok::<_, String>(Reader { shared: opening.clone(), pending: None })
        },
        published,
        store_faults: Arc::clone(&store_faults),
        poll: Duration::from_millis(2),
        stop: stopped,
    };
    let thread = thread::spawn(move || worker.run());
    Running { shared, status, store_faults, stop, thread }
}

impl Running {
    #[track_caller]
    fn await_status(&mut self, what: &str, is: impl Fn(&LogStatus) -> bool) -> LogStatus {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let waiting = async { tokio::time::timeout(SOON, self.status.wait_for(|status| is(status))).await };
        let status = runtime.block_on(waiting).unwrap_or_else(|_| panic!("{what}: not in time"));
        status.expect("the thread lives").clone()
    }

    fn end(self) -> World {
        drop(self.stop);
        self.thread.join().expect("it ends without a panic");
        std::mem::take(&mut self.shared.world())
    }
}

fn is_well(status: &LogStatus) -> bool {
    status.at_end.is_some() && status.fault.is_none()
}

#[test]
fn what_was_read_is_stored_once_and_the_end_is_published() {
    let mut running = start(Shared::of([Read::Lines(3), Read::Lines(4), Read::End]));
    running.await_status("the end", is_well);
    let shared = running.shared.clone();
    while !shared.world().reads.is_empty() {
        thread::yield_now();
    }
    assert_eq!(running.end().lines, 7);
}

#[test]
fn a_batch_that_was_not_stored_is_offered_again_and_the_fault_is_told_meanwhile() {
    let shared = Shared::of([Read::Lines(3), Read::Lines(4)]);
    let full = || NotStored::Failed("samples.db: disk full".to_owned());
    shared.world().commits.extend((0..200).map(|_| full()));
    let mut running = start(shared);
    let status = running.await_status("a fault", |status| status.fault.is_some());
    let fault = status.fault.expect("a fault");
    assert_eq!((fault.part, fault.text.as_str()), (Part::Store, "samples.db: disk full"));
    assert_eq!(running.store_faults.fault().as_deref(), Some("samples.db: disk full"));
    running.await_status("no fault", is_well);
    assert_eq!(running.store_faults.fault(), None);
    let shared = running.shared.clone();
    while shared.world().lines < 7 {
        thread::yield_now();
    }
    let world = running.end();
    assert_eq!((world.lines, world.opened), (7, 1));
}

#[test]
fn a_position_that_another_process_has_moved_is_taken_from_the_store_again() {
    let shared = Shared::of([Read::Lines(3), Read::Lines(4)]);
    shared.world().commits.push_back(NotStored::Moved);
    let mut running = start(shared);
    running.await_status("the end", is_well);
    let world = running.end();
    // The refused batch is not counted: the reader is made anew and reads what is there now.
    assert_eq!((world.lines, world.opened), (4, 2));
}

#[test]
fn an_unreadable_log_is_a_fault_until_it_is_read() {
    let reads = (0..50).map(|_| Read::Fails).chain([Read::Lines(1)]);
    let mut running = start(Shared::of(reads));
    let status = running.await_status("a fault", |status| status.fault.is_some());
    let fault = status.fault.expect("a fault");
    assert_eq!((fault.part, fault.text.as_str()), (Part::Log, "cannot read /l: it does not exist"));
    running.await_status("no fault", is_well);
    assert_eq!(running.end().lines, 1);
}

#[test]
fn a_panic_is_a_fault_and_the_log_is_opened_again() {
    let mut running = start(Shared::of([Read::Panics, Read::Panics, Read::Lines(5)]));
    let status = running.await_status("a fault", |status| status.fault.is_some());
    let fault = status.fault.expect("a fault");
    assert_eq!(fault.part, Part::Thread);
    assert!(fault.text.contains("on purpose"), "{}", fault.text);
    running.await_status("no fault", is_well);
    let world = running.end();
    assert_eq!((world.lines, world.opened), (5, 3));
}

#[test]
fn a_read_that_hangs_holds_nobody_and_is_not_stored_after_the_end() {
    let gate = Arc::new(Gate::default());
    let running = start(Shared::of([Read::Hangs(Arc::clone(&gate)), Read::Lines(9)]));
    gate.await_reached();
    // The status can be read while the thread hangs, and nothing waits for it.
    assert_eq!(*running.status.borrow(), LogStatus::default());
    let Running { shared, stop, thread, .. } = running;
    drop(stop);
    gate.open();
    thread.join().expect("it ends without a panic");
    assert_eq!(shared.world().lines, 0);
}

#[test]
fn a_log_that_is_silent_for_long_without_an_error_hangs() {
    let started = Instant::now();
    let later = |seconds| started + Duration::from_secs(seconds);
    let never = LogStatus::default();
    let once = LogStatus { at_end: Some(later(100)), fault: None };
    for (status, now, is_stalled) in [(&never, 59, false), (&never, 61, true), (&once, 159, false), (&once, 161, true)]
    {
        let stalled = super::super::status::stalled(status, started, later(now));
        assert_eq!(stalled.is_some(), is_stalled, "{now}");
    }
}
