//! What the plugins say about a replica, in real states of its servers.

use std::time::{Duration, Instant};

use healthd_tests::plugin::{Answered, plugin};
use healthd_tests::{Flavor, Server, Workdir, pair, replicate, wait_for};

use crate::{flavors, turn};

const SOON: Duration = Duration::from_secs(30);
const OTHERS: [Flavor; 2] = [Flavor::MySql97, Flavor::MySql56];
const RUNNING: &str = "pmp-check-mysql-replication-running";
const DELAY: &str = "pmp-check-mysql-replication-delay";

/// A read-only replica, as it should be, and its source.
struct Replica {
    source: Server,
    replica: Server,
    state: Workdir,
}

impl Replica {
    fn start(flavor: Flavor) -> Replica {
        let source = Server::builder(flavor).server_id(1).start();
        let replica = Server::builder(flavor).server_id(2).config("read_only=1").start();
        replicate(&source, &replica, None);
        Replica { source, replica, state: Workdir::new("replica") }
    }

    fn ask(&self, applet: &str, words: &[&str]) -> Answered {
        let socket = self.replica.socket().display().to_string();
        let login = match applet {
            "check_mysql" => vec!["-s", &socket, "-u", "root"],
            applet if applet.starts_with("pmp-") => vec!["-S", &socket, "-l", "root"],
            _ => vec!["-S", &socket, "-u", "root"],
        };
        let answered = plugin(applet, &[words, &login].concat(), &self.state);
        assert_eq!(answered.stderr, "", "{applet} {words:?}");
        answered
    }

    fn replica(&self, words: &[&str]) -> Answered {
        self.ask("check_my", &[&["replica"], words].concat())
    }

    #[track_caller]
    fn await_code(&self, what: &str, words: &[&str], code: i32, needle: &str) -> Answered {
        wait_for(what, SOON, || match self.replica(words) {
            answered if answered.code == Some(code) && answered.line.contains(needle) => Ok(answered),
            other => Err(other.stdout),
        })
    }

    /// Runs SQL about the replica's threads, in the syntax of its flavor.
    fn threads(&self, sql: &str) {
        let sql = match self.replica.flavor() {
            Flavor::MySql97 => {
                let sql = sql.replace("CHANGE MASTER", "CHANGE REPLICATION SOURCE").replace("MASTER_", "SOURCE_");
                sql.replace("SLAVE", "REPLICA").replace("slave", "replica")
            }
            _ => sql.to_owned(),
        };
        self.replica.sql(&sql);
    }
}

#[test]
fn a_hung_source_is_reported_within_a_few_heartbeats() {
    let _turn = turn::shared();
    flavors::every(&OTHERS, "hung sources of plugins", |flavor| {
        let pair = Replica::start(flavor);
        // The server itself would not notice for a long time.
        pair.threads(
            "STOP SLAVE; SET GLOBAL slave_net_timeout = 600; CHANGE MASTER TO MASTER_HEARTBEAT_PERIOD=1; START SLAVE",
        );
        pair.await_code("a replica in order", &["-v"], 0, "0s behind");
        let verbose = pair.replica(&["-v"]);
        assert!(verbose.stdout.contains("a heartbeat every 1.0s"), "{flavor:?}: {}", verbose.stdout);
        // While the source has nothing to send, it is not overdue.
        pair.source.stop();
        pair.await_code("an overdue heartbeat", &[], 1, "not heard for ");
        // A START of running threads hides nothing.
        pair.threads("START SLAVE");
        let overdue = pair.replica(&[]);
        assert!(overdue.code == Some(1) && overdue.line.contains("not heard for "), "{flavor:?} {overdue:?}");
        pair.source.cont();
        assert!(
            overdue.line.contains("0s behind") && overdue.line.contains("a heartbeat is due every 1.0s"),
            "{overdue:?}"
        );
        pair.await_code("heartbeats again", &[], 0, "0s behind");
        if flavor == Flavor::MySql97 {
            // The time of the last heartbeat survives a stop, and proves nothing about the time after it.
            pair.threads("STOP SLAVE");
            wait_for("an old heartbeat", SOON, || {
                let age = "SELECT UNIX_TIMESTAMP() - UNIX_TIMESTAMP(LAST_HEARTBEAT_TIMESTAMP) > 4 \
                           FROM performance_schema.replication_connection_status";
                (pair.replica.sql(age) == "1").then_some(())
            });
            pair.threads("START SLAVE");
            let first = wait_for("both threads", SOON, || match pair.replica(&[]) {
                Answered { code: Some(2), line, .. } => Err(line),
                answered => Ok(answered),
            });
            assert_eq!(first.code, Some(0), "{}", first.line);
        }
    });
}

#[test]
fn a_source_is_not_overdue_right_after_its_receiver_started() {
    let _turn = turn::shared();
    flavors::at_once(&[Flavor::MySql56], "restarted receivers of plugins", |flavor| {
        let pair = Replica::start(flavor);
        // An overdue source is reported after five and a half seconds, and the first heartbeat comes after three.
        pair.threads("STOP SLAVE; CHANGE MASTER TO MASTER_HEARTBEAT_PERIOD=3; START SLAVE");
        wait_for("a heartbeat and a server that is older than this test's waiting", SOON, || {
            let status =
                "SELECT VARIABLE_VALUE > 9 FROM information_schema.global_status WHERE VARIABLE_NAME = 'Uptime'";
            (pair.replica.sql(status) == "1").then_some(())
        });
        pair.await_code("a replica in order", &[], 0, "0s behind");
        pair.threads("STOP SLAVE");
        let stopped = Instant::now();
        wait_for("more than the patience", SOON, || (stopped.elapsed() > Duration::from_secs(7)).then_some(()));
        pair.threads("START SLAVE");
        let first = wait_for("both threads", SOON, || match pair.replica(&[]) {
            Answered { code: Some(2), line, .. } => Err(line),
            answered => Ok(answered),
        });
        assert_eq!(first.code, Some(0), "{flavor:?} {}", first.line);
    });
}

#[test]
fn without_heartbeats_an_unheard_source_is_not_judged() {
    let _turn = turn::shared();
    let pair = Replica::start(Flavor::MariaDb);
    pair.threads("STOP SLAVE; CHANGE MASTER TO MASTER_HEARTBEAT_PERIOD=0; START SLAVE");
    pair.await_code("a replica in order", &[], 0, "0s behind");
    assert!(pair.replica(&["-v"]).stdout.contains("no heartbeats"), "{}", pair.replica(&["-v"]).stdout);
}

#[test]
fn each_applet_judges_a_stopped_thread_as_documented() {
    let _turn = turn::shared();
    flavors::every(&OTHERS, "threads of plugins", |flavor| {
        let pair = Replica::start(flavor);
        pair.source.sql("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY) ENGINE=InnoDB");
        wait_for("the table", SOON, || pair.replica.try_sql("SELECT * FROM shop.t"));
        let replica = ["replica", "-w", "99999", "-c", "99999"];
        let applets = |state: &str, expected: [i32; 7], texts: [&str; 2]| {
            let asked: [(&str, &[&str]); 7] = [
                ("check_my", &replica),
                ("check_my", &["replica-lag"]),
                ("check_my", &["replica-running"]),
                ("check_mysql", &["-S", "-w", "99999"]),
                ("check_mysql_health", &["--mode", "slave-lag"]),
                (RUNNING, &[]),
                (DELAY, &["-w", "99999", "-c", "99999"]),
            ];
            for ((applet, words), code) in asked.into_iter().zip(expected) {
                let answered = pair.ask(applet, words);
                let name = format!("{flavor:?}, {state}: {applet} {words:?}: {}", answered.line);
                assert_eq!(answered.code, Some(code), "{name}");
                assert_eq!(answered.line.contains(texts[0]), applet != "check_mysql", "{name}");
                assert!(answered.line.contains(texts[1]) && !answered.perfdata().contains("lag="), "{name}");
                // An unknown value is not 0.
                assert!(!answered.perfdata().contains("replication_delay"), "{name}");
            }
        };
        pair.await_code("a replica in order", &[], 0, "0s behind");
        pair.threads("STOP SLAVE SQL_THREAD");
        applets("the applier stopped", [2, 2, 1, 2, 2, 1, 3], ["applier stopped", ""]);
        pair.source.sql("INSERT INTO shop.t VALUES (1); INSERT INTO shop.t VALUES (2); INSERT INTO shop.t VALUES (3)");
        pair.await_code("the backlog", &[], 2, "replica_gtid_gap=3");
        assert_eq!(pair.ask(RUNNING, &["-c", "1"]).code, Some(2));
        assert_eq!(pair.ask(RUNNING, &["-d"]).code, Some(0));
        pair.threads("START SLAVE SQL_THREAD");
        pair.await_code("a replica in order", &[], 0, "replica_gtid_gap=0");
        pair.threads("STOP SLAVE IO_THREAD");
        applets("the receiver stopped", [2, 2, 1, 2, 2, 1, 3], ["receiver stopped", ""]);
        assert_eq!(pair.ask(RUNNING, &["-d"]).code, Some(1), "only the applier may stand still");
        pair.threads("START SLAVE IO_THREAD");
        pair.await_code("a replica in order", &[], 0, "0s behind");
        pair.replica.sql("SET sql_log_bin = 0; INSERT INTO shop.t VALUES (42)");
        pair.source.sql("INSERT INTO shop.t VALUES (42)");
        let failed = pair.await_code("the error", &[], 2, "error 1062: ");
        // On MySQL, the channel itself only says that a worker has failed.
        assert!(failed.line.contains("Duplicate entry"), "{flavor:?} {}", failed.line);
        assert!(!failed.line.contains("'42'"), "{}", failed.line);
        applets("an error", [2, 2, 2, 2, 2, 2, 3], ["applier stopped", "error 1062: "]);
        pair.replica.sql("SET sql_log_bin = 0; DELETE FROM shop.t WHERE id = 42");
        pair.threads("START SLAVE SQL_THREAD");
        pair.await_code("a replica in order", &[], 0, "0s behind");
        pair.source.kill9();
        pair.await_code("the source's end", &[], 2, "error 2003: ");
        applets("a source that is gone", [2, 2, 2, 2, 2, 2, 3], ["receiver connecting", "error 2003: "]);
    });
}

#[test]
fn writable_and_filtered_replicas_are_reported() {
    let _turn = turn::shared();
    flavors::every(&OTHERS, "read_only of plugins", |flavor| {
        let source = Server::builder(flavor).server_id(1).start();
        let filter = "replicate_wild_do_table=shop.%";
        let replica = Server::builder(flavor).server_id(2).config(filter).start();
        replicate(&source, &replica, None);
        let pair = Replica { source, replica, state: Workdir::new("replica") };
        let writes = pair.await_code("both threads", &[], 1, "accepts writes: set read_only, or use --writable");
        assert!(writes.line.contains("filtered: do not fail over to it (default: Replicate_Wild_Do_Table shop.%)"));
        assert!(writes.perfdata().contains("replica_read_only=0"), "{}", writes.line);
        assert_eq!(pair.replica(&["--writable"]).code, Some(0), "{flavor:?}");
        pair.replica.sql("SET GLOBAL read_only = 1");
        assert_eq!(pair.replica(&[]).code, Some(0), "{flavor:?}");
    });
}

#[test]
fn two_masters_have_no_gap_from_their_own_writes() {
    let _turn = turn::shared();
    flavors::every(&OTHERS, "two masters of plugins", |flavor| {
        let (source, replica) = pair(flavor);
        let pair = Replica { source, replica, state: Workdir::new("replica") };
        pair.await_code("both threads", &["--writable"], 0, "replica_gtid_gap=0");
        pair.replica.sql("CREATE DATABASE here");
        pair.source.sql("CREATE DATABASE there");
        wait_for("both databases", SOON, || {
            let both = "SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME IN ('here', 'there')";
            (pair.source.sql(both) == "2" && pair.replica.sql(both) == "2").then_some(())
        });
        pair.await_code("no gap", &["--writable"], 0, "replica_gtid_gap=0");
        // Its own writes come back to it, and are not a gap either.
        pair.threads("STOP SLAVE SQL_THREAD");
        pair.replica.sql("CREATE DATABASE mine");
        pair.source.sql("CREATE DATABASE its");
        pair.await_code("the gap", &["--writable"], 2, "replica_gtid_gap=1;");
    });
}

#[test]
fn not_replica_sets_the_state_of_a_server_that_does_not_replicate() {
    let _turn = turn::shared();
    flavors::every(&OTHERS, "servers without a source", |flavor| {
        let server = Server::builder(flavor).start();
        let socket = server.socket().display().to_string();
        let state = Workdir::new("replica");
        for (code, applet, words) in [
            (1, "check_my", &["replica"][..]),
            (0, "check_my", &["replica", "--not-replica", "ok"]),
            (2, "check_my", &["replica-running", "--not-replica", "critical"]),
            (0, RUNNING, &[]),
            (1, RUNNING, &["-w", "1"]),
            (0, DELAY, &[]),
            (3, DELAY, &["--unconfigured"]),
        ] {
            let user = if applet == "check_my" { "-u" } else { "-l" };
            let answered = plugin(applet, &[words, &["-S", &socket, user, "root"]].concat(), &state);
            assert_eq!(answered.code, Some(code), "{flavor:?} {applet} {words:?}: {}", answered.line);
            assert!(answered.line.ends_with("this server is not a replica"), "{flavor:?} {applet}: {}", answered.line);
        }
        let words = ["--pmp-words", "--unconfigured", "-S", &socket, "-l", "root"];
        let answered = plugin(DELAY, &words, &state);
        assert_eq!(answered.line, "UNK this server is not a replica");
    });
}

#[test]
fn every_applet_sees_a_replica_with_only_a_named_channel() {
    let _turn = turn::shared();
    let source = Server::builder(Flavor::MariaDb).server_id(1).start();
    let replica = Server::builder(Flavor::MariaDb).server_id(2).config("read_only=1").start();
    replicate(&source, &replica, Some("dc2"));
    let pair = Replica { source, replica, state: Workdir::new("replica") };
    pair.await_code("a replica in order", &[], 0, "0s behind");
    assert_eq!(pair.ask(DELAY, &[]).perfdata(), "replication_delay=0;300;600;0");
    assert_eq!(pair.ask(RUNNING, &["--master-conn", "dc2"]).code, Some(0));
    let nobody = pair.ask(DELAY, &["--master-conn", "dc3"]);
    assert!(nobody.code == Some(3) && nobody.line.contains("there are: dc2"), "{}", nobody.line);
    pair.replica.sql("STOP SLAVE 'dc2' IO_THREAD");
    for (code, applet, words) in [
        (2, "check_my", &["replica"][..]),
        (1, "check_my", &["replica-running"]),
        (1, RUNNING, &[]),
        (3, DELAY, &[]),
        (2, "check_mysql", &["-S"]),
        (2, "check_mysql_health", &["--mode", "slave-lag"]),
    ] {
        let answered = pair.ask(applet, words);
        assert_eq!(answered.code, Some(code), "{applet} {words:?}: {}", answered.line);
        assert!(answered.line.contains("channel dc2"), "{applet} {words:?}: {}", answered.line);
    }
}

#[test]
fn a_configured_delay_does_not_count_as_lag() {
    let _turn = turn::shared();
    flavors::every(&OTHERS, "delayed replicas of plugins", |flavor| {
        let pair = Replica::start(flavor);
        pair.threads("STOP SLAVE; CHANGE MASTER TO MASTER_DELAY=3600; START SLAVE");
        pair.source.sql("CREATE DATABASE shop");
        wait_for("a backlog of two seconds", SOON, || match pair.ask("check_mysql", &["-S", "-w", "1"]) {
            Answered { code: Some(1), line, .. } => Ok(line),
            other => Err(other.line),
        });
        let answered = pair.replica(&["-w", "1", "-c", "1"]);
        assert_eq!(answered.code, Some(0), "{flavor:?}: {}", answered.line);
        assert!(
            answered.line.contains("0s behind") && answered.line.contains("configured delay of 1h00m"),
            "{answered:?}"
        );
        assert!(answered.perfdata().contains("replica_gtid_gap=1"), "{flavor:?}: {}", answered.line);
        assert_eq!(pair.ask(DELAY, &["-m", "3600"]).code, Some(2), "{flavor:?}: not that late yet");
        assert_eq!(pair.ask(DELAY, &["-m", "1"]).code, Some(0), "{flavor:?}");
    });
}

#[test]
fn the_lag_of_a_heartbeat_table_respects_its_time_zone() {
    let _turn = turn::shared();
    flavors::every(&OTHERS, "heartbeat tables of plugins", |flavor| {
        let pair = Replica::start(flavor);
        pair.source.sql(
            "CREATE DATABASE percona; \
             CREATE TABLE percona.heartbeat (ts VARCHAR(26) NOT NULL, server_id INT UNSIGNED PRIMARY KEY) \
             ENGINE=InnoDB; \
             INSERT INTO percona.heartbeat VALUES \
             (DATE_FORMAT(UTC_TIMESTAMP(6) - INTERVAL 100 SECOND, '%Y-%m-%dT%H:%i:%s.%f'), 1), \
             (DATE_FORMAT(UTC_TIMESTAMP(6) - INTERVAL 1000 SECOND, '%Y-%m-%dT%H:%i:%s.%f'), 7)",
        );
        // A time zone west of UTC.
        pair.replica.sql("SET GLOBAL time_zone = '-05:00'");
        wait_for("the row", SOON, || match pair.replica.try_sql("SELECT COUNT(*) FROM percona.heartbeat") {
            Ok(count) if count == "2" => Ok(()),
            other => Err(format!("{other:?}")),
        });
        let table = ["--heartbeat-table", "percona.heartbeat"];
        let utc = pair.replica(&[&table[..], &["--heartbeat-utc"]].concat());
        assert!(
            utc.code == Some(0) && utc.line.contains("1m4") && utc.line.contains("behind"),
            "{flavor:?}: {}",
            utc.line
        );
        let local = pair.replica(&table);
        assert!(local.code == Some(3) && local.line.contains("is in the future"), "{flavor:?}: {}", local.line);
        let missing = pair.replica(&["--heartbeat-table", "percona.pulse"]);
        assert!(missing.code == Some(3) && missing.line.contains("error 1146"), "{flavor:?}: {}", missing.line);
        for (code, words) in [
            (2, &["-T", "percona.heartbeat", "-u"][..]),
            (0, &["-T", "percona.heartbeat", "-u", "-s", "1"]),
            (0, &["-T", "percona.heartbeat", "-u", "-s", "MASTER"]),
            (1, &["-T", "percona.heartbeat", "-u", "-s", "MASTER", "-w", "50"]),
            (3, &["-T", "percona.heartbeat", "-u", "-s", "9"]),
            (3, &["-T", "percona.heartbeat"]),
            (3, &["-T", "percona.pulse"]),
            (3, &["-T", "heartbeat"]),
        ] {
            let answered = pair.ask(DELAY, words);
            assert_eq!(answered.code, Some(code), "{flavor:?} {words:?}: {}", answered.line);
        }
    });
}

#[test]
fn a_missing_privilege_is_unknown_and_the_named_grant_fixes_it() {
    let _turn = turn::shared();
    flavors::every(&OTHERS, "privileges of a replica", |flavor| {
        let pair = Replica::start(flavor);
        pair.await_code("a replica in order", &[], 0, "0s behind");
        // A healthy replica is read-only.
        let root = |sql: &str| pair.replica.sql(&format!("SET sql_log_bin = 0; {sql}"));
        root("CREATE USER watch@localhost IDENTIFIED BY 'p'");
        let socket = pair.replica.socket().display().to_string();
        let ask = |applet: &str| match applet {
            "check_my" => plugin(applet, &["replica", "-S", &socket, "-u", "watch", "-p", "p"], &pair.state),
            applet => plugin(applet, &["-S", &socket, "-l", "watch", "-p", "p"], &pair.state),
        };
        let monitor = if flavor == Flavor::MariaDb { "SLAVE MONITOR" } else { "REPLICATION CLIENT" };
        for applet in ["check_my", RUNNING, DELAY] {
            let denied = ask(applet);
            assert_eq!(denied.code, Some(3), "{flavor:?} {applet}: {}", denied.line);
            assert!(
                denied.line.contains(&format!("GRANT {monitor} ON *.* TO")),
                "{flavor:?} {applet}: {}",
                denied.line
            );
        }
        root(&format!("GRANT {monitor} ON *.* TO watch@localhost"));
        assert_eq!([ask(RUNNING).code, ask(DELAY).code], [Some(0); 2], "{flavor:?}");
        let half = ask("check_my");
        if flavor == Flavor::MySql97 {
            assert_eq!(half.code, Some(3), "{}", half.line);
            let says = "0s behind 127.0.0.1";
            assert!(
                half.line.contains(says) && half.line.contains("GRANT SELECT ON performance_schema.* TO"),
                "{half:?}"
            );
            root("GRANT SELECT ON performance_schema.* TO watch@localhost");
        }
        let whole = ask("check_my");
        assert_eq!(whole.code, Some(0), "{flavor:?}: {}", whole.line);
    });
}
