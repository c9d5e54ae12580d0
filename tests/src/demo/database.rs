//! One MariaDB of the demo.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use healthd_tests::account::Account;
use healthd_tests::{Flavor, Process, template};

use healthd_tests::stop::{Ended, Stop};

const START: Duration = Duration::from_secs(60);

/// A database, killed on drop.
#[derive(Debug)]
pub(crate) struct Database {
    process: Process,
    account: Account,
    address: SocketAddr,
    dir: PathBuf,
}

impl Database {
    /// Creates the files and starts the database without waiting for it.
    pub(crate) fn launch(dir: &Path, server_id: u8, address: SocketAddr) -> Result<Database, Ended> {
        fs::create_dir_all(dir).map_err(Ended::failed)?;
        template::copy(Flavor::MariaDb, &dir.join("data")).map_err(Ended::failed)?;
        let account = Account::reaching(dir);
        fs::write(dir.join("my.cnf"), options(dir, server_id, address, account)).map_err(Ended::failed)?;
        account.own(dir).map_err(Ended::failed)?;
        Ok(Database { process: spawn(dir, account)?, account, address, dir: dir.to_owned() })
    }

    /// The address of its SQL port.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Whether the process exists.
    pub(crate) fn is_alive(&self) -> bool {
        self.process.is_alive()
    }

    /// Kills the database as a crash would.
    pub(crate) fn kill9(&self) {
        self.process.kill9();
    }

    /// Starts the database again after its end, without waiting for it.
    pub(crate) fn relaunch(&mut self) -> Result<(), Ended> {
        // A server refuses to start if the process id in this file exists again.
        for left in ["pid", "sock"] {
            fs::remove_file(self.dir.join(left)).ok();
        }
        self.process = spawn(&self.dir, self.account)?;
        Ok(())
    }

    /// Waits until the database answers.
    pub(crate) fn await_ready(&self, stop: &Stop) -> Result<(), Ended> {
        stop.until("the server's first answer", START, || {
            if self.is_alive() { self.sql("SELECT 1").map(|_| Ok(())) } else { Ok(Err(self.process.log_tail())) }
        })?
        .map_err(|log| Ended::Failed(format!("it has ended:\n{log}")))
    }

    /// Makes the database a replica and waits until both threads run.
    pub(crate) fn replicate_from(&self, source: &Database, stop: &Stop) -> Result<(), Ended> {
        let (host, port) = (source.address.ip(), source.address.port());
        self.sql(&format!(
            "CHANGE MASTER TO MASTER_HOST='{host}', MASTER_PORT={port}, MASTER_USER='repl', MASTER_PASSWORD='repl', \
             MASTER_CONNECT_RETRY=1, MASTER_USE_GTID=slave_pos; START SLAVE"
        ))
        .map_err(Ended::Failed)?;
        self.await_replication(stop)
    }

    /// Waits until both replication threads run.
    pub(crate) fn await_replication(&self, stop: &Stop) -> Result<(), Ended> {
        stop.until("running replication", START, || {
            let running = self.sql("SHOW GLOBAL STATUS LIKE 'Slave_running'")?;
            let log = self.process.log_tail();
            if running.ends_with("ON") { Ok(()) } else { Err(log.lines().last().unwrap_or_default().to_owned()) }
        })
    }

    /// The output of the mariadb client, as root over the socket.
    pub(crate) fn sql(&self, sql: &str) -> Result<String, String> {
        let output = Command::new("timeout")
            .args(["10", "mariadb", "--no-defaults", "--batch", "--skip-column-names", "--user=root"])
            .arg("--socket")
            .arg(self.dir.join("sock"))
            .args(["--execute", sql])
            .output()
            .map_err(|error| format!("mariadb: {error}"))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
        }
        Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

fn options(dir: &Path, server_id: u8, address: SocketAddr, account: Account) -> String {
    let (ip, port, user, dir) = (address.ip(), address.port(), account.option(), dir.display());
    format!(
        "[mysqld]\nuser={user}\ndatadir={dir}/data\ntmpdir={dir}\nsocket={dir}/sock\npid-file={dir}/pid\n\
         bind-address={ip}\nport={port}\nskip-name-resolve=ON\n\
         innodb_buffer_pool_size=32M\ninnodb_log_file_size=8M\n\
         # Each its own domain, so that the positions of both can be told apart.\n\
         server-id={server_id}\ngtid_domain_id={server_id}\ngtid_strict_mode=ON\n\
         log-bin=bin\nrelay-log=relay\nlog-slave-updates\nbinlog_format=ROW\nslave_net_timeout=10\n\
         auto_increment_increment=2\nauto_increment_offset={server_id}\n"
    )
}

fn spawn(dir: &Path, account: Account) -> Result<Process, Ended> {
    // Only root has the directory for servers in the path.
    const SYSTEM: &str = "/usr/sbin/mariadbd";
    let mut command = Command::new(if Path::new(SYSTEM).exists() { SYSTEM } else { "mariadbd" });
    command.arg(format!("--defaults-file={}", dir.join("my.cnf").display()));
    Process::spawn_as(account, &command, &dir.join("log")).map_err(Ended::failed)
}
