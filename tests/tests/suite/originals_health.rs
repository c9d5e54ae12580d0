//! Our applet `check_mysql_health` next to the original plugin: the same arguments, the same server.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use healthd_tests::plugin::{Answered, original, plugin};
use healthd_tests::skip::skipped;
use healthd_tests::{Flavor, Server, Workdir, pair, wait_for};

use crate::turn;

pub(crate) const APPLET: &str = "check_mysql_health";
pub(crate) const ORIGINAL: &str = "/usr/lib/nagios/plugins/check_mysql_health";

/// Modes whose numbers do not change between two runs.
const STILL: [&str; 5] =
    ["threads-connected", "threads-running", "threads-cached", "open-files", "table-lock-contention"];

/// Modes that differ on purpose.
const EXCEPTIONS: [(&str, &str); 2] = [
    (
        "qcache-hitrate",
        "a cache that is off is OK. The original reads only its size, and is CRITICAL on a default server",
    ),
    ("qcache-lowmem-prunes", "a cache that is off is OK. The original shows the rate of an unused cache"),
];

pub(crate) struct Beside {
    pub(crate) server: Server,
    ours: Workdir,
    theirs: Workdir,
}

impl Beside {
    pub(crate) fn new() -> Option<Beside> {
        if !Path::new(ORIGINAL).exists() {
            skipped("check_mysql_health beside ours", ORIGINAL);
            return None;
        }
        let server = Server::builder(Flavor::MariaDb).start();
        Some(Beside { server, ours: Workdir::new("ours"), theirs: Workdir::new("theirs") })
    }

    fn login(server: &Server) -> [String; 4] {
        ["--socket".to_owned(), server.socket().display().to_string(), "--username".to_owned(), "root".to_owned()]
    }

    /// The answers of both plugins, ours first.
    pub(crate) fn ask(&self, arguments: &[&str]) -> (Answered, Answered) {
        self.ask_about(&self.server, arguments)
    }

    pub(crate) fn ask_about(&self, server: &Server, arguments: &[&str]) -> (Answered, Answered) {
        let login = Beside::login(server);
        let login: Vec<&str> = login.iter().map(String::as_str).collect();
        let states = self.theirs.path().display().to_string();
        // The original plugin has no warm-up time for a server that has just started.
        let ours = plugin(APPLET, &[arguments, &login, &["--warm-up", "1ms"]].concat(), &self.ours);
        let theirs = original(Path::new(ORIGINAL), &[arguments, &login, &["--statefilesdir", &states]].concat());
        (ours, theirs)
    }
}

/// Labels with their values and units: `a=1.50%`.
fn values(perfdata: &str) -> Vec<String> {
    perfdata.split_whitespace().map(|item| item.split(';').next().unwrap_or_default().replace('\'', "")).collect()
}

/// The same without the numbers: `a %`.
fn labels(perfdata: &str) -> Vec<String> {
    let unit = |value: &str| value.trim_start_matches(|c: char| c.is_ascii_digit() || "+-.".contains(c)).to_owned();
    let item = |item: String| item.rsplit_once('=').map(|(label, value)| format!("{label} {}", unit(value)));
    values(perfdata).into_iter().filter_map(item).collect()
}

/// Waits until the clock shows another second and a full one has passed: counters are compared over that time.
fn await_next_second() {
    let seconds = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let begun = seconds();
    wait_for("the second after the next", Duration::from_secs(10), || (seconds() > begun + 1).then_some(()));
}

#[test]
fn every_mode_answers_as_the_original_does() {
    let _turn = turn::shared();
    let Some(beside) = Beside::new() else { return };
    let modes = || healthd_core::checks::ALL.iter().flat_map(|check| check.modes);
    let (first, all) = (modes().count(), modes().flat_map(|mode| mode.names).count());
    assert_eq!((first, all), (26, 26 + 9), "28 modes without sql and cluster-ndbd-running, and their other names");
    // Tables of both engines, so that every counter in a ratio changes.
    beside.server.sql(
        "CREATE DATABASE shop; CREATE TABLE shop.t (a INT); CREATE TABLE shop.m (a INT, KEY (a)) ENGINE=MyISAM; \
         INSERT INTO shop.t VALUES (1); INSERT INTO shop.m VALUES (1), (2)",
    );
    // Rates and recent ratios need two runs, and the original plugin divides by zero if both are in one second.
    for mode in modes() {
        beside.ask(&["--mode", mode.names[0]]);
    }
    await_next_second();
    for _ in 0..50 {
        beside.server.sql(
            "SELECT * FROM (SELECT a FROM shop.t GROUP BY a) x JOIN shop.t y; INSERT INTO shop.m VALUES (3); \
             SELECT * FROM shop.m WHERE a = 1",
        );
    }
    for mode in modes() {
        let name = mode.names[0];
        let (ours, theirs) = beside.ask(&["--mode", name]);
        let both = format!("{name}\nours:   {}\ntheirs: {}", ours.line, theirs.line);
        for other in &mode.names[1..] {
            let (again, _) = beside.ask(&["--mode", other]);
            assert_eq!((again.code, labels(again.perfdata())), (ours.code, labels(ours.perfdata())), "{other}");
        }
        if EXCEPTIONS.iter().any(|(excepted, _)| *excepted == name) {
            assert_eq!(ours.code, Some(0), "{both}");
            assert_ne!((ours.code, labels(ours.perfdata())), (theirs.code, labels(theirs.perfdata())), "{both}");
            continue;
        }
        assert_eq!(ours.code, theirs.code, "{both}");
        assert_eq!(labels(ours.perfdata()), labels(theirs.perfdata()), "{both}");
        if STILL.contains(&name) {
            assert_eq!(values(ours.perfdata()), values(theirs.perfdata()), "{both}");
        }
    }
}

#[test]
fn lookback_judges_recent_events_as_the_original_does() {
    let _turn = turn::shared();
    let Some(beside) = Beside::new() else { return };
    beside.server.sql("CREATE DATABASE shop; CREATE TABLE shop.t (a INT); INSERT INTO shop.t VALUES (1)");
    let modes = ["bufferpool-hitrate", "index-usage", "tmp-disk-tables", "threadcache-hitrate", "threads-created"];
    let ask = |mode| beside.ask(&["--mode", mode, "--lookback", "60"]);
    for mode in modes {
        ask(mode);
    }
    await_next_second();
    for _ in 0..120 {
        beside.server.sql("SELECT * FROM (SELECT a FROM shop.t GROUP BY a) x JOIN shop.t y; SELECT * FROM shop.t");
    }
    for mode in modes {
        let (ours, theirs) = ask(mode);
        let both = format!("{mode}\nours:   {}\ntheirs: {}", ours.line, theirs.line);
        assert_eq!(ours.code, theirs.code, "{both}");
        assert_eq!(labels(ours.perfdata()), labels(theirs.perfdata()), "{both}");
    }
}

#[test]
fn thresholds_states_and_labels_are_changed_by_the_same_options() {
    let _turn = turn::shared();
    let Some(beside) = Beside::new() else { return };
    beside.server.sql("CREATE DATABASE shop; CREATE TABLE shop.t (a INT) ENGINE=MyISAM; INSERT INTO shop.t VALUES (1)");
    for arguments in [
        &["--mode", "threads-running", "--warning", "0", "--critical", "1000"][..],
        &["--mode", "threads-running", "--warning", "~:0", "--critical", "~:0"],
        &["--mode", "threads-running", "--warning", "@0:1000"],
        &["--mode", "uptime", "--warning", "1000:"],
        &["--mode", "uptime", "--critical", "1000:", "--negate", "critical=ok"],
        &["--mode", "threads-running", "--negate", "ok=warning"],
        &["--mode", "open-files", "--report", "short"],
        &["--mode", "tablecache-hitrate", "--labelformat", "groundwork"],
        &["--mode", "sql", "--name", "SELECT 3", "--name2", "three"],
        &["--mode", "sql", "--name", "SELECT 3, 4.5", "--name2", "three more", "--units", "MB"],
        &["--mode", "sql", "--name", "select%206%2A7", "--name2", "answer", "--critical", "50", "--units", "%"],
        &["--mode", "sql", "--name", "SELECT 7, 8, 9"],
        &["--mode", "sql", "--name", "SELECT 3, 4.5, 6", "--name2", "a b"],
        &["--mode", "sql", "--name", "SELECT COUNT(*) FROM character_sets", "--name2", "sets"],
        &["--mode", "sql", "--name", "SELECT 1 FROM nowhere"],
        &["--mode", "sql", "--name", "SELECT 'text'", "--name2", "text"],
        &["--mode", "sql", "--name", "SELECT 'text'", "--name2", "ex", "--regexp"],
        &["--mode", "sql", "--name", "SELECT 'text'", "--name2", "!ex", "--regexp"],
        &["--mode", "sql", "--name", "SELECT 'text'", "--name2", "^xt", "--regexp"],
        &["--mode", "sql", "--name", "SELECT 'text'", "--name2", "^t[aeiou]xt?$", "--regexp"],
        &["--mode", "sql", "--name", "SELECT 'text 42'", "--name2", "!\\d{3}", "--regexp"],
        &["--mode", "sql", "--name", "SELECT COUNT(*) FROM t", "--name2", "rows", "--database", "shop"],
        &["--mode", "table-fragmentation", "--database", "shop", "--name", "t"],
        &["--mode", "table-fragmentation", "--database", "nosuch"],
        &["--mode", "threads-running", "--database", "nosuch"],
        &["--mode", "sql", "--name", "SELECT 1", "--database", "nosuch"],
        &["--mode", "threads-running", "--name", "nothing"],
        &["--mode", "threads-running", "--port", "", "--database", "", "--mycnf", "", "--mycnfgroup", ""],
        &["--mode", "threads-running", "--negate", "nonsense"],
        &["--mode", "sql", "--name", "SELECT 3", "--name2", "Ä"],
        &["--mode", "slave-lag"],
        &["--mode", "slave-io-running"],
        &["--mode", "nonsense"],
        &["--mode", "threads-running", "--hostname", "127.0.0.1", "--socket", "/nonexistent"],
    ] {
        let (ours, theirs) = beside.ask(arguments);
        let both = format!("{arguments:?}\nours:   {}\ntheirs: {}", ours.line, theirs.line);
        assert_eq!(ours.code, theirs.code, "{both}");
        assert_eq!(labels(ours.perfdata()), labels(theirs.perfdata()), "{both}");
        if arguments.contains(&"sql") {
            assert_eq!(values(ours.perfdata()), values(theirs.perfdata()), "{both}");
        }
    }
}

#[test]
fn running_and_broken_replicas_match_the_original() {
    let _turn = turn::shared();
    let Some(beside) = Beside::new() else { return };
    let (source, replica) = pair(Flavor::MariaDb);
    let modes = ["slave-lag", "replication-slave-lag", "slave-io-running", "slave-sql-running"];
    wait_for("the replica runs", Duration::from_secs(20), || {
        match beside.ask_about(&replica, &["--mode", "slave-lag"]).0 {
            Answered { code: Some(0), line, .. } => Ok(line),
            other => Err(other.line),
        }
    });
    let compare = |when: &str| {
        for mode in modes {
            let (ours, theirs) = beside.ask_about(&replica, &["--mode", mode]);
            let both = format!("{when}, {mode}\nours:   {}\ntheirs: {}", ours.line, theirs.line);
            assert_eq!(ours.code, theirs.code, "{both}");
            assert_eq!(labels(ours.perfdata()), labels(theirs.perfdata()), "{both}");
        }
    };
    compare("running");
    replica.sql("STOP SLAVE SQL_THREAD");
    compare("without the applier");
    replica.sql("START SLAVE SQL_THREAD; STOP SLAVE IO_THREAD");
    compare("without the receiver");
    // A configured delay does not count as lag in our applet.
    replica.sql("STOP SLAVE; CHANGE MASTER TO MASTER_DELAY=3600; START SLAVE");
    source.sql("CREATE DATABASE later");
    let held = || beside.ask_about(&replica, &["--mode", "slave-lag", "--warning", "0", "--critical", "9999"]);
    let (ours, theirs) = wait_for("a change is held back", Duration::from_secs(20), || match held() {
        both if both.1.code == Some(1) => Ok(both),
        (_, theirs) => Err(theirs.line),
    });
    assert_eq!((ours.code, theirs.code), (Some(0), Some(1)), "{ours:?} {theirs:?}");
}
