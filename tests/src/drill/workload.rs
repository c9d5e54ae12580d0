//! Writers and readers through HAProxy's write port. Some keep their session, like connection pools, some open a new
//! one each time.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mysql_async::Conn;
use mysql_async::prelude::Queryable as _;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::clients::{Clients, options};
use super::seen::{Ack, Known, Read, Row, Seen, WRITERS};

const READERS: usize = 4;
/// Pause between two statements of a client.
const PACE: Duration = Duration::from_millis(10);
/// How long a client waits for a session or an answer.
const PATIENCE: Duration = Duration::from_millis(500);
/// Number of statements in a session of a client that does not keep its sessions.
const SHORT: usize = 10;

/// The running clients, stopped on drop.
#[derive(Debug)]
pub(crate) struct Workload {
    seen: Arc<Mutex<Seen>>,
    tasks: Vec<AbortHandle>,
}

impl Workload {
    /// Starts the clients, equally many of each kind at each HAProxy. The rows of each writer are numbered from
    /// `first`.
    pub(crate) fn start(clients: &[Clients], first: u64) -> Workload {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let session = |client: usize| if client.is_multiple_of(2) { usize::MAX } else { SHORT };
        let proxy = |client: usize| client / 2 % clients.len();
        let writers = (0..WRITERS).map(|writer| {
            let at = (writer, proxy(writer));
            clients[at.1].spawn(write(at, first, session(writer), Arc::clone(&seen)))
        });
        let writers: Vec<_> = writers.collect();
        let readers = (0..READERS).map(|reader| clients[proxy(reader)].spawn(read(session(reader), Arc::clone(&seen))));
        let tasks = writers.into_iter().chain(readers).collect();
        Workload { seen, tasks }
    }

    /// What the clients have seen until now.
    pub(crate) fn look<T>(&self, at: impl FnOnce(&Seen) -> T) -> T {
        at(&lock(&self.seen))
    }

    /// Stops the clients and returns what they have seen.
    pub(crate) fn stop(self) -> Seen {
        self.tasks.iter().for_each(AbortHandle::abort);
        let mut seen = self.look(Seen::clone);
        // The clients of each HAProxy have a separate thread, so records may be out of order.
        seen.acks.sort_by_key(|ack| ack.at);
        seen
    }
}

impl Drop for Workload {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// A new session, and the node that it reached: HAProxy never moves a session.
async fn connect() -> Option<(Conn, usize)> {
    let connecting = async {
        let mut conn = Conn::new(options()).await.ok()?;
        let server_id: usize = conn.query_first("SELECT @@server_id").await.ok()??;
        Some((conn, server_id.checked_sub(1)?))
    };
    timeout(PATIENCE, connecting).await.ok()?
}

/// Writes one row after the other. A row that fails is not written again, since it may have been executed.
async fn write((writer, proxy): (usize, usize), first: u64, session: usize, seen: Arc<Mutex<Seen>>) {
    let mut seq = first;
    loop {
        let Some((mut conn, node)) = connect().await else {
            lock(&seen).failures += 1;
            sleep(PACE).await;
            continue;
        };
        for _ in 0..session {
            let row = Row { writer, seq };
            seq += 1;
            let sent = Instant::now();
            let insert = conn.query_drop(format!("INSERT INTO drill.writes VALUES ({writer}, {})", row.seq));
            let outcome = timeout(PATIENCE, insert).await;
            let at = Instant::now();
            if !matches!(outcome, Ok(Ok(()))) {
                lock(&seen).failures += 1;
                break;
            }
            {
                let mut seen = lock(&seen);
                seen.acks.push(Ack { row, node, proxy, sent, at });
                seen.learn(node, row, at);
            }
            sleep(PACE).await;
        }
        sleep(PACE).await;
    }
}

/// Reads the rows that are known at that moment, and looks for new ones.
async fn read(session: usize, seen: Arc<Mutex<Seen>>) {
    loop {
        let Some((mut conn, node)) = connect().await else {
            lock(&seen).failures += 1;
            sleep(PACE).await;
            continue;
        };
        for _ in 0..session {
            let known = lock(&seen).expected();
            let asked = Instant::now();
            let outcome = timeout(PATIENCE, conn.query::<(u8, usize, u64), _>(question(&known))).await;
            let at = Instant::now();
            let Ok(Ok(rows)) = outcome else {
                lock(&seen).failures += 1;
                break;
            };
            let has = |row: Row| rows.contains(&(1, row.writer, row.seq));
            let lacking = known.into_iter().filter(|known| !has(known.row)).collect();
            {
                let mut seen = lock(&seen);
                for &(_, writer, seq) in rows.iter().filter(|(asked_for, ..)| *asked_for == 0) {
                    seen.learn(node, Row { writer, seq }, at);
                }
                seen.reads.push(Read { node, asked, lacking });
            }
            sleep(PACE).await;
        }
        sleep(PACE).await;
    }
}

/// One statement, so that both parts belong to the same moment.
fn question(known: &[Known]) -> String {
    let mut sql = "SELECT 0, writer, MAX(seq) FROM drill.writes GROUP BY writer".to_owned();
    for Known { row: Row { writer, seq }, .. } in known {
        write!(sql, " UNION ALL SELECT 1, writer, seq FROM drill.writes WHERE writer={writer} AND seq={seq}")
            .expect("a String takes it");
    }
    sql
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}
