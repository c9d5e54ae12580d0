//! Records what healthd answers to checks from the network of a HAProxy that do not come from HAProxy.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::task::AbortHandle;
use tokio::time::{sleep, timeout};

use super::clients::Clients;
use super::network::{node_address, observer_address};
use crate::http::parse;

const PACE: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_millis(400);
/// The query has no statement of a witness, so healthd decides nothing because of it.
const REQUEST: &[u8] = b"GET /mysqlchk/?port=3306 HTTP/1.0\r\n\r\n";

/// A change of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) node: usize,
    pub(crate) at: Instant,
    /// The status; `None` without an answer.
    pub(crate) status: Option<u16>,
    pub(crate) line: String,
}

/// Sends checks to both nodes, until dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    answers: Arc<Mutex<Vec<Answer>>>,
    tasks: [AbortHandle; 2],
}

impl Watch {
    /// Starts in the network of a HAProxy.
    pub(crate) fn start(clients: &Clients, proxy: usize) -> Watch {
        let answers = Arc::new(Mutex::new(Vec::new()));
        let tasks = [0, 1].map(|node| clients.spawn(watch(proxy, node, Arc::clone(&answers))));
        Watch { answers, tasks }
    }

    /// All changes until now, including the first answers.
    pub(crate) fn answers(&self) -> Vec<Answer> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The last answer of a node.
    pub(crate) fn last(&self, node: usize) -> Option<Answer> {
        self.answers().into_iter().rev().find(|answer| answer.node == node)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

async fn watch(proxy: usize, node: usize, answers: Arc<Mutex<Vec<Answer>>>) {
    let mut last = None;
    loop {
        let outcome = timeout(PATIENCE, ask(proxy, node)).await;
        let (status, line) = match outcome {
            Ok(Ok((status, line))) => (Some(status), line),
            Ok(Err(error)) => (None, error.to_string()),
            Err(_) => (None, "no answer".to_owned()),
        };
        // The age in an answer changes each time.
        let code = line.split(':').next().unwrap_or_default().to_owned();
        if last.as_ref() != Some(&(status, code.clone())) {
            let answer = Answer { node, at: Instant::now(), status, line };
            answers.lock().unwrap_or_else(PoisonError::into_inner).push(answer);
            last = Some((status, code));
        }
        sleep(PACE).await;
    }
}

async fn ask(proxy: usize, node: usize) -> io::Result<(u16, String)> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((observer_address(proxy, node), 0).into())?;
    let begun = Instant::now();
    let mut stream = socket.connect(node_address(proxy, node, 31337)).await?;
    stream.write_all(REQUEST).await?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    let answer = parse(&bytes, begun.elapsed()).ok_or_else(|| io::Error::other("not HTTP"))?;
    Ok((answer.status, answer.body.trim_end().to_owned()))
}
