//! A node: a database and its healthd, with a network and disks of their own.

use std::path::Path;
use std::time::Duration;

use super::configuration::Configuration;
use super::console;
use super::network::{ANY_ADDRESS, NAMES, Network, node_address, peer_address};
use crate::replication::{Source, both_threads_run, replicate_from};
use crate::stop::Ended;
use crate::{Flavor, Healthd, Server};

/// Enough for a run of hundreds of rounds, and small enough to be filled in a moment.
const DATA_MEGABYTES: u32 = 512;
const STATE_KILOBYTES: u32 = 1024;
/// Deadline for a statement to a database that may hang.
const STATEMENT: Duration = Duration::from_secs(5);

/// A node. Its healthd ends before its database.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) healthd: Healthd,
    pub(crate) server: Server,
}

/// Starts the database of a node and creates its accounts.
#[track_caller]
pub(crate) fn start_server(
    configuration: Configuration,
    flavor: Flavor,
    network: &Network,
    node: usize,
    run: &str,
) -> Server {
    let id = u32::try_from(node + 1).expect("a small number");
    let server = Server::builder(flavor)
        .server_id(id)
        .config(&configuration.database(flavor))
        .config(&format!("auto_increment_offset={id}"))
        .inside(&network.node(node))
        .disk(&format!("{run}-{}", NAMES[node]), DATA_MEGABYTES)
        .start();
    server.sql(&format!(
        "SET sql_log_bin=0; CREATE USER 'app'@'{ANY_ADDRESS}' IDENTIFIED BY 'app'; \
         GRANT SELECT, INSERT ON *.* TO 'app'@'{ANY_ADDRESS}'; \
         CREATE USER 'repl'@'{ANY_ADDRESS}' IDENTIFIED BY 'repl'; \
         GRANT REPLICATION SLAVE ON *.* TO 'repl'@'{ANY_ADDRESS}'"
    ));
    // Needed for `semi_sync_follows_role`.
    let privilege = if flavor.is_mariadb() { "REPLICATION MASTER ADMIN" } else { "SYSTEM_VARIABLES_ADMIN" };
    server.sql(&format!("SET sql_log_bin=0; GRANT {privilege} ON *.* TO 'mon'@'127.0.0.1'"));
    server
}

/// Makes a node's database a replica of the other node's.
#[track_caller]
pub(crate) fn replicate(server: &Server, node: usize) {
    let host = peer_address(1 - node).to_string();
    replicate_from(&Source { host: &host, port: 3306, connect_retry: 1 }, server, None);
}

/// Starts the healthd of a node, with this many HAProxys as witnesses, without waiting for it.
pub(crate) fn launch_healthd(
    configuration: Configuration,
    network: &Network,
    node: usize,
    run: &str,
    (proxies, token_file): (usize, &Path),
) -> Healthd {
    let words = network.node(node).words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut healthd = Healthd::builder()
        .settings(&configuration.healthd(node, proxies, token_file))
        .instance("m0", 3306, &configuration.instance(node))
        .argument("--listen=0.0.0.0:31337")
        .argument("--agent-listen=0.0.0.0:31338")
        .wrapped_in(&words)
        .disk(&format!("{run}-{}-state", NAMES[node]), STATE_KILOBYTES)
        .launch();
    healthd.http = node_address(0, node, 31337);
    healthd.agent = node_address(0, node, 31338);
    healthd
}

impl Node {
    /// The output of a statement, with a short deadline.
    pub(crate) fn sql(&self, sql: &str) -> Result<String, String> {
        console::text(&self.server, STATEMENT, sql)
    }

    /// Stops both replication threads, or only the applier.
    pub(crate) fn stop_replication(&self, only_applier: bool) -> Result<(), Ended> {
        self.threads("STOP", only_applier).map_err(Ended::Failed)
    }

    /// Starts both replication threads, or only the applier. Threads that run continue.
    pub(crate) fn start_replication(&self, only_applier: bool) -> Result<(), String> {
        self.threads("START", only_applier)
    }

    fn threads(&self, verb: &str, only_applier: bool) -> Result<(), String> {
        let word = if self.server.flavor().is_mariadb() { "SLAVE" } else { "REPLICA" };
        let thread = if only_applier { " SQL_THREAD" } else { "" };
        self.sql(&format!("{verb} {word}{thread}")).map(drop)
    }

    /// Whether both replication threads run.
    pub(crate) fn replicates(&self) -> Result<(), String> {
        let sql = if self.server.flavor().is_mariadb() { "SHOW ALL SLAVES STATUS" } else { "SHOW REPLICA STATUS" };
        both_threads_run(&console::first(&self.server, STATEMENT, sql)?.ok_or("no replication status")?)
    }

    /// All transactions in the log, in an order that is the same on both nodes.
    pub(crate) fn position(&self) -> Result<Vec<String>, String> {
        let variable = if self.server.flavor().is_mariadb() { "@@gtid_binlog_state" } else { "@@global.gtid_executed" };
        let text = self.sql(&format!("SELECT {variable}"))?;
        let mut parts: Vec<String> = text.split(',').map(|part| part.trim().to_owned()).collect();
        parts.sort();
        Ok(parts)
    }

    /// The drill's rows, so that two databases can be compared.
    pub(crate) fn rows(&self) -> Result<String, String> {
        self.sql("SELECT COUNT(*), COALESCE(SUM(CRC32(CONCAT(writer, '-', seq))), 0) FROM drill.writes")
    }

    /// Whether commits on this source wait for exactly one replica.
    pub(crate) fn is_semi_sync(&self) -> Result<(), String> {
        let word = if self.server.flavor().is_mariadb() { "master" } else { "source" };
        let status = self.sql(&format!(
            "SHOW GLOBAL STATUS WHERE Variable_name IN ('Rpl_semi_sync_{word}_status', 'Rpl_semi_sync_{word}_clients')"
        ))?;
        let values: Vec<&str> = status.lines().filter_map(|line| line.split('\t').nth(1)).collect();
        if values == ["1", "ON"] || values == ["ON", "1"] { Ok(()) } else { Err(format!("semi-sync: {status}")) }
    }

    /// Removes old logs, which would fill the disk in a long run.
    pub(crate) fn purge_logs(&self) -> Result<(), String> {
        self.sql("PURGE BINARY LOGS BEFORE NOW()").map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::drill::place::run_name;
    use crate::netns::available;
    use crate::skip::skipped;
    use crate::{Workdir, wait_for};

    /// What the drill relies on at the start of a round.
    fn commits_wait_for_the_standby(flavor: Flavor) {
        const WHAT: &str = "semi-synchronous replication of a drill";
        if let Err(why) = available() {
            return skipped(WHAT, &why);
        }
        if !flavor.or_skip(WHAT) {
            return;
        }
        let run = run_name();
        let network = Network::create(&run, 1).expect("a network");
        let configuration = Configuration::SemiSync;
        let [one, two] = [0, 1].map(|node| start_server(configuration, flavor, &network, node, &run));
        replicate(&one, 0);
        replicate(&two, 1);
        one.sql("CREATE DATABASE drill; CREATE TABLE drill.writes (writer INT, seq INT)");
        let mut servers = [one, two].into_iter().enumerate();
        let dir = Workdir::new("drill");
        let nodes = std::array::from_fn::<_, 2, _>(|_| {
            let (node, server) = servers.next().expect("two of them");
            Node { healthd: launch_healthd(Configuration::Classic, &network, node, &run, (1, dir.path())), server }
        });
        let word = if flavor.is_mariadb() { "master" } else { "source" };
        for node in &nodes {
            // Without the writer role, healthd does not switch semi-sync.
            node.sql(&format!("SET GLOBAL rpl_semi_sync_{word}_enabled=ON")).expect("it has semi-sync");
            wait_for("semi-sync", Duration::from_secs(20), || node.is_semi_sync());
        }
        wait_for("one position", Duration::from_secs(20), || {
            let [one, two] = [nodes[0].position()?, nodes[1].position()?];
            if one == two { Ok(()) } else { Err(format!("{one:?} {two:?}")) }
        });
        nodes[1].stop_replication(false).expect("it replicates");
        let waiting = nodes[0].server.try_sql_within(Duration::from_secs(2), "INSERT INTO drill.writes VALUES (1, 1)");
        assert!(waiting.is_err(), "{waiting:?}");
        assert!(nodes[1].replicates().is_err());
    }

    #[test]
    fn commits_wait_for_the_standby_of_mariadb() {
        commits_wait_for_the_standby(Flavor::MariaDb);
    }

    #[test]
    fn commits_wait_for_the_standby_of_mysql_9_7() {
        commits_wait_for_the_standby(Flavor::MySql97);
    }
}
