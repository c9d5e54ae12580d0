//! The facts of this machine: files and processes, looked at within the deadline, also if a disk hangs.
//!
//! [`LOOKS`] is the table of all of them: each pairs a fact with what is looked at for it.

mod backups;
mod error_log;
mod files;
mod memory;
mod owners;
mod scope;
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
use scope::Server;
pub use scope::{Group, Owner, Scope};

/// How much of the time walks through directories may take: what they have found is still to be reported.
const WALKS: f64 = 0.8;

/// The facts of this machine.
const LOOKS: &[&dyn Entry] = &[
    &Look::<Backups> {
        look: |place| {
            let path = place.scope.name?.to_owned();
            Some(Box::new(move |budget| backups::read(path.as_ref(), budget)))
        },
        unseen: |_| None,
    },
    &Look::<PidFile> {
        look: |Site { server, .. }| Some(Box::new(move |_| server::pid_file(&server?))),
        unseen: |_| None,
    },
    &Look::<Owners> {
        look: |Site { server, scope, .. }| {
            let owner = scope.owner;
            Some(Box::new(move |budget| owners::read(&server?, owner, budget)))
        },
        unseen: |owners| owners.unseen.as_mut(),
    },
    &Look::<Memory> { look: |Site { server, .. }| Some(Box::new(move |_| memory::read(&server?))), unseen: |_| None },
    &Look::<ErrorFile> {
        look: |Site { server, scope, facts }| match facts.value::<ErrorLog>()? {
            ErrorLog::File { ahead } => {
                let window = error_log::Window { now: facts.read_at, ahead: *ahead, within: scope.logged_within };
                Some(Box::new(move |_| error_log::read(&server?, window)))
            }
            // It has been read already.
            ErrorLog::Table(_) => None,
        },
        unseen: |_| None,
    },
    &Look::<DeletedFiles> {
        look: |Site { server, .. }| Some(Box::new(move |budget| server::held(&server?, budget))),
        unseen: |_| None,
    },
];

/// Looks at the facts of this machine that are needed, and adds them to what the server has said; `within` counts from `begun`.
pub fn read(facts: &mut Facts, needs: &[Need], scope: &Scope<'_>, begun: Instant, within: Duration) {
    let server = Server::of(scope, facts);
    for entry in LOOKS.iter().filter(|entry| needs.contains(&entry.need())) {
        entry.look(facts, scope, server.clone(), Deadline { begun, within });
    }
}

/// Until when to look.
#[derive(Debug, Clone, Copy)]
struct Deadline {
    begun: Instant,
    within: Duration,
}

/// Where to look.
struct Site<'a> {
    server: Local<Server>,
    scope: &'a Scope<'a>,
    facts: &'a Facts,
}

/// Looking at a fact, on a thread of its own.
type Work<T> = Box<dyn FnOnce(&mut Budget) -> Local<T> + Send>;

/// A fact of this machine.
struct Look<F: Fact> {
    /// `None` if there is nothing to look at: then the fact is as if it was not requested.
    look: fn(Site<'_>) -> Option<Work<F::Value>>,
    /// Why a part of the value could not be looked at.
    unseen: fn(&mut F::Value) -> Option<&mut Unseen>,
}

/// How a fact of this machine is looked at.
trait Entry: Sync {
    /// The fact.
    fn need(&self) -> Need;

    /// Puts it into the facts.
    fn look(&self, facts: &mut Facts, scope: &Scope<'_>, server: Local<Server>, deadline: Deadline);
}

impl<F: Fact> Entry for Look<F> {
    fn need(&self) -> Need {
        F::NEED
    }

    fn look(&self, facts: &mut Facts, scope: &Scope<'_>, server: Local<Server>, deadline: Deadline) {
        let Some(work) = (self.look)(Site { server, scope, facts }) else { return };
        let mut seen = timed(deadline, work);
        let denied = match &mut seen {
            Ok(value) => (self.unseen)(value),
            Err(why) => Some(why),
        };
        if let Some(Unseen::Denied { sudoers, .. }) = denied {
            *sudoers = sudoers::line(scope);
        }
        facts.put::<F>(seen.map_err(Into::into));
    }
}

/// Does it on a thread that is left alone when it hangs: the end of the process ends it.
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
        RecvTimeoutError::Disconnected => panic!("what looks at files has ended without an answer"),
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
