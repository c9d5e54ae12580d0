//! A server that dies, hangs, fills up or locks: how fast healthd notices, and what that does to other servers.

use std::time::{Duration, Instant};

use healthd_tests::wait::try_wait_for;
use healthd_tests::{Flavor, Healthd, Server, wait_for};

use crate::{flavors, turn};

const SECOND: Duration = Duration::from_secs(1);
/// The longest time for a check: the wait of 100 ms, and what a busy test machine adds.
const LONGEST_CHECK: Duration = Duration::from_millis(150);

fn every_flavor(test: &str, each: impl Fn(Flavor)) {
    flavors::every(&[Flavor::MariaDb118, Flavor::MySql97, Flavor::MySql56], test, each);
}

#[test]
fn a_killed_server_is_noticed_within_100_ms_and_its_return_within_a_second() {
    let _turn = turn::alone();
    every_flavor("a killed server", |flavor| {
        let server = Server::builder(flavor).start();
        let healthd = Healthd::watching(&server);
        server.kill9();
        let killed = Instant::now();
        let answer = healthd.await_status("name=m0", 503, SECOND);
        assert!(killed.elapsed() < Duration::from_millis(100), "{flavor:?}: {:?}", killed.elapsed());
        let known =
            answer.body.starts_with("down connection-refused: ") || answer.body.starts_with("down connection-lost: ");
        assert!(known, "{flavor:?}: {}", answer.body);
        healthd.await_reason("name=m0", "connection-refused", SECOND);
        server.restart();
        let back = Instant::now();
        healthd.await_status("name=m0", 200, SECOND);
        assert!(back.elapsed() < SECOND, "{flavor:?}: {:?}", back.elapsed());
    });
}

#[test]
fn a_killed_connection_changes_nothing() {
    let _turn = turn::alone();
    every_flavor("a killed connection", |flavor| {
        let server = Server::builder(flavor).start();
        let healthd = Healthd::watching(&server);
        // MySQL 5.6 may show a killed session for seconds after its connection is closed.
        let own = "SELECT id FROM information_schema.processlist WHERE user = 'mon' AND command <> 'Killed'";
        for round in 0..5 {
            let before = server.sql(own);
            server.sql(&format!("KILL {}", before.trim()));
            let end = Instant::now() + Duration::from_millis(300);
            while Instant::now() < end {
                let answer = healthd.check("name=m0");
                assert_eq!(answer.status, 200, "{flavor:?} round {round}: {}", answer.body);
            }
            wait_for("one new connection", SECOND, || {
                let now = server.sql(own);
                if now.lines().count() == 1 && now != before {
                    Ok(())
                } else {
                    Err(format!("{before:?}, then {now:?}"))
                }
            });
        }
        assert_eq!(healthd.log().matches("down").count(), 0, "{}", healthd.log());
    });
}

#[test]
fn a_hung_server_is_down_in_time_and_delays_no_answer() {
    let _turn = turn::alone();
    every_flavor("a hung server", |flavor| {
        let hung = Server::builder(flavor).start();
        let fine = Server::builder(Flavor::MariaDb).start();
        let healthd = Healthd::builder().instance("hung", hung.port(), "").instance("fine", fine.port(), "").start();
        hung.stop();
        let stopped = Instant::now();
        // interval 500 ms + timeout 1 s + 100 ms
        let limit = Duration::from_millis(1600);
        let mut down_after = None;
        let mut longest_fine = Duration::ZERO;
        while stopped.elapsed() < Duration::from_secs(4) {
            let answer = healthd.check("name=hung");
            assert!(answer.took < LONGEST_CHECK, "{flavor:?}: a check took {:?}", answer.took);
            match answer.status {
                200 => assert!(down_after.is_none(), "{flavor:?}: up again while hung"),
                _ => down_after = down_after.or(Some(stopped.elapsed())),
            }
            let other = healthd.check("name=fine");
            assert_eq!(other.status, 200, "{flavor:?}: {}", other.body);
            longest_fine = longest_fine.max(other.took);
        }
        let down_after = down_after.expect("it goes down");
        assert!(down_after < limit, "{flavor:?}: {down_after:?}");
        assert!(longest_fine < Duration::from_millis(50), "{flavor:?}: {longest_fine:?}");
        let answer = healthd.await_reason("name=hung", "timeout", SECOND);
        assert!(answer.body.contains("no answer to"), "{}", answer.body);
        hung.cont();
        healthd.await_status("name=hung", 200, Duration::from_secs(6));
    });
}

#[test]
fn a_hung_server_costs_no_descriptors_and_no_aborted_logins() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    let descriptors = || {
        let dir = format!("/proc/{}/fd", healthd.process().pid());
        std::fs::read_dir(dir).expect("an own child's descriptors are listed").count()
    };
    let aborted = || {
        server
            .sql(
                "SELECT SUM(variable_value) FROM information_schema.global_status \
        WHERE variable_name IN ('Aborted_connects', 'Aborted_connects_preauth')",
            )
            .trim()
            .parse::<u32>()
            .expect("a number")
    };
    let (before, aborted_before) = (descriptors(), aborted());
    server.stop();
    healthd.await_reason("name=m0", "timeout", 3 * SECOND);
    // Twice the time for a login: every abandoned login would still be open.
    let most = wait_for("12 s of hanging", 20 * SECOND, {
        let started = Instant::now();
        let mut most = 0;
        move || {
            most = most.max(descriptors());
            (started.elapsed() > 12 * SECOND).then_some(most)
        }
    });
    assert!(most <= before + 4, "{before} descriptors before, {most} while it hung");
    server.cont();
    healthd.await_status("name=m0", 200, 6 * SECOND);
    wait_for("descriptors as before", 5 * SECOND, || (descriptors() <= before).then_some(()));
    assert!(aborted() - aborted_before <= 4, "{} aborted logins", aborted() - aborted_before);
}

#[test]
fn a_server_without_a_free_connection_is_overloaded_before_it_is_down() {
    let _turn = turn::shared();
    let others = [Flavor::MariaDb118, Flavor::MySql97, Flavor::MySql56];
    flavors::at_once(&others, "too many connections", |flavor| {
        let server = Server::builder(flavor).config("max_connections=40").start();
        // A wrong extra port is no worse than none.
        let healthd = Healthd::builder().instance("m0", server.port(), "extra_port = 1").start();
        let taken = fill(&server);
        let answer = wait_for("overloaded", 3 * SECOND, || {
            let answer = healthd.check("name=m0");
            assert_eq!(answer.status, 200, "{flavor:?}: {}", answer.body);
            if answer.body.starts_with("up overloaded m0 ") { Ok(answer) } else { Err(answer.body) }
        });
        let line = healthd.ask_agent("name=m0\n");
        assert_eq!(line, "up\n", "{flavor:?}: {}", answer.body);
        let began = Instant::now();
        healthd.await_reason("name=m0", "too-many-connections", 15 * SECOND);
        assert!(began.elapsed() > 8 * SECOND, "{flavor:?}: down after {:?}", began.elapsed());
        drop(taken);
        healthd.await_status("name=m0", 200, 3 * SECOND);
    });
}

#[test]
fn the_extra_port_lets_the_probe_in() {
    let _turn = turn::shared();
    flavors::at_once(&[Flavor::MySql97], "extra_port", |flavor| {
        let server = Server::builder(flavor).config("max_connections=40").start();
        if !flavor.is_mariadb() {
            server.sql("GRANT SERVICE_CONNECTION_ADMIN ON *.* TO mon@'127.0.0.1'");
        }
        let extra = server.extra_port().expect("this server has one");
        let key = if flavor.is_mariadb() { "extra_port" } else { "admin_port" };
        let healthd = Healthd::builder().instance("m0", server.port(), &format!("{key} = {extra}")).start();
        let taken = fill(&server);
        let end = Instant::now() + 12 * SECOND;
        let mut answered = 0;
        wait_for("12 s of load", 20 * SECOND, || {
            let answer = healthd.check("name=m0");
            assert_eq!(answer.status, 200, "{flavor:?}: {}", answer.body);
            answered += u32::from(answer.body.starts_with("up m0 "));
            (Instant::now() > end).then_some(())
        });
        assert!(answered > 100, "{flavor:?}: the probe goes on through {key}");
        assert!(is_connected(extra), "{flavor:?}");
        // An operator may need the extra port, so healthd leaves it when the main port has room.
        drop(taken);
        wait_for("the extra port free", 15 * SECOND, || (!is_connected(extra)).then_some(()));
        assert_eq!(healthd.check("name=m0").status, 200, "{flavor:?}");
    });
}

/// Whether a connection to this port of 127.0.0.1 is established.
fn is_connected(port: u16) -> bool {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("the kernel's table is readable");
    let remote = format!(" 0100007F:{port:04X} 01 ");
    table.lines().any(|line| line.contains(&remote))
}

/// Takes every connection that ordinary users may have, the probe's own included.
fn fill(server: &Server) -> Vec<Client> {
    let mut taken = Vec::new();
    for _ in 0..12 {
        let mut client = std::process::Command::new("mariadb");
        // An idle client, because the server notices its end at once.
        client.args(["--no-defaults", "-h127.0.0.1", "-uapp", "-papp", "--skip-reconnect"]);
        client.arg(format!("-P{}", server.port())).stdin(std::process::Stdio::piped());
        client.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        taken.push(Client(client.spawn().expect("the mariadb client starts")));
    }
    let count = "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'app'";
    wait_for("12 clients", 10 * SECOND, || match server.sql(count).trim() {
        "12" => Ok(()),
        other => Err(other.to_owned()),
    });
    let probe = server.sql("SELECT id FROM information_schema.processlist WHERE user = 'mon'");
    // In one session, because after the first statement no other one gets in.
    server.sql(&format!("SET GLOBAL max_connections = 10; KILL {}", probe.trim()));
    taken
}

/// A client that holds a connection until it is dropped.
struct Client(std::process::Child);

impl Drop for Client {
    fn drop(&mut self) {
        self.0.kill().expect("an own child can be killed");
        self.0.wait().expect("an own child ends");
    }
}

#[test]
fn a_read_lock_or_read_only_changes_nothing_for_any() {
    let _turn = turn::shared();
    every_flavor("locks", |flavor| {
        let server = Server::builder(flavor).start();
        let healthd = Healthd::watching(&server);
        server.sql("SET GLOBAL read_only = 1");
        let mut locker = std::process::Command::new("mariadb");
        locker.args(["--no-defaults", "-uroot", "-e", "FLUSH TABLES WITH READ LOCK; SELECT SLEEP(3)"]);
        locker.arg("-S").arg(server.socket()).stdout(std::process::Stdio::null());
        let mut locker = locker.spawn().expect("the mariadb client starts");
        let asked = try_wait_for(2 * SECOND, || -> Result<(), String> {
            for role in ["any", "reader"] {
                let answer = healthd.check(&format!("name=m0&role={role}"));
                assert_eq!(answer.status, 200, "{flavor:?} {role}: {}", answer.body);
            }
            Err("goes on".to_owned())
        });
        assert!(asked.is_err());
        locker.wait().expect("the client ends");
    });
}

#[test]
fn a_full_disk_changes_nothing_for_any() {
    let _turn = turn::shared();
    if !rustix_is_root() {
        healthd_tests::skip::skipped("a full disk", "a file system of its own needs root");
        return;
    }
    let server = Server::builder(Flavor::MariaDb).config("innodb_file_per_table=1").start();
    let disk = SmallDisk::mount(&server.datadir().join("full"));
    let healthd = Healthd::watching(&server);
    server.sql("CREATE TABLE `full`.t(v VARCHAR(2000)) ENGINE=InnoDB");
    let row = "INSERT INTO `full`.t VALUES(REPEAT('x', 2000))";
    let error = wait_for("a full disk", 60 * SECOND, || server.try_sql(&format!("{row};{row};{row};{row}")).err());
    assert!(error.contains("1114") || error.contains("full"), "{error}");
    for _ in 0..20 {
        let answer = healthd.check("name=m0");
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    drop(disk);
}

fn rustix_is_root() -> bool {
    // The harness runs servers as `mysql` only if the tests run as root.
    std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0)
}

/// A tmpfs of a few megabytes, one database of a server.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(at: &std::path::Path) -> SmallDisk {
        std::fs::create_dir(at).expect("the data directory is writable");
        let owner = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(at.join("..")).expect("the data directory"));
        let options = format!("size=6m,uid={owner},mode=0755");
        let mounted =
            std::process::Command::new("mount").args(["-t", "tmpfs", "-o", &options, "none"]).arg(at).status();
        assert!(mounted.expect("mount runs").success(), "a tmpfs can be mounted");
        SmallDisk(at.to_owned())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = std::process::Command::new("umount").arg("--lazy").arg(&self.0).status();
        assert!(unmounted.is_ok_and(|status| status.success()), "{} stays mounted", self.0.display());
    }
}
