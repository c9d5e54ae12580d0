//! The options with which a server is started.

use std::fs;
use std::io;
use std::path::Path;

use crate::disk::Disk;
use crate::flavor::Flavor;
use crate::netns::Inside;
use crate::ports::free_port;
use crate::server::{Server, StartError};
use crate::template;
use crate::workdir::Workdir;

const ATTEMPTS: usize = 5;

/// The options of one server.
#[derive(Clone, Debug)]
pub struct Builder {
    flavor: Flavor,
    server_id: u32,
    config: String,
    first_options: Vec<String>,
    empty: bool,
    first_ports: Option<Ports>,
    inside: Option<Inside>,
    disk: Option<(String, u32)>,
}

/// The ports of a server on 127.0.0.1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) sql: u16,
    pub(crate) extra: u16,
}

impl Builder {
    pub(crate) fn new(flavor: Flavor) -> Self {
        Self {
            flavor,
            server_id: 1,
            config: String::new(),
            first_options: Vec::new(),
            empty: false,
            first_ports: None,
            inside: None,
            disk: None,
        }
    }

    /// `server_id`, which is also MariaDB's `gtid_domain_id`.
    pub fn server_id(mut self, id: u32) -> Self {
        self.server_id = id;
        self
    }

    /// Appends lines to `[mysqld]`, after those of the harness, so that they win. `{port}` becomes the SQL port.
    pub fn config(mut self, lines: &str) -> Self {
        self.config.extend([lines, "\n"]);
        self
    }

    /// An option on the command line of the first start only, not of restarts.
    pub fn first_option(mut self, option: &str) -> Self {
        self.first_options.push(option.to_owned());
        self
    }

    /// Starts with an empty data directory, for a server that copies everything from another one.
    pub fn empty(mut self) -> Self {
        self.empty = true;
        self
    }

    /// Runs the server in a network namespace, on all addresses there and on MySQL's usual port.
    pub fn inside(mut self, inside: &Inside) -> Self {
        self.inside = Some(inside.clone());
        self.first_ports = Some(Ports { sql: 3306, extra: 3307 });
        self.config("bind-address=0.0.0.0")
    }

    /// Puts the data on a separate disk of this many megabytes, mounted under this name.
    pub fn disk(mut self, name: &str, megabytes: u32) -> Self {
        self.disk = Some((name.to_owned(), megabytes));
        self
    }

    #[cfg(test)]
    fn first_ports(mut self, ports: Ports) -> Self {
        self.first_ports = Some(ports);
        self
    }

    /// Starts the server and waits until it answers. If another process has taken a port, tries other ports.
    ///
    /// # Panics
    ///
    /// When the server does not start. The message has the end of its log.
    #[track_caller]
    pub fn start(mut self) -> Server {
        for _ in 0..ATTEMPTS {
            let server = self.launch();
            match server.await_ready() {
                Ok(()) => return server,
                Err(StartError::PortTaken) => self.first_ports = None,
                Err(StartError::Other(e)) => panic!("{e}"),
            }
        }
        panic!("{}: no free ports in {ATTEMPTS} attempts", self.flavor);
    }

    /// Starts the server without waiting for it.
    ///
    /// # Panics
    ///
    /// When the directory or the process cannot be created.
    #[track_caller]
    pub fn launch(&self) -> Server {
        let ports = self.first_ports.unwrap_or_else(|| Ports { sql: free_port(), extra: free_port() });
        match self.launch_on(ports) {
            Ok(server) => server,
            Err(e) => panic!("{}: {e}", self.flavor),
        }
    }

    fn launch_on(&self, ports: Ports) -> io::Result<Server> {
        let workdir = Workdir::new(self.flavor.name());
        let disk = match &self.disk {
            Some((name, megabytes)) => Some(Disk::mount(name, &workdir.join("disk"), megabytes * 1024)?),
            None => None,
        };
        let datadir = disk.as_ref().map_or(workdir.path(), Disk::path).join("data");
        if self.empty {
            fs::create_dir(&datadir)?;
        } else {
            template::copy(self.flavor, &datadir)?;
            self.identify(&datadir)?;
        }
        let config = self.config_file(ports, workdir.path(), &datadir);
        fs::write(workdir.join("my.cnf"), config)?;
        self.flavor.account().own(workdir.path())?;
        Server::launch(self.flavor, self.server_id, ports, workdir, &self.first_options, self.inside.clone(), disk)
    }

    /// Two MySQL servers that start at the same moment may choose the same UUID. Then they do not replicate.
    fn identify(&self, datadir: &Path) -> io::Result<()> {
        if self.flavor.is_mariadb() {
            return Ok(());
        }
        let uuid = fs::read_to_string("/proc/sys/kernel/random/uuid")?;
        fs::write(datadir.join("auto.cnf"), format!("[auto]\nserver-uuid={uuid}"))
    }

    fn config_file(&self, ports: Ports, dir: &Path, datadir: &Path) -> String {
        let Ports { sql, extra } = ports;
        let (dir, datadir) = (dir.display(), datadir.display());
        let id = self.server_id;
        // `--defaults-file` is the only option file, so everything else has the server's own default.
        let of_flavor = match self.flavor {
            Flavor::MariaDb | Flavor::MariaDb118 => format!(
                "extra_port={extra}\nextra_max_connections=2\ngtid_domain_id={id}\n\
                 gtid_strict_mode=ON\nlog-slave-updates\nslave_net_timeout=10\nbinlog_format=ROW\n"
            ),
            Flavor::MySql97 => format!(
                "admin_address=127.0.0.1\nadmin_port={extra}\ngtid_mode=ON\n\
                 enforce_gtid_consistency=ON\nreplica_net_timeout=10\n"
            ),
            Flavor::MySql56 => "gtid_mode=ON\nenforce_gtid_consistency=ON\nlog-slave-updates\n\
                 slave_net_timeout=10\nbinlog_format=ROW\n"
                .to_owned(),
        };
        format!(
            "[mysqld]\n{}user={}\ndatadir={datadir}\ntmpdir={dir}\nsocket={dir}/sock\npid-file={dir}/pid\n\
             port={sql}\nbind-address=127.0.0.1\nskip-name-resolve=ON\nserver-id={id}\n\
             report_host=127.0.0.1\nreport_port={sql}\nlog-bin=bin\nrelay-log=relay\nsync_binlog=0\n\
             innodb_flush_log_at_trx_commit=2\n{of_flavor}{}",
            self.flavor.base_config(),
            self.flavor.account().option(),
            self.config.replace("{port}", &sql.to_string()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn a_taken_port_is_replaced() {
        for flavor in Flavor::ALL {
            if !flavor.or_skip("a server whose port is taken") {
                continue;
            }
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            let taken = listener.local_addr().expect("it is bound").port();
            // The server binds the extra port last, when it already listens on the SQL port.
            let ports = match flavor {
                Flavor::MySql56 => Ports { sql: taken, extra: 0 },
                _ => Ports { sql: free_port(), extra: taken },
            };
            let server = Server::builder(flavor).first_ports(ports).start();
            assert!(server.port() != taken && server.extra_port() != Some(taken));
        }
    }
}
