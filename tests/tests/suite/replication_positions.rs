//! The replication position of real servers, as a probe reads it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use healthd_core::observed::section::{Section, Unreadable};
use healthd_core::position::boot::same_boot;
use healthd_core::position::gtids::Gtids;
use healthd_core::position::history::History as _;
use healthd_core::position::origin::Origin;
use healthd_core::position::standing::{Caveat, SemiSyncSource, Standing};
use healthd_mysql::login::address::Address;
use healthd_mysql::login::credentials::{Credentials, Secret};
use healthd_mysql::login::target::Target;
use healthd_mysql::read::probe::{Budget, Link, probe};
use healthd_tests::{Flavor, Server, pair, replicate, wait_for};

use crate::turn;

const SOON: Duration = Duration::from_secs(8);

/// Probes a server as the daemon does, with the privileges that the manual asks for.
struct Watch {
    runtime: tokio::runtime::Runtime,
    link: Link,
    target: Arc<Target>,
}

impl Watch {
    fn new(server: &Server) -> Watch {
        Watch::as_user(server, "mon")
    }

    fn as_user(server: &Server, user: &str) -> Watch {
        let credentials =
            Credentials { user: Some(user.to_owned()), password: Some(Secret::new(user)), ..Credentials::default() };
        let target = Target {
            address: Address::Tcp { host: "127.0.0.1".to_owned(), port: server.port() },
            extra_port: None,
            credentials,
            query: "SELECT 1".to_owned(),
            heartbeat_query: None,
            positions: true,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Watch { runtime, link: Link::default(), target: Arc::new(target) }
    }

    fn section(&mut self) -> Section<Standing> {
        let (started, timeout) = (Instant::now(), Duration::from_secs(5));
        let budget = Budget { started, timeout, patience: timeout, sections: timeout };
        let (send, _receive) = tokio::sync::oneshot::channel();
        let link = std::mem::take(&mut self.link);
        let probed = self.runtime.block_on(probe(link, &self.target, budget, send));
        self.link = probed.link;
        let answered = probed.result.unwrap_or_else(|failure| panic!("{failure:?}"));
        answered.snapshot.standing.expect("it was asked for")
    }

    #[track_caller]
    fn read(&mut self) -> Standing {
        self.section().unwrap_or_else(|why| panic!("{why:?}"))
    }

    /// Reads until the position is as expected, and returns it.
    #[track_caller]
    fn until(&mut self, what: &str, is: impl Fn(&Standing) -> bool) -> Standing {
        wait_for(what, 2 * SOON, || {
            let standing = self.read();
            if is(&standing) { Ok(standing) } else { Err(format!("{standing:?}")) }
        })
    }
}

/// `STOP SLAVE` in the syntax of a server's version.
fn order(flavor: Flavor, word: &str) -> String {
    let what = if flavor == Flavor::MySql97 { "REPLICA" } else { "SLAVE" };
    format!("{word} {what}")
}

#[test]
fn a_replica_has_received_more_than_it_has_executed() {
    let _turn = turn::shared();
    for flavor in Flavor::ALL {
        if !flavor.or_skip("received and executed") {
            continue;
        }
        let (source, replica) = pair(flavor);
        source.sql("CREATE DATABASE lab; CREATE TABLE lab.t(id INT PRIMARY KEY)");
        wait_for("the table", SOON, || replica.try_sql("SELECT * FROM lab.t"));
        replica.sql("INSERT INTO lab.t VALUES(0)");
        wait_for("both ways", SOON, || (source.sql("SELECT COUNT(*) FROM lab.t") == "1").then_some(()));
        let (mut of_source, mut of_replica) = (Watch::new(&source), Watch::new(&replica));
        let in_step = of_replica.until("all executed", |standing| standing.executed.contains(&standing.received));
        assert_eq!(in_step.caveats, [], "{flavor}");
        assert_eq!(in_step.semisync.source.is_some(), flavor.is_mariadb(), "{flavor}: no plugin elsewhere");

        replica.sql(&format!("{} SQL_THREAD", order(flavor, "STOP")));
        (1..=25).for_each(|id| drop(source.sql(&format!("INSERT INTO lab.t VALUES({id})"))));
        let behind =
            of_replica.until("25 received", |standing| standing.received.minus(&standing.executed).count() == 25);
        let ahead = of_source.read();
        let lacking = ahead.executed.minus(&behind.executed);
        assert_eq!(lacking, behind.received.minus(&behind.executed), "{flavor}");
        assert_eq!(lacking.of(&ahead.origin), lacking, "{flavor}: the source wrote them");
        assert!(!behind.executed.of(&behind.origin).is_empty(), "{flavor}: its own insert");
        assert!(ahead.executed.contains(&behind.received), "{flavor}");
        assert!(ahead.received.of(&ahead.origin).is_empty(), "{flavor}: own transactions came back");
        let [from] = &behind.sources[..] else { panic!("{flavor}: {:?}", behind.sources) };
        assert_eq!((&*from.channel, from.server_id, from.connected), ("default", Some(1), true), "{flavor}");
        assert_eq!(from.uuid.map(|uuid| Origin::MySql { uuid }), (!flavor.is_mariadb()).then_some(ahead.origin));

        source.kill9();
        of_replica.until("the source is gone", |standing| !standing.sources[0].connected);
        replica.sql(&format!("{} SQL_THREAD", order(flavor, "START")));
        let after = of_replica.until("all executed", |standing| standing.executed.contains(&behind.received));
        assert_eq!(after.received, behind.received, "{flavor}");
    }
}

#[test]
fn mariadb_discards_its_relay_log_when_both_threads_start() {
    let _turn = turn::shared();
    for flavor in [Flavor::MariaDb, Flavor::MySql97, Flavor::MySql56] {
        if !flavor.or_skip("received and forgotten") {
            continue;
        }
        let (source, replica) = pair(flavor);
        source.sql("CREATE DATABASE lab; CREATE TABLE lab.t(id INT PRIMARY KEY)");
        wait_for("the table", SOON, || replica.try_sql("SELECT * FROM lab.t"));
        let mut watch = Watch::new(&replica);
        replica.sql(&format!("{} SQL_THREAD", order(flavor, "STOP")));
        (1..=5).for_each(|id| drop(source.sql(&format!("INSERT INTO lab.t VALUES({id})"))));
        let before = watch.until("5 received", |standing| standing.received.minus(&standing.executed).count() == 5);
        source.kill9();
        replica.sql(&order(flavor, "STOP"));
        replica.sql(&order(flavor, "START"));
        if flavor.is_mariadb() {
            let after = watch.until("some are gone", |standing| !standing.received.contains(&before.received));
            assert!(after.executed.contains(&after.received), "it looks as if it had caught up: {after:?}");
            assert_eq!(before.received.minus(&after.executed).count(), 5);
        } else {
            let after = watch.until("all executed", |standing| standing.executed.contains(&before.received));
            assert_eq!(after.received, before.received, "{flavor}");
        }
    }
}

#[test]
fn mysql_discards_its_relay_log_at_a_start_with_relay_log_recovery() {
    let _turn = turn::shared();
    for (flavor, stay_stopped) in [(Flavor::MySql97, "--skip-replica-start"), (Flavor::MySql56, "--skip-slave-start")] {
        if !flavor.or_skip("relay_log_recovery") {
            continue;
        }
        let (source, replica) = pair(flavor);
        source.sql("CREATE DATABASE lab; CREATE TABLE lab.t(id INT PRIMARY KEY)");
        wait_for("the table", SOON, || replica.try_sql("SELECT * FROM lab.t"));
        let mut watch = Watch::new(&replica);
        replica.sql(&format!("{} SQL_THREAD", order(flavor, "STOP")));
        (1..=5).for_each(|id| drop(source.sql(&format!("INSERT INTO lab.t VALUES({id})"))));
        let before = watch.until("5 received", |standing| standing.received.minus(&standing.executed).count() == 5);
        source.kill9();
        replica.kill9();
        replica.restart_with(&[stay_stopped]);
        assert_eq!(watch.read().received, before.received, "{flavor}: without");
        replica.kill9();
        replica.restart_with(&[stay_stopped, "--relay-log-recovery=ON"]);
        assert!(watch.read().received.is_empty(), "{flavor}: with");
    }
}

#[test]
fn a_restart_of_the_server_is_noticed() {
    let _turn = turn::shared();
    for flavor in Flavor::ALL {
        if !flavor.or_skip("a restart") {
            continue;
        }
        let server = Server::builder(flavor).start();
        let mut watch = Watch::new(&server);
        let before = watch.read().boot;
        let began = Instant::now();
        wait_for("two seconds of the same process", SOON, || {
            let again = watch.read().boot;
            assert_eq!(again, before, "{flavor}: one connection");
            (began.elapsed() > Duration::from_secs(2)).then_some(())
        });
        let other = Watch::new(&server).read().boot;
        assert!(other.connection > before.connection && same_boot(&before, &other), "{flavor}: {other:?}");
        server.kill9();
        server.restart();
        let after = watch.read().boot;
        assert!(!same_boot(&before, &after), "{flavor}: {before:?} {after:?}");
    }
}

#[test]
fn semi_sync_status_is_read_from_the_source() {
    let _turn = turn::shared();
    for flavor in [Flavor::MariaDb, Flavor::MariaDb118, Flavor::MySql97] {
        if !flavor.or_skip("semi-sync") {
            continue;
        }
        let (plugins, [source_side, replica_side]) = match flavor {
            Flavor::MySql97 => {
                ("plugin_load_add=semisync_source.so\nplugin_load_add=semisync_replica.so\n", ["source", "replica"])
            }
            _ => ("", ["master", "slave"]),
        };
        // With the source's side on, the applier of the replica would wait for replicas that it does not have.
        let [source, replica] = [(1, source_side), (2, replica_side)].map(|(id, side)| {
            let config = format!(
                "{plugins}rpl_semi_sync_{side}_enabled=ON\nrpl_semi_sync_{source_side}_timeout=2500\n\
                 rpl_semi_sync_{source_side}_wait_point=AFTER_SYNC"
            );
            Server::builder(flavor).server_id(id).config(&config).start()
        });
        replicate(&source, &replica, None);
        let (mut of_source, mut of_replica) = (Watch::new(&source), Watch::new(&replica));
        let healthy = SemiSyncSource {
            on: true,
            after_sync: true,
            clients: 1,
            waiting: 0,
            timeout: Duration::from_millis(2500),
            wait_no_replica: true,
        };
        of_source.until("semi-sync", |standing| standing.semisync.source == Some(healthy));
        assert!(of_replica.read().semisync.replica_on && !of_source.read().semisync.replica_on, "{flavor}");

        source.sql("CREATE DATABASE lab; CREATE TABLE lab.t(id INT PRIMARY KEY)");
        source.sql(&format!("SET GLOBAL rpl_semi_sync_{source_side}_timeout = 60000"));
        let before = of_source.read();
        replica.stop();
        let waiting = std::thread::scope(|scope| {
            let commit = scope.spawn(|| source.sql("INSERT INTO lab.t VALUES(1)"));
            let is_waiting = |standing: &Standing| standing.semisync.source.is_some_and(|side| side.waiting == 1);
            of_source.until("a commit that waits", is_waiting);
            // Executed is read before the state: the first reading that shows the wait may have been too early for it.
            let waiting = of_source.read();
            replica.cont();
            commit.join().expect("the commit ends");
            waiting
        });
        let expected = SemiSyncSource { waiting: 1, timeout: Duration::from_secs(60), ..healthy };
        assert_eq!(waiting.semisync.source, Some(expected), "{flavor}");
        // No client got an answer for it. MariaDB's position has it already, MySQL's has it when the wait is over.
        let counted = u64::from(flavor.is_mariadb());
        assert_eq!(waiting.executed.minus(&before.executed).count(), counted, "{flavor}");
        of_source.until("no session waits", |standing| standing.semisync.source.is_some_and(|side| side.waiting == 0));

        source.sql(&format!("SET GLOBAL rpl_semi_sync_{source_side}_timeout = 300"));
        source.sql(&format!("SET GLOBAL rpl_semi_sync_{source_side}_wait_point = AFTER_COMMIT"));
        replica.stop();
        source.sql("INSERT INTO lab.t VALUES(2)");
        let side = of_source.read().semisync.source.expect("the plugin is there");
        let given_up = (side.on, side.after_sync, side.waiting, side.timeout);
        assert_eq!(given_up, (false, false, 0, Duration::from_millis(300)), "{flavor}");
        replica.cont();
        of_source.until("on again", |standing| standing.semisync.source.is_some_and(|side| side.on));
    }
}

#[test]
fn an_unloaded_semi_sync_plugin_hides_nothing_else() {
    let _turn = turn::shared();
    if !Flavor::MySql97.or_skip("a plugin that is unloaded") {
        return;
    }
    let server = Server::builder(Flavor::MySql97).start();
    server.sql("INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'");
    let mut watch = Watch::new(&server);
    assert!(watch.read().semisync.source.is_some());
    server.sql("UNINSTALL PLUGIN rpl_semi_sync_source");
    assert_eq!(watch.section(), Err(Unreadable::Refused { code: 1193 }), "its variables are gone");
    assert_eq!(watch.read().semisync.source, None);
}

#[test]
fn servers_without_gtids_have_file_positions() {
    let _turn = turn::shared();
    for flavor in [Flavor::MySql56, Flavor::MariaDb] {
        if !flavor.or_skip("file positions") {
            continue;
        }
        let [source, replica] = [1, 2].map(|id| {
            let off = "gtid_mode=OFF\nenforce_gtid_consistency=OFF";
            let builder = Server::builder(flavor).server_id(id);
            if flavor.is_mariadb() { builder.start() } else { builder.config(off).start() }
        });
        let end = source.sql("SHOW MASTER STATUS");
        let (file, offset) = end.split_once('\t').expect("a file and an offset");
        let offset = offset.split('\t').next().expect("an offset");
        let no_gtid = if flavor.is_mariadb() { ", MASTER_USE_GTID=no" } else { "" };
        replica.sql(&format!(
            "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_USER='repl', MASTER_PASSWORD='repl', \
             MASTER_LOG_FILE='{file}', MASTER_LOG_POS={offset}, MASTER_CONNECT_RETRY=2{no_gtid}; START SLAVE",
            source.port()
        ));
        source.sql("CREATE DATABASE lab; CREATE TABLE lab.t(id INT PRIMARY KEY)");
        wait_for("the table", SOON, || replica.try_sql("SELECT * FROM lab.t"));
        let (mut of_source, mut of_replica) = (Watch::new(&source), Watch::new(&replica));
        replica.sql("STOP SLAVE SQL_THREAD");
        source.sql("INSERT INTO lab.t VALUES(1); FLUSH BINARY LOGS; INSERT INTO lab.t VALUES(2)");
        let written = source.sql("SHOW MASTER STATUS");
        let mut written = written.split('\t');
        let (file, offset) = (written.next().expect("a file"), written.next().expect("an offset"));
        let end = Gtids::before(1, file, offset.parse().expect("a number")).expect("a position");
        let behind = of_replica.until("all received", |standing| standing.received.contains(&end));
        assert!(!behind.executed.contains(&end) && !behind.executed.of(&Origin::File { server_id: 1 }).is_empty());
        assert_eq!(behind.caveats, [Caveat::NoGtid], "{flavor}");
        if flavor == Flavor::MySql56 {
            let source_says = of_source.read();
            assert_eq!(source_says.origin, Origin::File { server_id: 1 });
            assert_eq!(source_says.executed, end);
        }
        replica.sql("START SLAVE SQL_THREAD");
        of_replica.until("all executed", |standing| standing.executed.contains(&end));
        source.kill9();
        replica.restart();
        let alone = of_replica.read();
        assert_eq!((alone.sources[0].server_id, alone.received.is_empty()), (None, true), "{flavor}: {alone:?}");
    }
}

#[test]
fn missing_privileges_are_named_and_weaker_settings_are_read() {
    let _turn = turn::shared();
    for flavor in Flavor::ALL {
        if !flavor.or_skip("privileges for positions") {
            continue;
        }
        let weak = match flavor {
            Flavor::MariaDb | Flavor::MariaDb118 => "gtid_strict_mode=OFF\nskip-log-slave-updates",
            Flavor::MySql97 => "skip-log-replica-updates",
            Flavor::MySql56 => "",
        };
        let server = Server::builder(flavor).config(weak).config("binlog_ignore_db=junk").start();
        let grants: &[(&str, &str)] = match flavor.is_mariadb() {
            true => {
                &[("SLAVE MONITOR", "GRANT SLAVE MONITOR ON *.*"), ("BINLOG MONITOR", "GRANT BINLOG MONITOR ON *.*")]
            }
            false => &[("REPLICATION CLIENT", "GRANT REPLICATION CLIENT ON *.*")],
        };
        server.sql("CREATE USER poor@'127.0.0.1' IDENTIFIED BY 'poor'");
        for (missing, grant) in grants {
            assert_eq!(
                Watch::as_user(&server, "poor").section(),
                Err(Unreadable::Denied { grant: (*grant).into() }),
                "{flavor}"
            );
            server.sql(&format!("GRANT {missing} ON *.* TO poor@'127.0.0.1'"));
        }
        let expected = match flavor {
            Flavor::MariaDb | Flavor::MariaDb118 => {
                vec![Caveat::NoLogSlaveUpdates, Caveat::NotStrict, Caveat::Filtered]
            }
            Flavor::MySql97 => vec![Caveat::NoLogSlaveUpdates, Caveat::Filtered],
            // The server does not start with GTIDs unless its log has the replicated transactions.
            Flavor::MySql56 => vec![Caveat::Filtered],
        };
        let standing = Watch::as_user(&server, "poor").read();
        assert_eq!(standing.caveats, expected, "{flavor}");
        assert_eq!((standing.sources.len(), standing.received.is_empty()), (0, true), "{flavor}");
    }
}
