//! Clients behind HAProxy: writers that keep their connection, and a reader with a new one each time.

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use healthd_tests::wait_for;
use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, OptsBuilder};
use tokio::runtime::{Builder, Runtime};
use tokio::time::{sleep, timeout};

/// Ids of rows that no test inserts itself.
const FIRST: u32 = 1_000_000;
/// How long an application would wait.
const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(5);

/// An answered write.
#[derive(Debug, Clone, Copy)]
pub(super) struct Write {
    pub(super) id: u32,
    pub(super) answered: Instant,
}

#[derive(Default)]
struct Seen {
    stop: AtomicBool,
    /// Rows that every read from now on must find.
    floor: AtomicU32,
    writes: Mutex<Vec<Write>>,
    reads: AtomicU32,
    stale: Mutex<Vec<String>>,
}

/// Running clients.
pub(super) struct Clients {
    seen: Arc<Seen>,
    threads: Vec<JoinHandle<()>>,
}

impl Clients {
    /// Starts a reader and some writers on a port of HAProxy. The table already has `rows` rows.
    pub(super) fn start(port: u16, rows: u32, writers: u32) -> Clients {
        let seen = Arc::new(Seen { floor: AtomicU32::new(rows), ..Seen::default() });
        let reader = Arc::clone(&seen);
        let mut threads = vec![thread::spawn(move || runtime().block_on(read(port, &reader)))];
        for number in 0..writers {
            let seen = Arc::clone(&seen);
            threads.push(thread::spawn(move || runtime().block_on(write(port, FIRST * (1 + number), &seen))));
        }
        Clients { seen, threads }
    }

    /// Waits until this many more writes have been answered.
    #[track_caller]
    pub(super) fn await_writes(&self, number: usize) {
        let before = lock(&self.seen.writes).len();
        wait_for("answered writes", Duration::from_secs(20), || {
            let now = lock(&self.seen.writes).len();
            if now >= before + number { Ok(()) } else { Err(format!("{} of {number}", now - before)) }
        });
    }

    /// Waits until this many more reads have been answered.
    #[track_caller]
    pub(super) fn await_reads(&self, number: u32) {
        let before = self.seen.reads.load(Ordering::Relaxed);
        wait_for("answered reads", Duration::from_secs(20), || {
            let now = self.seen.reads.load(Ordering::Relaxed);
            if now >= before + number { Ok(()) } else { Err(format!("{} of {number}", now - before)) }
        });
    }

    /// From now on, reads must find this many rows.
    pub(super) fn expect_rows(&self, rows: u32) {
        self.seen.floor.fetch_max(rows, Ordering::SeqCst);
    }

    /// Ends the clients. No read may have lacked a row. Returns the answered writes in the order of their answers.
    #[track_caller]
    pub(super) fn end(mut self) -> Vec<Write> {
        self.seen.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().expect("a client ends");
        }
        let stale = lock(&self.seen.stale).clone();
        assert!(stale.is_empty(), "{} stale reads, such as {}", stale.len(), stale[0]);
        let mut writes = lock(&self.seen.writes).clone();
        writes.sort_by_key(|write| write.answered);
        writes
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        self.seen.stop.store(true, Ordering::Relaxed);
    }
}

/// The longest time without an answered write.
pub(super) fn longest_gap(writes: &[Write]) -> Duration {
    writes.windows(2).map(|two| two[1].answered - two[0].answered).max().unwrap_or_default()
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime can be made")
}

fn options(port: u16) -> Opts {
    OptsBuilder::default()
        .ip_or_hostname(Ipv4Addr::LOCALHOST.to_string())
        .tcp_port(port)
        .user(Some("app"))
        .pass(Some("app"))
        // Otherwise the driver asks the server for these values, and for a socket to connect to instead.
        .prefer_socket(false)
        .max_allowed_packet(Some(1 << 20))
        .wait_timeout(Some(60))
        .into()
}

/// Writes one row after the other on one connection, as long as that works. A write that fails may have been executed,
/// so it is not tried again.
async fn write(port: u16, first: u32, seen: &Seen) {
    let mut kept: Option<Conn> = None;
    for id in first.. {
        if seen.stop.load(Ordering::Relaxed) {
            return;
        }
        let writing = async {
            let mut conn = match kept.take() {
                Some(conn) => conn,
                None => Conn::new(options(port)).await?,
            };
            conn.query_drop(format!("INSERT INTO shop.t VALUES ({id}, @@server_id)")).await?;
            Ok::<_, mysql_async::Error>(conn)
        };
        if let Ok(Ok(conn)) = timeout(PATIENCE, writing).await {
            kept = Some(conn);
            lock(&seen.writes).push(Write { id, answered: Instant::now() });
            seen.floor.fetch_add(1, Ordering::SeqCst);
        }
        sleep(PAUSE).await;
    }
}

async fn read(port: u16, seen: &Seen) {
    while !seen.stop.load(Ordering::Relaxed) {
        let floor = seen.floor.load(Ordering::SeqCst);
        let reading = async {
            let mut conn = Conn::new(options(port)).await?;
            let row = conn.query_first::<(u32, u32), _>("SELECT @@server_id, COUNT(*) FROM shop.t").await;
            drop(conn.disconnect().await);
            row
        };
        if let Ok(Ok(Some((server, rows)))) = timeout(PATIENCE, reading).await {
            seen.reads.fetch_add(1, Ordering::Relaxed);
            if rows < floor {
                lock(&seen.stale).push(format!("{rows} of {floor} rows on server {server}"));
            }
        }
        sleep(PAUSE).await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
