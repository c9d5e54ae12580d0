//! A Galera cluster of the system's MariaDB, with all nodes on the loopback address.

use std::time::Duration;

use crate::builder::Builder;
use crate::flavor::{Flavor, galera_library};
use crate::ports::free_port;
use crate::server::Server;
use crate::wait::wait_for;

const SYNCED: Duration = Duration::from_secs(90);

/// A plan for a cluster: the addresses of all nodes that it may have, started or not.
#[derive(Debug)]
pub struct Galera {
    library: String,
    nodes: Vec<Addresses>,
}

#[derive(Debug)]
struct Addresses {
    group: u16,
    incremental: u16,
    snapshot: u16,
}

/// A running cluster of `nodes` nodes, all `Synced`.
///
/// # Panics
///
/// When Galera is not installed ([`Galera::available`]) or a node does not start.
#[track_caller]
pub fn galera(nodes: usize) -> Vec<Server> {
    let cluster = Galera::plan(nodes);
    let mut servers = vec![cluster.bootstrap()];
    servers.extend((1..nodes).map(|node| cluster.join(node)));
    // The first nodes are synced, but may not know the last one yet.
    for server in &servers {
        wait_for("all nodes in the cluster", SYNCED, || {
            let size = status(server, "wsrep_cluster_size")?;
            if size == nodes.to_string() { Ok(()) } else { Err(size) }
        });
    }
    servers
}

impl Galera {
    /// Whether a cluster can be started here. The error says how to get Galera.
    pub fn available() -> Result<(), String> {
        galera_library().map(drop)
    }

    /// Chooses the addresses of `nodes` nodes and starts none of them.
    ///
    /// # Panics
    ///
    /// When Galera is not installed.
    pub fn plan(nodes: usize) -> Self {
        let library = galera_library().unwrap_or_else(|why| panic!("galera: {why}"));
        let addresses = || Addresses { group: free_port(), incremental: free_port(), snapshot: free_port() };
        Self { library: library.display().to_string(), nodes: (0..nodes).map(|_| addresses()).collect() }
    }

    /// Starts node 0 as a new cluster and waits until it is `Synced`.
    ///
    /// To start it as a new cluster again when all nodes are down: `restart_with(&["--wsrep-new-cluster"])`.
    #[track_caller]
    pub fn bootstrap(&self) -> Server {
        let server = self.builder(0).first_option("--wsrep-new-cluster").start();
        await_synced(&server);
        server
    }

    /// Starts another node and waits until it is `Synced`.
    #[track_caller]
    pub fn join(&self, node: usize) -> Server {
        let server = self.launch(node);
        await_synced(&server);
        server
    }

    /// Starts another node without data and does not wait. It copies everything by rsync from another node, which is a
    /// donor meanwhile. This takes some seconds.
    #[track_caller]
    pub fn launch(&self, node: usize) -> Server {
        self.builder(node).empty().launch()
    }

    /// The options of a node. Its `server_id` is its number plus one.
    ///
    /// # Panics
    ///
    /// For a node that is not in the plan.
    pub fn builder(&self, node: usize) -> Builder {
        let Addresses { group, incremental, snapshot } = self.nodes[node];
        let library = &self.library;
        let all: Vec<String> = self.nodes.iter().map(|n| format!("127.0.0.1:{}", n.group)).collect();
        let all = all.join(",");
        let id = u32::try_from(node + 1).expect("a small number of nodes");
        Server::builder(Flavor::MariaDb).server_id(id).config(&format!(
            "default_storage_engine=InnoDB\n\
             innodb_autoinc_lock_mode=2\n\
             wsrep_on=ON\n\
             wsrep_provider={library}\n\
             wsrep_cluster_name=lab\n\
             wsrep_cluster_address=gcomm://{all}\n\
             wsrep_node_name=n{node}\n\
             wsrep_node_address=127.0.0.1:{group}\n\
             wsrep_node_incoming_address=127.0.0.1:{{port}}\n\
             wsrep_sst_method=rsync\n\
             wsrep_sst_receive_address=127.0.0.1:{snapshot}\n\
             wsrep_provider_options=\"gmcast.listen_addr=tcp://127.0.0.1:{group};\
             ist.recv_addr=127.0.0.1:{incremental};gcache.size=16M;pc.recovery=false\""
        ))
    }
}

/// Waits until a node is `Synced`.
///
/// # Panics
///
/// When the node does not become synced. The message has the end of its log.
#[track_caller]
pub fn await_synced(server: &Server) {
    let what = format!("node on port {} Synced", server.port());
    wait_for(&what, SYNCED, || {
        let state = status(server, "wsrep_local_state_comment")?;
        if state == "Synced" {
            return Ok(());
        }
        assert!(server.is_alive(), "{what}: it has ended:\n{}", server.log());
        Err(state)
    });
}

/// The value of a `wsrep_…` status variable, which a joining node answers too.
pub fn status(server: &Server, name: &str) -> Result<String, String> {
    let row = server.try_sql(&format!("SHOW GLOBAL STATUS LIKE '{name}'"))?;
    row.split_once('\t').map(|(_, value)| value.to_owned()).ok_or_else(|| format!("no {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::processes_of;
    use crate::skip::skipped;

    #[test]
    fn three_nodes_agree_and_one_returns() {
        if let Err(why) = Galera::available() {
            return skipped("a Galera cluster", &why);
        }
        let nodes = galera(3);
        nodes[0].sql("CREATE DATABASE lab; CREATE TABLE lab.t (id INT PRIMARY KEY); INSERT INTO lab.t VALUES (1)");
        nodes[1].sql("SET wsrep_sync_wait=1; INSERT INTO lab.t VALUES (2)");
        let ids = "SET wsrep_sync_wait=1; SELECT GROUP_CONCAT(id ORDER BY id) FROM lab.t";
        assert_eq!(nodes[2].sql(ids), "1,2");

        nodes[0].kill9();
        wait_for("a cluster of two", SYNCED, || {
            (status(&nodes[1], "wsrep_cluster_size")? == "2").then_some(()).ok_or("not two".to_owned())
        });
        nodes[1].sql("INSERT INTO lab.t VALUES (3)");
        nodes[0].restart();
        await_synced(&nodes[0]);
        assert_eq!(nodes[0].sql(ids), "1,2,3");
    }

    #[test]
    fn an_empty_node_joins_by_a_state_transfer() {
        if let Err(why) = Galera::available() {
            return skipped("a Galera state transfer", &why);
        }
        let cluster = Galera::plan(2);
        let first = cluster.bootstrap();
        first.sql("CREATE DATABASE lab; CREATE TABLE lab.t (id INT PRIMARY KEY); INSERT INTO lab.t VALUES (1)");
        let second = cluster.launch(1);
        wait_for("a donor", SYNCED, || {
            let state = status(&first, "wsrep_local_state_comment")?;
            if state == "Donor/Desynced" { Ok(()) } else { Err(state) }
        });
        await_synced(&second);
        assert_eq!(second.sql("SELECT id FROM lab.t"), "1");
    }

    #[test]
    fn a_joiner_dropped_in_its_state_transfer_leaves_no_helper() {
        if let Err(why) = Galera::available() {
            return skipped("the helpers of a Galera state transfer", &why);
        }
        let cluster = Galera::plan(2);
        let _first = cluster.bootstrap();
        let second = cluster.launch(1);
        let dir = second.datadir();
        wait_for("the transfer's helper", SYNCED, || {
            processes_of(&dir).into_iter().find(|line| line.contains("rsync --daemon"))
        });
        drop(second);
        wait_for("no helper", Duration::from_secs(10), || {
            let left = processes_of(&dir);
            if left.is_empty() { Ok(()) } else { Err(left.join("\n")) }
        });
    }
}
