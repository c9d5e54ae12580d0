//! Intended differences between our applet `check_mysql_health` and the original plugin.

use std::path::Path;
use std::time::{Duration, Instant};

use healthd_tests::plugin::{Answered, original, plugin};
use healthd_tests::{Flavor, Server, Workdir, replicate, wait_for};

use crate::originals_health::{APPLET, Beside, ORIGINAL};
use crate::{flavors, turn};

const ONE: [&str; 2] = ["--mode", "threads-running"];
const LONG: [&str; 2] = ["--mode", "long-running-procs"];
const MODES_OF_A_REPLICA: [&str; 3] = ["slave-lag", "slave-io-running", "slave-sql-running"];
const SOON: Duration = Duration::from_secs(20);

/// Exit codes for one running thread: the original plugin's, ours, the reason, and the options.
const OF_THREADS: [(i32, i32, &str, &[&str]); 17] = [
    (0, 3, "an invalid threshold is refused, not ignored", &["--warning", "abc"]),
    (0, 3, "an exponent is probably a typing error", &["--critical", "1e3"]),
    (1, 3, "a range begins before it ends", &["--warning", "10:5"]),
    (0, 1, "the guidelines have this range", &["--warning", "@1000"]),
    (0, 1, "the guidelines have this range", &["--warning", ":0"]),
    (0, 1, "the guidelines have this range", &["--warning", "@0:"]),
    (0, 3, "an unexpected argument is a mistake", &["word"]),
    (0, 3, "long options have two dashes", &["-negate", "ok=ok"]),
    (3, 1, "-w is --warning in every plugin", &["-w", "0"]),
    (0, 3, "an invalid port is refused", &["--port", "abc"]),
    (0, 3, "an invalid port is refused", &["--port", "0"]),
    (0, 3, "an unknown format is refused", &["--report", "nonsense"]),
    (0, 3, "a timeout of 0 makes no sense", &["--timeout", "0"]),
    (0, 3, "a negative look-back makes no sense", &["--lookback", "-5"]),
    (0, 3, "an empty macro is not a host", &["--hostname", ""]),
    (2, 3, "a host and its port are two options", &["--hostname", "127.0.0.1:3306"]),
    (2, 0, "there is only one way to connect", &["--method", "mysql"]),
];

/// The same for other modes.
const OF_MODES: [(i32, i32, &str, &[&str]); 6] = [
    (0, 3, "a missing table is not OK", &["--mode", "table-fragmentation", "--name", "gone"]),
    (0, 3, "no row is not a number", &["--mode", "sql", "--name", "SELECT 1 FROM DUAL WHERE 0", "--name2", "none"]),
    (3, 2, "servers write numbers like this", &["--mode", "sql", "--name", "SELECT 1e30"]),
    (3, 0, "servers write numbers like this", &["--mode", "sql", "--name", "SELECT 1e-7"]),
    (
        0,
        3,
        "expressions that may run for ever are refused",
        &["--mode", "sql", "--name", "SELECT 'a'", "--name2", "(?!b)a", "--regexp"],
    ),
    (3, 2, "no answer in time", &["--mode", "sql", "--name", "SELECT SLEEP(9)", "--timeout", "2"]),
];

/// Perfdata: the original plugin's, ours, and the options.
const PERFDATA: [(&str, &str, &[&str]); 8] = [
    ("'select'=3;1;5", "0=3;1;5", &["--mode", "sql", "--name", "SELECT 3", "--name2", "0"]),
    ("'a'=3furlongs;1;5", "a=3;1;5", &["--mode", "sql", "--name", "SELECT 3", "--name2", "a", "--units", "furlongs"]),
    ("'a=b'=3;1;5", "a_b=3;1;5", &["--mode", "sql", "--name", "SELECT 3", "--name2", "a=b"]),
    ("'it's'=3;1;5", "it_s=3;1;5", &["--mode", "sql", "--name", "SELECT 3", "--name2", "it's"]),
    (
        "threads_running=1;1;10",
        "threads_running=1;1:20;10:30",
        &["--mode", "threads-running", "--warning", "1:20", "--critical", "10:30"],
    ),
    ("threads_running=1;1;20", "threads_running=1;1.9;20", &["--mode", "threads-running", "--warning", "1.9"]),
    // The original plugin prints it after the table, lines below.
    ("", "threads_running=1;10;20", &["--mode", "threads-running", "--report", "html"]),
    // Nothing has used the cache.
    ("keycache_hitrate=100.00%;99:;95: keycache_hitrate_now=100.00%;99:;95:", "", &["--mode", "keycache-hitrate"]),
];

#[test]
fn invalid_arguments_are_unknown_and_requested_values_are_judged() {
    let _turn = turn::shared();
    let Some(beside) = Beside::new() else { return };
    let of_threads =
        OF_THREADS.iter().map(|(theirs, ours, why, words)| (*theirs, *ours, *why, [&ONE, *words].concat()));
    let of_modes = OF_MODES.iter().map(|(theirs, ours, why, words)| (*theirs, *ours, *why, words.to_vec()));
    for (theirs, ours, why, words) in of_threads.chain(of_modes) {
        let both = beside.ask(&words);
        let name = format!("{why}: {words:?}\nours:   {}\ntheirs: {}", both.0.line, both.1.line);
        assert_eq!((both.0.code, both.1.code), (Some(ours), Some(theirs)), "{name}");
    }
    // The original plugin applies one after the other, in the order of a hash.
    let (ours, theirs) = beside.ask(&[&ONE[..], &["--negate", "ok=critical", "--negate", "critical=ok"]].concat());
    assert_eq!(ours.code, Some(2), "{}", ours.line);
    assert!(matches!(theirs.code, Some(0 | 2)), "{}", theirs.line);
}

#[test]
fn perfdata_has_the_readable_values_and_no_ratio_of_nothing() {
    let _turn = turn::shared();
    let Some(beside) = Beside::new() else { return };
    for (theirs, ours, words) in PERFDATA {
        let both = beside.ask(words);
        assert_eq!((both.1.perfdata(), both.0.perfdata()), (theirs, ours), "{words:?}");
    }
    let ask = |mode: &str| {
        let (ours, theirs) = beside.ask(&["--mode", mode]);
        let items = |answered: &Answered| answered.perfdata().split(' ').map(str::to_owned).collect::<Vec<_>>();
        (items(&ours), items(&theirs))
    };
    // The original plugin prints thresholds for a value that is not judged, and limits for some values only.
    let (ours, theirs) = ask("open-files");
    assert!(theirs[1].starts_with("open_files=") && theirs[1].split(';').count() == 3, "{theirs:?}");
    assert!(ours[1].starts_with("open_files=") && !ours[1].contains(';'), "{ours:?}");
    assert!(ours[0].ends_with(";80;95;0;100") && theirs[0].ends_with(";80.000;95.000"), "{ours:?} {theirs:?}");
    // A rate needs two runs, and the original plugin divides by zero if both are in one second.
    ask("log-waits");
    beside.server.sql(
        "SET GLOBAL query_cache_size = 1048576; SET GLOBAL query_cache_type = 1; CREATE DATABASE shop; \
         CREATE TABLE shop.t (a INT)",
    );
    ask("qcache-hitrate");
    let begun = Instant::now();
    wait_for("another run than the first", SOON, || (begun.elapsed() > Duration::from_millis(1_100)).then_some(()));
    // MariaDB's number of SELECTs includes those that the query cache answers.
    for _ in 0..50 {
        beside.server.sql("SELECT * FROM shop.t");
    }
    let (ours, theirs) = ask("qcache-hitrate");
    let share = |items: &[String]| -> f64 {
        let now = items.iter().find_map(|item| item.strip_prefix("qcache_hitrate_now="));
        now.and_then(|now| now.split('%').next()?.parse().ok()).unwrap_or_else(|| panic!("{items:?}"))
    };
    assert!(share(&theirs) <= 50.0 && share(&ours) > 80.0, "{ours:?} {theirs:?}");
    let (ours, theirs) = ask("log-waits");
    assert_eq!(
        (&*ours[0], &*theirs[0]),
        ("innodb_log_waits_rate=0.0000;1;10", "innodb_log_waits_rate=0.0000;1;10;0;100")
    );
}

#[test]
fn missing_files_and_sections_are_unknown_and_an_empty_user_name_is_ignored() {
    let _turn = turn::shared();
    let Some(beside) = Beside::new() else { return };
    let state = Workdir::new("originals");
    let (ini, socket) = (state.join("plugins.ini"), beside.server.socket().display().to_string());
    std::fs::write(&ini, "[other]\nunheard=of\n").expect("it is ours");
    let (section, key) =
        (format!("--extra-opts=gone@{}", ini.display()), format!("--extra-opts=other@{}", ini.display()));
    let theirs = state.path().display().to_string();
    // These options come after those of the login.
    for (codes, words) in [
        (Some((0, 3)), vec![&*section]),
        (Some((0, 3)), vec![&*key]),
        (Some((2, 3)), vec!["--socket", "/nonexistent.sock", "--mycnf", "/nonexistent.cnf"]),
        (None, vec!["--username", ""]),
    ] {
        let words = [&[ONE[0], ONE[1], "--socket", &socket, "--username", "root"], &words[..]].concat();
        let ours = plugin(APPLET, &words, &state);
        let theirs = original(Path::new(ORIGINAL), &[&words[..], &["--statefilesdir", &theirs]].concat());
        let (expected, ours, both) = (codes, ours.code, format!("{words:?}\n{}\n{}", ours.line, theirs.line));
        let (theirs, ours) = (theirs.code.unwrap_or(-1), ours.unwrap_or(-1));
        assert!(expected.map_or(theirs == ours, |expected| expected == (theirs, ours)), "{both}");
    }
}

#[test]
fn a_missing_privilege_is_named_where_the_original_sees_little_or_nothing() {
    let _turn = turn::shared();
    let (server, state) = (Server::builder(Flavor::MariaDb).start(), Workdir::new("plugins"));
    server.sql("CREATE USER n@localhost IDENTIFIED BY 'a%b'");
    let socket = server.socket().display().to_string();
    let states = state.path().display().to_string();
    let ask = |mode: &str| {
        let words = ["--mode", mode, "--socket", &socket, "--username", "n", "--password"];
        let theirs = [&words[..], &["a%b", "--statefilesdir", &states]].concat();
        let theirs = Path::new(ORIGINAL).exists().then(|| original(Path::new(ORIGINAL), &theirs).code);
        (theirs, plugin(APPLET, &[&words[..], &["rfc3986://a%25b"]].concat(), &state))
    };
    for (mode, code, grant) in [
        ("long-running-procs", 0, "GRANT PROCESS ON *.* TO"),
        ("slave-lag", 2, "GRANT SLAVE MONITOR ON *.* TO"),
        ("slave-io-running", 2, "GRANT SLAVE MONITOR ON *.* TO"),
        ("slave-sql-running", 2, "GRANT SLAVE MONITOR ON *.* TO"),
        ("table-fragmentation", 0, "GRANT SELECT ON *.* TO"),
    ] {
        let (theirs, ours) = ask(mode);
        assert!(theirs.is_none_or(|theirs| theirs == Some(code)), "{mode}: {theirs:?}");
        assert!(ours.code == Some(3) && ours.line.contains(grant), "{mode}: {}", ours.line);
    }
    server.sql("GRANT PROCESS ON *.* TO n@localhost");
    let (_, granted) = ask("long-running-procs");
    assert_eq!((granted.code, granted.perfdata()), (Some(0), "long_running_procs=0;10;20"), "{}", granted.line);
}

#[test]
fn a_server_with_only_a_named_channel_is_a_replica() {
    let _turn = turn::shared();
    let Some(beside) = Beside::new() else { return };
    let replica = Server::builder(Flavor::MariaDb).server_id(2).start();
    replicate(&beside.server, &replica, Some("dc2"));
    for mode in MODES_OF_A_REPLICA {
        let (ours, theirs) = wait_for("it runs", SOON, || match beside.ask_about(&replica, &["--mode", mode]) {
            both if both.0.code == Some(0) => Ok(both),
            (ours, _) => Err(ours.line),
        });
        assert_eq!(theirs.code, Some(2), "{mode}\n{}\n{}", ours.line, theirs.line);
    }
}

#[test]
fn replication_on_mysql_9_is_checked_and_its_threads_are_not_statements() {
    let _turn = turn::shared();
    let Some(beside) = Beside::new() else { return };
    flavors::one(Flavor::MySql97, "replication of MySQL 9 beside check_mysql_health", |flavor| {
        let (source, replica) = (Server::builder(flavor).start(), Server::builder(flavor).server_id(2).start());
        replicate(&source, &replica, None);
        for mode in MODES_OF_A_REPLICA {
            let (ours, theirs) = wait_for("it runs", SOON, || match beside.ask_about(&replica, &["--mode", mode]) {
                both if both.0.code == Some(0) => Ok(both),
                (ours, _) => Err(ours.line),
            });
            // The original plugin uses SHOW SLAVE STATUS, which no longer exists.
            assert_eq!(theirs.code, Some(2), "{mode}\n{}\n{}", ours.line, theirs.line);
        }
        // The time of an applier thread is the age of its change.
        source.sql("SET timestamp = UNIX_TIMESTAMP() - 1000; CREATE DATABASE old");
        let (ours, theirs) =
            wait_for("the original counts the applier", SOON, || match beside.ask_about(&replica, &LONG) {
                both if both.1.perfdata() != "long_running_procs=0;10;20" => Ok(both),
                (_, theirs) => Err(theirs.line),
            });
        assert_eq!(ours.perfdata(), "long_running_procs=0;10;20", "{}\n{}", ours.line, theirs.line);
    });
}

#[test]
fn without_a_receiver_there_is_no_lag() {
    let _turn = turn::shared();
    let Some(beside) = Beside::new() else { return };
    flavors::one(Flavor::MySql56, "a lag without a receiver beside check_mysql_health", |flavor| {
        let replica = Server::builder(flavor).server_id(2).start();
        replica.sql("CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=1; START SLAVE SQL_THREAD");
        let lag = || beside.ask_about(&replica, &["--mode", "slave-lag"]);
        let (ours, theirs) = wait_for("the server says 0", SOON, || match lag() {
            both if both.1.code == Some(0) => Ok(both),
            (_, theirs) => Err(theirs.line),
        });
        assert_eq!((ours.code, theirs.perfdata()), (Some(2), "slave_lag=0;10;20"), "{}\n{}", ours.line, theirs.line);
    });
}
