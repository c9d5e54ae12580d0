//! One database server.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::builder::{Builder, Ports};
use crate::disk::Disk;
use crate::flavor::Flavor;
use crate::netns::Inside;
use crate::process::{Process, Signal};
use crate::session::Session;
use crate::wait::{try_wait_for, wait_for};
use crate::workdir::Workdir;

const START: Duration = Duration::from_secs(90);
const END: Duration = Duration::from_secs(60);
/// Deadline for a statement.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server in its own directory, killed on drop.
///
/// Users: `root` without password over the socket. Over the socket and from 127.0.0.1: `mon` (monitoring), `app` (data
/// and tables), `adm` (all) and `repl` (replication), each with its name as password.
#[derive(Debug)]
pub struct Server {
    // Dropped before the directory: the server must be gone before its files are removed.
    running: Mutex<Running>,
    flavor: Flavor,
    server_id: u32,
    ports: Ports,
    inside: Option<Inside>,
    // Unmounted before the mount point is removed.
    disk: Option<Disk>,
    workdir: Workdir,
}

#[derive(Debug)]
struct Running {
    process: Process,
    /// Where the log of this start begins.
    log_start: usize,
}

/// Why a server did not start.
pub(crate) enum StartError {
    /// Another process listens on one of its ports.
    PortTaken,
    /// Any other cause, with the end of the log.
    Other(String),
}

impl Server {
    /// A server with binary log and GTIDs, `server_id` 1.
    pub fn builder(flavor: Flavor) -> Builder {
        Builder::new(flavor)
    }

    /// Starts the server in a directory that has its data and option file.
    pub(crate) fn launch(
        flavor: Flavor,
        server_id: u32,
        ports: Ports,
        workdir: Workdir,
        options: &[String],
        inside: Option<Inside>,
        disk: Option<Disk>,
    ) -> io::Result<Self> {
        let process = spawn(flavor, workdir.path(), options, inside.as_ref())?;
        let running = Running { process, log_start: 0 };
        Ok(Self { running: Mutex::new(running), flavor, server_id, ports, inside, disk, workdir })
    }

    /// The flavor of this server.
    pub fn flavor(&self) -> Flavor {
        self.flavor
    }

    /// Its `server_id`.
    pub fn server_id(&self) -> u32 {
        self.server_id
    }

    /// The SQL port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.ports.sql
    }

    /// The port that also answers when all connections are in use: MariaDB's `extra_port`, MySQL's `admin_port`.
    pub fn extra_port(&self) -> Option<u16> {
        (self.flavor != Flavor::MySql56).then_some(self.ports.extra)
    }

    /// The path of the unix socket.
    pub fn socket(&self) -> PathBuf {
        self.workdir.join("sock")
    }

    /// The data directory.
    pub fn datadir(&self) -> PathBuf {
        match &self.disk {
            Some(disk) => disk.path().join("data"),
            None => self.workdir.join("data"),
        }
    }

    /// The disk of the data directory, if it has one of its own.
    pub fn disk(&self) -> Option<&Disk> {
        self.disk.as_ref()
    }

    /// The option file, to be changed before a restart.
    pub fn config_file(&self) -> PathBuf {
        self.workdir.join("my.cnf")
    }

    /// The process id; that of the last start if the server is dead.
    pub fn pid(&self) -> u32 {
        self.running().process.pid()
    }

    /// Whether the process exists. A stopped one does.
    pub fn is_alive(&self) -> bool {
        self.running().process.is_alive()
    }

    /// Everything that the server has logged, over all its starts.
    pub fn log(&self) -> String {
        let log = fs::read(self.workdir.join("log")).unwrap_or_default();
        String::from_utf8_lossy(&log).into_owned()
    }

    /// The output of the mariadb client without column names, as root over the socket.
    ///
    /// # Panics
    ///
    /// With the text of the error.
    #[track_caller]
    pub fn sql(&self, sql: &str) -> String {
        match self.try_sql(sql) {
            Ok(output) => output,
            Err(e) => panic!("{} (port {}): {sql}: {e}", self.flavor, self.port()),
        }
    }

    /// A connection that stays open until it is dropped.
    pub fn session(&self) -> Session {
        Session::open(&self.socket())
    }

    /// As [`Server::sql`], with the text of the error as `Err`.
    pub fn try_sql(&self, sql: &str) -> Result<String, String> {
        self.try_sql_within(PATIENCE, sql)
    }

    /// [`Server::try_sql`] with another deadline, in whole seconds, for a server that may hang.
    pub fn try_sql_within(&self, deadline: Duration, sql: &str) -> Result<String, String> {
        self.client(deadline, &["--skip-column-names"], sql)
    }

    /// The rows of one statement, by column name. NULL becomes the text `NULL`.
    pub fn try_rows(&self, sql: &str) -> Result<Vec<BTreeMap<String, String>>, String> {
        self.try_rows_within(PATIENCE, sql)
    }

    /// [`Server::try_rows`] with another deadline, in whole seconds, for a server that may hang.
    pub fn try_rows_within(&self, deadline: Duration, sql: &str) -> Result<Vec<BTreeMap<String, String>>, String> {
        let output = self.client(deadline, &[], sql)?;
        let mut lines = output.lines().map(|line| line.split('\t').map(str::to_owned));
        let names: Vec<String> = lines.next().map(Iterator::collect).unwrap_or_default();
        Ok(lines.map(|row| names.iter().cloned().zip(row).collect()).collect())
    }

    fn client(&self, deadline: Duration, options: &[&str], sql: &str) -> Result<String, String> {
        let output = Command::new("timeout")
            .arg(deadline.as_secs().to_string())
            // Over the socket, because the client refuses a server whose TLS is too old.
            .args(["mariadb", "--no-defaults", "--skip-ssl", "--connect-timeout=10", "--batch"])
            .args(options)
            .arg("--user=root")
            .arg("--socket")
            .arg(self.socket())
            .args(["--execute", sql])
            .output()
            .map_err(|e| e.to_string())?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
        }
        let stderr = String::from_utf8_lossy(&output.stderr);
        // The statement precedes the message, between rulers.
        match stderr.lines().find(|line| line.starts_with("ERROR ")) {
            Some(error) => Err(error.to_owned()),
            None => Err(format!("{}: {}", output.status, stderr.trim())),
        }
    }

    /// Kills the server with SIGKILL, as a crash does, and waits for its end.
    pub fn kill9(&self) {
        self.running().process.kill9();
    }

    /// Stops the server with SIGSTOP: its ports still accept connections, but never answer.
    pub fn stop(&self) {
        self.running().process.stop();
    }

    /// Continues the server after [`Server::stop`].
    pub fn cont(&self) {
        self.running().process.cont();
    }

    /// Shuts the server down cleanly and waits for its end.
    #[track_caller]
    pub fn terminate(&self) {
        let running = self.running();
        running.process.signal(Signal::TERM);
        running.process.wait_exit(END);
    }

    /// Starts the server again with the same data and ports, after a clean shutdown if it is alive, and waits until it
    /// answers.
    #[track_caller]
    pub fn restart(&self) {
        self.restart_with(&[]);
    }

    /// [`Server::restart`] with options on the command line.
    #[track_caller]
    pub fn restart_with(&self, options: &[&str]) {
        wait_for("a restart on the same ports", START, || {
            self.relaunch_with(options);
            match self.await_ready() {
                Ok(()) => Some(()),
                // An outgoing connection of any process may use the port for a moment.
                Err(StartError::PortTaken) => None,
                Err(StartError::Other(e)) => panic!("{e}"),
            }
        });
    }

    /// [`Server::restart_with`] without waiting for anything.
    #[track_caller]
    pub fn relaunch_with(&self, options: &[&str]) {
        if self.is_alive() {
            self.terminate();
        }
        // These files stay after a SIGKILL, and a server refuses to start if their process id exists again.
        for left in ["pid", "sock", "sock.lock"] {
            fs::remove_file(self.workdir.join(left)).ok();
        }
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        let mut running = self.running();
        let log_start = self.log().len();
        let process = spawn(self.flavor, self.workdir.path(), &options, self.inside.as_ref())
            .expect("what was started once can be started again");
        *running = Running { process, log_start };
    }

    /// Waits by reading the log, because each attempt to connect would count in the server's own statistics.
    pub(crate) fn await_ready(&self) -> Result<(), StartError> {
        let outcome = try_wait_for(START, || {
            let running = self.running();
            // Checked before the log is read. Otherwise the last lines could be missed.
            let ended = running.process.exit_status();
            let log = self.log();
            let log = log.get(running.log_start..).unwrap_or_default();
            if log.contains("d: ready for connections") {
                return Ok(Ok(()));
            }
            match ended {
                None => Err("not ready".to_owned()),
                Some(_) if log.contains("Address already in use") => Ok(Err(StartError::PortTaken)),
                Some(status) => Ok(Err(StartError::Other(format!(
                    "{} ended while starting ({status}):\n{}",
                    self.flavor,
                    running.process.log_tail()
                )))),
            }
        });
        outcome.unwrap_or_else(|_| {
            let tail = self.running().process.log_tail();
            let flavor = self.flavor;
            Err(StartError::Other(format!("{flavor} is not ready within {START:?}:\n{tail}")))
        })?;
        self.try_sql("SELECT 1").map(drop).map_err(|e| StartError::Other(format!("{}: {e}", self.flavor)))
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn spawn(flavor: Flavor, dir: &Path, options: &[String], inside: Option<&Inside>) -> io::Result<Process> {
    let mut command = flavor.command();
    command.arg(format!("--defaults-file={}", dir.join("my.cnf").display()));
    command.args(options);
    Process::spawn_inside(inside, flavor.account(), &command, &dir.join("log"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::processes_of;
    use std::net::TcpStream;

    fn gone(pid: u32) -> bool {
        !Path::new(&format!("/proc/{pid}")).exists()
    }

    /// The whole life of each flavor in one test, because the start takes most of the time.
    fn life(flavor: Flavor) {
        if !flavor.or_skip("the life of a server") {
            return;
        }
        let server = Server::builder(flavor).server_id(7).config("max_connections=20").start();
        assert_eq!(server.sql("SELECT 1"), "1");
        let settings = server.sql("SELECT @@server_id, @@port, @@max_connections, @@log_bin");
        assert_eq!(settings, format!("7\t{}\t20\t1", server.port()));
        let rows = server.try_rows("SELECT 1 AS a, NULL AS b").expect("a row");
        assert_eq!((rows.len(), &*rows[0]["a"], &*rows[0]["b"]), (1, "1", "NULL"));
        let error = server.try_sql("SELECT nothing").expect_err("no such column");
        assert!(error.starts_with("ERROR 1054 (42S22)"), "{error}");
        for port in [Some(server.port()), server.extra_port()].into_iter().flatten() {
            TcpStream::connect(("127.0.0.1", port)).expect("it listens");
        }
        server.sql("CREATE DATABASE lab; CREATE TABLE lab.t (id INT PRIMARY KEY) ENGINE=InnoDB");

        server.sql("INSERT INTO lab.t VALUES (1)");
        let (pid, port) = (server.pid(), server.port());
        server.kill9();
        assert!(!server.is_alive() && gone(pid));
        server.restart();
        assert_eq!((server.sql("SELECT id FROM lab.t"), server.port()), ("1".to_owned(), port));

        server.stop();
        assert!(server.is_alive());
        server.cont();
        server.terminate();
        assert!(!server.is_alive());
        server.restart();
        assert_eq!(server.sql("SELECT id FROM lab.t"), "1");

        server.stop();
        let (pid, datadir) = (server.pid(), server.datadir());
        drop(server);
        assert!(gone(pid) && !datadir.exists());
        assert_eq!(processes_of(&datadir), [""; 0]);
    }

    #[test]
    fn life_of_mariadb() {
        life(Flavor::MariaDb);
    }

    #[test]
    fn life_of_mariadb_11_8() {
        life(Flavor::MariaDb118);
    }

    #[test]
    fn life_of_mysql_9_7() {
        life(Flavor::MySql97);
    }

    #[test]
    fn life_of_mysql_5_6() {
        life(Flavor::MySql56);
    }

    #[test]
    fn users_can_log_in_over_tcp_and_the_socket() {
        for flavor in Flavor::ALL {
            if !flavor.or_skip("the users of a server") {
                continue;
            }
            let server = Server::builder(flavor).start();
            let port = format!("--port={}", server.port());
            let socket = format!("--socket={}", server.socket().display());
            for user in ["mon", "app", "adm", "repl"] {
                for way in [["--host=127.0.0.1", &port], ["--host=localhost", &socket]] {
                    let output = Command::new("mariadb")
                        .args(["--no-defaults", "-N", "-u", user, &format!("-p{user}")])
                        .args(way)
                        .args(["-e", "SELECT CURRENT_USER()"])
                        .output()
                        .expect("the command line starts");
                    let host = if way[1] == port { "127.0.0.1" } else { "localhost" };
                    let who = String::from_utf8_lossy(&output.stdout);
                    assert_eq!(who.trim(), format!("{user}@{host}"), "{flavor}: {output:?}");
                }
            }
        }
    }
}
