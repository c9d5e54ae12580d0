//! Two nodes and the HAProxy in front of them.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use healthd_tests::haproxy::{Config, State};
use healthd_tests::{Flavor, Haproxy};

use super::database::Database;
use super::node::{Node, Ports};
use super::place::{Place, port_on};
use super::screen::Screen;
use healthd_tests::stop::{Ended, Stop};

/// All of 127.0.0.0/8 is this machine, so both nodes can have the same ports, as real ones do.
const ONE: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 101));
const TWO: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 201));
const FRONT: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The section of `haproxy/modern.cfg`.
const BACKEND: &str = "mysql-m0";

/// Everything that runs. HAProxy ends first, the databases last.
#[derive(Debug)]
pub(crate) struct Site {
    haproxy: Haproxy,
    /// `db101`, which is used while it is up.
    pub(crate) active: Node,
    /// `db201`, the backup.
    pub(crate) backup: Node,
    /// HAProxy's SQL port.
    pub(crate) frontend: SocketAddr,
    ports: Ports,
}

impl Site {
    /// Starts everything, step by step.
    pub(crate) fn start(screen: &Screen, stop: &Stop, place: &Place) -> Result<Site, Ended> {
        Flavor::MariaDb.available().map_err(Ended::Failed)?;
        let nodes = [ONE, TWO];
        // The usual ports if they are free, which are easier to read; never 3306 of the machine's own server.
        let ports = Ports { sql: port_on(&nodes, 33060), http: port_on(&nodes, 31337), agent: port_on(&nodes, 31338) };
        let frontend = SocketAddr::new(FRONT, port_on(&[FRONT], 33061));
        let dirs = ["db101", "db201"].map(|name| place.path().join(name));

        let (one, two) = screen.step("two MariaDB, db101 and db201", || {
            let one = Database::launch(&dirs[0], 1, SocketAddr::new(ONE, ports.sql))?;
            let two = Database::launch(&dirs[1], 2, SocketAddr::new(TWO, ports.sql))?;
            one.await_ready(stop)?;
            two.await_ready(stop)?;
            Ok((one, two))
        })?;
        screen.step("master-master replication between them", || {
            two.replicate_from(&one, stop)?;
            one.replicate_from(&two, stop)?;
            one.sql("CREATE DATABASE demo; CREATE TABLE demo.writes (id BIGINT PRIMARY KEY)").map_err(Ended::Failed)?;
            stop.until("the table's arrival", Duration::from_secs(20), || two.sql("SELECT COUNT(*) FROM demo.writes"))
        })?;
        let (active, backup) = screen.step("a healthd for each", || {
            let active = Node::launch("db101", 1, one, ports, &dirs[0])?;
            let backup = Node::launch("db201", 2, two, ports, &dirs[1])?;
            active.await_up(stop)?;
            backup.await_up(stop)?;
            Ok((active, backup))
        })?;
        let haproxy = screen.step("HAProxy with haproxy/modern.cfg", || {
            let dir = place.path().join("haproxy");
            fs::create_dir(&dir).map_err(Ended::failed)?;
            let texts = [ports.sql, ports.http, ports.agent].map(|port| port.to_string());
            let replacements = [
                ("bind :3306", format!("bind {frontend}")),
                ("10.10.10.1:", format!("{ONE}:")),
                ("10.10.10.2:", format!("{TWO}:")),
                ("3306", texts[0].clone()),
                ("31337", texts[1].clone()),
                ("31338", texts[2].clone()),
            ];
            let replacements: Vec<_> = replacements.iter().map(|(from, to)| (*from, to.as_str())).collect();
            let haproxy = Config::in_dir(&dir, "haproxy/modern.cfg", &replacements).launch().map_err(Ended::failed)?;
            stop.until("both servers UP in HAProxy", Duration::from_secs(15), || {
                if !haproxy.is_alive() {
                    return Ok(Err(Ended::Failed(format!("haproxy has ended: {}", haproxy.log()))));
                }
                for server in ["db101", "db201"] {
                    let state = haproxy.try_state(BACKEND, server).map_err(|error| error.to_string())?;
                    if state.status != "UP" || state.check != "L7OK" || state.agent != "L7OK" {
                        return Err(format!("{server}: {state}"));
                    }
                }
                Ok(Ok(()))
            })??;
            Ok(haproxy)
        })?;
        Ok(Site { haproxy, active, backup, frontend, ports })
    }

    /// The state of the server in HAProxy.
    pub(crate) fn state(&self, node: &Node) -> Result<State, String> {
        self.haproxy.try_state(BACKEND, node.name).map_err(|error| error.to_string())
    }

    /// Prints where everything is, and what to try.
    pub(crate) fn introduce(&self, screen: &Screen) {
        let frontend = self.frontend;
        screen.line("");
        for node in [&self.active, &self.backup] {
            let address = node.database.address().to_string();
            let page = node.status_page();
            screen.line(&format!("  {}    {address:<18}  status page of its healthd: {page}", node.name));
        }
        screen.line(&format!("  HAProxy  {:<18}  db101, and db201 when it is down", frontend.to_string()));
        screen.line("");
        screen.line(&format!("  try  curl '{}mysqlchk/?port={}&role=any'", self.active.status_page(), self.ports.sql));
        screen.line(&format!(
            "       mariadb -h {} -P {} -u app -papp -e 'SELECT @@server_id'",
            frontend.ip(),
            frontend.port()
        ));
        screen.line("");
    }

    /// Stays until a signal arrives, prints what changes, and starts again what the spectator kills.
    pub(crate) fn stay(&mut self, screen: &Screen, stop: &Stop) -> Result<(), Ended> {
        const ALWAYS: Duration = Duration::from_secs(365 * 24 * 3600);
        screen.line("");
        screen.heading("The demo runs until Ctrl-C. Changes of HAProxy are shown here. To cause one:");
        screen.line(&format!("  kill -9 {}      (db101; it is started again after 5 s)", self.active.database.pid()));
        screen.line(&format!("  {}", self.active.maintenance_command()?));
        screen.line("");
        let begun = Instant::now();
        let mut known = [const { String::new() }; 2];
        let mut dead_since: [Option<Instant>; 2] = [None, None];
        let outcome = stop.until("a signal", ALWAYS, || {
            for (index, known) in known.iter_mut().enumerate() {
                let node = if index == 0 { &self.active } else { &self.backup };
                let Ok(state) = self.state(node) else { continue };
                if *known != state.status {
                    screen.event(begun.elapsed(), &format!("{} is {}{}", node.name, state.status, reason(&state)));
                    *known = state.status;
                }
            }
            for (node, since) in [&mut self.active, &mut self.backup].into_iter().zip(&mut dead_since) {
                if node.database.is_alive() {
                    *since = None;
                } else if since.get_or_insert_with(Instant::now).elapsed() > Duration::from_secs(5) {
                    node.database.relaunch().map_err(|_| "it could not be started again")?;
                    let pid = node.database.pid();
                    screen.event(begun.elapsed(), &format!("{} is started again, process {pid}", node.name));
                }
            }
            Err::<(), _>("not yet")
        });
        match outcome {
            // Ctrl-C is how the demo ends, and the terminal shows `^C` on the line.
            Err(Ended::Interrupted) => {
                screen.line("");
                Ok(())
            }
            other => other,
        }
    }
}

/// Why a server is not up: the agent's reason if the agent took it out, otherwise the result of the HTTP check.
pub(crate) fn reason(state: &State) -> String {
    if state.is_up() {
        return String::new();
    }
    match state.agent_text.strip_prefix("via agent : down ") {
        Some(text) => {
            let inner = text.strip_prefix('(').and_then(|text| text.strip_suffix(')'));
            format!(": {}", inner.unwrap_or(text))
        }
        None => format!(": HTTP check {} {}", state.check, state.code),
    }
}
