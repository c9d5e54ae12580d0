use proptest::prelude::*;

use super::*;

/// 2026-11-25 18:00:00 UTC.
const NOW: Duration = Duration::from_secs(1_795_629_600);
const TEN_MINUTES: Duration = Duration::from_secs(600);
const HOUR: i64 = 3_600;

fn counts(tail: &str, ahead: i64) -> Option<(u64, u64, u64)> {
    read(tail, false, NOW, ahead, TEN_MINUTES).map(|logged| (logged.errors, logged.warnings, logged.crashes))
}

#[test]
fn every_server_s_lines_are_understood() {
    for (name, tail, ahead, expected) in [
        ("MariaDB", "2026-11-25 18:55:28 0 [ERROR] InnoDB: Operating system error", HOUR, Some((1, 0, 0))),
        ("MariaDB, an hour before", "2026-11-25 17:55:28 0 [ERROR] InnoDB: x", HOUR, Some((0, 0, 0))),
        ("MariaDB in the morning", "2026-11-25  8:55:28 139 [Warning] Aborted", -9 * HOUR, Some((0, 1, 0))),
        ("MariaDB 10.0", "261125 17:55:28 [ERROR] x\n261125 17:55:29 [Note] y", 0, Some((1, 0, 0))),
        ("MySQL 5.6", "2026-11-25 17:55:28 1234 [ERROR] x\n2026-11-25 17:55:28 1234 [Warning] y", 0, Some((1, 1, 0))),
        ("MySQL 5.7", "2026-11-25T17:55:28.123456Z 0 [ERROR] x", 5 * HOUR, Some((1, 0, 0))),
        ("MySQL 5.7 with local times", "2026-11-25T19:55:28.123456+02:00 0 [ERROR] x", 0, Some((1, 0, 0))),
        ("west of Greenwich", "2026-11-25T14:25:28-03:30 0 [ERROR] x", 0, Some((1, 0, 0))),
        ("MySQL 8", "2026-11-25T17:55:28.123456Z 0 [ERROR] [MY-010119] [Server] Aborting", 0, Some((1, 0, 0))),
        ("MySQL 8 system", "2026-11-25T17:55:28.1Z 0 [System] [MY-010931] [Server] ready", 0, Some((0, 0, 0))),
        ("further lines", "2026-11-25 17:55:28 0 [ERROR] x\nInnoDB: [ERROR] of before\n\n", 0, Some((1, 0, 0))),
        ("a clock that is ahead", "2026-11-25 18:00:09 0 [ERROR] x", 0, Some((1, 0, 0))),
        ("the edge", "2026-11-25 17:50:00 0 [ERROR] x\n2026-11-25 17:49:59 0 [ERROR] x", 0, Some((1, 0, 0))),
        ("an empty file", "", 0, Some((0, 0, 0))),
        ("another format", "{\"level\": \"ERROR\"}", 0, None),
        ("no time at all", "[ERROR] x\n9999-99-99 99:99:99 0 [ERROR] x\nT T\n2026-11-25Tä\n", 0, None),
    ] {
        assert_eq!(counts(tail, ahead), expected, "{name}");
    }
}

#[test]
fn one_crash_is_counted_once_and_words_of_clients_are_none() {
    for (name, tail, expected) in [
        (
            "MariaDB 10.11, SIGSEGV",
            "261125 17:58:33 [ERROR] /usr/sbin/mariadbd got signal 11 ;\nSorry, we probably made a mistake\n\
             2026-11-25 17:58:34 0 [Note] InnoDB: Starting crash recovery from checkpoint LSN=4\n\
             2026-11-25 17:58:34 0 [Note] Recovering after a crash using bin\n\
             2026-11-25 17:58:34 0 [Note] Starting table crash recovery...\n",
            (1, 0, 1),
        ),
        (
            "MariaDB, a Galera node that was given another one's files",
            "2026-11-25 17:58:33 0 [Note] Starting MariaDB 10.11.19 as process 12\n\
             WSREP_SST: [INFO] rsync SST started on joiner (20261125 17:58:34.123)\n\
             2026-11-25 17:58:36 0 [Note] Recovering after a crash using bin\n\
             2026-11-25 17:58:36 0 [Note] Starting table crash recovery...\n",
            (0, 0, 0),
        ),
        (
            "and crashed after it",
            "WSREP_SST: [INFO] rsync SST started on joiner (20261125 17:55:34.123)\n\
             2026-11-25 17:58:33 0 [Note] Starting MariaDB 10.11.19 as process 13\n\
             2026-11-25 17:58:36 0 [Note] Recovering after a crash using bin\n",
            (0, 0, 1),
        ),
        (
            "MySQL 5.6, SIGSEGV after a quiet week",
            "2026-11-18 17:58:33 9 [Note] ready\n17:58:20 UTC - mysqld got signal 11 ;\nThis could be because\n\
             2026-11-25 17:58:34 9 [Note] Recovering after a crash using bin\n\
             2026-11-25 17:58:34 9 [Note] Starting crash recovery...\n",
            (0, 0, 1),
        ),
        (
            "MySQL 9.7, SIGSEGV",
            "2026-11-25T17:58:49Z UTC - mysqld got signal 11 ;\n\
             2026-11-25T17:58:50.9Z 0 [System] [MY-013951] [Server] 2026-11-25T17:58:49Z UTC - mysqld got signal 11 ;\n\
             2026-11-25T17:58:51.7Z 0 [System] [MY-010229] [Server] Starting XA crash recovery...\n",
            (0, 0, 1),
        ),
        (
            "MySQL 5.6, SIGKILL",
            "2026-11-25 17:58:34 812 [Note] InnoDB: Database was not shutdown normally!\n\
             2026-11-25 17:58:34 812 [Note] InnoDB: Starting crash recovery.\n",
            (0, 0, 1),
        ),
        (
            "MySQL 8, InnoDB",
            "2026-11-25T17:58:51Z 0 [Note] [MY-012551] [InnoDB] Database was not shutdown normally!",
            (0, 0, 1),
        ),
        (
            "twice",
            "17:58:20 UTC - mysqld got signal 11 ;\n17:58:30 UTC - mysqld got signal 6 ;\n\
             2026-11-25 17:58:34 9 [Note] x",
            (0, 0, 2),
        ),
        ("just now", "2026-11-25 17:58:34 9 [Note] x\n17:59:59 UTC - mysqld got signal 11 ;\n", (0, 0, 1)),
        (
            "long ago",
            "17:58:20 UTC - mysqld got signal 11 ;\n2026-11-24 17:58:34 9 [Note] Recovering after a crash using bin",
            (0, 0, 0),
        ),
        (
            "an orderly stop",
            "2026-11-25 17:58:34 0 [Note] /usr/sbin/mariadbd (initiated by: unknown): Normal shutdown",
            (0, 0, 0),
        ),
        (
            "a client's name",
            "2026-11-25 17:58:34 9 [Warning] Aborted connection: user: 'mysqld got signal 9 ;'\n\
             2026-11-25 17:58:34 9 [Note] Access denied for user 'mysqld got signal 9 ;'\n\
             2026-11-25 17:58:34 9 [Warning] Starting crash recovery",
            (0, 2, 0),
        ),
    ] {
        assert_eq!(counts(tail, 0), Some(expected), "{name}");
    }
}

#[test]
fn the_newest_error_is_shown_without_what_it_quotes() {
    let tail = "2026-11-25 17:58:00 0 [ERROR] first\n2026-11-25 17:59:30 0 [ERROR] Slave SQL: Error 'Duplicate entry \
                'secret|x' for key' on query\n2026-11-25 17:59:40 0 [Warning] later\n";
    let logged = read(tail, true, NOW, 0, TEN_MINUTES).expect("understood");
    assert_eq!(logged.newest, Some((Duration::from_secs(30), "Slave SQL: Error '..' on query".to_owned())));
    assert!(logged.cut, "what was read begins within the ten minutes");
    assert!(!read(tail, true, NOW, 0, Duration::from_secs(60)).expect("understood").cut);
    assert!(!read(tail, false, NOW, 0, TEN_MINUTES).expect("understood").cut);
}

proptest! {
    #[test]
    fn whatever_is_in_a_log_is_read(tail in "(?s).{0,200}", line in "(2026-11-25|261125)[T ]{1,2}.{0,40}", cut: bool) {
        read(&tail, cut, NOW, 0, TEN_MINUTES);
        read(&line, cut, NOW, i64::from(cut), TEN_MINUTES);
    }
}

#[test]
fn what_a_plugin_reports_is_told_in_its_words_and_without_what_it_quotes() {
    for (text, expected) in [
        (
            "[MY-011451] [Repl] Plugin group_replication reported: 'The applier has stopped.'",
            "[MY-011451] [Repl] Plugin group_replication: The applier has stopped.",
        ),
        (
            "[MY-011577] Plugin group_replication reported: 'Error connecting as 'repl'@'db1''",
            "[MY-011577] Plugin group_replication: Error connecting as '..'",
        ),
        ("Access denied for 'root'@'db1'", "Access denied for '..'"),
    ] {
        assert_eq!(cleaned(text), expected);
    }
}
