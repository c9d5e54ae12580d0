//! What checks find inside real servers: locks, connections, tables, logs.

use std::fs;
use std::thread;
use std::time::Duration;

use healthd_tests::plugin::{Answered, plugin};
use healthd_tests::{Flavor, Server, Workdir, wait_for};

use crate::logins::certificate;
use crate::plugins::{PERCONA, check_my};
use crate::{flavors, turn};

const SOON: Duration = Duration::from_secs(10);
/// InnoDB repeats its last answer if it is asked every tenth of a second.
const CACHED: Duration = Duration::from_millis(150);

pub(crate) fn until(what: &str, mut asked: impl FnMut() -> Answered, fits: impl Fn(&Answered) -> bool) -> Answered {
    wait_for(what, SOON, || {
        let answered = asked();
        if fits(&answered) {
            return Ok(answered);
        }
        thread::sleep(CACHED);
        Err(answered.stdout)
    })
}

#[test]
fn an_idle_blocker_is_named_with_the_connections_that_it_blocks() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "blockers of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        server.sql(
            "CREATE DATABASE shop; CREATE TABLE shop.stock (id INT PRIMARY KEY, n INT) ENGINE=InnoDB; \
             INSERT INTO shop.stock VALUES (1, 0)",
        );
        let idle = |arguments: &[&str]| check_my(&server, &state, &[&["idle-blocker", "-v"], arguments].concat());
        let before = idle(&[]);
        assert_eq!(
            (before.code, before.perfdata().starts_with("idle_blocker=0s;60;600;0")),
            (Some(0), true),
            "{before:?}"
        );
        let mut blocker = server.session();
        blocker.run("START TRANSACTION; UPDATE shop.stock SET n = n + 1 WHERE id = 1");
        thread::scope(|scope| {
            scope.spawn(|| server.try_sql("UPDATE shop.stock SET n = n + 1 WHERE id = 1").ok());
            let seen = until("the blocker", || idle(&["-w", "0"]), |answered| answered.code == Some(1));
            assert!(seen.line.contains("has been idle for"), "{flavor:?} {}", seen.line);
            assert!(seen.line.contains("on a row that another waits for"), "{flavor:?} {}", seen.line);
            assert!(
                seen.line.contains("idle_blockers=1") && seen.line.contains("lock_waiters=1"),
                "{flavor:?} {}",
                seen.line
            );
            assert!(
                seen.stdout.lines().nth(1).is_some_and(|line| line.contains("has waited for")),
                "{flavor:?} {seen:?}"
            );
            drop(blocker);
        });
        until("the end", || idle(&["-w", "0"]), |answered| answered.line.contains("no connection waits for a row"));
    });
}

#[test]
fn without_performance_schema_mysql_is_unknown_not_free_of_blockers() {
    let _turn = turn::shared();
    flavors::one(Flavor::MySql97, "blockers of plugins", |flavor| {
        let server = Server::builder(flavor).config("performance_schema=OFF").start();
        let answered = check_my(&server, &Workdir::new("plugins"), &["idle-blocker"]);
        assert_eq!(answered.code, Some(3), "{}", answered.line);
        assert!(answered.line.contains("performance_schema is OFF"), "{}", answered.line);
    });
}

#[test]
fn connections_are_counted_by_account_and_by_bad_state() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "connections of plugins", |flavor| {
        let state = Workdir::new("plugins");
        let server = Server::builder(flavor).config("max_user_connections=8").start();
        server.sql("CREATE DATABASE shop; CREATE TABLE shop.stock (id INT PRIMARY KEY) ENGINE=InnoDB");
        let mut holder = server.session();
        holder.run("START TRANSACTION; SELECT * FROM shop.stock");
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| server.try_sql("ALTER TABLE shop.stock ENGINE=InnoDB").ok());
            }
            let stuck = || check_my(&server, &state, &["processlist-states", "-w", "1"]);
            let stuck = until("two that wait", stuck, |answered| answered.perfdata().contains("locked=2"));
            assert_eq!(stuck.code, Some(1), "{flavor:?} {}", stuck.line);
            assert!(stuck.line.contains("2 connections are waiting for a lock"), "{flavor:?} {}", stuck.line);
            let users = check_my(&server, &state, &["user-connections"]);
            assert!(users.line.contains("root has 3 connections"), "{flavor:?} {}", users.line);
            drop(holder);
        });
        let mut open: Vec<_> = (0..3).map(|_| server.session()).collect();
        for session in &mut open {
            session.run("SELECT 1");
        }
        let full = || check_my(&server, &state, &["user-connections", "-w", "30"]);
        let full = until("three connections", full, |answered| answered.perfdata().contains("busiest_user=3;"));
        assert!(full.perfdata().starts_with("user_connections=37.5%;30;95;0"), "{flavor:?} {}", full.line);
        assert_eq!(full.code, Some(1), "{flavor:?} {}", full.line);
    });
}

#[test]
fn table_checks_judge_the_present_state() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "tables of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        server.sql(
            "CREATE DATABASE shop; CREATE TABLE shop.stock (id TINYINT UNSIGNED AUTO_INCREMENT PRIMARY KEY) \
             ENGINE=InnoDB; \
             CREATE TABLE shop.unique_key (a INT NOT NULL, UNIQUE (a)) ENGINE=InnoDB; CREATE DATABASE other",
        );
        let next = |arguments: &[&str]| check_my(&server, &state, &[&["auto-increment"], arguments].concat());
        let keys = |arguments: &[&str]| check_my(&server, &state, &[&["no-primary-key"], arguments].concat());
        assert_eq!(
            (next(&[]).code, keys(&[]).code),
            (Some(0), Some(0)),
            "{flavor:?} {} {}",
            next(&[]).line,
            keys(&[]).line
        );
        // MySQL 8 would repeat its first answer for a day.
        server.sql(
            "INSERT INTO shop.stock VALUES (240); CREATE TABLE shop.log (a INT) ENGINE=InnoDB; \
             CREATE TABLE shop.maybe (a INT, UNIQUE (a)) ENGINE=InnoDB",
        );
        let full = next(&[]);
        assert_eq!(full.code, Some(2), "{flavor:?} {}", full.line);
        assert!(
            full.line.contains("shop.stock.id has used 94.118 % of its type's range (next 241 of 255)"),
            "{flavor:?} {}",
            full.line
        );
        let found = keys(&["-v"]);
        assert_eq!(found.code, Some(1), "{flavor:?} {}", found.line);
        assert!(found.line.contains("2 tables have no primary key: shop.log, shop.maybe"), "{flavor:?} {}", found.line);
        for (elsewhere, code) in [(&["--schema", "other"][..], Some(3)), (&["--name", "shop.nothing"], Some(3))] {
            assert_eq!(next(elsewhere).code, code, "{flavor:?} {elsewhere:?}");
            assert_eq!(keys(elsewhere).code, code, "{flavor:?} {elsewhere:?}");
        }
        assert_eq!(keys(&["--name", "shop.stock"]).code, Some(0), "{flavor:?}");
    });
}

#[test]
fn percona_toolkit_tables_are_read_and_a_missing_one_is_unknown() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "tables of Percona Toolkit", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        let rows = |arguments: &[&str]| check_my(&server, &state, &[&["rows-since"], arguments].concat());
        let checksum = || check_my(&server, &state, &["replica-checksum"]);
        for answered in [rows(&[]), checksum()] {
            assert_eq!(answered.code, Some(3), "{flavor:?} {}", answered.line);
            assert!(answered.line.contains("there is no table percona."), "{flavor:?} {}", answered.line);
        }
        server.sql(PERCONA);
        assert!(
            rows(&[]).line.contains("0 new rows in percona.deadlocks within 1m00s; the table has no row yet"),
            "{flavor:?}"
        );
        server.sql(
            "INSERT INTO percona.deadlocks (ts) VALUES (NOW()), (NOW()), (NOW() - INTERVAL 1 HOUR); \
             CREATE TABLE percona.kill_log (timestamp DATETIME); INSERT INTO percona.kill_log VALUES (NOW()); \
             CREATE TABLE percona.words (word VARCHAR(20)); INSERT INTO percona.words VALUES ('no time')",
        );
        for (arguments, code, perfdata) in [
            (&["-w", "2"][..], Some(0), "rows=2;2;60;0"),
            (&["-w", "2", "--within", "2h"], Some(1), "rows=3;2;60;0"),
            (&["--table", "percona.kill_log", "--column", "timestamp"], Some(0), "rows=1;12;60;0"),
            (&["--table", "percona.kill_log"], Some(3), ""),
            (&["--table", "kill_log"], Some(3), ""),
            (&["--table", "percona.`x"], Some(3), ""),
            (&["--table", "percona.words", "--column", "word"], Some(3), ""),
            (&["--within", "1000000d"], Some(3), ""),
            (&["--within", "500ms"], Some(3), ""),
        ] {
            let answered = rows(arguments);
            assert_eq!(
                (answered.code, answered.perfdata()),
                (code, perfdata),
                "{flavor:?} {arguments:?} {}",
                answered.line
            );
        }
        assert_eq!(checksum().code, Some(0), "{flavor:?} {}", checksum().line);
        server.sql(
            "INSERT INTO percona.checksums VALUES ('shop', 'stock', 2, 'a', 3, 'b', 3, NOW()), \
             ('shop', 'log', 1, NULL, 0, 'c', 3, NOW())",
        );
        let differs = checksum();
        assert_eq!(differs.code, Some(1), "{flavor:?} {}", differs.line);
        assert!(
            differs.line.contains("2 of 3 chunks differ from the source: shop.log and 1 more table"),
            "{flavor:?} {}",
            differs.line
        );
        server.sql("DELETE FROM percona.checksums");
        assert_eq!(checksum().code, Some(3), "{flavor:?} {}", checksum().line);
    });
}

#[test]
fn any_variable_can_be_judged() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "variables of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        server.sql("SET GLOBAL max_connections = 100; SET GLOBAL binlog_format = 'ROW'");
        let status =
            |name: &str, more: &[&str]| check_my(&server, &state, &[&["status", "--name", name], more].concat());
        for (name, code, text) in [
            ("Threads_connected/max_connections%", Some(0), "Threads_connected/max_connections is 1%"),
            ("max_connections - Threads_connected", Some(0), "is 99"),
            ("max_connections", Some(0), "max_connections=100"),
            ("binlog_format=ROW", Some(0), "binlog_format is `ROW`"),
            ("binlog_format=STATEMENT", Some(2), "binlog_format is `ROW`, but should be `STATEMENT`"),
            ("binlog_format!=ROW", Some(2), "should not be"),
            ("binlog_format", Some(3), "which is not a number"),
            ("no_such_thing", Some(3), "this server has no variable no_such_thing"),
            ("a; DROP", Some(3), "--name: expected VARIABLE"),
        ] {
            let answered = status(name, &[]);
            assert_eq!(answered.code, code, "{flavor:?} {name}: {}", answered.line);
            assert!(answered.line.contains(text), "{flavor:?} {name}: {}", answered.line);
        }
        let setting = status("max_connections", &["--rate"]);
        assert!(setting.code == Some(3) && setting.line.contains("which has no rate"), "{flavor:?} {setting:?}");
        let rate = || status("Com_select", &["--rate", "-w", "1"]);
        assert!(rate().line.contains("first run"), "{flavor:?} {}", rate().line);
        for _ in 0..60 {
            server.sql("SELECT 1");
        }
        let rate = until("a second has passed", rate, |answered| !answered.perfdata().is_empty());
        assert_eq!(rate.code, Some(1), "{flavor:?} {}", rate.line);
    });
}

#[test]
fn a_filling_redo_log_is_reported() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "redo logs of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        let redo = || check_my(&server, &state, &["redo-log", "-w", "5"]);
        let before = redo();
        assert!(before.perfdata().contains("checkpoint_age="), "{flavor:?} {}", before.line);
        server.sql(
            "CREATE DATABASE shop; CREATE TABLE shop.filler (id INT AUTO_INCREMENT PRIMARY KEY, t LONGBLOB) \
             ENGINE=InnoDB; \
             INSERT INTO shop.filler (t) VALUES (REPEAT('x', 900000)), (REPEAT('y', 900000)), (REPEAT('z', 900000))",
        );
        assert_eq!(redo().code, Some(1), "{flavor:?} {}", redo().line);
    });
}

#[test]
fn a_certificate_is_judged_by_its_remaining_days() {
    let _turn = turn::shared();
    let certificates = Workdir::new("tls");
    // The certificate is valid for two days.
    certificate(certificates.path(), "localhost");
    let dir = certificates.path().display().to_string();
    flavors::every(&[Flavor::MySql97], "certificates of plugins", |flavor| {
        let config = format!("ssl-cert={dir}/server.pem\nssl-key={dir}/server.key\n");
        let (server, state) = (Server::builder(flavor).config(&config).start(), Workdir::new("plugins"));
        server.sql("CREATE USER watch@'127.0.0.1' IDENTIFIED BY 'p'");
        let options = state.join("client.cnf");
        fs::write(&options, "[client]\nuser=watch\npassword=p\nssl-mode=REQUIRED\n").expect("it is ours");
        let (options, port) = (options.display().to_string(), server.port().to_string());
        let tls = |more: &[&str]| {
            plugin(
                "check_my",
                &[&["tls", "-H", "127.0.0.1", "-P", &port, "--defaults-file", &options], more].concat(),
                &state,
            )
        };
        let soon = tls(&[]);
        assert_eq!(soon.code, Some(2), "{flavor:?} {}", soon.line);
        assert!(soon.line.contains("the certificate expires in 1 day ("), "{flavor:?} {}", soon.line);
        assert_eq!(tls(&["-c", "86400:"]).code, Some(1), "{flavor:?}");
        assert_eq!(tls(&["-w", "86400:", "-c", ""]).code, Some(0), "{flavor:?}");
        if flavor == Flavor::MariaDb {
            let plain = check_my(&server, &state, &["tls"]);
            assert_eq!(plain.code, Some(3), "{}", plain.line);
            assert!(plain.line.contains("connect over TCP (-H) with ssl-mode=REQUIRED"), "{}", plain.line);
        }
    });
}
