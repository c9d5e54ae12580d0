//! The real HAProxy, in several versions, with the files of `haproxy/`.

use std::fmt;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rustix::process::geteuid;

use crate::account::Account;
use crate::netns::Inside;
use crate::process::Process;
use crate::skip::skipped;
use crate::wait::wait_for;
use crate::workdir::{Workdir, target};

/// The path of the admin socket in the files.
const ADMIN_SOCKET: &str = "/run/haproxy/admin.sock";
/// The longest time for a command on the admin socket.
const WITHIN: Duration = Duration::from_secs(5);
const START: Duration = Duration::from_secs(15);

/// A version of HAProxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// The system's HAProxy: 2.6 on Debian 12.
    System,
    /// 3.0, which `scripts/servers` fetches.
    V30,
    /// The newest that `scripts/servers` can fetch: 3.1 or later, with `init-state`.
    Sid,
}

/// A configuration in its own directory. HAProxy is not started yet.
#[derive(Debug)]
pub struct Config {
    build: Build,
    dir: PathBuf,
    inside: Option<Inside>,
    // `None` if the directory belongs to the caller.
    _workdir: Option<Workdir>,
}

/// A running HAProxy, killed on drop.
#[derive(Debug)]
pub struct Haproxy {
    process: Process,
    config: Config,
}

/// The state of a server in one backend, from `show stat`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// `UP`, `UP 1/3`, `DOWN`, `DOWN (agent)`, `NOLB`, `DRAIN`, `MAINT` …
    pub status: String,
    /// The result of the last HTTP check: `L7OK`, `L7STS`, `L4CON` …
    pub check: String,
    /// The status code of the last HTTP check; empty without one.
    pub code: String,
    /// The result of the last agent check.
    pub agent: String,
    /// The last answer of the agent, with its reason.
    pub agent_text: String,
    /// Number of open sessions.
    pub sessions: u32,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let State { status, check, code, agent, agent_text, sessions } = self;
        write!(f, "{status} (check {check} {code}, agent {agent} `{agent_text}`, {sessions} sessions)")
    }
}

impl State {
    /// Whether new sessions go to this server. `UP 1/3` is about to go down.
    pub fn is_up(&self) -> bool {
        self.status.starts_with("UP")
    }

    /// Whether the server is down, by either check.
    pub fn is_down(&self) -> bool {
        self.status.starts_with("DOWN")
    }
}

/// A file of the repository, such as `haproxy/modern.cfg`.
pub fn repository_file(name: &str) -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().expect("the package is a member of the workspace").join(name)
}

/// Replaces texts in one pass, so that a replacement is never replaced again.
///
/// # Panics
/// When one of the texts does not occur.
#[track_caller]
pub fn replace_all(text: &str, replacements: &[(&str, &str)]) -> String {
    let mut used = vec![false; replacements.len()];
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let here = replacements.iter().position(|(from, _)| rest.starts_with(from));
        let length = match here {
            Some(index) => {
                used[index] = true;
                result.push_str(replacements[index].1);
                replacements[index].0.len()
            }
            None => {
                result.push(next);
                next.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    for ((from, _), used) in replacements.iter().zip(used) {
        assert!(used, "`{from}` is not in the file");
    }
    result
}

impl Build {
    /// All versions, the oldest first.
    pub const ALL: [Build; 3] = [Build::System, Build::V30, Build::Sid];

    /// The word for this version on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Build::System => "system",
            Build::V30 => "3.0",
            Build::Sid => "sid",
        }
    }

    /// Whether a test of `what` can run with this HAProxy. If not, it is reported as skipped. The system's HAProxy is
    /// always expected.
    pub fn or_skip(self, what: &str) -> bool {
        match self.available() {
            Ok(()) => true,
            Err(why) => {
                skipped(what, &why);
                false
            }
        }
    }

    /// Whether this version is installed.
    ///
    /// # Errors
    /// Why it is not.
    pub fn available(self) -> Result<(), String> {
        let Some(name) = self.fetched() else { return Ok(()) };
        let servers = target().join("servers");
        if servers.join(name).join(".complete").exists() {
            return Ok(());
        }
        Err(match fs::read_to_string(servers.join(format!("{name}.unavailable"))) {
            Ok(why) => format!("{name}: could not be fetched: {}", why.trim()),
            Err(_) => format!("{name}: not fetched (make servers)"),
        })
    }

    /// The program, without any option.
    pub fn command(self) -> Command {
        match self.fetched() {
            Some(name) => {
                let mut command = Command::new(target().join("servers").join(name).join("run"));
                command.arg("haproxy");
                command
            }
            None => Command::new(system_program()),
        }
    }

    /// The directory below `target/servers`.
    fn fetched(self) -> Option<&'static str> {
        match self {
            Build::System => None,
            Build::V30 => Some("haproxy-3.0"),
            Build::Sid => Some("haproxy-sid"),
        }
    }
}

impl Config {
    /// A file of the repository with other addresses, ports and paths, in a directory of its own. If several
    /// replacements match at a place, the first one is used.
    ///
    /// # Panics
    /// When the file cannot be read, or a text to be replaced does not occur in it.
    #[track_caller]
    pub fn from_file(name: &str, replacements: &[(&str, &str)]) -> Config {
        let workdir = Workdir::new("haproxy");
        let dir = workdir.path().to_owned();
        Config { _workdir: Some(workdir), ..Config::in_dir(&dir, name, replacements) }
    }

    /// [`Config::from_file`] in a directory of the caller.
    #[track_caller]
    pub fn in_dir(dir: &Path, name: &str, replacements: &[(&str, &str)]) -> Config {
        let file = repository_file(name);
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let socket = dir.join("admin.sock").display().to_string();
        let with_socket: Vec<_> =
            [(ADMIN_SOCKET, socket.as_str())].into_iter().chain(replacements.iter().copied()).collect();
        Config::write(dir, &as_own_user(&replace_all(&text, &with_socket)))
    }

    /// A configuration for one test: `sections` after the usual `global` and `defaults`.
    pub fn from_text(sections: &str) -> Config {
        let workdir = Workdir::new("haproxy");
        let dir = workdir.path().to_owned();
        let text = format!(
            "global\n    stats socket {}/admin.sock level admin\n\
             defaults\n    mode tcp\n    timeout connect 1s\n    timeout client 1m\n    timeout server 1m\n{sections}",
            dir.display()
        );
        Config { _workdir: Some(workdir), ..Config::write(&dir, &text) }
    }

    fn write(dir: &Path, text: &str) -> Config {
        fs::write(dir.join("haproxy.cfg"), text).expect("the work directory is writable");
        Config { build: Build::System, dir: dir.to_owned(), inside: None, _workdir: None }
    }

    /// For another version than the system's.
    pub fn with(self, build: Build) -> Config {
        Config { build, ..self }
    }

    /// Runs HAProxy in a network namespace.
    #[must_use]
    pub fn inside(mut self, inside: &Inside) -> Config {
        self.inside = Some(inside.clone());
        self
    }

    /// The output of `haproxy -c` for this file.
    pub fn check(&self) -> Output {
        let mut command = self.command();
        command.arg("-c").stdin(Stdio::null()).output().expect("haproxy is installed (scripts/setup)")
    }

    /// Starts HAProxy without waiting for it.
    ///
    /// # Errors
    /// When HAProxy is not installed.
    pub fn launch(self) -> io::Result<Haproxy> {
        Ok(Haproxy { process: self.spawn(&[])?, config: self })
    }

    fn spawn(&self, options: &[&str]) -> io::Result<Process> {
        let mut command = self.command();
        command.arg("-db").args(options);
        Process::spawn_inside(self.inside.as_ref(), Account::Current, &command, &self.dir.join("haproxy.log"))
    }

    /// Starts HAProxy and waits until it answers on its admin socket.
    ///
    /// # Panics
    /// When it does not start. The message has its output.
    #[track_caller]
    pub fn start(self) -> Haproxy {
        self.start_with(&[])
    }

    /// Reloads: a new process takes over the ports of `old`, which ends with its last session.
    ///
    /// # Panics
    /// As [`Config::start`].
    #[track_caller]
    pub fn replace(self, old: &Haproxy) -> Haproxy {
        self.start_with(&["-sf", &old.process.pid().to_string()])
    }

    #[track_caller]
    fn start_with(self, options: &[&str]) -> Haproxy {
        let process = self.spawn(options).expect("haproxy is installed (scripts/setup)");
        let haproxy = Haproxy { process, config: self };
        wait_for("haproxy's admin socket", START, || {
            assert!(haproxy.is_alive(), "haproxy ended: {}", haproxy.log());
            haproxy.try_command("show info")
        });
        haproxy
    }

    fn command(&self) -> Command {
        let mut command = self.build.command();
        command.arg("-f").arg(self.dir.join("haproxy.cfg"));
        command
    }
}

/// Only a HAProxy that root has started can become another user.
fn as_own_user(text: &str) -> String {
    if geteuid().is_root() {
        return text.to_owned();
    }
    let of_root = |line: &&str| ["user ", "group ", "chroot "].iter().any(|word| line.trim_start().starts_with(word));
    text.lines().filter(|line| !of_root(line)).flat_map(|line| [line, "\n"]).collect()
}

/// In the directory for servers, which only root has in the path.
fn system_program() -> &'static str {
    const SYSTEM: &str = "/usr/sbin/haproxy";
    if Path::new(SYSTEM).exists() { SYSTEM } else { "haproxy" }
}

impl Haproxy {
    /// [`Config::from_file`], then start.
    #[track_caller]
    pub fn from_file(name: &str, replacements: &[(&str, &str)]) -> Haproxy {
        Config::from_file(name, replacements).start()
    }

    /// [`Config::from_text`], then start.
    #[track_caller]
    pub fn from_text(sections: &str) -> Haproxy {
        Config::from_text(sections).start()
    }

    /// The answer to a command on the admin socket.
    ///
    /// # Errors
    /// As the system reports them.
    pub fn try_command(&self, command: &str) -> io::Result<String> {
        let mut stream = UnixStream::connect(self.config.dir.join("admin.sock"))?;
        stream.set_read_timeout(Some(WITHIN))?;
        stream.write_all(format!("{command}\n").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// [`Haproxy::try_command`] for a command that must work.
    #[track_caller]
    pub fn command(&self, command: &str) -> String {
        self.try_command(command).unwrap_or_else(|error| panic!("{command}: {error}: {}", self.log()))
    }

    /// The state of a server.
    ///
    /// # Errors
    /// When the admin socket does not answer, or there is no such server.
    pub fn try_state(&self, backend: &str, server: &str) -> io::Result<State> {
        let table = self.try_command("show stat")?;
        state_in(&table, backend, server)
            .ok_or_else(|| io::Error::other(format!("no server {backend}/{server} in: {table}")))
    }

    /// [`Haproxy::try_state`] of a server that exists.
    #[track_caller]
    pub fn state(&self, backend: &str, server: &str) -> State {
        self.try_state(backend, server).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Waits until a server is in this state.
    #[track_caller]
    pub fn await_state(
        &self,
        backend: &str,
        server: &str,
        deadline: Duration,
        wanted: impl Fn(&State) -> bool,
    ) -> State {
        wait_for(&format!("state of {backend}/{server}"), deadline, || {
            let state = self.state(backend, server);
            if wanted(&state) { Ok(state) } else { Err(state.to_string()) }
        })
    }

    /// The process of HAProxy.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Starts HAProxy again after its end, without waiting for it.
    ///
    /// # Errors
    /// When the process cannot be created.
    pub fn relaunch(&mut self) -> io::Result<()> {
        self.process = self.config.spawn(&[])?;
        Ok(())
    }

    /// Whether the process exists.
    pub fn is_alive(&self) -> bool {
        self.process.is_alive()
    }

    /// Everything that HAProxy has printed.
    pub fn log(&self) -> String {
        fs::read_to_string(self.process.log()).unwrap_or_default()
    }
}

fn state_in(table: &str, backend: &str, server: &str) -> Option<State> {
    let mut lines = table.lines();
    let names = fields(lines.next()?.trim_start_matches("# "));
    let column = |name: &str| names.iter().position(|found| found == name);
    let row = lines.map(fields).find(|row| row.first().is_some_and(|b| b == backend) && row[1] == server)?;
    let value = |name: &str| column(name).and_then(|index| row.get(index)).cloned().unwrap_or_default();
    Some(State {
        status: value("status"),
        check: value("check_status"),
        code: value("check_code"),
        agent: value("agent_status"),
        agent_text: value("last_agt"),
        sessions: value("scur").parse().ok()?,
    })
}

/// The fields of a CSV line: HAProxy quotes those with commas or quotes, and doubles quotes in them.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => fields.last_mut().expect("it begins with one").push(c),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_in_is_not_replaced_again() {
        let replaced = replace_all("bind :3306 port 3306", &[("bind :3306", "bind :33061"), ("3306", "7")]);
        assert_eq!(replaced, "bind :33061 port 7");
    }

    #[test]
    #[should_panic(expected = "`10.10.10.9` is not in the file")]
    fn a_replacement_that_does_not_occur_is_a_failure() {
        replace_all("server 10.10.10.1", &[("10.10.10.9", "127.0.0.1")]);
    }

    #[test]
    fn a_quoted_field_is_one() {
        assert_eq!(fields("a,\"via agent, down\",,c"), ["a", "via agent, down", "", "c"]);
    }
}
