//! A thread in the network of a HAProxy, with a runtime for the clients.

use std::future::Future;
use std::io;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use mysql_async::prelude::{FromRow, Queryable as _};
use mysql_async::{Conn, Opts, OptsBuilder};
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use crate::netns::Inside;

/// The runtime, ended on drop together with everything that runs in it.
#[derive(Debug)]
pub(crate) struct Clients {
    handle: Handle,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Clients {
    /// Starts the runtime in this network. It has one thread, so every socket is opened in that network.
    pub(crate) fn start(inside: Inside) -> io::Result<Clients> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (end, ended) = oneshot::channel::<()>();
        let (entered, is_there) = mpsc::channel();
        let thread = thread::Builder::new().name("clients".to_owned()).spawn(move || {
            let outcome = inside.enter();
            let there = outcome.is_ok();
            entered.send(outcome).ok();
            if there {
                runtime.block_on(ended).ok();
            }
        })?;
        is_there.recv().map_err(io::Error::other)??;
        Ok(Clients { handle, end: Some(end), thread: Some(thread) })
    }

    /// Runs something in that network.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        self.handle.spawn(future).abort_handle()
    }

    /// The rows of a statement through the write port, from a new session.
    pub(crate) fn ask<T>(&self, sql: &str, deadline: Duration) -> Result<Vec<T>, String>
    where
        T: FromRow + Send + 'static,
    {
        let sql = sql.to_owned();
        let (sender, answer) = mpsc::channel();
        self.spawn(async move {
            let asking = async {
                let mut conn = Conn::new(options()).await?;
                conn.query::<T, _>(sql).await
            };
            let outcome = match timeout(deadline, asking).await {
                Ok(outcome) => outcome.map_err(|error| error.to_string()),
                Err(_) => Err(format!("no answer within {deadline:?}")),
            };
            sender.send(outcome).ok();
        });
        answer
            .recv_timeout(deadline + Duration::from_secs(5))
            .unwrap_or_else(|_| Err("the clients are gone".to_owned()))
    }
}

impl Drop for Clients {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

/// A login of the application at HAProxy's write port.
pub(crate) fn options() -> Opts {
    OptsBuilder::default()
        .ip_or_hostname("127.0.0.1")
        .tcp_port(3306)
        .user(Some("app"))
        .pass(Some("app"))
        // Otherwise the driver asks the server for these values, and for a socket to connect to instead.
        .prefer_socket(false)
        .max_allowed_packet(Some(1 << 20))
        .wait_timeout(Some(60))
        .into()
}
