//! The plugins against real servers.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use healthd_core::check::Check;
use healthd_core::facts::{ErrorLog, Fact as _, Group, InnodbCounters, Need, RedoLog};
use healthd_tests::plugin::{Answered, answer, executable, plugin};
use healthd_tests::{Flavor, Server, Workdir, pair, wait_for};

use crate::{flavors, turn};

/// Runs `check_my` against a server of the tests.
pub(crate) fn check_my(server: &Server, state: &Workdir, arguments: &[&str]) -> Answered {
    let socket = server.socket().display().to_string();
    plugin("check_my", &[arguments, &["-S", &socket, "-u", "root"]].concat(), state)
}

/// The columns of Percona Toolkit's tables that are read, with rows that are OK.
pub(crate) const PERCONA: &str = "CREATE DATABASE percona; CREATE TABLE percona.deadlocks (server CHAR(20), ts \
                                  TIMESTAMP); \
    CREATE TABLE percona.checksums (db CHAR(64), tbl CHAR(64), chunk INT, this_crc CHAR(40), this_cnt INT, \
    master_crc CHAR(40), master_cnt INT, ts TIMESTAMP, PRIMARY KEY (db, tbl, chunk)); \
    INSERT INTO percona.checksums VALUES ('shop', 'stock', 1, 'a', 3, 'a', 3, NOW())";

/// Makes the server count index use, which MySQL does by default.
fn counting(server: &Server) {
    if server.flavor().is_mariadb() {
        server.sql("SET GLOBAL userstat = ON");
    }
}

/// The options that a check needs besides the login.
fn own(check: &Check) -> &'static [&'static str] {
    if check.name == "status" { &["--name", "Uptime"] } else { &[] }
}

/// The other checks read only local files, and no privilege of the server helps: they are in `backups.rs`.
fn asks_a_server(check: &Check) -> bool {
    !check.needs.iter().all(Need::is_local)
}

#[test]
fn each_server_answers_every_check_with_a_line_and_perfdata() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "checks of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        server.sql(PERCONA);
        counting(&server);
        for check in healthd_core::checks::ALL.iter().filter(|check| asks_a_server(check)) {
            let answered = check_my(&server, &state, &[&[check.name, "--not-replica", "ok"], own(check)].concat());
            assert_eq!(answered.stderr, "", "{flavor:?} {}", check.name);
            assert!(matches!(answered.code, Some(0..=3)), "{flavor:?} {}: {answered:?}", check.name);
            if ["galera", "group-replication"].contains(&check.name) {
                assert_eq!(answered.code, Some(0), "{flavor:?} is in no cluster: {}", answered.line);
            }
            let there = match check.name {
                "deadlocks" => flavor != Flavor::MySql56,
                // The servers of the tests have no error log in a file.
                "errorlog" => flavor == Flavor::MySql97,
                _ => true,
            };
            assert_eq!(answered.code != Some(3), there, "{flavor:?} {}: {}", check.name, answered.line);
        }
    });
}

#[test]
fn a_stopped_server_is_critical_in_time_and_a_continued_one_is_ok() {
    let _turn = turn::shared();
    let (server, state) = (Server::builder(Flavor::MariaDb).start(), Workdir::new("plugins"));
    server.stop();
    let begun = Instant::now();
    let answered = check_my(&server, &state, &["threads-running", "-t", "1"]);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(answered.code, Some(2), "{answered:?}");
    assert!(answered.line.contains("no answer to connect and login within 1.0s"), "{}", answered.line);
    server.cont();
    assert_eq!(check_my(&server, &state, &["threads-running"]).code, Some(0));
}

#[test]
fn a_replica_is_judged_by_its_worst_channel_and_a_broken_one_has_no_lag() {
    let _turn = turn::shared();
    let (_source, replica) = pair(Flavor::MariaDb);
    let state = Workdir::new("plugins");
    let lag = |arguments: &[&str]| check_my(&replica, &state, &[&["replica-lag"], arguments].concat());
    wait_for("the replica runs", Duration::from_secs(20), || match lag(&[]) {
        Answered { code: Some(0), line, .. } => Ok(line),
        other => Err(other.line),
    });
    assert!(lag(&[]).perfdata().starts_with("replica_lag=0s;300;600;0"), "{}", lag(&[]).line);
    assert_eq!(lag(&["--channel", "nobody"]).code, Some(3));
    replica.sql("STOP SLAVE SQL_THREAD");
    let broken = lag(&["-w", "99999", "-c", "99999"]);
    assert_eq!((broken.code, broken.perfdata()), (Some(2), ""), "{}", broken.line);
    assert!(broken.line.contains("applier stopped, lag unknown"), "{}", broken.line);
}

#[test]
fn a_rate_needs_two_runs_and_two_in_one_second_both_answer() {
    let _turn = turn::shared();
    let (server, state) = (Server::builder(Flavor::MariaDb).start(), Workdir::new("plugins"));
    let slow = || check_my(&server, &state, &["slow-queries"]);
    assert!(slow().line.contains("first run"), "{}", slow().line);
    assert_eq!(slow().code, Some(0));
    server.sql("SET GLOBAL long_query_time = 0; SET GLOBAL slow_query_log = 1");
    for _ in 0..20 {
        server.sql("SELECT 1");
    }
    let answered = wait_for("a second has passed", Duration::from_secs(5), || match slow() {
        answered if answered.perfdata().is_empty() => Err(answered.line),
        answered => Ok(answered),
    });
    assert_eq!(answered.code, Some(2), "{}", answered.line);
    assert!(answered.perfdata().starts_with("slow_queries_per_second="), "{}", answered.line);
}

#[test]
fn open_transactions_and_deadlocks_are_found_on_every_server() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "transactions of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        server.sql(
            "CREATE DATABASE shop; CREATE TABLE shop.stock (id INT PRIMARY KEY, n INT) ENGINE=InnoDB; \
             INSERT INTO shop.stock VALUES (1, 0), (2, 0)",
        );
        let deadlocks = || check_my(&server, &state, &["deadlocks", "-w", "", "-c", ""]);
        assert_eq!(deadlocks().line.contains("first run"), flavor != Flavor::MySql56, "{flavor:?}");
        thread::scope(|scope| {
            for (first, second) in [(1, 2), (2, 1)] {
                let server = &server;
                scope.spawn(move || {
                    let update = |id| format!("UPDATE shop.stock SET n = n + 1 WHERE id = {id}");
                    let (first, second) = (update(first), update(second));
                    // One of the two transactions is the victim.
                    server.try_sql(&format!("START TRANSACTION; {first}; DO SLEEP(2); {second}; COMMIT")).ok();
                });
            }
            wait_for("both transactions", Duration::from_secs(5), || {
                let answered = check_my(&server, &state, &["oldest-transaction", "-v"]);
                let seen = answered.perfdata().contains("transactions=2") && answered.stdout.lines().count() == 3;
                if seen {
                    return Ok(());
                }
                // InnoDB repeats its last answer if it is asked every tenth of a second.
                thread::sleep(Duration::from_millis(150));
                Err(answered.stdout)
            });
        });
        if flavor == Flavor::MySql56 {
            assert!(deadlocks().line.contains("MySQL 5.6 does not count Innodb_deadlocks"), "{}", deadlocks().line);
            return;
        }
        let answered = wait_for("the deadlock", Duration::from_secs(5), || match deadlocks() {
            answered if answered.perfdata().contains("deadlocks=1c") => Ok(answered),
            other => Err(other.line),
        });
        assert_eq!(answered.code, Some(0), "{flavor:?} {}", answered.line);
    });
}

#[test]
fn a_disabled_innodb_counter_is_unknown_and_the_message_enables_it() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "counters of plugins", |flavor| {
        if flavor == Flavor::MariaDb {
            return;
        }
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        for (check, metric) in [("history-list", "trx_rseg_history_len"), ("deadlocks", "lock_deadlocks")] {
            // That server never counts them, whether the counter is on or off.
            if check == "deadlocks" && flavor == Flavor::MySql56 {
                continue;
            }
            let asked = || check_my(&server, &state, &[check]);
            assert_eq!(asked().code, Some(0), "{flavor:?} {}", asked().line);
            server.sql(&format!("SET GLOBAL innodb_monitor_disable = '{metric}'"));
            let off = asked();
            assert_eq!(off.code, Some(3), "{flavor:?} {}", off.line);
            let said = off.line.split_once(" is off: ").and_then(|(_, rest)| rest.split_once(" ("));
            let (statement, _) = said.unwrap_or_else(|| panic!("{flavor:?} {off:?}"));
            server.sql(statement);
            assert_eq!(asked().code, Some(0), "{flavor:?} {}", asked().line);
        }
    });
}

#[test]
fn a_check_without_its_privilege_is_unknown_and_the_named_grant_fixes_it() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "privileges of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        server.sql("CREATE DATABASE shop; CREATE TABLE shop.stock (id INT PRIMARY KEY) ENGINE=InnoDB");
        server.sql(PERCONA);
        counting(&server);
        let socket = server.socket().display().to_string();
        for check in healthd_core::checks::ALL.iter().filter(|check| asks_a_server(check)) {
            let asked = [check.name, "-S", &socket, "-u", "watch", "-p", "p", "--not-replica", "ok"];
            let asked = || plugin("check_my", &[&asked, own(check)].concat(), &state);
            server.sql("CREATE USER watch@localhost IDENTIFIED BY 'p'");
            let first = asked();
            let needs = |need: &Need| match *need {
                need if need == InnodbCounters::NEED => flavor != Flavor::MariaDb,
                // None of these servers is configured for a cluster.
                need if need == Group::NEED => false,
                // The other servers have it among their status variables.
                need if need == RedoLog::NEED => flavor == Flavor::MySql56,
                need if need == ErrorLog::NEED => flavor == Flavor::MySql97,
                need => need.privilege().is_some(),
            };
            if check.name == "errorlog" && flavor != Flavor::MySql97 {
                // The servers of the tests have no error log in a file.
                assert!(first.line.contains("journalctl"), "{flavor:?} {}", first.line);
            } else if check.needs.iter().any(needs) {
                assert_eq!(first.code, Some(3), "{flavor:?} {}: {}", check.name, first.line);
                let mut fixed = first;
                // Heartbeats need another privilege than the threads, which are reported without them.
                for _ in 0..=usize::from(check.name == "replica") {
                    let Some((_, rest)) = fixed.line.split_once("cannot be read: ") else { break };
                    assert!(rest.contains(" TO "), "{flavor:?} {}: {rest}", check.name);
                    let grants = rest.split("; ").filter(|grant| grant.starts_with("GRANT "));
                    for (grant, _) in grants.filter_map(|grant| grant.split_once(" TO ")) {
                        server.sql(&format!("{grant} TO watch@localhost"));
                    }
                    fixed = asked();
                }
                let missing = check.name == "deadlocks" && flavor == Flavor::MySql56;
                assert_eq!(fixed.code == Some(3), missing, "{flavor:?} {}: {}", check.name, fixed.line);
                assert!(!fixed.line.contains("cannot be read"), "{flavor:?} {}: {}", check.name, fixed.line);
            } else {
                assert_ne!(first.code, Some(3), "{flavor:?} {}: {}", check.name, first.line);
            }
            server.sql("DROP USER watch@localhost");
        }
    });
}

#[test]
fn read_only_servers_and_row_lock_waits_are_found() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "switches and locks of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        let switch = |expected: &str| check_my(&server, &state, &["read-only", "--name", expected]).code;
        assert_eq!((switch("off"), switch("on")), (Some(0), Some(2)), "{flavor:?}");
        server.sql("SET GLOBAL read_only = 1");
        assert_eq!((switch("off"), switch("on")), (Some(2), Some(0)), "{flavor:?}");
        server.sql(
            "SET GLOBAL read_only = 0; CREATE DATABASE shop; CREATE TABLE shop.stock (id INT PRIMARY KEY, n INT) \
             ENGINE=InnoDB; INSERT INTO shop.stock VALUES (1, 0)",
        );
        let locks = || check_my(&server, &state, &["row-locks", "-w", "0"]);
        assert_eq!(locks().code, Some(0), "{flavor:?} {}", locks().line);
        let update = "UPDATE shop.stock SET n = n + 1 WHERE id = 1";
        thread::scope(|scope| {
            scope.spawn(|| server.sql(&format!("START TRANSACTION; {update}; DO SLEEP(3); COMMIT")));
            wait_for("the lock", Duration::from_secs(5), || {
                server
                    .try_sql_within(Duration::from_secs(1), &format!("SET innodb_lock_wait_timeout = 1; {update}"))
                    .err()
                    .ok_or("not locked")
            });
            scope.spawn(|| server.try_sql(update).ok());
            wait_for("the waiter", Duration::from_secs(5), || match locks() {
                answered if answered.code == Some(1) => Ok(()),
                other => Err(other.line),
            });
        });
    });
}

#[test]
fn links_creates_hard_links_and_touches_no_foreign_file() {
    let (directory, state) = (Workdir::new("plugins"), Workdir::new("plugins"));
    // Hard links must be on one file system.
    let own = directory.join("healthd-plugins");
    fs::copy(executable(), &own).expect("it is readable");
    let links = || answer(Command::new(&own).args(["links", "--nagios"]).arg(directory.path()));
    fs::write(directory.join("check_my"), "somebody's").expect("it is ours");
    let refused = links();
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.line.contains("check_my: another file has this name"), "{}", refused.line);
    fs::remove_file(directory.join("check_my")).expect("it is ours");
    assert_eq!((links().code, links().code), (Some(0), Some(0)));
    let by_name =
        answer(Command::new(directory.join("check_my")).args(["threads-running", "-H", "127.0.0.1", "-P", "1"]));
    assert_eq!(by_name.code, Some(2), "{by_name:?}");
    assert_eq!(plugin("no-such-name", &["x"], &state).code, Some(3));
}
