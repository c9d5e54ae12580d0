//! Clients through HAProxy: a writer and a reader, with a new connection for each statement.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mysql_async::prelude::Queryable as _;
use mysql_async::{Conn, Opts, OptsBuilder};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{MissedTickBehavior, interval, timeout};

use healthd_tests::stop::Stop;

const EVERY: Duration = Duration::from_millis(20);
/// How long an application would wait.
const PATIENCE: Duration = Duration::from_secs(3);

/// One answer to the reader.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Read {
    /// When the question was sent.
    pub(crate) asked: Instant,
    /// When the answer arrived.
    pub(crate) answered: Instant,
    /// The server that answered.
    pub(crate) server_id: u8,
    /// The rows in the answer.
    pub(crate) rows: u64,
    /// The writes that were acknowledged when the question was sent.
    pub(crate) acknowledged: u64,
}

impl Read {
    /// The acknowledged writes that the answer lacks.
    pub(crate) fn missing(&self) -> u64 {
        self.acknowledged.saturating_sub(self.rows)
    }
}

/// What the clients have seen.
#[derive(Debug, Default, Clone)]
pub(crate) struct Seen {
    /// Acknowledged writes.
    pub(crate) acknowledged: u64,
    /// Answers to the reader, in the order of their arrival.
    pub(crate) reads: Vec<Read>,
    /// When a connection or statement failed.
    pub(crate) failures: Vec<Instant>,
}

impl Seen {
    /// The first answer of a server to a question that was sent after a moment.
    pub(crate) fn first_read(&self, server_id: u8, after: Instant) -> Option<Read> {
        self.reads.iter().copied().find(|read| read.server_id == server_id && read.asked >= after)
    }
}

/// The running clients, stopped on drop.
#[derive(Debug)]
pub(crate) struct Workload {
    seen: Arc<Mutex<Seen>>,
    tasks: [AbortHandle; 2],
}

impl Workload {
    /// Starts both clients.
    pub(crate) fn start(stop: &Stop, frontend: SocketAddr) -> Workload {
        let opts: Opts = OptsBuilder::default()
            .ip_or_hostname(frontend.ip().to_string())
            .tcp_port(frontend.port())
            .user(Some("app"))
            .pass(Some("app"))
            // Otherwise the driver asks the server for these values, and for a socket to connect to instead.
            .prefer_socket(false)
            .max_allowed_packet(Some(1 << 20))
            .wait_timeout(Some(60))
            .into();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let writer = stop.runtime().spawn(write(opts.clone(), Arc::clone(&seen)));
        let reader = stop.runtime().spawn(read(opts, Arc::clone(&seen)));
        Workload { seen, tasks: [writer.abort_handle(), reader.abort_handle()] }
    }

    /// What the clients have seen until now.
    pub(crate) fn seen(&self) -> Seen {
        lock(&self.seen).clone()
    }

    /// Whether this many writes were acknowledged, and read.
    pub(crate) fn has_begun(&self, writes: u64) -> Result<(), String> {
        let seen = lock(&self.seen);
        let rows = seen.reads.last().map_or(0, |read| read.rows);
        if seen.acknowledged >= writes && rows >= writes {
            return Ok(());
        }
        Err(format!("{} acknowledged, {rows} read, {} failures", seen.acknowledged, seen.failures.len()))
    }
}

impl Drop for Workload {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// Writes one row after the other. A write that fails is not tried again, since it may have been executed.
async fn write(opts: Opts, seen: Arc<Mutex<Seen>>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for id in 1_u64.. {
        ticks.tick().await;
        let writing = async {
            let mut conn = Conn::new(opts.clone()).await?;
            conn.query_drop(format!("INSERT INTO demo.writes VALUES ({id})")).await
        };
        match timeout(PATIENCE, writing).await {
            Ok(Ok(())) => lock(&seen).acknowledged += 1,
            Ok(Err(_)) | Err(_) => lock(&seen).failures.push(Instant::now()),
        }
    }
}

/// Starts a new client for each read, so that one that HAProxy keeps waiting does not delay the next.
async fn read(opts: Opts, seen: Arc<Mutex<Seen>>) {
    let mut ticks = interval(EVERY);
    let mut clients = JoinSet::new();
    loop {
        ticks.tick().await;
        while clients.try_join_next().is_some() {}
        clients.spawn(read_once(opts.clone(), Arc::clone(&seen)));
    }
}

async fn read_once(opts: Opts, seen: Arc<Mutex<Seen>>) {
    let asked = Instant::now();
    let acknowledged = lock(&seen).acknowledged;
    let reading = async {
        let mut conn = Conn::new(opts).await?;
        conn.query_first::<(u8, u64), _>("SELECT @@server_id, COUNT(*) FROM demo.writes").await
    };
    let answer = timeout(PATIENCE, reading).await;
    let mut seen = lock(&seen);
    match answer {
        Ok(Ok(Some((server_id, rows)))) => {
            seen.reads.push(Read { asked, answered: Instant::now(), server_id, rows, acknowledged });
        }
        Ok(Ok(None) | Err(_)) | Err(_) => seen.failures.push(Instant::now()),
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
