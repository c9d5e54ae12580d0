//! Our applets of Percona's plugins next to the original plugins: the same arguments, the same server.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use healthd_tests::plugin::{Answered, original, plugin};
use healthd_tests::skip::skipped;
use healthd_tests::{Flavor, Server, Workdir, replicate, wait_for};

use crate::{flavors, turn};

const RUNNING: &str = "pmp-check-mysql-replication-running";
const DELAY: &str = "pmp-check-mysql-replication-delay";
const SOON: Duration = Duration::from_secs(30);

pub(crate) fn original_path(applet: &str) -> PathBuf {
    PathBuf::from("/usr/lib/nagios/plugins").join(applet)
}

pub(crate) fn originals_are_here(what: &str) -> bool {
    let here = [RUNNING, DELAY].iter().all(|applet| original_path(applet).is_file());
    if !here {
        skipped(what, "Percona's plugins, of monitoring-plugins-contrib, are not installed");
    }
    here
}

/// The line of the original plugin itself, which messages of the shell and the client may precede.
pub(crate) fn own_line(answered: &Answered) -> &str {
    let of_the_plugin = |line: &&str| ["OK ", "WARN ", "CRIT ", "UNK "].iter().any(|word| line.starts_with(word));
    answered.stdout.lines().find(of_the_plugin).unwrap_or_default()
}

pub(crate) fn perfdata(line: &str) -> &str {
    line.split_once('|').map_or("", |(_, perfdata)| perfdata.trim().trim_end_matches(';'))
}

/// A server that both plugins check.
pub(crate) struct Beside {
    pub(crate) server: Server,
    pub(crate) state: Workdir,
}

impl Beside {
    pub(crate) fn new(server: Server) -> Beside {
        Beside { server, state: Workdir::new("pmp") }
    }

    /// The original plugin's answer and ours.
    pub(crate) fn ask(&self, applet: &str, words: &[&str]) -> (Answered, Answered) {
        let socket = self.server.socket().display().to_string();
        let words = [&["-S", &socket, "-l", "root"], words].concat();
        (original(&original_path(applet), &words), plugin(applet, &words, &self.state))
    }

    /// Both agree in exit code and perfdata.
    #[track_caller]
    pub(crate) fn same(&self, applet: &str, words: &[&str], code: i32) {
        let (theirs, ours) = self.ask(applet, words);
        let name = format!("{applet} {words:?}\n{}\n{}", theirs.stdout, ours.stdout);
        assert_eq!((theirs.code, ours.code), (Some(code), Some(code)), "{name}");
        assert_eq!(ours.stderr, "", "{name}");
        // The original plugin ends its item with one more semicolon, and has a 0 for a server that is not a replica.
        if !perfdata(own_line(&theirs)).is_empty() && !ours.line.contains("is not a replica") {
            assert_eq!(perfdata(own_line(&theirs)), ours.perfdata(), "{name}");
        }
        let worded = self.ask(applet, &[words, &["--pmp-words"]].concat()).1;
        let word = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
        assert_eq!(word(own_line(&theirs)), word(&worded.line), "{name}");
    }

    /// Both have the same label and value. The format of the thresholds may differ.
    #[track_caller]
    pub(crate) fn same_value(&self, applet: &str, words: &[&str], code: i32) {
        let (theirs, ours) = self.ask(applet, words);
        let name = format!("{applet} {words:?}\n{}\n{}", theirs.stdout, ours.stdout);
        assert_eq!((theirs.code, ours.code), (Some(code), Some(code)), "{name}");
        let item = |perfdata: &str| perfdata.split(';').next().unwrap_or_default().to_owned();
        assert_eq!(item(perfdata(own_line(&theirs))), item(ours.perfdata()), "{name}");
    }

    /// Both have the same exit code, with any message.
    #[track_caller]
    pub(crate) fn same_code(&self, applet: &str, words: &[&str], code: i32) {
        self.differs(applet, words, (code, code), "the same exit code");
    }

    /// Both differ on purpose.
    #[track_caller]
    pub(crate) fn differs(&self, applet: &str, words: &[&str], (theirs, ours): (i32, i32), why: &str) {
        let answered = self.ask(applet, words);
        let name = format!("{why}: {applet} {words:?}\n{}\n{}", answered.0.stdout, answered.1.stdout);
        assert_eq!((answered.0.code, answered.1.code), (Some(theirs), Some(ours)), "{name}");
    }
}

#[test]
fn the_same_command_line_has_the_same_exit_code_and_the_same_graph() {
    let _turn = turn::shared();
    if !originals_are_here("the applets of Percona's plugins beside them") {
        return;
    }
    let source = Server::builder(Flavor::MariaDb).server_id(1).start();
    let server = Server::builder(Flavor::MariaDb).server_id(2).start();
    let both = Beside { server, state: Workdir::new("pmp") };
    for (applet, words, code) in [
        (RUNNING, &[][..], 0),
        (RUNNING, &["-w", "1"], 1),
        (RUNNING, &["-w", ""], 0),
        (RUNNING, &["-c", "1"], 0),
        (DELAY, &[], 0),
        (DELAY, &["--unconfigured"], 3),
        (DELAY, &["-m", "60", "--unconfigured"], 3),
        (DELAY, &["-m", "60"], 2),
        (DELAY, &["-m", "0"], 0),
    ] {
        both.same(applet, words, code);
    }
    both.differs(RUNNING, &["-x", "1"], (3, 3), "an unknown option");
    both.differs(RUNNING, &["-P", "0"], (0, 3), "an invalid port is refused, even with a socket");
    both.differs(RUNNING, &["-P", "99999"], (0, 3), "an invalid port is refused, even with a socket");
    both.differs(DELAY, &["-w", "abc", "-c", "def"], (0, 3), "an invalid threshold");
    both.differs(DELAY, &["-w", "10:20"], (0, 3), "a range is not a plain number");
    both.differs(DELAY, &["-m", "abc"], (0, 3), "not a number");
    both.differs(DELAY, &["-s", "abc"], (0, 3), "not a number");
    replicate(&source, &both.server, None);
    source.sql("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY)");
    wait_for("the table", SOON, || both.server.try_sql("SELECT * FROM shop.t"));
    for (applet, words, code) in [
        (RUNNING, &[][..], 0),
        (RUNNING, &["-w", "1", "-c", "1"], 0),
        (RUNNING, &["-d", "1"], 0),
        (DELAY, &[], 0),
        (DELAY, &["-w", "0", "-c", "0"], 0),
        (DELAY, &["-m", "60"], 2),
        (DELAY, &["-m", "0"], 0),
    ] {
        both.same(applet, words, code);
    }
    both.differs(RUNNING, &["-d"], (3, 0), "the original needs a word after -d, unlike its help");
    both.server.sql("STOP SLAVE SQL_THREAD");
    for (applet, words, code) in [
        (RUNNING, &[][..], 1),
        (RUNNING, &["-w", "1"], 1),
        (RUNNING, &["-c", "1"], 2),
        (RUNNING, &["-d", "1"], 0),
        (DELAY, &[], 3),
        (DELAY, &["-m", "60"], 0),
    ] {
        both.same(applet, words, code);
    }
    both.server.sql("START SLAVE SQL_THREAD; STOP SLAVE IO_THREAD");
    both.same(RUNNING, &[], 1);
    both.same(DELAY, &[], 3);
    both.differs(DELAY, &["-m", "60"], (0, 3), "an intended delay does not hold back a receiver");
    both.server.sql("START SLAVE IO_THREAD; SET sql_log_bin = 0; INSERT INTO shop.t VALUES (42)");
    source.sql("INSERT INTO shop.t VALUES (42)");
    wait_for("the error", SOON, || (both.ask(RUNNING, &[]).1.code == Some(2)).then_some(()));
    both.same(RUNNING, &[], 2);
    both.same(RUNNING, &["-d", "1"], 2);
    both.same(DELAY, &[], 3);
    both.same(DELAY, &["-m", "60"], 3);
}

#[test]
fn heartbeat_tables_are_read_as_by_the_original() {
    let _turn = turn::shared();
    if !originals_are_here("heartbeat tables beside Percona's plugin") {
        return;
    }
    let source = Server::builder(Flavor::MariaDb).server_id(1).start();
    let server = Server::builder(Flavor::MariaDb).server_id(2).start();
    replicate(&source, &server, None);
    // The clock of this table stands still, so both see the same age.
    server.sql(
        "CREATE DATABASE percona; \
         CREATE TABLE percona.heartbeat (ts VARCHAR(26) NOT NULL, server_id INT UNSIGNED PRIMARY KEY); \
         INSERT INTO percona.heartbeat VALUES ('2026-01-02T03:04:05.000000', 1), ('2026-01-02T03:00:00.000000', 7); \
         SET GLOBAL time_zone = '+02:00'",
    );
    let both = Beside { server, state: Workdir::new("pmp") };
    both.server.sql("CREATE TABLE percona.ahead AS SELECT NOW(6) + INTERVAL 1 HOUR AS ts, 1 AS server_id");
    both.differs(DELAY, &["-T", "percona.ahead"], (0, 3), "a heartbeat from the future proves nothing");
    let master = ["-T", "percona.heartbeat", "-s", "MASTER"];
    both.differs(DELAY, &master, (3, 2), "the original uses == in a shell that lacks it");
    let far = ["-w", "99999999999", "-c", "99999999999"];
    for (words, code) in [
        (&["-T", "percona.heartbeat"][..], 2),
        (&["-T", "percona.heartbeat", "-u"], 2),
        (&["-T", "percona.heartbeat", "-s", "1"], 2),
        (&["-T", "percona.heartbeat", "-s", "9"], 3),
        (&["-T", "percona.nothing"], 3),
    ] {
        let (theirs, ours) = both.ask(DELAY, words);
        let name = format!("{words:?}\n{}\n{}", theirs.stdout, ours.stdout);
        assert_eq!((theirs.code, ours.code), (Some(code), Some(code)), "{name}");
        let age = |line: &str| -> Option<f64> {
            perfdata(line).strip_prefix("replication_delay=")?.split(';').next()?.parse().ok()
        };
        let (theirs, ours) = both.ask(DELAY, &[words, &far].concat());
        if code == 2 {
            let apart = age(own_line(&theirs)).zip(age(&ours.line)).map(|(theirs, ours)| (theirs - ours).abs());
            assert!(apart.is_some_and(|apart| apart <= 2.0), "{name}\n{}\n{}", theirs.stdout, ours.stdout);
        }
    }
}

#[test]
fn failures_that_the_originals_miss_are_found() {
    let _turn = turn::shared();
    if !originals_are_here("what Percona's plugins do not see") {
        return;
    }
    let source = Server::builder(Flavor::MariaDb).server_id(1).start();
    let server = Server::builder(Flavor::MariaDb).server_id(2).start();
    replicate(&source, &server, Some("dc2"));
    let both = Beside { server, state: Workdir::new("pmp") };
    both.server.sql("STOP SLAVE 'dc2' SQL_THREAD");
    both.differs(RUNNING, &[], (0, 1), "a stopped named channel");
    both.differs(RUNNING, &["-c", "1"], (0, 2), "a stopped named channel");
    both.differs(DELAY, &[], (0, 3), "a named channel has no lag");
    both.same(RUNNING, &["--master-conn", "dc2"], 1);
    both.same(DELAY, &["--master-conn", "dc2"], 3);
    both.same(DELAY, &["--master-conn", "dc3"], 3);
    both.server.sql("START SLAVE 'dc2' SQL_THREAD");
    source.kill9();
    wait_for("the error", SOON, || (both.ask(RUNNING, &[]).1.code == Some(2)).then_some(()));
    let held_back = ["--master-conn", "dc2", "-m", "60"];
    both.differs(DELAY, &held_back, (0, 3), "an intended delay does not hold back a receiver");
    both.differs(RUNNING, &["--master-conn", "dc2"], (1, 2), "an error of the receiver is an error");
    both.differs(RUNNING, &["-p", "wrong"], (3, 2), "a refused login");
    both.server.stop();
    let begun = Instant::now();
    let socket = both.server.socket().display().to_string();
    let hangs = plugin(DELAY, &["-S", &socket, "-l", "root", "--timeout", "1"], &both.state);
    both.server.cont();
    assert!(hangs.code == Some(2) && begun.elapsed() < Duration::from_secs(3), "{}", hangs.line);
    both.server.kill9();
    both.differs(RUNNING, &[], (3, 2), "a server that is down");
    both.differs(DELAY, &[], (3, 2), "a server that is down");
    let login_path = plugin(RUNNING, &["-L", "monitor"], &both.state);
    assert_eq!(login_path.code, Some(3), "{}", login_path.line);
    assert!(login_path.line.contains("write the login to a --defaults-file"), "{}", login_path.line);
}

#[test]
fn replication_on_mysql_9_is_checked() {
    let _turn = turn::shared();
    if !originals_are_here("replication of MySQL 9 beside Percona's plugins") {
        return;
    }
    flavors::one(Flavor::MySql97, "replication of MySQL 9 beside Percona's plugins", |flavor| {
        let source = Server::builder(flavor).start();
        let both = Beside::new(Server::builder(flavor).server_id(2).start());
        both.differs(RUNNING, &[], (3, 0), "the original uses SHOW SLAVE STATUS, which no longer exists");
        replicate(&source, &both.server, None);
        for applet in [RUNNING, DELAY] {
            wait_for("it runs", SOON, || (both.ask(applet, &[]).1.code == Some(0)).then_some(()));
            both.differs(applet, &[], (3, 0), "the original uses SHOW SLAVE STATUS, which no longer exists");
        }
        // The C plugin does the same.
        let port = both.server.port().to_string();
        let words = ["-H", "127.0.0.1", "-P", &port, "-u", "mon", "-p", "mon", "-S"];
        let applet = "check_mysql";
        let (theirs, ours) = (original_path(applet), plugin(applet, &words, &both.state));
        assert_eq!(ours.code, Some(0), "{}", ours.line);
        assert!(!theirs.is_file() || original(&theirs, &words).code == Some(2), "{}", original(&theirs, &words).line);
    });
}

#[test]
fn without_a_receiver_there_is_no_delay() {
    let _turn = turn::shared();
    if !originals_are_here("a delay without a receiver beside Percona's plugin") {
        return;
    }
    flavors::one(Flavor::MySql56, "a delay without a receiver beside Percona's plugin", |flavor| {
        let both = Beside::new(Server::builder(flavor).server_id(2).start());
        both.server.sql("CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=1; START SLAVE SQL_THREAD");
        wait_for("the server says 0", SOON, || (both.ask(DELAY, &[]).0.code == Some(0)).then_some(()));
        both.differs(DELAY, &[], (0, 3), "without a receiver, the 0 means nothing");
        both.differs(DELAY, &["-m", "60"], (2, 3), "without a receiver, the 0 means nothing");
    });
}
