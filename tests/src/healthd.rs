//! The daemon under test, with its own directory, ports and configuration.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use crate::disk::Disk;
use crate::http::{self, Answer};
use crate::ports::free_port;
use crate::process::{Process, Signal, built};
use crate::server::Server;
use crate::wait::wait_for;
use crate::workdir::Workdir;

/// The executable that was built together with the tests.
///
/// # Panics
/// When it is not next to the executable of the test.
pub fn executable() -> PathBuf {
    built("healthd-under-test")
}

/// The options with which the daemon is started.
#[derive(Debug)]
pub struct Builder {
    // Dropped before the directory in which the disk is mounted.
    disk: Option<Disk>,
    workdir: Workdir,
    settings: String,
    instances: String,
    client_cnf: String,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    wrapper: Vec<String>,
    ports: (u16, u16),
}

/// A running daemon, killed on drop.
#[derive(Debug)]
pub struct Healthd {
    process: Process,
    /// The address of its HTTP port.
    pub http: SocketAddr,
    /// The address of its agent port.
    pub agent: SocketAddr,
    command: Vec<String>,
    environment: Vec<(String, String)>,
    disk: Option<Disk>,
    workdir: Workdir,
}

impl Builder {
    /// Adds top-level settings, such as `interval = "200ms"`.
    #[must_use]
    pub fn settings(mut self, toml: &str) -> Builder {
        writeln!(self.settings, "{toml}").expect("a String takes it");
        self
    }

    /// Adds a server at 127.0.0.1, with further settings for it.
    #[must_use]
    pub fn instance(self, name: &str, port: u16, toml: &str) -> Builder {
        self.instance_at(name, &format!("127.0.0.1:{port}"), toml)
    }

    /// Adds a server at any address.
    #[must_use]
    pub fn instance_at(mut self, name: &str, address: &str, toml: &str) -> Builder {
        writeln!(self.instances, "[[instance]]\nname = \"{name}\"\naddress = \"{address}\"\n{toml}")
            .expect("a String takes it");
        self
    }

    /// Adds tables such as `[[log]]`.
    #[must_use]
    pub fn logs(mut self, toml: &str) -> Builder {
        writeln!(self.instances, "{toml}").expect("a String takes it");
        self
    }

    /// Uses these credentials instead of user `mon`.
    #[must_use]
    pub fn client_cnf(mut self, text: &str) -> Builder {
        text.clone_into(&mut self.client_cnf);
        self
    }

    /// Adds an argument for `serve`.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Builder {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Builder {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts the daemon through another program, such as `prlimit --nofile=40`.
    #[must_use]
    pub fn wrapped_in(mut self, words: &[&str]) -> Builder {
        self.wrapper = words.iter().map(|&word| word.to_owned()).collect();
        self
    }

    /// A file of the directory that the daemon will have.
    pub fn file(&self, name: &str) -> PathBuf {
        self.workdir.join(name)
    }

    /// Puts the state directory on a disk of this many kilobytes, mounted under this name.
    ///
    /// # Panics
    /// When the disk cannot be mounted.
    #[must_use]
    #[track_caller]
    pub fn disk(mut self, name: &str, kilobytes: u32) -> Builder {
        let disk = Disk::mount(name, &self.workdir.join("state"), kilobytes);
        self.disk = Some(disk.unwrap_or_else(|error| panic!("a disk for the state: {error}")));
        self
    }

    /// The ports that the daemon will have, HTTP and agent.
    pub fn ports(&self) -> (u16, u16) {
        self.ports
    }

    /// Writes the files and starts the daemon without waiting for it.
    pub fn launch(self) -> Healthd {
        let Builder { workdir, ports, .. } = &self;
        write_config(workdir.path(), *ports, &self.settings, &self.instances);
        secret_file(&workdir.join("client.cnf"), &self.client_cnf);
        let config = workdir.join("healthd.toml").display().to_string();
        let exe = executable().display().to_string();
        let serve = [exe, "serve".to_owned(), "--config".to_owned(), config];
        let command: Vec<String> = self.wrapper.into_iter().chain(serve).chain(self.arguments).collect();
        let process = spawn(&command, &self.environment, &self.workdir);
        let address = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Healthd {
            process,
            http: address(self.ports.0),
            agent: address(self.ports.1),
            command,
            environment: self.environment,
            disk: self.disk,
            workdir: self.workdir,
        }
    }

    /// Starts the daemon and waits until every server has been probed once.
    pub fn start(self) -> Healthd {
        let healthd = self.launch();
        healthd.await_ready();
        healthd
    }
}

fn spawn(command: &[String], environment: &[(String, String)], workdir: &Workdir) -> Process {
    let mut words = Command::new(&command[0]);
    words.args(&command[1..]);
    words.env("HOME", workdir.path());
    for (name, value) in environment {
        words.env(name, value);
    }
    Process::spawn(&words, &workdir.join("healthd.log")).expect("healthd starts")
}

fn write_config(dir: &Path, (http, agent): (u16, u16), settings: &str, instances: &str) {
    let dir_shown = dir.display();
    let text = format!(
        "listen = [\"127.0.0.1:{http}\"]\nagent_listen = [\"127.0.0.1:{agent}\"]\nstate_dir = \"{dir_shown}/state\"\n\
         {settings}\n[mysql]\ndefaults_file = \"{dir_shown}/client.cnf\"\n{instances}"
    );
    fs::write(dir.join("healthd.toml"), text).expect("the work directory is writable");
}

/// Writes a file that only its owner may read.
pub fn secret_file(path: &Path, text: &str) {
    fs::write(path, text).expect("the work directory is writable");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("an own file's mode can be set");
}

impl Healthd {
    /// A daemon without servers. The test adds them.
    pub fn builder() -> Builder {
        Builder {
            workdir: Workdir::new("healthd"),
            settings: String::new(),
            instances: String::new(),
            client_cnf: "[client]\nuser=mon\npassword=mon\n".to_owned(),
            arguments: Vec::new(),
            environment: Vec::new(),
            wrapper: Vec::new(),
            ports: (free_port(), free_port()),
            disk: None,
        }
    }

    /// A running daemon that watches one server as `m0`.
    pub fn watching(server: &Server) -> Healthd {
        Healthd::builder().instance("m0", server.port(), "").start()
    }

    /// Waits until every server has been probed once.
    #[track_caller]
    pub fn await_ready(&self) {
        wait_for("healthd ready", Duration::from_secs(20), || {
            if !self.process.is_alive() {
                panic!("healthd ended: {}", self.log());
            }
            match http::try_request(Ipv4Addr::LOCALHOST.into(), self.http, "GET", "/-/ready") {
                Ok(Answer { status: 200, .. }) => Ok(()),
                Ok(answer) => Err(answer.body),
                Err(error) => Err(error.to_string()),
            }
        });
    }

    /// Sends a check, such as `port=3306&role=reader`.
    #[track_caller]
    pub fn check(&self, query: &str) -> Answer {
        http::request(self.http, "GET", &format!("/mysqlchk/?{query}"))
    }

    /// Sends a check from another loopback address.
    ///
    /// # Errors
    /// When there is no HTTP answer.
    pub fn check_from(&self, local: IpAddr, query: &str) -> std::io::Result<Answer> {
        http::try_request(local, self.http, "GET", &format!("/mysqlchk/?{query}"))
    }

    /// Gets a page.
    #[track_caller]
    pub fn get(&self, target: &str) -> Answer {
        http::request(self.http, "GET", target)
    }

    /// Sends this text to the agent, as it is, and returns the answer.
    #[track_caller]
    pub fn ask_agent(&self, sent: &str) -> String {
        let answer = http::exchange(Ipv4Addr::LOCALHOST.into(), self.agent, sent.as_bytes());
        String::from_utf8(answer.expect("the agent answers")).expect("the agent's line is text")
    }

    /// Waits until a check with this query gets this status and returns the answer.
    #[track_caller]
    pub fn await_status(&self, query: &str, status: u16, deadline: Duration) -> Answer {
        wait_for(&format!("{status} for {query}"), deadline, || {
            let answer = self.check(query);
            if answer.status == status { Ok(answer) } else { Err(format!("{} {}", answer.status, answer.body)) }
        })
    }

    /// Waits until a check with this query is answered with this reason code.
    #[track_caller]
    pub fn await_reason(&self, query: &str, code: &str, deadline: Duration) -> Answer {
        wait_for(&format!("{code} for {query}"), deadline, || {
            let answer = self.check(query);
            let found = answer.body.starts_with(&format!("down {code}: "));
            if found && answer.status == 503 { Ok(answer) } else { Err(format!("{} {}", answer.status, answer.body)) }
        })
    }

    /// The value of a metric, by its name with labels as printed.
    #[track_caller]
    pub fn metric(&self, series: &str) -> Option<f64> {
        let text = self.get("/metrics").body;
        let line = text.lines().find(|line| line.strip_prefix(series).is_some_and(|rest| rest.starts_with(' ')))?;
        line.rsplit_once(' ')?.1.parse().ok()
    }

    /// Waits until the log contains this text. A separate thread writes the log.
    #[track_caller]
    pub fn await_log(&self, words: &str) {
        wait_for(&format!("`{words}` in the log"), Duration::from_secs(5), || {
            let log = self.log();
            if log.contains(words) { Ok(()) } else { Err(log) }
        });
    }

    /// Runs a command of the command line against this daemon.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Output {
        let mut command = Command::new("timeout");
        command
            .arg("60")
            .arg(executable())
            .args(arguments)
            .arg("--config")
            .arg(self.config())
            .env("HOME", self.workdir.path());
        command.stdin(Stdio::null()).output().expect("healthd's command line runs")
    }

    /// The process of the daemon.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// The disk of the state directory, if it has one of its own.
    pub fn disk(&self) -> Option<&Disk> {
        self.disk.as_ref()
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.workdir.join("healthd.toml")
    }

    /// A file in the daemon's directory.
    pub fn file(&self, name: &str) -> PathBuf {
        self.workdir.join(name)
    }

    /// The log until now.
    pub fn log(&self) -> String {
        fs::read_to_string(self.workdir.join("healthd.log")).unwrap_or_default()
    }

    /// Replaces a text in the configuration file.
    #[track_caller]
    pub fn edit_config(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.config()).expect("the configuration is readable");
        assert!(text.contains(from), "`{from}` is not in the configuration");
        let mut file = fs::File::create(self.config()).expect("the configuration is writable");
        file.write_all(text.replace(from, to).as_bytes()).expect("the configuration is writable");
    }

    /// Sends SIGHUP.
    pub fn reload(&self) {
        self.process.signal(Signal::HUP);
    }

    /// Ends the daemon with SIGTERM and starts it again with the same files.
    pub fn restart(&mut self) {
        self.process.signal(Signal::TERM);
        self.process.wait_exit(Duration::from_secs(5));
        self.start_again();
    }

    /// Starts the daemon again after its end.
    #[track_caller]
    pub fn start_again(&mut self) {
        self.relaunch();
        self.await_ready();
    }

    /// Starts the daemon again after its end, without waiting for it.
    pub fn relaunch(&mut self) {
        self.process = spawn(&self.command, &self.environment, &self.workdir);
    }
}
