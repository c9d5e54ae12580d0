//! One round of reading a server.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use healthd_core::failure::{Failure, Stage};
use healthd_core::snapshot::Snapshot;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::timeout_at;

use crate::address::Address;
use crate::credentials::Credentials;
use crate::sections::{self, Sections, UnderWay};
use crate::session::{Session, Stop};

/// How long statements that hang are waited for before others take their place: an abandoned one stays in the server's
/// process list, and one a minute is bearable.
const BLOCKED_FOR: Duration = Duration::from_secs(60);

/// A server to probe, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Where it is.
    pub address: Address,
    /// The port that has connections left when the usual one has none (`extra_port`, `admin_port`).
    pub extra_port: Option<u16>,
    /// How to log in.
    pub credentials: Credentials,
    /// The real query of the `any` gate.
    pub query: String,
    /// A query that returns the age of the newest heartbeat in seconds.
    pub heartbeat_query: Option<String>,
}

/// The times of one probe.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// When the probe began.
    pub started: Instant,
    /// After what time a server without an answer is down.
    pub timeout: Duration,
    /// How long a new connection may take in all.
    pub patience: Duration,
    /// How long everything beside the real query may take.
    pub sections: Duration,
}

/// The connections to one server, from probe to probe.
#[derive(Default)]
pub struct Link {
    session: Option<Session>,
    blocked: Option<Blocked>,
}

/// Sections that hang inside the server, on a connection of their own.
struct Blocked {
    task: JoinHandle<()>,
    since: Instant,
    statement: &'static str,
}

impl Drop for Blocked {
    fn drop(&mut self) {
        // Dropped with its task, the session cuts its connection.
        self.task.abort();
    }
}

/// An answer to the real query, with what else was read.
pub struct Answered {
    /// What was read.
    pub snapshot: Snapshot,
    /// When the real query was answered.
    pub at: Instant,
}

/// How a probe ended.
pub struct Probed {
    /// For the next probe.
    pub link: Link,
    /// What was read.
    pub result: Result<Answered, Failure>,
}

impl Probed {
    /// What a probe's own task came to: the driver panics on some things that a server can send.
    pub fn of_task(ended: Result<Probed, JoinError>) -> Probed {
        ended.unwrap_or_else(|error| {
            let panic = error.try_into_panic().ok();
            let text = panic.as_ref().and_then(|panic| {
                panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied())
            });
            let plugin = text.is_some_and(|text| text.contains("authentication plugin"));
            Probed::failed(if plugin { Failure::AuthPlugin } else { Failure::Broken })
        })
    }

    fn failed(failure: Failure) -> Probed {
        Probed { link: Link::default(), result: Err(failure) }
    }
}

impl Link {
    /// Waits until the server closes the idle connection, or a KILL does. Never returns where nothing can be watched.
    pub async fn death(&self) {
        match self.session.as_ref().and_then(|session| session.watch.as_ref()) {
            Some(watch) => watch.death().await,
            None => std::future::pending().await,
        }
    }

    /// Says goodbye to the server; gives up at `deadline`.
    pub async fn quit(self, deadline: Instant) {
        if let Some(session) = self.session {
            session.quit(deadline).await;
        }
    }
}

/// Probes once: on the link's connection, and if that turns out to be gone, or there is none, on a new one.
///
/// A query on an old connection ends with the timeout. A new connection has the whole patience: to a hung server a
/// waiting login costs nothing and succeeds the moment it continues, while abandoned logins pile up as aborted
/// connects, which block the host in the end (error 1129). The caller says `timeout` in time by itself.
pub async fn probe(link: Link, target: &Arc<Target>, budget: Budget) -> Probed {
    let Budget { started, timeout, patience, .. } = budget;
    let Link { session, blocked } = link;
    let blocked = blocked.filter(|blocked| !blocked.task.is_finished() && blocked.since.elapsed() < BLOCKED_FOR);
    let blocked = match session {
        None => blocked,
        Some(mut session) => match timeout_at((started + timeout).into(), session.query(&target.query)).await {
            Ok(Ok(())) => match read_sections(session, blocked, target, budget).await {
                Sectioned::Done(probed) => return *probed,
                Sectioned::Lost(_) => None,
            },
            Ok(Err(Stop::Refused(failure))) => {
                return Probed { link: Link { session: Some(session), blocked }, result: Err(failure) };
            }
            Ok(Err(Stop::Lost(_))) => blocked,
            Err(_) => return Probed::failed(Failure::Timeout { stage: Stage::Query, after: timeout }),
        },
    };
    match timeout_at((started + patience).into(), anew(blocked, target, budget)).await {
        Ok(probed) => probed,
        Err(_) => Probed::failed(Failure::Timeout { stage: Stage::Connect, after: patience }),
    }
}

/// On a new connection; the caller bounds the time.
async fn anew(blocked: Option<Blocked>, target: &Arc<Target>, budget: Budget) -> Probed {
    let credentials = &target.credentials;
    let opened = match (Session::open(&target.address, credentials).await, target.extra_port) {
        (Err(Failure::TooManyConnections), Some(port)) => {
            Session::open(&target.address.with_port(port), credentials).await
        }
        (opened, _) => opened,
    };
    let mut session = match opened {
        Ok(session) => session,
        Err(failure) => return Probed::failed(failure),
    };
    match session.query(&target.query).await {
        Ok(()) => match read_sections(session, blocked, target, budget).await {
            Sectioned::Done(probed) => *probed,
            Sectioned::Lost(failure) => Probed::failed(failure),
        },
        Err(Stop::Refused(failure)) => Probed { link: Link { session: Some(session), blocked }, result: Err(failure) },
        Err(Stop::Lost(failure)) => Probed::failed(failure),
    }
}

enum Sectioned {
    Done(Box<Probed>),
    /// The connection broke after the query.
    Lost(Failure),
}

/// Reads the sections after an answered query. Where they hang (`SHOW REPLICA STATUS` behind a `STOP REPLICA`, a locked
/// heartbeat table), the query's answer stands, the statement is left to itself, and no second one is sent meanwhile.
async fn read_sections(
    mut session: Session,
    blocked: Option<Blocked>,
    target: &Arc<Target>,
    budget: Budget,
) -> Sectioned {
    let at = Instant::now();
    let facts = session.facts.clone();
    let without_answer = |statement| Sections::without_answer(&facts, target.heartbeat_query.as_deref(), statement);
    let done = |link, sections: Sections| {
        let snapshot = sections.into_snapshot(&facts);
        Sectioned::Done(Box::new(Probed { link, result: Ok(Answered { snapshot, at }) }))
    };
    if let Some(blocked) = blocked {
        let statement = blocked.statement;
        return done(Link { session: Some(session), blocked: Some(blocked) }, without_answer(statement));
    }
    let under_way = Arc::new(UnderWay::default());
    let (send, mut receive) = tokio::sync::oneshot::channel();
    let (for_task, progress) = (Arc::clone(target), Arc::clone(&under_way));
    let task = tokio::spawn(async move {
        let read = sections::read(&mut session, for_task.heartbeat_query.as_deref(), &progress).await;
        // Nobody waits any more after a hang; the session ends here then.
        drop(send.send((session, read)));
    });
    match timeout_at((at + budget.sections).into(), &mut receive).await {
        Ok(Ok((session, Ok(sections)))) => done(Link { session: Some(session), blocked: None }, sections),
        Ok(Ok((_, Err(failure)))) => Sectioned::Lost(failure),
        // The task panicked: the driver broke on the answer.
        Ok(Err(_)) => Sectioned::Lost(Failure::Broken),
        Err(_) => {
            let statement = *under_way.lock().unwrap_or_else(PoisonError::into_inner);
            done(
                Link { session: None, blocked: Some(Blocked { task, since: at, statement }) },
                without_answer(statement),
            )
        }
    }
}
