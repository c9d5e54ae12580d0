//! A store that cannot be used: checks go on, one event is written, the counters have a fault, and once it works again
//! every line is counted once.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use healthd_tests::process::Signal;
use healthd_tests::skip::skipped;
use healthd_tests::{Flavor, Healthd, Server};

use super::support::{Log, SOON, counting, counting_with};
use crate::turn;

/// Another program that has the database locked, until it is dropped.
struct Locking(Child);

impl Locking {
    fn lock(database: &Path) -> Locking {
        let script = "import sqlite3, sys\n\
             connection = sqlite3.connect(sys.argv[1], timeout=20, isolation_level=None)\n\
             connection.execute('BEGIN IMMEDIATE')\nprint('locked', flush=True)\nsys.stdin.read()\n";
        let mut command = Command::new("python3");
        command.args(["-c", script]).arg(database).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("python3 starts");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("a pipe");
        BufReader::new(stdout).read_line(&mut line).expect("a line");
        assert_eq!(line, "locked\n");
        Locking(child)
    }
}

impl Drop for Locking {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        self.0.wait().expect("it ends");
    }
}

/// A daemon with a server and a log.
fn watching(server: &Server) -> (Healthd, Log) {
    counting_with(Healthd::builder().instance("m0", server.port(), ""), "")
}

/// Waits for a fault with this text; checks are answered meanwhile.
#[track_caller]
fn assert_fault(healthd: &Healthd, log: &Log, text: &str) {
    let fault = log.await_fault(healthd);
    assert!(fault.contains("samples.db") && fault.contains(text), "{fault}");
    for _ in 0..50 {
        assert_eq!(healthd.check("name=m0").status, 200);
    }
    assert_eq!(healthd.metric("healthd_log_store_fault"), Some(1.0), "{}", healthd.get("/metrics").body);
    let page = healthd.get("/logs");
    assert_eq!((page.status, page.body.contains("class=\"alert\"")), (200, true), "{}", page.body);
}

/// One event when it began, one when it ended.
#[track_caller]
fn assert_told_once(healthd: &Healthd) {
    healthd.await_log("the store of the log counters is written again");
    let told = healthd.log().matches("the store of the log counters cannot be written").count();
    assert_eq!(told, 1, "{}", healthd.log());
}

#[test]
fn a_locked_store_is_a_fault_and_nothing_is_counted_twice() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let (healthd, log) = watching(&server);
    log.append("sent mx1", 3);
    log.await_sum(&healthd, "lines", "", 3);
    let locking = Locking::lock(&healthd.file("state/samples.db"));
    log.append("sent mx1", 4);
    assert_fault(&healthd, &log, "another program has locked it");
    log.append("sent mx1", 5);
    drop(locking);
    log.await_sum(&healthd, "lines", "", 12);
    assert_told_once(&healthd);
}

#[test]
fn a_full_disk_is_a_fault_until_there_is_room() {
    if !rustix::process::geteuid().is_root() {
        return skipped("a full disk under the log counters", "only root mounts");
    }
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let builder = Healthd::builder().instance("m0", server.port(), "").disk("healthd-logs", 1024);
    let (healthd, log) = counting_with(builder, "");
    log.append("sent mx1", 3);
    log.await_sum(&healthd, "lines", "", 3);
    healthd.disk().expect("its own").fill().expect("it can be filled");
    for number in 0..400 {
        log.append(&format!("sent h{number}"), 1);
    }
    assert_fault(&healthd, &log, "full");
    healthd.disk().expect("its own").free().expect("it can be freed");
    log.await_sum(&healthd, "lines", "", 403);
    assert_told_once(&healthd);
}

#[test]
fn a_store_of_a_newer_release_is_not_touched() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let (mut healthd, log) = watching(&server);
    log.append("sent mx1", 3);
    log.await_sum(&healthd, "lines", "", 3);
    healthd.process().signal(Signal::TERM);
    healthd.process().wait_exit(SOON);
    let database = healthd.file("state/samples.db");
    // Sets the format, and gives back the one before.
    let format = |number: &str| {
        let script = "import sqlite3, sys\nstore = sqlite3.connect(sys.argv[1])\nprint(store.execute('PRAGMA \
                      user_version').fetchone()[0])\nstore.execute('PRAGMA user_version = ' + sys.argv[2])";
        let mut command = Command::new("python3");
        let output = command.args(["-c", script]).arg(&database).arg(number).output().expect("python3 runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let before = format("99");
    log.append("sent mx1", 4);
    healthd.start_again();
    assert_fault(&healthd, &log, "written by a newer healthd (format 99");
    healthd.process().signal(Signal::TERM);
    healthd.process().wait_exit(SOON);
    format(&before);
    healthd.start_again();
    log.await_sum(&healthd, "lines", "", 7);
}

#[test]
fn a_damaged_store_is_a_fault_until_it_is_moved_away() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let (mut healthd, log) = watching(&server);
    log.append("sent mx1", 3);
    log.await_sum(&healthd, "lines", "", 3);
    healthd.process().signal(Signal::TERM);
    healthd.process().wait_exit(SOON);
    let database = healthd.file("state/samples.db");
    for file in ["samples.db-wal", "samples.db-shm"] {
        drop(fs::remove_file(database.with_file_name(file)));
    }
    fs::write(&database, "not a database, but long enough to have a head of one hundred bytes".repeat(90))
        .expect("the directory is writable");
    healthd.start_again();
    assert_fault(&healthd, &log, "damaged");
    fs::rename(&database, database.with_extension("old")).expect("the directory is writable");
    log.await_sum(&healthd, "lines", "", 3);
    assert_told_once(&healthd);
}

#[test]
fn a_backup_that_is_put_back_while_healthd_runs_is_counted_on_from_its_own_position() {
    let _turn = turn::shared();
    let (mut healthd, log) = counting("");
    log.append("sent mx1", 3);
    log.await_sum(&healthd, "lines", "", 3);
    healthd.process().signal(Signal::TERM);
    healthd.process().wait_exit(SOON);
    let (store, backup) = (healthd.file("state/samples.db"), healthd.file("state/backup.db"));
    fs::copy(&store, &backup).expect("the directory is writable");
    healthd.start_again();
    log.append("sent mx2", 4);
    log.await_sum(&healthd, "lines", "", 7);
    fs::rename(&backup, &store).expect("the directory is writable");
    log.append("sent mx1", 2);
    healthd.await_log("the store was deleted or replaced while it was in use");
    log.await_sum(&healthd, "lines", "", 9);
    // Nor does a store that is gone lose what is in the log.
    fs::remove_file(&store).expect("it is there");
    log.append("sent mx1", 1);
    log.await_sum(&healthd, "lines", "", 10);
}
