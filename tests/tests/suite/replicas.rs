//! The reader role against real replication, Galera and Group Replication.

use std::time::Duration;

use healthd_tests::galera::{Galera, await_synced, status};
use healthd_tests::{Flavor, Healthd, Server, Workdir, galera, group, pair, replicate, wait_for};

use crate::plugins::check_my;
use crate::{flavors, turn};

const SECOND: Duration = Duration::from_secs(1);
const SOON: Duration = Duration::from_secs(8);

/// The replication statements of a server's version.
struct Words {
    stop: &'static str,
    start: &'static str,
}

fn words(flavor: Flavor) -> Words {
    match flavor {
        Flavor::MySql97 => Words { stop: "STOP REPLICA", start: "START REPLICA" },
        _ => Words { stop: "STOP SLAVE", start: "START SLAVE" },
    }
}

fn every_flavor(test: &str, each: impl Fn(Flavor)) {
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], test, each);
}

fn fast_hold() -> healthd_tests::healthd::Builder {
    Healthd::builder().settings("lag_hold = \"1s\"")
}

#[test]
fn a_broken_channel_is_named_with_its_cause_and_is_never_lag_0() {
    let _turn = turn::shared();
    every_flavor("broken channels", |flavor| {
        let (source, replica) = pair(flavor);
        let Words { stop, start } = words(flavor);
        let healthd = fast_hold().instance("m0", replica.port(), "").start();
        let reader = "name=m0&role=reader";
        healthd.await_status(reader, 200, SOON);
        for (break_it, code, repair) in [
            (format!("{stop} IO_THREAD"), "io-thread-stopped", format!("{start} IO_THREAD")),
            (format!("{stop} SQL_THREAD"), "sql-thread-stopped", format!("{start} SQL_THREAD")),
            (stop.to_owned(), "replication-stopped", start.to_owned()),
        ] {
            replica.sql(&break_it);
            let answer = healthd.await_reason(reader, code, SOON);
            assert!(answer.body.contains("channel default: "), "{flavor:?} {break_it}: {}", answer.body);
            assert_eq!(healthd.check("name=m0&role=any").status, 200, "{flavor:?} {break_it}");
            replica.sql(&repair);
            healthd.await_status(reader, 200, SOON);
        }
        // An error of the SQL thread: the row exists already.
        source.sql("CREATE DATABASE lab; CREATE TABLE lab.t(id INT PRIMARY KEY)");
        wait_for("the table", SOON, || replica.try_sql("SELECT * FROM lab.t"));
        replica.sql("SET sql_log_bin=0; INSERT INTO lab.t VALUES(1)");
        source.sql("INSERT INTO lab.t VALUES(1)");
        let answer = healthd.await_reason(reader, "sql-thread-error", SOON);
        assert!(answer.body.contains("error 1062"), "{flavor:?}: {}", answer.body);
        // The body does not contain what the server quotes of the row.
        assert!(!answer.body.contains("Duplicate"), "{flavor:?}: {}", answer.body);
        replica.sql("SET sql_log_bin=0; DELETE FROM lab.t");
        replica.sql(start);
        healthd.await_status(reader, 200, SOON);
        source.kill9();
        let answer = healthd.await_reason(reader, "io-thread-connecting", 15 * SECOND);
        assert!(answer.body.contains("channel default: the source "), "{flavor:?}: {}", answer.body);
    });
}

#[test]
fn the_lag_limit_comes_from_the_request_or_the_instance() {
    let _turn = turn::shared();
    every_flavor("lag", |flavor| {
        let (source, replica) = pair(flavor);
        let Words { stop, start } = words(flavor);
        let healthd = fast_hold().instance("m0", replica.port(), "max_lag = \"2s\"").start();
        source.sql("CREATE DATABASE lab; CREATE TABLE lab.t(id INT PRIMARY KEY)");
        wait_for("the table", SOON, || replica.try_sql("SELECT * FROM lab.t"));
        replica.sql(&format!("{stop} SQL_THREAD"));
        source.sql("INSERT INTO lab.t VALUES(1)");
        let lock = lock_table(&replica, "READ");
        replica.sql(&format!("{start} SQL_THREAD"));
        // The SQL thread waits for the lock: running, and falling behind.
        let answer = healthd.await_reason("name=m0&role=reader", "lag", 15 * SECOND);
        assert!(answer.body.contains("max_lag 2.0s"), "{flavor:?}: {}", answer.body);
        assert_eq!(healthd.check("name=m0&role=reader&max_lag=1h").status, 200, "{flavor:?}");
        assert_eq!(healthd.check("name=m0&role=any&max_lag=1s").status, 200, "{flavor:?}");
        drop(lock);
        healthd.await_status("name=m0&role=reader", 200, 15 * SECOND);
    });
}

/// Holds a lock on lab.t until dropped.
pub(crate) fn lock_table(server: &Server, kind: &str) -> Lock {
    let mut client = std::process::Command::new("mariadb");
    client.args(["--no-defaults", "-uroot", "-n", "-S"]).arg(server.socket());
    client.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null());
    let mut client = client.spawn().expect("the mariadb client starts");
    let mut orders = client.stdin.take().expect("a pipe");
    std::io::Write::write_all(&mut orders, format!("LOCK TABLES lab.t {kind};\n").as_bytes())
        .expect("the client reads");
    wait_for("the lock", SOON, || {
        let held =
            server.sql("SELECT COUNT(*) FROM information_schema.processlist WHERE user='root' AND command='Sleep'");
        (held.trim() != "0").then_some(())
    });
    Lock { client, orders: Some(orders) }
}

pub(crate) struct Lock {
    client: std::process::Child,
    orders: Option<std::process::ChildStdin>,
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The end of its input ends the client, and the connection with it the lock.
        self.orders = None;
        self.client.wait().expect("the client ends");
    }
}

#[test]
fn a_delayed_replica_is_out_until_the_limit_allows_its_delay() {
    let _turn = turn::shared();
    for flavor in [Flavor::MariaDb, Flavor::MySql97] {
        if !flavor.or_skip("delayed replica") {
            continue;
        }
        let (_source, replica) = pair(flavor);
        let Words { stop, start } = words(flavor);
        let change = match flavor {
            Flavor::MySql97 => "CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 60",
            _ => "CHANGE MASTER TO MASTER_DELAY = 60",
        };
        replica.sql(&format!("{stop}; {change}; {start}"));
        let healthd = fast_hold().instance("m0", replica.port(), "").start();
        let answer = healthd.await_reason("name=m0&role=reader", "delayed", SOON);
        assert!(answer.body.contains("delayed by 1m00s on purpose"), "{flavor:?}: {}", answer.body);
        healthd.await_status("name=m0&role=reader&max_lag=2m", 200, SOON);
    }
}

#[test]
fn one_broken_channel_of_several_counts_unless_it_is_ignored() {
    let _turn = turn::shared();
    for flavor in [Flavor::MariaDb, Flavor::MySql97] {
        if !flavor.or_skip("named channels") {
            continue;
        }
        let sources = [Server::builder(flavor).server_id(11).start(), Server::builder(flavor).server_id(12).start()];
        let replica = Server::builder(flavor).server_id(13).start();
        replicate(&sources[0], &replica, Some("east"));
        replicate(&sources[1], &replica, Some("west"));
        let strict = fast_hold().instance("m0", replica.port(), "").start();
        let lenient = fast_hold().instance("m0", replica.port(), "ignore_channels = [\"west\"]").start();
        for healthd in [&strict, &lenient] {
            healthd.await_status("name=m0&role=reader", 200, SOON);
        }
        sources[1].kill9();
        let answer = strict.await_reason("name=m0&role=reader", "io-thread-connecting", 15 * SECOND);
        assert!(answer.body.contains("channel west: "), "{flavor:?}: {}", answer.body);
        assert_eq!(lenient.check("name=m0&role=reader").status, 200, "{flavor:?}");
        sources[0].kill9();
        let answer = lenient.await_reason("name=m0&role=reader", "io-thread-connecting", 15 * SECOND);
        assert!(answer.body.contains("channel east: "), "{flavor:?}: {}", answer.body);
    }
}

#[test]
fn a_missing_privilege_does_not_look_like_no_replication() {
    let _turn = turn::shared();
    every_flavor("missing privileges", |flavor| {
        let server = Server::builder(flavor).start();
        let create = match flavor {
            Flavor::MySql56 => "GRANT USAGE ON *.* TO poor@'127.0.0.1' IDENTIFIED BY 'poor'",
            _ => "CREATE USER poor@'127.0.0.1' IDENTIFIED BY 'poor'",
        };
        server.sql(create);
        let credentials = "[client]\nuser=poor\npassword=poor\n";
        let healthd = Healthd::builder().client_cnf(credentials).instance("m0", server.port(), "").start();
        let answer = healthd.await_reason("name=m0&role=reader", "replication-unreadable", SOON);
        let grant = if flavor.is_mariadb() { "GRANT SLAVE MONITOR ON *.*" } else { "GRANT REPLICATION CLIENT ON *.*" };
        assert!(answer.body.contains(grant), "{flavor:?}: {}", answer.body);
        assert_eq!(healthd.check("name=m0").status, 200, "{flavor:?}");
    });
}

#[test]
fn a_heartbeat_query_finds_lag_that_the_server_does_not_report() {
    let _turn = turn::shared();
    let (source, replica) = pair(Flavor::MariaDb);
    source
        .sql("CREATE DATABASE hb; CREATE TABLE hb.beat(ts TIMESTAMP(6) NOT NULL); INSERT INTO hb.beat VALUES(NOW(6))");
    for server in [&source, &replica] {
        wait_for("the heartbeat table", SOON, || server.try_sql("SELECT * FROM hb.beat"));
        server.sql("SET sql_log_bin=0; GRANT SELECT ON hb.* TO mon@'127.0.0.1'");
    }
    let query =
        "heartbeat_query = \"SELECT UNIX_TIMESTAMP(NOW(6)) - UNIX_TIMESTAMP(MAX(ts)) FROM hb.beat\"\nmax_lag = \"3s\"";
    let healthd = fast_hold().instance("m0", replica.port(), query).start();
    // The source is frozen, and its replica still reports a lag of 0.
    source.stop();
    let answer = healthd.await_reason("name=m0&role=reader", "heartbeat-old", 15 * SECOND);
    assert!(answer.body.contains("max_lag 3.0s"), "{}", answer.body);
    source.cont();
    source.sql("UPDATE hb.beat SET ts = NOW(6) + INTERVAL 1 HOUR");
    healthd.await_status("name=m0&role=reader", 200, 15 * SECOND);
    replica.sql("SET sql_log_bin=0; DROP TABLE hb.beat");
    healthd.await_reason("name=m0&role=reader", "heartbeat-unreadable", SOON);
}

#[test]
fn a_hanging_statement_takes_out_only_the_reader_role() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    server.sql(
        "CREATE DATABASE lab; CREATE TABLE lab.t(ts INT); GRANT SELECT ON lab.* TO mon@'127.0.0.1'; INSERT INTO \
                lab.t VALUES(1)",
    );
    let query = "heartbeat_query = \"SELECT MAX(ts) FROM lab.t\"";
    let healthd = fast_hold().instance("m0", server.port(), query).start();
    healthd.await_status("name=m0&role=reader", 200, SOON);
    let lock = lock_table(&server, "WRITE");
    let answer = healthd.await_reason("name=m0&role=reader", "replication-unreadable", SOON);
    assert!(answer.body.contains("the heartbeat query is blocked in the server"), "{}", answer.body);
    let began = std::time::Instant::now();
    wait_for("5 s behind a lock", 10 * SECOND, || {
        let answer = healthd.check("name=m0");
        assert_eq!(answer.status, 200, "{}", answer.body);
        (began.elapsed() > 5 * SECOND).then_some(())
    });
    // One statement hangs, and healthd sends no further ones.
    let own = "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'mon'";
    assert_eq!(server.sql(own).trim(), "2");
    drop(lock);
    healthd.await_status("name=m0&role=reader", 200, SOON);
    wait_for("one connection again", SOON, || (server.sql(own).trim() == "1").then_some(()));
}

#[test]
fn a_galera_node_is_a_reader_only_when_synced_and_primary() {
    let _turn = turn::shared();
    Galera::available().expect("galera-4 is installed by scripts/setup");
    let nodes = galera(3);
    for node in &nodes {
        await_synced(node);
    }
    let settings = |port| Healthd::builder().instance("m0", port, "").start();
    let healthd = settings(nodes[1].port());
    let lenient = Healthd::builder().instance("m0", nodes[1].port(), "allow_donor = true").start();
    for role in ["any", "reader", "galera"] {
        healthd.await_status(&format!("name=m0&role={role}"), 200, SOON);
    }
    let state = Workdir::new("plugins");
    let plugin = || check_my(&nodes[1], &state, &["galera", "-c", "3:"]);
    assert_eq!((plugin().code, plugin().perfdata().split(';').next()), (Some(0), Some("galera_nodes=3")));
    nodes[1].sql("SET GLOBAL wsrep_desync = ON");
    // The donor serves rows that may be old. A state transfer pages no one.
    assert!(plugin().line.starts_with("WARNING - this Galera node is not synced: it is a donor"), "{}", plugin().line);
    healthd.await_reason("name=m0&role=reader", "galera-donor", SOON);
    healthd.await_reason("name=m0&role=galera", "galera-donor", SOON);
    assert_eq!(healthd.check("name=m0").status, 200);
    assert_eq!(lenient.check("name=m0&role=reader").status, 200);
    nodes[1].sql("SET GLOBAL wsrep_desync = OFF");
    healthd.await_status("name=m0&role=reader", 200, SOON);
    nodes[1].sql("SET GLOBAL read_only = ON");
    healthd.await_reason("name=m0&role=galera", "read-only", SOON);
    assert_eq!(healthd.check("name=m0&role=reader").status, 200);
    nodes[1].sql("SET GLOBAL read_only = OFF");
    nodes[1].sql("SET GLOBAL wsrep_reject_queries = ALL");
    healthd.await_status("name=m0&role=galera", 503, SOON);
    assert!(plugin().line.starts_with("CRITICAL - this Galera node cannot serve: wsrep_reject"), "{}", plugin().line);
    let health = check_my(&nodes[1], &state, &["health"]);
    assert!(
        health.code == Some(2) && health.line.contains("galera CRITICAL: this Galera node cannot serve"),
        "{health:?}"
    );
    nodes[1].sql("SET GLOBAL wsrep_reject_queries = NONE");
    healthd.await_status("name=m0&role=galera", 200, SOON);
    nodes[0].kill9();
    nodes[2].kill9();
    // Alone of three members, it still answers SHOW DATABASES.
    wait_for("non-primary", 30 * SECOND, || match status(&nodes[1], "wsrep_cluster_status") {
        Ok(status) if status != "Primary" => Ok(()),
        other => Err(format!("{other:?}")),
    });
    assert!(plugin().line.contains("its component is non-Primary"), "{}", plugin().line);
    for role in ["any", "reader", "galera"] {
        healthd.await_reason(&format!("name=m0&role={role}"), "wsrep-not-ready", SOON);
    }
}

#[test]
fn flow_control_is_a_warning_while_it_lasts() {
    let _turn = turn::shared();
    let nodes = galera(2);
    for node in &nodes {
        await_synced(node);
    }
    let state = Workdir::new("plugins");
    let plugin = || check_my(&nodes[0], &state, &["galera"]);
    nodes[0].sql("CREATE DATABASE lab; CREATE TABLE lab.t (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB");
    // A node that applies nothing, and soon reports that.
    nodes[1].sql("SET GLOBAL wsrep_provider_options = 'gcs.fc_limit=1'");
    let mut holder = nodes[1].session();
    holder.run("LOCK TABLES lab.t READ");
    let writers = [(); 4].map(|()| {
        let mut writer = nodes[0].session();
        std::thread::spawn(move || (0..50).for_each(|_| writer.run("INSERT INTO lab.t VALUES ()")))
    });
    let held = wait_for("flow control", 30 * SECOND, || match plugin() {
        answered if answered.line.contains("flow control paused all commits") => Ok(answered),
        other => Err(other.line),
    });
    assert!(held.code == Some(1) && held.line.contains("% of the time since the last run"), "{held:?}");
    holder.run("UNLOCK TABLES");
    for writer in writers {
        writer.join().expect("it writes to the end");
    }
    wait_for("the cluster moves again", 30 * SECOND, || match plugin() {
        answered if answered.code == Some(0) => Ok(()),
        other => Err(other.line),
    });
}

#[test]
fn a_joining_galera_node_is_out_until_it_is_synced() {
    let _turn = turn::shared();
    let cluster = Galera::plan(2);
    let donor = cluster.bootstrap();
    donor.sql("CREATE DATABASE lab; CREATE TABLE lab.fat(id INT AUTO_INCREMENT PRIMARY KEY, b LONGBLOB) ENGINE=InnoDB");
    for _ in 0..8 {
        donor.sql("INSERT INTO lab.fat(b) VALUES(REPEAT('x', 4000000))");
    }
    let joiner = cluster.launch(1);
    let builder = Healthd::builder().settings("interval = \"50ms\"").instance("m0", joiner.port(), "");
    let healthd = builder.instance("donor", donor.port(), "").start();
    let mut seen = std::collections::BTreeSet::new();
    wait_for("the joiner synced", 60 * SECOND, || {
        assert!(joiner.is_alive(), "{}", joiner.log());
        seen.insert(healthd.check("name=donor&role=reader").body.split(':').next().unwrap_or_default().to_owned());
        for role in ["any", "reader", "galera"] {
            let answer = healthd.check(&format!("name=m0&role={role}"));
            if answer.status == 200 {
                assert_eq!(status(&joiner, "wsrep_ready").as_deref(), Ok("ON"), "{role}: {}", answer.body);
            }
        }
        let answer = healthd.check("name=m0&role=galera");
        if answer.status == 200 { Ok(()) } else { Err(answer.body) }
    });
    assert_eq!(status(&joiner, "wsrep_local_state_comment").as_deref(), Ok("Synced"));
    // The real donor was reported as one.
    assert!(seen.contains("down galera-donor"), "{seen:?}");
}

#[test]
fn the_galera_role_refuses_a_server_without_galera() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    healthd.await_reason("name=m0&role=galera", "not-galera", SOON);
}

#[test]
fn a_group_member_without_majority_is_not_a_reader() {
    let _turn = turn::shared();
    if !Flavor::MySql97.or_skip("Group Replication") {
        return;
    }
    let (first, second) = group();
    let healthd = Healthd::builder().instance("m0", second.port(), "").start();
    healthd.await_status("name=m0&role=reader", 200, SOON);
    let state = Workdir::new("plugins");
    let plugin = || check_my(&second, &state, &["group-replication"]);
    assert_eq!(plugin().perfdata(), "group_reachable=2;;2:;0;2 group_members=2;;;0", "{}", plugin().line);
    let health = || check_my(&second, &state, &["health", "-v"]);
    assert!(health().stdout.contains("group-replication OK: online, 2 of 2"), "{:?}", health());
    first.kill9();
    let answer = healthd.await_reason("name=m0&role=reader", "gr-no-majority", 30 * SECOND);
    assert!(answer.body.contains("1 of 2"), "{}", answer.body);
    assert_eq!(healthd.check("name=m0").status, 200);
    let alone = plugin();
    assert!(alone.line.starts_with("CRITICAL - online without a majority, 1 of 2"), "{}", alone.line);
    assert!(health().line.contains("group-replication CRITICAL: online without a majority"), "{:?}", health());
}

#[test]
fn a_group_member_that_is_offline_or_unreadable_is_not_a_reader() {
    let _turn = turn::shared();
    if !Flavor::MySql97.or_skip("Group Replication") {
        return;
    }
    let (_first, second) = group();
    let only_here = "SET GLOBAL super_read_only = 0; SET sql_log_bin = 0";
    second.sql(&format!("{only_here}; REVOKE SELECT ON performance_schema.* FROM mon@'127.0.0.1'"));
    let healthd = Healthd::builder().instance("m0", second.port(), "").start();
    let answer = healthd.await_reason("name=m0&role=reader", "gr-unreadable", SOON);
    assert!(answer.body.contains("GRANT SELECT ON performance_schema"), "{}", answer.body);
    let grant = "GRANT SELECT ON performance_schema.replication_group_members TO mon@'127.0.0.1'";
    second.sql(&format!("{only_here}; {grant}"));
    healthd.await_status("name=m0&role=reader", 200, SOON);
    second.sql("STOP GROUP_REPLICATION");
    healthd.await_reason("name=m0&role=reader", "gr-not-online", SOON);
}
