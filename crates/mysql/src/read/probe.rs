//! One round of reading a server.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use healthd_core::observed::failure::{Failure, Stage};
use healthd_core::observed::snapshot::Snapshot;
use tokio::sync::oneshot;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::timeout_at;

use crate::connection::session::{Port, Session, Stop};
use crate::login::target::Target;
use crate::read::sections::{self, Profile, Sections, UnderWay};

/// How long to wait for hanging statements before others take their place. An abandoned one stays in the server's
/// process list, and one per minute is bearable.
const BLOCKED_FOR: Duration = Duration::from_secs(60);

/// How often a connection on the extra port checks whether the main port has room again.
const TRY_MAIN_EVERY: Duration = Duration::from_secs(5);

/// The time limits of one probe.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// When the probe began.
    pub started: Instant,
    /// A server without an answer for this time is down.
    pub timeout: Duration,
    /// The longest time for a new connection.
    pub patience: Duration,
    /// The longest time for everything besides the configured query.
    pub sections: Duration,
}

/// The connections to one server, kept from probe to probe.
#[derive(Default)]
pub struct Link {
    session: Option<Session>,
    blocked: Option<Blocked>,
    profile: Option<Profile>,
}

/// Sections that hang in the server, on their own connection.
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

/// An answer to the configured query, with everything else that was read.
pub struct Answered {
    /// What was read.
    pub snapshot: Snapshot,
    /// When the configured query was answered.
    pub at: Instant,
}

/// The result of a probe.
pub struct Probed {
    /// The connections for the next probe.
    pub link: Link,
    /// What was read.
    pub result: Result<Answered, Failure>,
}

impl Probed {
    /// The result of a probe's task, which may have panicked: the driver panics on some packets.
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
    /// Waits until the server, or a KILL, closes the idle connection. Never returns if nothing can be watched.
    pub async fn death(&self) {
        match self.session.as_ref().and_then(|session| session.watch.as_ref()) {
            Some(watch) => watch.death().await,
            None => std::future::pending().await,
        }
    }

    /// Disconnects from the server properly. Gives up at `deadline`.
    pub async fn quit(self, deadline: Instant) {
        if let Some(session) = self.session {
            session.quit(deadline).await;
        }
    }
}

/// Probes once: on the link's connection, or on a new one if there is none or it turns out to be closed. Notifies
/// `answered` as soon as the configured query is answered.
///
/// A query on an existing connection ends with the timeout. A new connection may take longer: a login that waits for a
/// hung server costs nothing and succeeds the moment the server continues. Abandoned logins pile up as aborted
/// connects, which finally block the host (error 1129). The caller reports `timeout` in time by itself.
pub async fn probe(link: Link, target: &Arc<Target>, budget: Budget, answered: oneshot::Sender<Instant>) -> Probed {
    let Budget { started, timeout, patience, .. } = budget;
    let Link { session, blocked, profile } = link;
    let blocked = blocked.filter(|blocked| !blocked.task.is_finished() && blocked.since.elapsed() < BLOCKED_FOR);
    let mut round = Round { target, budget, blocked, profile, answered: Some(answered) };
    if let Some(session) = session {
        let mut session = round.back_to_the_main_door(session).await;
        match timeout_at((started + timeout).into(), session.query(&target.query)).await {
            Ok(Ok(())) => match round.read_sections(session, Age::Old).await {
                Ok(probed) => return probed,
                // The connection broke after the query. A new one shows whether the server is up.
                Err(_) => round.blocked = None,
            },
            Ok(Err(Stop::Refused(failure))) => return round.ended(Some(session), Err(failure)),
            Ok(Err(Stop::Lost(_))) => {}
            Err(_) => return round.ended(None, Err(Failure::Timeout { stage: Stage::Query, after: timeout })),
        }
    }
    match timeout_at((started + patience).into(), round.anew()).await {
        Ok(probed) => probed,
        Err(_) => round.ended(None, Err(Failure::Timeout { stage: Stage::Connect, after: patience })),
    }
}

/// Whether there was a connection before this probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    Old,
    New,
}

/// A probe in progress.
struct Round<'a> {
    target: &'a Arc<Target>,
    budget: Budget,
    blocked: Option<Blocked>,
    profile: Option<Profile>,
    answered: Option<oneshot::Sender<Instant>>,
}

impl Round<'_> {
    fn ended(&mut self, session: Option<Session>, result: Result<Answered, Failure>) -> Probed {
        let link = Link { session, blocked: self.blocked.take(), profile: self.profile.take() };
        Probed { link, result }
    }

    /// The extra port accepts only one or two connections, and an operator may need them. So the probe leaves it as
    /// soon as the main port accepts connections again.
    async fn back_to_the_main_door(&self, mut session: Session) -> Session {
        match session.port {
            Port::Extra(tried) if tried.elapsed() > TRY_MAIN_EVERY => {
                let Target { address, credentials, .. } = &**self.target;
                let deadline = Instant::now() + self.budget.sections;
                match timeout_at(deadline.into(), Session::open(address, credentials, Port::Main)).await {
                    Ok(Ok(main)) => {
                        session.quit(deadline).await;
                        main
                    }
                    _ => {
                        session.port = Port::Extra(Instant::now());
                        session
                    }
                }
            }
            _ => session,
        }
    }

    /// Probes on a new connection. The caller limits the time.
    async fn anew(&mut self) -> Probed {
        let Target { address, credentials, extra_port, .. } = &**self.target;
        let opened = match (Session::open(address, credentials, Port::Main).await, extra_port) {
            (Err(Failure::TooManyConnections), Some(port)) => {
                let extra = Session::open(&address.with_port(*port), credentials, Port::Extra(Instant::now())).await;
                // Why the other port does not answer does not matter: the server is full.
                extra.map_err(|_| Failure::TooManyConnections)
            }
            (opened, _) => opened,
        };
        let mut session = match opened {
            Ok(session) => session,
            Err(failure) => return self.ended(None, Err(failure)),
        };
        match session.query(&self.target.query).await {
            Ok(()) => match self.read_sections(session, Age::New).await {
                Ok(probed) => probed,
                Err(failure) => self.ended(None, Err(failure)),
            },
            Err(Stop::Refused(failure)) => self.ended(Some(session), Err(failure)),
            Err(Stop::Lost(failure)) => self.ended(None, Err(failure)),
        }
    }

    /// Reads the sections after an answered query; an error is an error of the connection. If a statement hangs (`SHOW
    /// REPLICA STATUS` behind a `STOP REPLICA`, a locked heartbeat table), the query's answer stands. The statement is
    /// left on its connection, and no second one is sent meanwhile.
    async fn read_sections(&mut self, mut session: Session, age: Age) -> Result<Probed, Failure> {
        let at = Instant::now();
        if let Some(answered) = self.answered.take() {
            // The receiver may be gone.
            answered.send(at).ok();
        }
        let target = self.target;
        let without_answer =
            |profile: &Option<Profile>, statement| Sections::without_answer(profile.clone(), target, statement);
        let answer = |sections: Sections| Ok(Answered { snapshot: sections.into_snapshot(), at });
        if let Some(blocked) = &self.blocked {
            let sections = without_answer(&self.profile, blocked.statement);
            return Ok(self.ended(Some(session), answer(sections)));
        }
        let under_way = Arc::new(UnderWay::default());
        let (send, mut receive) = oneshot::channel();
        let (for_task, progress) = (Arc::clone(target), Arc::clone(&under_way));
        // A new connection may reach another version of the server.
        let profile = self.profile.clone().filter(|_| age == Age::Old);
        let task = tokio::spawn(async move {
            let read = sections::read(&mut session, profile, &for_task, &progress).await;
            // After a hang, no caller waits any more. The session ends here then.
            drop(send.send((session, read)));
        });
        match timeout_at((at + self.budget.sections).into(), &mut receive).await {
            Ok(Ok((session, Ok(sections)))) => {
                self.profile.clone_from(&sections.profile);
                Ok(self.ended(Some(session), answer(sections)))
            }
            Ok(Ok((_, Err(failure)))) => Err(failure),
            // The task panicked because of the driver.
            Ok(Err(_)) => Err(Failure::Broken),
            Err(_) => {
                let statement = *under_way.lock().unwrap_or_else(PoisonError::into_inner);
                self.blocked = Some(Blocked { task, since: at, statement });
                let sections = without_answer(&self.profile, statement);
                Ok(self.ended(None, answer(sections)))
            }
        }
    }
}
