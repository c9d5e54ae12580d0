//! The write canary: a server that answers reads but cannot commit.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};

use healthd_tests::skip::skipped;
use healthd_tests::{Flavor, Healthd, Server, wait_for};

use super::site::{Plan, SOON, Site, tell, throughout};
use super::watch::Watch;
use super::weaker::semi_synchronous;
use crate::turn;

/// A second is the shortest timeout that is accepted.
const CANARY: &str =
    "write_canary = \"REPLACE INTO healthd.canary VALUES (@@server_id, NOW())\"\nwrite_canary_timeout = \"1s\"";
const TABLE: &str = "CREATE DATABASE healthd; CREATE TABLE healthd.canary (node VARCHAR(64) PRIMARY KEY, at DATETIME); \
    GRANT INSERT, DELETE ON healthd.* TO mon@'127.0.0.1', mon@localhost";
const WRITTEN: &str = "healthd_canaries_total{instance=\"m0\",result=\"written\"}";
const SUCCESS: &str = "healthd_canary_last_success_timestamp_seconds{instance=\"m0\"}";
/// For how long something must not happen.
const WHILE: Duration = Duration::from_secs(3);
/// The longest time for a check: the wait of 100 ms, and what a busy test machine adds.
const LONGEST_CHECK: Duration = Duration::from_millis(250);

/// A read lock, held until its connection is killed.
struct Lock<'scope, 'a> {
    server: &'a Server,
    held: ScopedJoinHandle<'scope, Result<String, String>>,
}

impl<'scope, 'a: 'scope> Lock<'scope, 'a> {
    const SLEEPS: &'static str = "SELECT id FROM information_schema.processlist WHERE info = 'SELECT SLEEP(300)'";

    #[track_caller]
    fn take(scope: &'scope Scope<'scope, '_>, server: &'a Server) -> Self {
        let sql = "FLUSH TABLES WITH READ LOCK; SELECT SLEEP(300)";
        let held = scope.spawn(move || server.try_sql_within(Duration::from_secs(400), sql));
        wait_for("the lock", SOON, || (!server.sql(Self::SLEEPS).is_empty()).then_some(()));
        Lock { server, held }
    }

    #[track_caller]
    fn release(self) {
        self.server.sql(&format!("KILL {}", self.server.sql(Self::SLEEPS)));
        assert!(self.held.join().expect("it does not panic").is_err(), "it was killed");
    }
}

/// Sends checks all the time, and returns the time of the slowest answer. Every one must be 200.
fn ask_others<'scope>(
    scope: &'scope Scope<'scope, '_>,
    healthd: &'scope Healthd,
    end: &'scope AtomicBool,
) -> ScopedJoinHandle<'scope, Duration> {
    scope.spawn(move || {
        let mut longest = Duration::ZERO;
        while !end.load(Ordering::Relaxed) {
            for role in ["any", "reader"] {
                let answer = healthd.check(&format!("name=m0&role={role}"));
                assert_eq!(answer.status, 200, "{role}: {}", answer.body);
                longest = longest.max(answer.took);
            }
            thread::sleep(Duration::from_millis(10));
        }
        longest
    })
}

fn a_lock_moves_the_role(plan: Plan) {
    let mut site = Site::start(Plan { instance: CANARY, ..plan });
    site.servers[0].sql(TABLE);
    // Accounts do not replicate if both servers have them from a template.
    wait_for("the table", SOON, || site.servers[1].try_sql("SELECT * FROM healthd.canary"));
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.await_gate(holder, "written ", SOON);
    site.await_code(other, "standby", SOON);
    site.await_gate(other, "not tried yet: only where a check was answered 200", SOON);
    assert!(site.healthds[holder].metric(WRITTEN).is_some_and(|written| written >= 1.0));
    assert!(site.healthds[holder].metric(SUCCESS).is_some());
    assert_eq!((site.healthds[other].metric(WRITTEN), site.healthds[other].metric(SUCCESS)), (None, None));
    let wrote = "SELECT GROUP_CONCAT(node) FROM healthd.canary";
    let ids = ["1", "2"];
    assert_eq!(site.servers[holder].sql(wrote), ids[holder], "only the holder writes");

    let watch = Watch::start(&haproxy, "mysql-m0");
    let end = AtomicBool::new(false);
    thread::scope(|scope| {
        let asked = ask_others(scope, &site.healthds[holder], &end);
        let lock = Lock::take(scope, &site.servers[holder]);
        let began = Instant::now();
        site.await_words(holder, "canary-timeout", "no answer within 1.0s while reads work", SOON);
        tell(&format!("{}: canary-timeout after {:?}", plan.flavor, began.elapsed()));
        site.await_writer(&haproxy, other, SOON);
        tell(&format!("{}: the other node serves after {:?}", plan.flavor, began.elapsed()));
        site.insert(other, 1..11);
        lock.release();
        end.store(true, Ordering::Relaxed);
        let longest = asked.join().expect("every answer was 200");
        assert!(longest < LONGEST_CHECK, "{longest:?}");
    });
    throughout("the old holder does not come back", WHILE, || match site.up(&haproxy) {
        up if up == [other == 0, other == 1] => Ok(()),
        up => Err(format!("{up:?}: {}", site.explain())),
    });
    watch.never_two();
    assert_eq!(site.code(holder), "canary-timeout");
    site.await_same();
    // After the failure is forgotten, it is an ordinary standby. The canary that hung was never executed.
    site.healthds[holder].restart();
    site.await_code(holder, "standby", SOON);
    assert_eq!(site.servers[other].sql(wrote), "1,2");
    site.order(other, &["switchover", "m0", "--yes"]);
    site.await_writer(&haproxy, holder, SOON);
}

#[test]
fn a_holder_whose_writes_wait_for_a_lock_gives_the_role_away() {
    let _turn = turn::alone();
    a_lock_moves_the_role(Plan::WITNESSED);
}

#[test]
fn a_mysql_holder_whose_writes_wait_for_a_lock_gives_the_role_away() {
    let _turn = turn::alone();
    if Flavor::MySql97.or_skip("a write canary") {
        a_lock_moves_the_role(Plan::MYSQL);
    }
}

#[test]
fn a_dead_standby_under_semi_sync_does_not_fail_the_canary() {
    let _turn = turn::alone();
    let site = Site::start(Plan { instance: CANARY, ..Plan::WITNESSED });
    semi_synchronous(&site.servers);
    site.servers[0].sql(TABLE);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    site.await_gate(holder, "written ", SOON);
    let watch = Watch::start(&haproxy, "mysql-m0");
    // From now on a commit waits for two seconds, and the canary has one.
    site.servers[1 - holder].stop();
    site.await_gate(holder, "ago in 2", SOON);
    site.servers[1 - holder].cont();
    site.await_code(1 - holder, "standby", SOON);
    watch.always([holder == 0, holder == 1]);
}

#[test]
fn a_holder_recovers_without_checks_or_without_another_node() {
    let _turn = turn::shared();
    let site = Site::start(Plan { instance: CANARY, ..Plan::WITNESSED });
    site.servers[0].sql(TABLE);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    site.await_gate(holder, "written ", SOON);
    drop(haproxy);
    let written = site.healthds[holder].metric(WRITTEN);
    throughout("no checks, and nothing is written", WHILE, || {
        // A request by a person is not a check of HAProxy.
        site.ask(holder);
        let now = site.healthds[holder].metric(WRITTEN);
        // HAProxy may have triggered a canary just before it ended.
        if now <= written.map(|written| written + 1.0) { Ok(()) } else { Err(format!("{written:?}, {now:?}")) }
    });
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    site.servers[1 - holder].kill9();
    site.insert(holder, 1..11);
    thread::scope(|scope| {
        let lock = Lock::take(scope, &site.servers[holder]);
        site.await_words(holder, "canary-timeout", "no answer within 1.0s", SOON);
        lock.release();
    });
    site.await_none(&haproxy);
    site.await_writer(&haproxy, holder, Duration::from_secs(90));
    site.insert(holder, 11..21);
    assert_eq!(site.rows(holder), 20);
}

/// A single server, which is a writer without a witness.
#[track_caller]
fn watching(server: &Server, canary: &str) -> Healthd {
    let canary = format!("write_canary = \"{canary}\"\nwrite_canary_timeout = \"1s\"");
    let healthd = Healthd::builder().instance("m0", server.port(), &canary).start();
    // The first 200 triggers the canary.
    healthd.await_status("name=m0&role=writer", 200, SOON);
    healthd
}

#[test]
fn a_refused_canary_says_what_to_do() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let refused = |canary: &str, words: &[&str]| {
        let healthd = watching(&server, canary);
        healthd.await_reason("name=m0&role=writer", "canary-failed", SOON);
        let body = healthd.check("name=m0&role=writer").body;
        assert!(words.iter().all(|word| body.contains(word)), "{body}");
        assert_eq!(healthd.check("name=m0&role=any").status, 200);
        healthd.await_log("write canary failed");
        let lines = healthd.log().matches("write canary failed").count();
        assert_eq!(lines, 1, "{}", healthd.log());
    };
    let canary = "REPLACE INTO healthd.canary VALUES (@@server_id, NOW())";
    server.sql("CREATE DATABASE healthd; GRANT INSERT, DELETE ON healthd.* TO mon@'127.0.0.1', mon@localhost");
    refused(canary, &["error 1146", "CREATE it, or fix write_canary"]);
    server.sql("CREATE TABLE healthd.canary (node VARCHAR(64) PRIMARY KEY, at DATETIME)");
    refused("REPLACE INTO", &["error 1064", "fix write_canary"]);
    // The second statement's error counts as well.
    refused("SET @a = 1; REPLACE INTO healthd.canary VALUES (1)", &["error 1136"]);
    server.sql("REVOKE DELETE ON healthd.* FROM mon@'127.0.0.1', mon@localhost");
    refused(canary, &["error 1142", "GRANT it to healthd's account"]);
}

#[test]
fn a_frozen_server_is_a_failed_probe_not_a_failed_canary() {
    let _turn = turn::alone();
    let server = Server::builder(Flavor::MariaDb).start();
    server.sql(TABLE);
    let healthd = watching(&server, "REPLACE INTO healthd.canary VALUES (@@server_id, NOW())");
    wait_for("a canary", SOON, || {
        healthd.check("name=m0&role=writer");
        healthd.metric(WRITTEN)
    });
    server.stop();
    throughout("answers come at once", WHILE, || {
        for role in ["any", "writer"] {
            let answer = healthd.check(&format!("name=m0&role={role}"));
            if answer.took > LONGEST_CHECK || answer.body.contains("canary") {
                return Err(format!("after {:?}: {}", answer.took, answer.body));
            }
        }
        Ok(())
    });
    server.cont();
    healthd.await_status("name=m0&role=writer", 200, SOON);
    let before = healthd.metric(WRITTEN);
    wait_for("the next canary", SOON, || {
        let answer = healthd.check("name=m0&role=writer");
        assert_eq!(answer.status, 200, "{}", answer.body);
        (healthd.metric(WRITTEN) > before).then_some(())
    });
    server.sql("SET GLOBAL read_only = 1");
    healthd.await_reason("name=m0&role=writer", "read-only", SOON);
    let written = server.sql("SELECT at FROM healthd.canary");
    throughout("nothing is written where the answer is 503", Duration::from_millis(2500), || {
        let answer = healthd.check("name=m0&role=writer");
        let now = server.sql("SELECT at FROM healthd.canary");
        if answer.status == 503 && now == written { Ok(()) } else { Err(format!("{} {now}", answer.body)) }
    });
    server.sql("SET GLOBAL read_only = 0");
    healthd.await_status("name=m0&role=writer", 200, Duration::from_secs(3));
}

#[test]
fn a_full_disk_takes_the_writer_out_and_is_forgotten_after_a_minute() {
    let _turn = turn::shared();
    if !rustix::process::geteuid().is_root() {
        return skipped("a full disk", "only root mounts");
    }
    let server = Server::builder(Flavor::MariaDb).disk("healthd-canary", 256).start();
    server.sql(TABLE);
    // Not everything fits into the preallocated space: each canary is an event of the binary log.
    let healthd = watching(&server, "REPLACE INTO healthd.canary VALUES (@@server_id, NOW())");
    server.disk().expect("its own").fill().expect("it can be filled");
    let body = wait_for("a failed canary", 3 * SOON, || {
        let answer = healthd.check("name=m0&role=writer");
        assert_eq!(healthd.check("name=m0&role=any").status, 200, "reads work");
        if answer.body.starts_with("down canary-") { Ok(answer.body) } else { Err(answer.body) }
    });
    tell(&body);
    server.disk().expect("its own").free().expect("it can be freed");
    assert_eq!(healthd.check("name=m0&role=writer").status, 503, "it stands for a while");
    let written = healthd.metric(WRITTEN);
    healthd.await_status("name=m0&role=writer", 200, Duration::from_secs(90));
    wait_for("the next canary", 5 * SOON, || {
        let answer = healthd.check("name=m0&role=writer");
        if healthd.metric(WRITTEN) > written { Ok(()) } else { Err(answer.body) }
    });
}
