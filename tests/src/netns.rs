//! Network namespaces, each with its own interfaces, addresses and ports, so that links can be cut.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::geteuid;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use crate::account::{behind, run};

/// The directory in which `ip netns` keeps the namespaces.
const PLACE: &str = "/run/netns";

/// A network namespace, removed on drop together with its interfaces.
#[derive(Debug)]
pub struct Namespace {
    name: String,
}

/// An entry into a namespace.
#[derive(Debug, Clone)]
pub struct Inside {
    file: PathBuf,
}

impl Namespace {
    /// Creates a namespace with its loopback interface up.
    ///
    /// # Errors
    /// With the message of `ip`.
    pub fn create(name: &str) -> io::Result<Namespace> {
        run(Command::new("ip").args(["netns", "add", name]))?;
        let namespace = Namespace { name: name.to_owned() };
        namespace.ip("link set lo up")?;
        Ok(namespace)
    }

    /// A namespace that another process has created, to be removed.
    pub fn adopt(name: &str) -> Namespace {
        Namespace { name: name.to_owned() }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// An entry into it.
    pub fn inside(&self) -> Inside {
        Inside { file: Path::new(PLACE).join(&self.name) }
    }

    /// Runs `ip` with these words, which are separated by blanks.
    ///
    /// # Errors
    /// With the message of `ip`.
    pub fn ip(&self, words: &str) -> io::Result<()> {
        run(Command::new("ip").args(["-n", &self.name]).args(words.split(' ')))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        run(Command::new("ip").args(["netns", "delete", &self.name])).ok();
    }
}

impl Inside {
    /// The words before a command that runs in the namespace.
    pub fn words(&self) -> [String; 3] {
        ["nsenter".to_owned(), format!("--net={}", self.file.display()), "--".to_owned()]
    }

    /// The same command in the namespace, as the same process.
    pub fn wrap(&self, command: &Command) -> Command {
        let [program, arguments @ ..] = self.words();
        let mut nsenter = Command::new(program);
        nsenter.args(arguments);
        behind(Some(nsenter), command)
    }

    /// Moves the calling thread into the namespace for the rest of its life. Threads that it starts are there too.
    ///
    /// # Errors
    /// As the system reports them.
    pub fn enter(&self) -> io::Result<()> {
        let file = File::open(&self.file)?;
        Ok(move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))?)
    }
}

/// The names of all namespaces.
pub fn names() -> Vec<String> {
    let Ok(entries) = fs::read_dir(PLACE) else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}

/// Whether namespaces can be created here. The error says why not.
pub fn available() -> Result<(), String> {
    if !geteuid().is_root() {
        return Err("only root makes network namespaces".to_owned());
    }
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let name = format!("healthd-try-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let tried = Namespace::create(&name).and_then(|namespace| namespace.ip("link add name bridge0 type bridge"));
    tried.map_err(|error| format!("no network namespaces with bridges here: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    use crate::skip::skipped;

    #[test]
    fn a_namespace_has_ports_of_its_own_and_goes_away() {
        if let Err(why) = available() {
            return skipped("a network namespace", &why);
        }
        let name = format!("healthd-test-{}", std::process::id());
        let namespace = Namespace::create(&name).expect("a namespace");
        let outside = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = outside.local_addr().expect("it is bound");
        let inside = namespace.inside();
        let bound = thread::spawn(move || {
            inside.enter().expect("root may enter it");
            TcpListener::bind(address).map(drop)
        });
        bound.join().expect("the thread ends").expect("the port is free there");
        drop(namespace);
        assert!(!names().contains(&name));
    }
}
