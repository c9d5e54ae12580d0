//! What every applet answers in the situations in which other plugins fail their users: a hang, an OK that means
//! nothing, a wrong outcome. Some situations are tested elsewhere:
//!
//! | situation | test |
//! | --- | --- |
//! | check_mysql `-n` with a wrong password | `originals::the_same_command_line_has_the_same_exit_code_and_the_same_graphs` |
//! | a server that sends nothing, half a greeting or a malformed one | `plugin_exits::malformed_servers_give_one_critical_line` |
//! | a stopped applier or receiver, error 1062, a dead source | `plugin_replica::each_applet_judges_a_stopped_thread_as_documented` |
//! | a frozen source | `plugin_replica::a_hung_source_is_reported_within_a_few_heartbeats` |
//! | a broken replica with only a named channel | `plugin_replica::every_applet_sees_a_replica_with_only_a_named_channel` |
//! | `MASTER_DELAY` with a backlog | `plugin_replica::a_configured_delay_does_not_count_as_lag` |
//! | an idle transaction that blocks others | `plugins_inside::an_idle_blocker_is_named_with_the_connections_that_it_blocks`, `originals_pmp_inside::waiting_and_idle_transactions_match_the_original` |
//! | counters from before a restart | `plugins::a_rate_needs_two_runs_and_two_in_one_second_both_answer` |
//! | a damaged or foreign file of counters | `plugin_exits::foreign_counters_are_noted_and_without_storage_a_rate_is_unknown` |
//! | a healthd that is down or hangs | `asking_the_daemon::a_hung_daemon_is_critical_in_time_and_a_missing_one_at_once` |
//! | a password on the command line of a running plugin | none: every user can read it, and docs/nagios.md says so |

use std::thread;
use std::time::{Duration, Instant};

use healthd_tests::plugin::{Answered, plugin};
use healthd_tests::{Flavor, Server, Workdir};

use crate::turn;

/// Every applet, with arguments that are OK on a healthy server.
const APPLETS: [(&str, &[&str]); 15] = [
    ("check_my", &["threads-running"]),
    ("check_mysql", &[]),
    ("check_mysql_query", &["-q", "SELECT 1"]),
    ("check_mysql_health", &["--mode", "threads-running"]),
    ("pmp-check-mysql-deadlocks", &["-T", "shop.deadlocks"]),
    ("pmp-check-mysql-deleted-files", &[]),
    ("pmp-check-mysql-file-privs", &[]),
    ("pmp-check-mysql-innodb", &[]),
    ("pmp-check-mysql-pidfile", &[]),
    ("pmp-check-mysql-processlist", &[]),
    ("pmp-check-mysql-replication-delay", &[]),
    ("pmp-check-mysql-replication-running", &[]),
    ("pmp-check-mysql-status", &["-x", "Uptime", "-w", "99999999"]),
    ("pmp-check-mysql-ts-count", &["-T", "shop.deadlocks"]),
    ("pmp-check-pt-table-checksum", &["-T", "shop.checksums"]),
];

/// The login options of an applet: socket, account and password.
fn login<'a>(applet: &str, [socket, user, password]: [&'a str; 3]) -> [&'a str; 6] {
    let [s, u, p] = match applet {
        "check_mysql" | "check_mysql_query" => ["-s", "-u", "-p"],
        "check_mysql_health" => ["--socket", "--username", "--password"],
        applet if applet.starts_with("pmp-") => ["-S", "-l", "-p"],
        _ => ["-S", "-u", "-p"],
    };
    [s, socket, u, user, p, password]
}

/// A server that has everything that the applets read.
struct Situation {
    server: Server,
    socket: String,
    state: Workdir,
}

impl Situation {
    fn new() -> Situation {
        let server = Server::builder(Flavor::MariaDb).start();
        server.sql(
            "CREATE DATABASE shop; CREATE TABLE shop.deadlocks (server VARCHAR(60), ts TIMESTAMP); \
             CREATE TABLE shop.checksums (db CHAR(64), tbl CHAR(64), chunk INT, this_crc CHAR(40), this_cnt INT, \
             master_crc CHAR(40), master_cnt INT, ts TIMESTAMP); \
             INSERT INTO shop.checksums VALUES ('shop', 'stock', 1, 'a', 3, 'a', 3, NOW()); \
             GRANT SELECT ON shop.* TO mon@localhost; CREATE USER blind@localhost IDENTIFIED BY 'blind'",
        );
        let socket = server.socket().display().to_string();
        Situation { server, socket, state: Workdir::new("situations") }
    }

    fn ask_as(&self, account: [&str; 2], applet: &str, words: &[&str]) -> Answered {
        let login = login(applet, [&self.socket, account[0], account[1]]);
        plugin(applet, &[words, &login].concat(), &self.state)
    }

    fn ask(&self, applet: &str, words: &[&str]) -> Answered {
        self.ask_as(["mon", "mon"], applet, words)
    }

    /// Runs every applet with its usual arguments.
    #[track_caller]
    fn every(&self, situation: &str, account: [&str; 2], code: i32, text: &str) {
        for (applet, words) in APPLETS {
            is(situation, applet, words, &self.ask_as(account, applet, words), code, text);
        }
    }
}

#[track_caller]
fn is(situation: &str, applet: &str, words: &[&str], answered: &Answered, code: i32, text: &str) {
    let name = format!("{situation}: {applet} {words:?}: {answered:?}");
    assert_eq!((answered.code, answered.stderr.as_str()), (Some(code), ""), "{name}");
    assert!(answered.line.contains(text), "{text}, {name}");
}

#[test]
fn every_applet_is_ok_on_a_healthy_server_and_critical_without_a_login() {
    let _turn = turn::shared();
    let mut at = Situation::new();
    at.every("healthy", ["mon", "mon"], 0, "OK - ");
    at.every("a wrong password", ["mon", "wrong"], 2, "access denied: wrong password");
    at.server.stop();
    thread::scope(|scope| {
        for (applet, words) in APPLETS {
            let at = &at;
            scope.spawn(move || {
                let within = if applet.starts_with("pmp-") { "--timeout" } else { "-t" };
                let words = [words, &[within, "1"]].concat();
                let begun = Instant::now();
                let answered = at.ask(applet, &words);
                is(
                    "a server that is frozen",
                    applet,
                    &words,
                    &answered,
                    2,
                    "no answer to connect and login within 1.0s",
                );
                assert!(begun.elapsed() < Duration::from_secs(8), "{applet}: {:?}", begun.elapsed());
            });
        }
    });
    at.server.cont();
    at.server.kill9();
    at.every("a socket without a server", ["mon", "mon"], 2, "connection refused");
    at.socket = at.state.join("missing.sock").display().to_string();
    at.every("no socket", ["mon", "mon"], 2, "the socket file is missing");
    for (applet, words) in APPLETS {
        for (host, text) in
            [("no-such-host.invalid", "the host name has no address"), ("127.0.0.1", "connection refused")]
        {
            let host_is = if applet == "check_mysql_health" {
                ["--hostname", host, "--port", "1"]
            } else {
                ["-H", host, "-P", "1"]
            };
            let words = [words, &host_is].concat();
            is("no such server", applet, &words, &plugin(applet, &words, &at.state), 2, text);
        }
    }
}

#[test]
fn a_missing_privilege_is_unknown_with_its_grant_and_never_ok() {
    let _turn = turn::shared();
    let at = Situation::new();
    for (code, applet, words, text) in [
        // Applets that need no privilege.
        (0, "check_my", &["threads-running"][..], "OK - "),
        (0, "check_mysql", &[], "OK - "),
        (0, "check_mysql_health", &["--mode", "threads-running"], "OK - "),
        (0, "pmp-check-mysql-status", &["-x", "Uptime", "-w", "99999999"], "OK - "),
        (0, "pmp-check-mysql-pidfile", &[], "OK - "),
        // Applets that need one.
        (3, "check_my", &["replica"], "GRANT SLAVE MONITOR ON *.* TO"),
        (3, "check_my", &["long-queries"], "GRANT PROCESS ON *.* TO"),
        (3, "check_mysql", &["-S"], "GRANT SLAVE MONITOR ON *.* TO"),
        (3, "check_mysql_health", &["--mode", "slave-lag"], "GRANT SLAVE MONITOR ON *.* TO"),
        (3, "check_mysql_health", &["--mode", "long-running-procs"], "GRANT PROCESS ON *.* TO"),
        (3, "pmp-check-mysql-replication-delay", &[], "GRANT SLAVE MONITOR ON *.* TO"),
        (3, "pmp-check-mysql-replication-running", &[], "GRANT SLAVE MONITOR ON *.* TO"),
        (3, "pmp-check-mysql-processlist", &[], "GRANT PROCESS ON *.* TO"),
        (3, "pmp-check-mysql-innodb", &[], "GRANT PROCESS ON *.* TO"),
        (3, "pmp-check-mysql-innodb", &["-C", "max_duration"], "GRANT PROCESS ON *.* TO"),
        (3, "pmp-check-mysql-deadlocks", &["-T", "shop.deadlocks"], "GRANT SELECT ON `shop`.`deadlocks` TO"),
        (3, "pmp-check-mysql-ts-count", &["-T", "shop.deadlocks"], "GRANT SELECT ON `shop`.`deadlocks` TO"),
        (3, "pmp-check-pt-table-checksum", &["-T", "shop.checksums"], "GRANT SELECT ON `shop`.`checksums` TO"),
        (2, "check_mysql_query", &["-q", "SELECT COUNT(*) FROM shop.deadlocks"], "error 1142"),
    ] {
        is("no privilege", applet, words, &at.ask_as(["blind", "blind"], applet, words), code, text);
    }
}

#[test]
fn states_of_a_new_server_that_does_not_replicate() {
    let _turn = turn::shared();
    let at = Situation::new();
    for (situation, code, applet, words, text) in [
        ("not a replica", 1, "check_my", &["replica"][..], "this server is not a replica"),
        ("not a replica", 1, "check_mysql", &["-S"], "this server is not a replica"),
        ("not a replica", 2, "check_mysql_health", &["--mode", "slave-lag"], "is not a replica"),
        ("not a replica", 0, "pmp-check-mysql-replication-delay", &[], "is not a replica"),
        ("not a replica", 3, "pmp-check-mysql-replication-delay", &["--unconfigured"], "is not a replica"),
        ("not a replica", 0, "pmp-check-mysql-replication-running", &[], "is not a replica"),
        ("not a replica", 1, "pmp-check-mysql-replication-running", &["-w", "1"], "is not a replica"),
        ("a young server's ratios", 0, "check_my", &["index-usage"], "index_usage="),
        ("a young server's ratios", 0, "check_mysql_health", &["--mode", "index-usage"], "index_usage="),
        ("a young server's ratios", 0, "check_mysql_health", &["--mode", "bufferpool-hitrate"], "bufferpool_hitrate="),
        ("the first run of a rate", 0, "check_my", &["slow-queries"], "first run"),
        ("the second in one second", 0, "check_my", &["slow-queries"], "OK - "),
        ("the first run of a rate", 0, "check_mysql_health", &["--mode", "bufferpool-wait-free"], "first run"),
        ("the second in one second", 0, "check_mysql_health", &["--mode", "bufferpool-wait-free"], "OK - "),
        ("no row", 1, "check_mysql_query", &["-q", "SELECT 1 FROM DUAL WHERE 0"], "WARNING - "),
        ("no row", 3, "check_mysql_health", &["--mode", "sql", "--name", "SELECT 1 FROM DUAL WHERE 0"], "UNKNOWN - "),
        ("NULL", 2, "check_mysql_query", &["-q", "SELECT NULL"], "NULL"),
        ("NULL", 3, "check_mysql_health", &["--mode", "sql", "--name", "SELECT NULL"], "NULL"),
        (
            "a slow query",
            2,
            "check_mysql_query",
            &["-q", "SELECT SLEEP(20)", "-t", "1"],
            "no answer to the query within 1.0s",
        ),
        (
            "a slow query",
            2,
            "check_mysql_health",
            &["--mode", "sql", "--name", "SELECT SLEEP(20)", "--timeout", "1"],
            "within 1.0s",
        ),
    ] {
        is(situation, applet, words, &at.ask(applet, words), code, text);
    }
}

#[test]
fn an_invalid_command_line_is_unknown_for_every_applet() {
    let state = Workdir::new("situations");
    for (applet, words) in APPLETS {
        let asked = |more: &[&str]| plugin(applet, &[words, more].concat(), &state);
        is("an unknown option", applet, &["--bogus"], &asked(&["--bogus"]), 3, "unexpected argument '--bogus'");
        for word in ["--help", "--version", "-V"] {
            is("help", applet, &[word], &asked(&[word]), 3, "");
            assert!(
                asked(&[word]).stdout.contains(if word == "--help" { "--help" } else { applet }),
                "{applet} {word}"
            );
        }
    }
    for (applet, text) in [
        ("check_my", "<CHECK>"),
        ("check_mysql_health", "--mode is missing"),
        ("check_mysql_query", "--query"),
        ("pmp-check-mysql-status", "-x <VAR1>"),
    ] {
        let alone = plugin(applet, &[], &state);
        assert!(alone.code == Some(3) && alone.stdout.contains(text), "{applet}: {alone:?}");
    }
}

/// Thresholds are read before the plugin connects. An invalid one is UNKNOWN. A valid one leads to CRITICAL, because no
/// server answers there.
#[test]
fn an_invalid_threshold_is_unknown_for_every_applet() {
    let state = Workdir::new("situations");
    let garbage = ["abc", "10:5", "10;20", "10%", "1e3", "@", ":", "10:abc", "5 6", "nan", "inf", "0x10", "1,5", "--5"];
    let ranges = ["", "10", "10:", "~:10", "10:20", "@10:20", "-5:5", "0.5"];
    for (applet, words) in APPLETS {
        let words: &[&str] = match applet {
            "check_mysql" => &["-S"],
            "pmp-check-mysql-status" => &["-x", "Uptime", "-c", "99999999"],
            _ => words,
        };
        let (long, switches) = (applet == "check_mysql_health", ["file", "running", "privs", "checksum"]);
        // For these options, any text counts.
        let anything = applet.starts_with("pmp-") && switches.iter().any(|word| applet.contains(word));
        let originals = applet.starts_with("pmp-");
        for option in [if long { "--warning" } else { "-w" }, if long { "--critical" } else { "-c" }] {
            let asked = |threshold: &str| {
                let server =
                    if long { ["--hostname", "127.0.0.1", "--port", "1"] } else { ["-H", "127.0.0.1", "-P", "1"] };
                plugin(applet, &[words, &server, &[option, threshold]].concat(), &state)
            };
            for text in garbage {
                // awk takes this for a number, and so does this applet.
                let number = applet == "pmp-check-mysql-status" && text == "1e3";
                let code = if anything || number { 2 } else { 3 };
                is(
                    "garbage",
                    applet,
                    &[option, text],
                    &asked(text),
                    code,
                    if code == 3 { &option[long.into()..][..2] } else { "refused" },
                );
            }
            for text in ranges {
                // The thresholds of the original plugin are plain numbers.
                let plain = text.is_empty() || text.parse::<f64>().is_ok();
                let code = if anything || plain || !originals { 2 } else { 3 };
                is(
                    "a range",
                    applet,
                    &[option, text],
                    &asked(text),
                    code,
                    if code == 3 { &option[long.into()..][..2] } else { "refused" },
                );
            }
        }
    }
}

#[test]
fn ranges_mean_the_same_for_every_applet_and_appear_in_perfdata() {
    let _turn = turn::shared();
    let at = Situation::new();
    at.server.sql("SET GLOBAL max_connections = 1000");
    for (range, code) in
        [("", 0), ("1000", 0), ("999", 1), ("1001:", 1), ("10:20", 1), ("@10:20", 0), ("@0:2000", 1), ("~:1e", 3)]
    {
        for (applet, words) in [
            ("check_my", &["status", "--name", "max_connections"][..]),
            ("check_mysql_query", &["-q", "SELECT 1000"]),
            ("check_mysql_health", &["--mode", "sql", "--name", "SELECT 1000", "--critical", ""]),
        ] {
            let option = if applet == "check_mysql_health" { "--warning" } else { "-w" };
            let answered = at.ask(applet, &[words, &[option, range]].concat());
            is("a threshold", applet, &[range], &answered, code, "");
            let shown = answered.perfdata().split(';').nth(1).unwrap_or_default();
            assert_eq!(shown, if code == 3 { "" } else { range }, "{applet} {range}: {}", answered.line);
        }
    }
}
