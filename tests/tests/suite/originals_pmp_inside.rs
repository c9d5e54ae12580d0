//! Our applets of Percona's plugins that look inside a server, next to the original plugins.

use std::thread;

use healthd_tests::{Flavor, Server};

use crate::originals_pmp::{Beside, originals_are_here, own_line, perfdata};
use crate::plugins_inside::until;
use crate::{flavors, turn};

const INNODB: &str = "pmp-check-mysql-innodb";
const PROCESSES: &str = "pmp-check-mysql-processlist";
const STATUS: &str = "pmp-check-mysql-status";
const ROWS: &str = "pmp-check-mysql-ts-count";
const DEADLOCKS: &str = "pmp-check-mysql-deadlocks";
const CHECKSUM: &str = "pmp-check-pt-table-checksum";
/// The monitoring account, so that connections of root belong to another account.
const MON: [&str; 4] = ["-l", "mon", "-p", "mon"];

fn with_a_table(flavor: Flavor) -> Beside {
    let server = Server::builder(flavor).start();
    server.sql(
        "CREATE DATABASE shop; CREATE TABLE shop.stock (id INT PRIMARY KEY, n INT) ENGINE=InnoDB; \
         INSERT INTO shop.stock VALUES (1, 0)",
    );
    Beside::new(server)
}

/// Runs a check while an idle connection blocks a row, at least two seconds after it began.
fn while_a_row_is_waited_for(both: &Beside, ask: impl FnOnce(&Beside)) {
    let mut blocker = both.server.session();
    blocker.run("START TRANSACTION; UPDATE shop.stock SET n = n + 1 WHERE id = 1");
    thread::scope(|scope| {
        scope.spawn(|| both.server.try_sql("UPDATE shop.stock SET n = n + 1 WHERE id = 1").ok());
        let asked = || both.ask(INNODB, &["-w", "1"]).1;
        until("two seconds of it", asked, |answered| answered.code == Some(1));
        ask(both);
        drop(blocker);
    });
}

#[test]
fn waiting_and_idle_transactions_match_the_original() {
    let _turn = turn::shared();
    if !originals_are_here("innodb beside Percona's plugin") {
        return;
    }
    let both = with_a_table(Flavor::MariaDb);
    let checks = ["idle_blocker_duration", "waiter_count", "max_duration"];
    for check in checks {
        both.same(INNODB, &["-C", check], 0);
        both.same(INNODB, &["-C", check, "-w", "0", "-c", "0"], 0);
    }
    while_a_row_is_waited_for(&both, |both| {
        both.same(INNODB, &[], 0);
        for check in checks {
            both.same(INNODB, &["-C", check], 0);
            both.same(INNODB, &["-C", check, "-w", "0"], 1);
            both.same(INNODB, &["-C", check, "-w", "0", "-c", "0"], 2);
            both.same(INNODB, &["-C", check, "-w", "", "-c", ""], 0);
        }
        both.same(INNODB, &["-C", "waiter_count", "-w", "1", "-c", "1"], 0);
        both.differs(INNODB, &["-w", "abc"], (0, 3), "an invalid threshold");
        both.differs(INNODB, &["-w", "1:2"], (0, 3), "a range is not a plain number");
    });
    both.same_code(INNODB, &["-C", "no_such_check"], 3);
}

#[test]
fn on_mysql_8_only_our_applet_finds_the_blocker() {
    let _turn = turn::shared();
    if !originals_are_here("innodb of MySQL beside Percona's plugin") {
        return;
    }
    flavors::one(Flavor::MySql97, "blockers of Percona's plugin", |flavor| {
        let both = with_a_table(flavor);
        while_a_row_is_waited_for(&both, |both| {
            both.differs(INNODB, &["-w", "0", "-c", "0"], (0, 2), "its table no longer exists since MySQL 8");
            let count = ["-C", "waiter_count", "-w", "0", "-c", "0"];
            both.same(INNODB, &count, 2);
            both.same(INNODB, &["-C", "max_duration", "-w", "0", "-c", "0"], 2);
        });
    });
}

#[test]
fn connections_by_state_and_account_match_the_original() {
    let _turn = turn::shared();
    if !originals_are_here("processlist beside Percona's plugin") {
        return;
    }
    let both = with_a_table(Flavor::MariaDb);
    for words in [&[][..], &["-C", "states_count"], &["-C", "max_user_conn"], &["-C", "max_user_conn", "-w", "1"]] {
        both.same(PROCESSES, words, 0);
    }
    // A server that was started without a limit does not accept one later.
    both.server.restart_with(&["--max-user-connections=9"]);
    let mut holder = both.server.session();
    holder.run("START TRANSACTION; SELECT * FROM shop.stock");
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| both.server.try_sql("ALTER TABLE shop.stock ENGINE=InnoDB").ok());
        }
        let asked = || both.ask(PROCESSES, &["-w", "1"]).1;
        until("two that wait", asked, |answered| answered.code == Some(1));
        both.same(PROCESSES, &["-w", "2"], 0);
        both.same(PROCESSES, &["-w", "1"], 1);
        both.same(PROCESSES, &["-w", "0", "-c", "1"], 2);
        // Three of nine is a third, rounded down.
        for (words, code) in [(&[][..], 0), (&["-w", "33"], 0), (&["-w", "32"], 1), (&["-w", "20", "-c", "32"], 2)] {
            both.same(PROCESSES, &[&MON[..], &["-C", "max_user_conn"], words].concat(), code);
        }
        let own = ["-C", "max_user_conn", "-w", "34"];
        both.differs(PROCESSES, &own, (1, 0), "the original counts its own connection");
        both.differs(PROCESSES, &["-w", "abc", "-c", "def"], (0, 3), "an invalid threshold");
        drop(holder);
    });
    both.server.sql("CREATE USER blind@localhost IDENTIFIED BY 'p'");
    let blind = ["-l", "blind", "-p", "p"];
    both.differs(PROCESSES, &blind, (0, 3), "without PROCESS it sees only itself");
    both.same_code(PROCESSES, &["-C", "no_such_check"], 3);
}

#[test]
fn computed_variables_match_the_original() {
    let _turn = turn::shared();
    if !originals_are_here("status beside Percona's plugin") {
        return;
    }
    let both = Beside::new(Server::builder(Flavor::MariaDb).config("max_connections=100").start());
    let of = |first, second, operator| ["-x", first, "-y", second, "-o", operator];
    for (comparison, at, below, above) in
        [("==", 1, 0, 0), ("!=", 0, 1, 1), (">=", 1, 1, 0), (">", 0, 1, 0), ("<", 0, 0, 1), ("<=", 1, 0, 1)]
    {
        for (limit, code) in [("100", at), ("99", below), ("101", above)] {
            let words = ["-x", "max_connections", "-C", comparison];
            both.same_value(STATUS, &[&words[..], &["-w", limit]].concat(), code);
            both.same_value(STATUS, &[&words[..], &["-c", limit]].concat(), code * 2);
        }
    }
    for (words, code) in [
        (&["-x", "max_connections", "-w", "90", "-c", "200"][..], 1),
        (&["-x", "max_connections", "-w", "90", "-c", "100"], 2),
        (&["-x", "max_connections", "-w", "", "-c", "100.5"], 0),
        (&["-x", "Threads_connected", "-w", "90"], 0),
        (&["-x", "Threads_connected", "-C", "", "-w", "90"], 0),
    ] {
        both.same(STATUS, words, code);
    }
    for operator in ["/", "*", "+"] {
        both.same(
            STATUS,
            &[&of("max_connections", "back_log", operator)[..], &["-w", "99999", "-c", "999999"]].concat(),
            0,
        );
    }
    let share = of("max_connections", "thread_cache_size", "/");
    both.server.sql("SET GLOBAL thread_cache_size = 7");
    both.same(STATUS, &[&share[..], &["-T", "pct", "-w", "1428.6", "-c", "2000"]].concat(), 0);
    both.same(STATUS, &[&share[..], &["-T", "pct", "-w", "1428.5", "-c", "2000"]].concat(), 1);
    both.same(STATUS, &[&of("max_connections", "Slave_open_temp_tables", "/")[..], &["-w", "1"]].concat(), 0);
    let difference = [&of("max_connections", "back_log", "-")[..], &["-w", "0"]].concat();
    both.differs(STATUS, &difference, (3, 1), "the original takes a single - for an option");
    for (text, comparison, code) in
        [("NO", "==", 0), ("YES", "==", 1), ("NO", "!=", 1), ("YES", "!=", 0), ("YES", ">=", 1), ("YES", "<", 0)]
    {
        both.same_code(STATUS, &["-x", "have_dynamic_loading", "-T", "str", "-C", comparison, "-w", text], code);
    }
    both.same_value(STATUS, &["-x", "max_connections", "-I", "1", "-w", "100"], 1);
    both.same_value(STATUS, &["-x", "Aborted_clients", "-I", "1", "-w", "100"], 0);
    for words in [
        &[][..],
        &["-x", "Uptime"],
        &["-w", "1"],
        &["-x", "Uptime", "-w", "1", "-o", "/"],
        &["-x", "Uptime", "-w", "1", "-y", "Uptime"],
        &["-x", "Uptime", "-w", "1", "-T", "pct"],
        &["-x", "Uptime", "-w", "1", "-T", "nat"],
        &["-x", "Uptime", "-w", "1", "-C", "=>"],
        &["-x", "Uptime", "-w", "1", "-o", "%", "-y", "Uptime"],
        &["-x", "no_such_variable", "-w", "1"],
        &["-x", "Uptime", "-o", "/", "-y", "no_such_variable", "-w", "1"],
        &["-x", "Uptime", "-w", "1", "-z"],
    ] {
        both.same_code(STATUS, words, 3);
    }
    both.server.sql("SET GLOBAL read_only = 1");
    for (words, codes, why) in [
        (&["-x", "Uptime", "-w", "abc"][..], (1, 3), "an invalid threshold"),
        (&["-x", "read_only", "-w", "1"], (0, 1), "ON is 1"),
        (&["-x", "Uptime", "-w", "1", "word"], (1, 3), "an unexpected argument is a mistake"),
        (&["-x", "threads_running", "-w", "100"], (3, 0), "the server ignores the case of a name too"),
        (&["-x", "MAX_CONNECTIONS", "-w", "100"], (3, 1), "the server ignores the case of a name too"),
        (&["-x", "Rpl_status", "-w", "1"], (0, 3), "a text is not a number"),
        (&["-x", "Ssl_cipher", "-T", "str", "-C", "==", "-w", "x"], (3, 0), "an empty text is a text"),
        (
            &["-x", "Uptime", "-o", "/", "-y", "general_log", "-w", "1"],
            (3, 0),
            "OFF counts as 0, and the original divides by it",
        ),
        (&["-x", "Uptime", "-w", "-1"], (3, 1), "the original takes a negative number for an option"),
        (&["-x", "Uptime", "-w", "1", "-I", "0"], (0, 3), "a rate over 0 seconds makes no sense"),
        (&["-x", "max_connections", "-w", "1", "-I", "0.5"], (1, 3), "seconds must be whole"),
    ] {
        both.differs(STATUS, words, codes, why);
    }
    // Each is a syntax error in awk, whose exit code becomes the outcome: 1 with gawk, 2 with mawk.
    for (words, code) in [
        (&["-x", "Uptime", "-w", "10%"][..], 3),
        (&["-x", "Uptime", "-w", "10:5"], 3),
        (&["-x", "version", "-T", "str", "-C", "==", "-w", "8.0.36"], 0),
        (&["-x", "version", "-T", "str", "-C", "!=", "-w", "8.0.36"], 1),
    ] {
        let (theirs, ours) = both.ask(STATUS, words);
        assert_eq!(ours.code, Some(code), "{words:?} {ours:?}");
        assert!(matches!(theirs.code, Some(1 | 2)) && theirs.stdout.contains("error"), "{words:?} {theirs:?}");
    }
}

#[test]
fn a_status_variable_is_not_the_system_variable_of_the_same_name() {
    let _turn = turn::shared();
    if !originals_are_here("variables of MySQL beside Percona's plugin") {
        return;
    }
    flavors::one(Flavor::MySql97, "variables of MySQL beside Percona's plugin", |flavor| {
        let both = Beside::new(Server::builder(flavor).start());
        for (name, text) in [("Ssl_session_cache_mode", "SERVER"), ("ssl_session_cache_mode", "ON")] {
            both.same_code(STATUS, &["-x", name, "-T", "str", "-C", "==", "-w", text], 1);
        }
    });
}

#[test]
fn counts_of_new_rows_match_the_original() {
    let _turn = turn::shared();
    if !originals_are_here("ts-count and deadlocks beside Percona's plugins") {
        return;
    }
    let both = Beside::new(Server::builder(Flavor::MariaDb).start());
    both.same_code(ROWS, &[], 3);
    both.same_code(DEADLOCKS, &[], 3);
    both.server.sql(
        "CREATE DATABASE percona; CREATE TABLE percona.deadlocks (server VARCHAR(20), ts TIMESTAMP); \
         CREATE TABLE percona.kill_log (timestamp DATETIME); CREATE TABLE percona.foreign_key_errors (ts DATETIME); \
         CREATE TABLE percona.own (at DATETIME)",
    );
    let own = ["-x", "own", "-T", "percona.own", "-t", "at"];
    let quoted = ["-x", "own", "-T", "`percona`.`own`", "-t", "`at`"];
    for words in [&[][..], &["-x", "kills"], &["-x", "fkerrors"], &own, &quoted] {
        both.same(ROWS, words, 0);
    }
    both.server.sql(
        "INSERT INTO percona.deadlocks VALUES (@@hostname, NOW()), (@@hostname, NOW() - INTERVAL 5 MINUTE), ('db9', \
         NOW()); \
         INSERT INTO percona.kill_log VALUES (NOW()); INSERT INTO percona.foreign_key_errors VALUES (NOW()), (NOW()); \
         INSERT INTO percona.own VALUES (NOW()), (NOW()), (NOW() - INTERVAL 90 MINUTE)",
    );
    for (words, code) in [
        (&[][..], 0),
        (&["-w", "1"], 1),
        (&["-w", "2"], 0),
        (&["-w", "1", "-c", "2", "-i", "10"], 2),
        (&["-i", "", "-x", "", "-w", "1"], 1),
        (&["-x", "kills", "-w", "0"], 1),
        (&["-x", "fkerrors", "-w", "0", "-c", "1"], 2),
        (&["-x", "fkerrors", "-w", "2"], 0),
        (&["-x", "fkerrors", "-T", "percona.deadlocks", "-w", "1"], 1),
    ] {
        both.same(ROWS, words, code);
    }
    both.same(ROWS, &[&own[..], &["-w", "1"]].concat(), 1);
    both.same(ROWS, &[&own[..], &["-w", "2"]].concat(), 0);
    both.same(ROWS, &[&own[..], &["-w", "2", "-i", "100"]].concat(), 1);
    // Rows of another server in the same table do not count.
    for (words, code) in [(&[][..], 0), (&["-w", "0"], 1), (&["-w", "1"], 0), (&["-i", "10", "-w", "1"], 1)] {
        both.same(DEADLOCKS, words, code);
    }
    both.same_code(ROWS, &["-x", "kills", "-t", "no_such_column"], 3);
    both.same_code(ROWS, &["-T", "percona.no_such_table"], 3);
    both.same_code(DEADLOCKS, &["-x", "kills"], 3);
    both.differs(ROWS, &["-w", "abc"], (0, 3), "an invalid threshold");
    both.differs(ROWS, &["-i", "abc"], (3, 3), "not a number of minutes");
    both.differs(ROWS, &["-i", "0"], (0, 3), "0 minutes make no sense");
    both.differs(DEADLOCKS, &["-i", "0"], (0, 3), "0 minutes make no sense");
    both.differs(ROWS, &["-w", "1.5"], (0, 1), "the original compares whole numbers only");
    both.differs(ROWS, &["-t", "server"], (0, 3), "a name is not a time");
    for (target, label) in [("two words", "'two words'=2;12;60;0"), ("it's", "it_s=2;12;60;0")] {
        let (theirs, ours) = both.ask(ROWS, &["-x", target]);
        assert_eq!(perfdata(own_line(&theirs)), format!("{target}=2;12;60;0"));
        assert_eq!(ours.perfdata(), label);
    }
    both.differs(ROWS, &["-T", "own"], (3, 3), "a table needs a schema");
    let injected = ["-T", "percona.own -- "];
    both.differs(ROWS, &injected, (0, 3), "a client that may pass arguments could run any SQL");
}

#[test]
fn pt_table_checksum_results_match_the_original() {
    let _turn = turn::shared();
    if !originals_are_here("pt-table-checksum beside Percona's plugin") {
        return;
    }
    let both = Beside::new(Server::builder(Flavor::MariaDb).start());
    both.same(CHECKSUM, &[], 3);
    both.same(CHECKSUM, &["-T", "percona.other"], 3);
    both.server.sql(
        "CREATE DATABASE percona; CREATE TABLE percona.checksums (db CHAR(64), tbl CHAR(64), chunk INT, this_crc \
         CHAR(40), \
         this_cnt INT, master_crc CHAR(40), master_cnt INT, ts TIMESTAMP); CREATE TABLE percona.other LIKE \
         percona.checksums",
    );
    both.differs(CHECKSUM, &[], (0, 3), "nothing has been compared yet");
    both.server
        .sql("INSERT INTO percona.checksums VALUES ('shop', 'stock', 1, 'a', 3, 'a', 3, NOW() - INTERVAL 3 DAY)");
    for (words, code) in [
        (&[][..], 0),
        (&["-w", "1", "-c", "1"], 0),
        (&["-i", "0"], 0),
        (&["-i", "4"], 0),
        (&["-i", "2"], 1),
        (&["-i", "2", "-c", "1"], 2),
    ] {
        both.same(CHECKSUM, words, code);
    }
    both.server.sql(
        "INSERT INTO percona.checksums VALUES ('shop', 'stock', 2, 'a', 3, 'b', 3, NOW()), \
         ('shop', 'log', 1, NULL, 0, 'c', 3, NOW())",
    );
    for (words, code) in [(&[][..], 1), (&["-c", "1"], 2), (&["-c", ""], 1), (&["-T", "percona.checksums"], 1)] {
        both.same(CHECKSUM, words, code);
        let (theirs, ours) = both.ask(CHECKSUM, words);
        assert!(own_line(&theirs).contains("2 chunks differ in 2 tables"), "{}", theirs.stdout);
        assert!(ours.line.contains("2 of 3 chunks differ") && ours.line.contains("1 more table"), "{}", ours.line);
    }
    both.server.sql("DELETE FROM percona.checksums WHERE chunk = 2 OR tbl = 'log'");
    both.differs(CHECKSUM, &["-i", "abc"], (0, 3), "not a number of days");
    both.differs(CHECKSUM, &["-i", "1.5"], (0, 3), "days must be whole");
    both.differs(
        CHECKSUM,
        &["-T", "percona.checksums -- "],
        (0, 3),
        "a client that may pass arguments could run any SQL",
    );
    both.same_code(CHECKSUM, &["-z"], 3);
}
