//! Two nodes as HAProxy sees them in production: two addresses, the same ports on both.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use healthd_tests::haproxy::Config;
use healthd_tests::ports::free_port;
use healthd_tests::replication::replica_status;
use healthd_tests::{Flavor, Haproxy, Healthd, Server, wait_for};

/// All of 127.0.0.0/8 is this machine.
const ONE: Ipv4Addr = Ipv4Addr::LOCALHOST;
const TWO: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// Ports that HAProxy's files name once for all servers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) sql: u16,
    pub(crate) http: u16,
    pub(crate) agent: u16,
}

/// `db101` and `db201`, each with its healthd.
pub(super) struct Site {
    pub(super) one: Server,
    pub(super) two: Server,
    pub(super) healthd_one: Healthd,
    pub(super) healthd_two: Healthd,
    pub(super) ports: Ports,
}

impl Site {
    /// Two servers without replication.
    #[track_caller]
    pub(super) fn apart() -> Site {
        let one = Server::builder(Flavor::MariaDb).server_id(1).start();
        let sql = one.port();
        let two = format!("bind-address={TWO}\nport={sql}");
        let two = Server::builder(Flavor::MariaDb).server_id(2).config(&two).start();
        let builder = Healthd::builder();
        let (http, agent) = builder.ports();
        let ports = Ports { sql, http, agent };
        let healthd_one = builder.instance("m0", sql, "").start();
        Site { one, two, healthd_one, healthd_two: healthd_two(ports), ports }
    }

    /// Two servers that replicate from each other.
    #[track_caller]
    pub(super) fn replicating() -> Site {
        let site = Site::apart();
        let port = site.ports.sql;
        for (to, from) in [(&site.one, TWO), (&site.two, ONE)] {
            to.sql(&format!(
                "CHANGE MASTER TO MASTER_HOST='{from}', MASTER_PORT={port}, MASTER_USER='repl', \
                 MASTER_PASSWORD='repl', MASTER_CONNECT_RETRY=1, MASTER_USE_GTID=slave_pos; START SLAVE"
            ));
            wait_for("running replication threads", Duration::from_secs(30), || {
                let status = replica_status(to, None)?;
                ["Slave_IO_Running", "Slave_SQL_Running"].iter().all(|thread| status[*thread] == "Yes").then_some(())
            });
        }
        site
    }

    /// One of our files for this site, with further replacements, and the ports of its frontends.
    #[track_caller]
    pub(super) fn config(&self, file: &str, more: &[(&str, &str)]) -> (Config, Frontends) {
        config(self.ports, file, more)
    }

    /// [`Site::config`], then start.
    #[track_caller]
    pub(super) fn haproxy(&self, file: &str, more: &[(&str, &str)]) -> (Haproxy, Frontends) {
        let (config, frontends) = self.config(file, more);
        (config.start(), frontends)
    }
}

/// The ports of HAProxy itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frontends {
    pub(crate) write: u16,
    pub(crate) read: u16,
}

/// One of our files with the addresses and ports of a site.
#[track_caller]
pub(crate) fn config(ports: Ports, file: &str, more: &[(&str, &str)]) -> (Config, Frontends) {
    let frontends = Frontends { write: free_port(), read: free_port() };
    let binds = [("bind :3306", frontends.write), ("bind :3307", frontends.read)];
    let text = std::fs::read_to_string(healthd_tests::haproxy::repository_file(file)).expect("our file is readable");
    let mut replacements: Vec<(String, String)> =
        more.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
    for (bind, port) in binds {
        if text.contains(bind) {
            replacements.push((bind.to_owned(), format!("bind {ONE}:{port}")));
        }
    }
    replacements.extend([("10.10.10.1:".to_owned(), format!("{ONE}:")), ("10.10.10.2:".to_owned(), format!("{TWO}:"))]);
    for (documented, here) in [("31338", ports.agent), ("31337", ports.http), ("3306", ports.sql)] {
        if text.contains(documented) {
            replacements.push((documented.to_owned(), here.to_string()));
        }
    }
    let borrowed: Vec<_> = replacements.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect();
    (Config::from_file(file, &borrowed), frontends)
}

#[track_caller]
fn healthd_two(ports: Ports) -> Healthd {
    let Ports { sql, http, agent } = ports;
    // No other process is likely to take these ports between the choice on the other address and their use here.
    drop(TcpListener::bind((TWO, http)).expect("the second address is this machine"));
    let mut healthd = Healthd::builder()
        .instance_at("m0", &format!("{TWO}:{sql}"), "")
        .argument("--listen")
        .argument(&format!("{TWO}:{http}"))
        .argument("--agent-listen")
        .argument(&format!("{TWO}:{agent}"))
        .launch();
    healthd.http = SocketAddr::from((TWO, http));
    healthd.agent = SocketAddr::from((TWO, agent));
    healthd.await_ready();
    healthd
}

/// The answer to a query in a new session through a frontend.
pub(crate) fn ask(frontend: u16, sql: &str) -> Result<String, String> {
    let output = client(frontend).args(["--execute", sql]).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim_end().to_owned())
}

/// The `server_id` of the server that a new session reaches.
pub(crate) fn who(frontend: u16) -> Result<String, String> {
    ask(frontend, "SELECT @@server_id")
}

/// Waits until new sessions reach a server.
#[track_caller]
pub(super) fn await_who(frontend: u16, server_id: &str, deadline: Duration) {
    wait_for(&format!("an answer of server {server_id}"), deadline, || {
        let answered = who(frontend)?;
        if answered == server_id { Ok(()) } else { Err(format!("server {answered} answers")) }
    });
}

fn client(frontend: u16) -> Command {
    let mut command = Command::new("timeout");
    command
        .args(["30", "mariadb", "--no-defaults", "--connect-timeout=10", "--batch", "--skip-column-names"])
        .args(["--host=127.0.0.1", &format!("--port={frontend}"), "--user=app", "--password=app"])
        .args(["--unbuffered", "--skip-reconnect"])
        .stdin(Stdio::null());
    command
}

/// A session that stays open, like those of a connection pool.
pub(super) struct Session {
    child: Child,
    stdin: ChildStdin,
    answers: Receiver<String>,
}

impl Session {
    #[track_caller]
    pub(super) fn open(frontend: u16) -> Session {
        let mut command = client(frontend);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the mariadb command line starts");
        let stdin = child.stdin.take().expect("it is piped");
        let stdout = BufReader::new(child.stdout.take().expect("it is piped"));
        let (sender, answers) = mpsc::channel();
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        let mut session = Session { child, stdin, answers };
        session.ask("SELECT 1").expect("a new session answers");
        session
    }

    /// The one line of the answer; `Err` if the session was cut.
    pub(crate) fn ask(&mut self, sql: &str) -> Result<String, String> {
        writeln!(self.stdin, "{sql};").map_err(|error| error.to_string())?;
        match self.answers.recv_timeout(Duration::from_secs(10)) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Disconnected) => Err("the session was cut".to_owned()),
            Err(RecvTimeoutError::Timeout) => Err("no answer in 10 s".to_owned()),
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
