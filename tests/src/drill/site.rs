//! A whole site: two nodes, the HAProxys, and the networks of the clients.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::clients::Clients;
use super::configuration::{BACKEND, Configuration, Pace};
use super::network::{NAMES, Network};
use super::node::{Node, launch_healthd, replicate, start_server};
use super::place::run_name;
use super::watch::Watch;
use crate::haproxy::Build;
use crate::healthd::secret_file;
use crate::stop::{Ended, Stop};
use crate::{Flavor, Haproxy, Workdir, wait_for};

/// How long a site may take to recover completely. A database waits up to a minute for its disk.
const SETTLED: Duration = Duration::from_secs(150);
/// How often replication threads that have stopped for good are started again, as an operator would do.
const NUDGE: Duration = Duration::from_secs(2);

/// The settings of a site.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) configuration: Configuration,
    pub(crate) flavor: Flavor,
    pub(crate) pace: Pace,
    pub(crate) proxies: usize,
    pub(crate) haproxy: Build,
    /// How long a fault lasts at least.
    pub(crate) hold: Duration,
}

/// Everything that runs. HAProxy ends first, the network last.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) watch: Watch,
    pub(crate) clients: Vec<Clients>,
    pub(crate) haproxies: Vec<Haproxy>,
    pub(crate) nodes: [Node; 2],
    pub(crate) network: Network,
    pub(crate) plan: Plan,
    // The directory with the token.
    _workdir: Workdir,
}

impl Site {
    /// Starts everything, and waits until the site has settled.
    pub(crate) fn start(plan: Plan, stop: &Stop) -> Result<Site, Ended> {
        let Plan { configuration, flavor, pace, proxies, haproxy, .. } = plan;
        let run = run_name();
        let workdir = Workdir::new("drill");
        let token = workdir.join("peer.token");
        secret_file(&token, "a-token-of-the-drill-the-same-on-both\n");
        let network = Network::create(&run, proxies).map_err(Ended::failed)?;
        let server = |node| start_server(configuration, flavor, &network, node, &run);
        let (one, two) = thread::scope(|scope| {
            let one = scope.spawn(|| server(0));
            let two = server(1);
            (one.join(), two)
        });
        let one = one.map_err(|_| Ended::failed("the first database did not start"))?;
        replicate(&one, 0);
        replicate(&two, 1);
        one.sql(
            "CREATE DATABASE drill; CREATE TABLE drill.writes \
             (writer INT NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (writer, seq)) ENGINE=InnoDB",
        );
        wait_for("the table's arrival", Duration::from_secs(20), || two.try_sql("SELECT COUNT(*) FROM drill.writes"));
        let mut node = 0;
        let nodes = [one, two].map(|server| {
            let healthd = launch_healthd(configuration, &network, node, &run, (proxies, &token));
            node += 1;
            Node { healthd, server }
        });
        let started = |(proxy, inside)| configuration.haproxy(pace, proxy).with(haproxy).inside(&inside).start();
        let haproxies = network.fronts().enumerate().map(started).collect();
        let clients = network.fronts().map(Clients::start).collect::<Result<Vec<_>, _>>().map_err(Ended::failed)?;
        let watch = Watch::start(&clients[0], 0);
        let site = Site { watch, clients, haproxies, nodes, network, plan, _workdir: workdir };
        site.await_healthd(stop)?;
        site.settle(stop, "the new site settled")?;
        Ok(site)
    }

    /// Waits until both healthds answer anything. One that ends has a configuration that it does not accept.
    fn await_healthd(&self, stop: &Stop) -> Result<(), Ended> {
        for (index, (node, name)) in self.nodes.iter().zip(NAMES).enumerate() {
            stop.until(&format!("an answer of the healthd of {name}"), Duration::from_secs(20), || {
                let process = node.healthd.process();
                if !process.is_alive() {
                    return Ok(Err(Ended::Failed(format!("healthd of {name} has ended: {}", process.log_tail()))));
                }
                let answer = self.watch.last(index).ok_or("not asked yet")?;
                answer.status.map(|_| Ok(())).ok_or(answer.line)
            })??;
        }
        Ok(())
    }

    /// Waits until nothing is left of any fault: the site serves as before, and replication has caught up.
    pub(crate) fn settle(&self, stop: &Stop, what: &str) -> Result<(), Ended> {
        self.await_service(stop, what)?;
        stop.until(what, SETTLED, || {
            self.is_routed()?;
            self.is_in_sync()
        })
    }

    /// Waits until the site serves as before the fault. Under load, replication never catches up completely.
    pub(crate) fn await_service(&self, stop: &Stop, what: &str) -> Result<(), Ended> {
        let mut nudged = Instant::now();
        stop.until(what, SETTLED, || self.is_serving(&mut nudged))?;
        // Reads are answered even while a write waits for its disk.
        let sql = "INSERT INTO drill.writes VALUES (1000, UUID_SHORT())";
        for clients in &self.clients {
            stop.until(what, SETTLED, || clients.ask::<u64>(sql, Duration::from_secs(2)))?;
        }
        Ok(())
    }

    fn is_serving(&self, nudged: &mut Instant) -> Result<(), String> {
        for (node, name) in self.nodes.iter().zip(NAMES) {
            if !node.healthd.process().is_alive() {
                return Err(format!("healthd of {name} has ended: {}", node.healthd.process().log_tail()));
            }
            if !node.server.is_alive() {
                return Err(format!("the database of {name} has ended"));
            }
        }
        for (node, name) in self.nodes.iter().zip(NAMES) {
            if let Err(why) = node.replicates() {
                if nudged.elapsed() > NUDGE {
                    *nudged = Instant::now();
                    node.start_replication(false).map_err(|why| format!("replication of {name}: {why}"))?;
                }
                return Err(format!("replication of {name}: {why}"));
            }
        }
        self.is_routed()?;
        let holder = self.holder()?;
        if self.plan.configuration.is_semi_sync() {
            self.nodes[holder].is_semi_sync()?;
        }
        Ok(())
    }

    /// Whether each HAProxy has one writer: by the backup keyword, or because only one node answers 200.
    fn is_routed(&self) -> Result<(), String> {
        self.haproxies.iter().try_for_each(|haproxy| self.is_routed_by(haproxy))
    }

    fn is_routed_by(&self, haproxy: &Haproxy) -> Result<(), String> {
        let mut up = [false; 2];
        for (up, name) in up.iter_mut().zip(NAMES) {
            let state = haproxy.try_state(BACKEND, name).map_err(|error| error.to_string())?;
            *up = state.status == "UP" && state.check == "L7OK";
            // With the shipped file, HAProxy enables a `disabled` server when its agent answers. One that stays
            // disabled could never take over.
            if state.status.starts_with("MAINT") {
                return Err(format!("{name} is in maintenance in HAProxy: {state}"));
            }
        }
        let last = [0, 1].map(|node| self.watch.last(node).map(|answer| answer.line).unwrap_or_default());
        let said = || format!("UP in HAProxy: {up:?}; healthd says {last:?}");
        if !self.plan.configuration.has_witness() {
            for (node, said) in self.nodes.iter().zip(&last) {
                readmit(node, said);
            }
            return if up == [true; 2] { Ok(()) } else { Err(said()) };
        }
        match up.iter().position(|up| *up) {
            Some(holder) if !up[1 - holder] && last[1 - holder].contains("standby") => Ok(()),
            Some(holder) if last[1 - holder].starts_with("down errant-transactions") => {
                // An operator decides about commits that only the killed node had. The round has counted them by then.
                self.nodes[1 - holder].healthd.command(&["accept-loss", "m0", "--yes"]);
                Err(said())
            }
            _ => Err(said()),
        }
    }

    fn is_in_sync(&self) -> Result<(), String> {
        let [one, two] = &self.nodes;
        let positions = (one.position()?, two.position()?);
        if positions.0 != positions.1 {
            return Err(format!("the positions differ: {positions:?}"));
        }
        let rows = (one.rows()?, two.rows()?);
        if rows.0 == rows.1 { Ok(()) } else { Err(format!("the same position, and other rows: {rows:?}")) }
    }

    /// The node that a new session reaches, through any HAProxy.
    pub(crate) fn holder(&self) -> Result<usize, String> {
        let mut ids = Vec::new();
        for clients in &self.clients {
            ids.extend(clients.ask::<usize>("SELECT @@server_id", Duration::from_secs(2))?);
        }
        ids.dedup();
        match ids.as_slice() {
            [id @ 1..=2] => Ok(id - 1),
            other => Err(format!("server_id {other:?}")),
        }
    }

    /// Copies the logs to a directory, for the analysis of a broken round.
    pub(crate) fn keep_logs(&self, dir: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(dir)?;
        for (proxy, haproxy) in self.haproxies.iter().enumerate() {
            std::fs::write(dir.join(format!("haproxy{proxy}.log")), haproxy.log())?;
        }
        for (node, name) in self.nodes.iter().zip(NAMES) {
            std::fs::write(dir.join(format!("{name}-healthd.log")), node.healthd.log())?;
            std::fs::write(dir.join(format!("{name}-database.log")), node.server.log())?;
        }
        Ok(())
    }
}

/// Does what an operator does without a witness, where a returned node waits for a command. Does nothing while the node
/// still lacks something: either that arrives, or the site does not settle.
fn readmit(node: &Node, said: &str) {
    let command = match said.strip_prefix("down ").and_then(|said| said.split(':').next()) {
        Some("awaiting-failback") => "failback",
        Some("errant-transactions") => "accept-loss",
        _ => return,
    };
    node.healthd.command(&[command, "m0", "--yes"]);
}
