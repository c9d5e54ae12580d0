//! One node of the demo: a database and its healthd.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use healthd_tests::Process;
use healthd_tests::healthd::secret_file;
use healthd_tests::http::{Answer, try_request};

use super::database::Database;
use healthd_tests::stop::{Ended, Stop};

/// The ports that both nodes have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) sql: u16,
    pub(crate) http: u16,
    pub(crate) agent: u16,
}

/// A node. Its healthd ends before its database.
#[derive(Debug)]
pub(crate) struct Node {
    healthd: Process,
    /// The database.
    pub(crate) database: Database,
    /// The name in HAProxy's file.
    pub(crate) name: &'static str,
    /// The `server_id`.
    pub(crate) server_id: u8,
    http: SocketAddr,
    config: PathBuf,
}

impl Node {
    /// Starts a healthd for a database that may not answer yet.
    pub(crate) fn launch(
        name: &'static str,
        server_id: u8,
        database: Database,
        ports: Ports,
        dir: &Path,
    ) -> Result<Node, Ended> {
        let ip = database.address().ip();
        let Ports { sql, http, agent } = ports;
        let client_cnf = dir.join("client.cnf");
        secret_file(&client_cnf, "[client]\nuser=mon\npassword=mon\n");
        let config = dir.join("healthd.toml");
        let text = format!(
            "listen = [\"{ip}:{http}\"]\nagent_listen = [\"{ip}:{agent}\"]\nstate_dir = \"{}\"\n\
             [mysql]\ndefaults_file = \"{}\"\n[[instance]]\nname = \"{name}\"\naddress = \"{ip}:{sql}\"\n",
            dir.join("state").display(),
            client_cnf.display(),
        );
        fs::write(&config, text).map_err(Ended::failed)?;
        let mut command = Command::new(executable()?);
        command.arg("serve").arg("--config").arg(&config);
        let healthd = Process::spawn(&command, &dir.join("healthd.log")).map_err(Ended::failed)?;
        Ok(Node { healthd, database, name, server_id, http: SocketAddr::new(ip, http), config })
    }

    /// Sends a check as HAProxy does.
    pub(crate) fn check(&self) -> Result<Answer, String> {
        let target = format!("/mysqlchk/?port={}&role=any", self.database.address().port());
        try_request(IpAddr::V4(Ipv4Addr::LOCALHOST), self.http, "GET", &target).map_err(|error| error.to_string())
    }

    /// Waits until healthd reports the database as up.
    pub(crate) fn await_up(&self, stop: &Stop) -> Result<(), Ended> {
        stop.until("healthd's `up`", Duration::from_secs(20), || {
            if !self.healthd.is_alive() {
                return Ok(Err(Ended::Failed(format!("healthd has ended:\n{}", self.healthd.log_tail()))));
            }
            match self.check()? {
                Answer { status: 200, .. } => Ok(Ok(())),
                answer => Err(answer.body.trim_end().to_owned()),
            }
        })?
    }

    /// The URL of the status page.
    pub(crate) fn status_page(&self) -> String {
        format!("http://{}/", self.http)
    }

    /// The command that takes the database out.
    pub(crate) fn maintenance_command(&self) -> Result<String, Ended> {
        let (program, config) = (executable()?, &self.config);
        Ok(format!("{} maintenance on {} --config {}", shown(&program), self.name, shown(config)))
    }
}

/// A path relative to the user's working directory.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

/// The daemon, which Cargo puts next to the demo. `scripts/demo` names another one if only the tests were built.
fn executable() -> Result<PathBuf, Ended> {
    let name = std::env::var_os("DEMO_HEALTHD").unwrap_or_else(|| "healthd".into());
    let file = std::env::current_exe().map_err(Ended::failed)?.with_file_name(name);
    if file.is_file() { Ok(file) } else { Err(Ended::Failed(format!("{} is not built", file.display()))) }
}
