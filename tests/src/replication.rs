//! Asynchronous replication by GTID.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::flavor::Flavor;
use crate::server::Server;
use crate::wait::wait_for;

const RUNNING: Duration = Duration::from_secs(60);
/// Deadline for reading a status, which may wait behind a `STOP` that hangs.
const STATUS: Duration = Duration::from_secs(20);

/// Two servers that replicate from each other, with `server_id` 1 and 2. Both threads of both run.
///
/// # Panics
///
/// When one does not start.
#[track_caller]
pub fn pair(flavor: Flavor) -> (Server, Server) {
    let start = |id: u32| {
        // Both may write: their automatic ids never collide.
        let ids = format!("auto_increment_increment=2\nauto_increment_offset={id}");
        Server::builder(flavor).server_id(id).config(&ids).start()
    };
    let (one, two) = std::thread::scope(|scope| {
        let one = scope.spawn(|| start(1));
        let two = start(2);
        (one.join().expect("the first server starts"), two)
    });
    replicate(&one, &two, None);
    replicate(&two, &one, None);
    (one, two)
}

/// Makes `to` a replica of `from` and waits until both of its threads run. `channel` is MySQL's channel, or MariaDB's
/// connection name.
///
/// # Panics
///
/// When the threads do not run within the deadline (the message has their status), or with a channel on MySQL 5.6,
/// which supports only one source.
#[track_caller]
pub fn replicate(from: &Server, to: &Server, channel: Option<&str>) {
    replicate_from(&Source { host: "127.0.0.1", port: from.port(), connect_retry: 2 }, to, channel);
}

/// The address of a source.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Host.
    pub host: &'a str,
    /// SQL port.
    pub port: u16,
    /// Seconds between attempts to connect.
    pub connect_retry: u32,
}

/// [`replicate`] from a source at any address.
///
/// # Panics
///
/// As [`replicate`].
#[track_caller]
pub fn replicate_from(source: &Source<'_>, to: &Server, channel: Option<&str>) {
    let flavor = to.flavor();
    let Source { host, port, connect_retry } = source;
    let words = match flavor {
        Flavor::MySql97 => "SOURCE",
        _ => "MASTER",
    };
    let source = format!(
        "{words}_HOST='{host}', {words}_PORT={port}, {words}_USER='repl', {words}_PASSWORD='repl', \
         {words}_CONNECT_RETRY={connect_retry}"
    );
    let sql = match (flavor, channel) {
        (Flavor::MariaDb | Flavor::MariaDb118, _) => {
            let name = channel.map_or(String::new(), |name| format!("'{name}' "));
            format!("CHANGE MASTER {name}TO {source}, MASTER_USE_GTID=slave_pos; START SLAVE {name}")
        }
        (Flavor::MySql97, _) => {
            let name = channel.map_or(String::new(), |name| format!(" FOR CHANNEL '{name}'"));
            // The password of caching_sha2_password is encrypted with the source's key over plain TCP.
            format!(
                // Without this, the receiver gives up after ten attempts.
                "CHANGE REPLICATION SOURCE TO {source}, SOURCE_RETRY_COUNT=86400, SOURCE_AUTO_POSITION=1, \
                 GET_SOURCE_PUBLIC_KEY=1{name}; START REPLICA{name}"
            )
        }
        (Flavor::MySql56, None) => {
            format!("CHANGE MASTER TO {source}, MASTER_AUTO_POSITION=1; START SLAVE")
        }
        (Flavor::MySql56, Some(name)) => panic!("mysql-5.6 has no channels: {name}"),
    };
    to.sql(&sql);
    wait_for("running replication threads", RUNNING, || {
        both_threads_run(&replica_status(to, channel).ok_or_else(|| "no status".to_owned())?)
    });
}

/// Whether both threads run, by a status. If not, its errors.
///
/// # Errors
/// With the errors in the status.
pub fn both_threads_run(status: &BTreeMap<String, String>) -> Result<(), String> {
    let runs = |thread: &str| {
        ["Slave", "Replica"]
            .iter()
            .any(|word| status.get(&format!("{word}_{thread}_Running")).is_some_and(|v| v == "Yes"))
    };
    if runs("IO") && runs("SQL") {
        return Ok(());
    }
    let errors: BTreeMap<_, _> = status.iter().filter(|(name, _)| name.starts_with("Last_")).collect();
    Err(format!("{errors:?}"))
}

/// The status of a replica by the server's own column names; `None` if the server has no channel of that name.
pub fn replica_status(server: &Server, channel: Option<&str>) -> Option<BTreeMap<String, String>> {
    let name = channel.unwrap_or_default();
    let (statement, column) = match server.flavor() {
        Flavor::MariaDb | Flavor::MariaDb118 => ("SHOW ALL SLAVES STATUS", "Connection_name"),
        Flavor::MySql97 => ("SHOW REPLICA STATUS", "Channel_Name"),
        Flavor::MySql56 => ("SHOW SLAVE STATUS", "Channel_Name"),
    };
    let rows = server.try_rows_within(STATUS, statement).ok()?;
    rows.into_iter().find(|row| row.get(column).map_or("", String::as_str) == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARRIVAL: Duration = Duration::from_secs(20);

    #[track_caller]
    fn arrives(server: &Server, query: &str, expected: &str) {
        wait_for(query, ARRIVAL, || {
            let found = server.try_sql(query)?;
            if found == expected { Ok(()) } else { Err(found) }
        });
    }

    fn both_ways(flavor: Flavor) {
        if !flavor.or_skip("a replicating pair") {
            return;
        }
        let (one, two) = pair(flavor);
        one.sql("CREATE DATABASE lab; CREATE TABLE lab.t (id INT PRIMARY KEY); INSERT INTO lab.t VALUES (1)");
        arrives(&two, "SELECT id FROM lab.t", "1");
        two.sql("INSERT INTO lab.t VALUES (2)");
        arrives(&one, "SELECT GROUP_CONCAT(id ORDER BY id) FROM lab.t", "1,2");
    }

    #[test]
    fn a_pair_of_mariadb() {
        both_ways(Flavor::MariaDb);
    }

    #[test]
    fn a_pair_of_mariadb_11_8() {
        both_ways(Flavor::MariaDb118);
    }

    #[test]
    fn a_pair_of_mysql_9_7() {
        both_ways(Flavor::MySql97);
    }

    #[test]
    fn a_pair_of_mysql_5_6() {
        both_ways(Flavor::MySql56);
    }

    fn two_sources(flavor: Flavor) {
        if !flavor.or_skip("a replica of two sources") {
            return;
        }
        let [a, b, both] = [1, 2, 3].map(|id| Server::builder(flavor).server_id(id).start());
        replicate(&a, &both, Some("a"));
        replicate(&b, &both, Some("b"));
        a.sql("CREATE DATABASE from_a");
        b.sql("CREATE DATABASE from_b");
        arrives(&both, "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name LIKE 'from%'", "2");
        assert!(replica_status(&both, None).is_none());
    }

    #[test]
    fn two_sources_of_mariadb() {
        two_sources(Flavor::MariaDb);
    }

    #[test]
    fn two_sources_of_mysql_9_7() {
        two_sources(Flavor::MySql97);
    }
}
