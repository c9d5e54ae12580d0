//! The facts of this machine: files and processes, read within the deadline even if a disk hangs.
//!
//! `LOOKS` is the table of them: it pairs each fact with the function that reads it.

pub(crate) mod accounts;
mod backups;
mod error_log;
mod files;
pub(crate) mod host;
mod located;
pub mod mail_queue;
mod memory;
mod owners;
mod request;
mod server;
mod sudoers;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use files::Budget;
use healthd_core::backup::Backups;
use healthd_core::facts::{
    DeletedFiles, ErrorFile, ErrorLog, Fact, Facts, Local, Memory, Need, Owners, PidFile, Unseen,
};
use located::LocalServer;
pub use request::{ExpectedGroup, ExpectedOwner, LocalRequest};

/// The share of the time that walks through directories may take; the rest is for the report.
const WALKS: f64 = 0.8;

/// The facts of this machine.
const LOOKS: &[&dyn Entry] = &[
    &Look::<Backups> {
        look: |place| {
            let path = place.request.backups?.to_owned();
            Some(Box::new(move |budget| backups::read(path.as_ref(), budget)))
        },
        unseen: |_| None,
    },
    &Look::<PidFile> {
        look: |Site { server, .. }| Some(Box::new(move |_| server::pid_file(&server?))),
        unseen: |_| None,
    },
    &Look::<Owners> {
        look: |Site { server, request, .. }| {
            let owner = request.owner;
            Some(Box::new(move |budget| owners::read(&server?, owner, budget)))
        },
        unseen: |owners| owners.unseen.as_mut(),
    },
    &Look::<Memory> { look: |Site { server, .. }| Some(Box::new(move |_| memory::read(&server?))), unseen: |_| None },
    &Look::<ErrorFile> {
        look: |Site { server, request, facts }| match facts.value::<ErrorLog>()? {
            ErrorLog::File { ahead } => {
                let window = error_log::Window { now: facts.read_at, ahead: *ahead, within: request.logged_within };
                Some(Box::new(move |_| error_log::read(&server?, window)))
            }
            // A log in a table was read from the server.
            ErrorLog::Table(_) => None,
        },
        unseen: |_| None,
    },
    &Look::<DeletedFiles> {
        look: |Site { server, .. }| Some(Box::new(move |budget| server::deleted_files(&server?, budget))),
        unseen: |_| None,
    },
];

/// Reads the facts of this machine that are needed, and adds them to those of the server. `within` counts from `begun`.
pub fn read(facts: &mut Facts, needs: &[Need], request: &LocalRequest<'_>, begun: Instant, within: Duration) {
    let server = LocalServer::of(request.server, facts);
    for entry in LOOKS.iter().filter(|entry| needs.contains(&entry.need())) {
        entry.look(facts, request, server.clone(), Deadline { begun, within });
    }
}

/// The time limit of a run.
#[derive(Debug, Clone, Copy)]
struct Deadline {
    begun: Instant,
    within: Duration,
}

/// Where to look.
struct Site<'a> {
    server: Local<LocalServer>,
    request: &'a LocalRequest<'a>,
    facts: &'a Facts,
}

/// Reads a fact on a separate thread.
type Work<T> = Box<dyn FnOnce(&mut Budget) -> Local<T> + Send>;

/// A fact of this machine.
struct Look<F: Fact> {
    /// `None` if there is nothing to read: the fact counts as not requested.
    look: fn(Site<'_>) -> Option<Work<F::Value>>,
    /// Why a part of the value could not be read.
    unseen: fn(&mut F::Value) -> Option<&mut Unseen>,
}

/// A fact of this machine, whatever its type.
trait Entry: Sync {
    /// The fact.
    fn need(&self) -> Need;

    /// Reads it, and puts it into the facts.
    fn look(&self, facts: &mut Facts, request: &LocalRequest<'_>, server: Local<LocalServer>, deadline: Deadline);
}

impl<F: Fact> Entry for Look<F> {
    fn need(&self) -> Need {
        F::NEED
    }

    fn look(&self, facts: &mut Facts, request: &LocalRequest<'_>, server: Local<LocalServer>, deadline: Deadline) {
        let Some(work) = (self.look)(Site { server, request, facts }) else { return };
        let mut seen = timed(deadline, work);
        let denied = match &mut seen {
            Ok(value) => (self.unseen)(value),
            Err(why) => Some(why),
        };
        if let Some(Unseen::Denied { sudoers, .. }) = denied {
            *sudoers = sudoers::line(request);
        }
        facts.put::<F>(seen.map_err(Into::into));
    }
}

/// Reads on a separate thread. A thread that hangs is abandoned; the end of the process ends it.
fn timed<T: Send + 'static>(
    Deadline { begun, within }: Deadline,
    look: impl FnOnce(&mut Budget) -> Local<T> + Send + 'static,
) -> Local<T> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let left = within.saturating_sub(begun.elapsed());
    let mut budget = Budget::new(Instant::now() + left.mul_f64(WALKS), within);
    thread::spawn(move || sender.send(look(&mut budget)).ok());
    receiver.recv_timeout(left).unwrap_or_else(|error| match error {
        RecvTimeoutError::Timeout => Err(Unseen::Late(within)),
        RecvTimeoutError::Disconnected => panic!("the thread that reads files ended without an answer"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_hangs_does_not_hold_the_plugin() {
        let (begun, within) = (Instant::now(), Duration::from_millis(50));
        let hangs = timed(Deadline { begun, within }, |_| -> Local<()> {
            loop {
                thread::park();
            }
        });
        assert_eq!(hangs, Err(Unseen::Late(within)));
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert_eq!(timed(Deadline { begun: Instant::now(), within: Duration::from_secs(9) }, |_| Ok(1)), Ok(1));
    }
}
