//! What is on the machine of the plugin: files and processes, looked at within the deadline, also where a disk hangs.

mod backups;
mod error_log;
mod files;
mod memory;
mod owners;
mod server;
mod sudoers;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use healthd_core::facts::local::{ServerProcess, Sudoers, Unseen};
use healthd_core::facts::{ErrorLog, Facts, Local, Need, Values};
use healthd_core::text::clean::one_line;
use healthd_mysql::login::address::Address;

use crate::asking::login::{is_here, own_host};
use files::Budget;

/// How much of the time walks through directories may take: what they have found is still to be told.
const WALKS: f64 = 0.8;

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The name of the applet: the executable may be called by another one.
    pub applet: &'static str,
    /// The directory of the backups.
    pub name: Option<&'a str>,
    /// Whose the files of the data directory should be.
    pub owner: Owner,
    /// The server that is asked for the rest, if one is.
    pub server: Option<&'a Address>,
    /// How new a line of the error log must be.
    pub logged_within: Duration,
    /// The password of the command line, which is not to be shown.
    pub password: Option<&'a str>,
}

/// Whose the files of a server should be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Owner {
    /// The account's number; the server's own account where none is named.
    pub user: Option<u32>,
    /// Their group.
    pub group: Group,
}

/// Whose group the files of a server should have.
#[derive(Debug, Clone, Copy, Default)]
pub enum Group {
    /// It does not matter.
    #[default]
    Any,
    /// That of the server's process.
    Own,
    /// The one of this number.
    Named(u32),
}

/// Looks at what is needed, and puts it beside what the server has said; `within` counts from `begun`.
pub fn read(facts: &mut Facts, needs: &[Need], asked: &Asked<'_>, begun: Instant, within: Duration) {
    let server = Server::of(asked, facts);
    let backups = asked.name.map(str::to_owned);
    let wanted = |need: Need| needs.contains(&need);
    if let Some(path) = backups.filter(|_| wanted(Need::Backups)) {
        facts.backups = Some(timed(begun, within, move |budget| backups::read(path.as_ref(), budget)));
    }
    if wanted(Need::PidFile) {
        let server = server.clone();
        facts.pid_file = Some(timed(begun, within, move |_| server::pid_file(&server?)));
    }
    if wanted(Need::Owners) {
        let (server, owner) = (server.clone(), asked.owner);
        facts.owners = Some(timed(begun, within, move |budget| owners::read(&server?, owner, budget)));
    }
    if wanted(Need::Memory) {
        let server = server.clone();
        facts.memory = Some(timed(begun, within, move |_| memory::read(&server?)));
    }
    // Where it is in a table it has been read.
    if let (true, Some(Ok(ErrorLog::File { ahead }))) = (wanted(Need::ErrorFile), &facts.error_log) {
        let server = server.clone();
        let window = error_log::Window { now: facts.read_at, ahead: *ahead, within: asked.logged_within };
        facts.error_file = Some(timed(begun, within, move |_| error_log::read(&server?, window)));
    }
    if wanted(Need::Held) {
        facts.held = Some(timed(begun, within, move |budget| server::held(&server?, budget)));
    }
    let line = || sudoers::line(asked);
    if let Some(Err(why)) = &mut facts.backups {
        mend(why, line);
    }
    if let Some(Err(why)) = &mut facts.pid_file {
        mend(why, line);
    }
    if let Some(Err(why)) = &mut facts.held {
        mend(why, line);
    }
    if let Some(Err(why)) = &mut facts.error_file {
        mend(why, line);
    }
    match &mut facts.owners {
        Some(Err(why)) => mend(why, line),
        Some(Ok(owners)) => owners.unseen.iter_mut().for_each(|why| mend(why, line)),
        None => {}
    }
}

fn mend(why: &mut Unseen, line: impl Fn() -> Option<Sudoers>) {
    if let Unseen::Denied { sudoers, .. } = why {
        *sudoers = line();
    }
}

/// What a server says of where its things are on this machine.
#[derive(Debug, Clone)]
struct Server {
    variables: Values,
    /// The process at its socket.
    process: Option<ServerProcess>,
}

impl Server {
    fn of(asked: &Asked<'_>, facts: &Facts) -> Local<Server> {
        match asked.server {
            Some(Address::Tcp { host, .. }) if !is_here(host) => {
                Err(Unseen::Elsewhere(asked.server.map(Address::to_string).unwrap_or_default()))
            }
            _ => match &facts.variables {
                Some(Ok(variables)) => match (asked.server, variables.text("hostname")) {
                    (Some(address @ Address::Tcp { .. }), Some(host)) => here(address, host),
                    // A socket leads into a container at most, which may have other files of the same names.
                    (Some(address), Some(host)) if facts.process == Some(ServerProcess::Hidden) => here(address, host),
                    _ => Ok(()),
                }
                .map(|()| Server { variables: variables.clone(), process: facts.process }),
                _ => Err(Unseen::Unsaid("variables")),
            },
        }
    }

    fn says(&self, name: &'static str) -> Local<&str> {
        self.variables.text(name).filter(|text| !text.is_empty()).ok_or(Unseen::Unsaid(name))
    }
}

/// A tunnel, or a container's published port, ends at another machine than its address says.
fn here(address: &Address, host: &str) -> Local<()> {
    let own = own_host();
    if host.is_empty() || host == own {
        return Ok(());
    }
    let (address, host) = (address.to_string(), one_line(host, 60));
    Err(Unseen::Forwarded { address, host, here: own })
}

/// Does it on a thread that is left alone when it hangs: the end of the process ends it.
fn timed<T: Send + 'static>(
    begun: Instant,
    within: Duration,
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
    fn a_server_behind_a_tunnel_is_not_on_this_machine() {
        let own = own_host();
        let tcp = Address::Tcp { host: "127.0.0.1".to_owned(), port: 3306 };
        let socket = Address::Unix("/run/mysqld/mysqld.sock".into());
        let of = |address: &Address, host: &str| {
            let asked = Asked {
                applet: "check_my",
                name: None,
                owner: Owner::default(),
                server: Some(address),
                logged_within: Duration::ZERO,
                password: None,
            };
            let variables = [("hostname", host)].into_iter().collect();
            Server::of(&asked, &Facts { variables: Some(Ok(variables)), ..Facts::default() }).map(|_| ())
        };
        assert_eq!([of(&tcp, &own), of(&tcp, ""), of(&socket, "db-far")], [Ok(()), Ok(()), Ok(())]);
        let (address, host) = ("127.0.0.1:3306".to_owned(), "db-far".to_owned());
        assert_eq!(of(&tcp, "db-far"), Err(Unseen::Forwarded { address, host, here: own }));
    }

    #[test]
    fn a_disk_that_hangs_does_not_hold_the_plugin() {
        let (begun, within) = (Instant::now(), Duration::from_millis(50));
        let hangs = timed(begun, within, |_| -> Local<()> {
            loop {
                thread::park();
            }
        });
        assert_eq!(hangs, Err(Unseen::Late(within)));
        assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
        assert_eq!(timed(Instant::now(), Duration::from_secs(9), |_| Ok(1)), Ok(1));
    }
}
