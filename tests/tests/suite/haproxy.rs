//! Our files for HAProxy, unchanged except for addresses and ports, in a real HAProxy in front of real servers.

mod protocols;
pub(crate) mod site;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use healthd_tests::galera::Galera;
use healthd_tests::haproxy::{Build, Haproxy, State, repository_file};
use healthd_tests::skip::skipped;
use healthd_tests::{Healthd, wait_for};

use self::site::{Ports, Session, Site, ask, await_who, config, who};
use super::turn;

const SOON: Duration = Duration::from_secs(10);

#[test]
fn every_file_is_valid_without_a_warning() {
    let _turn = turn::shared();
    let dir = repository_file("haproxy");
    let files = std::fs::read_dir(&dir).expect("the directory is there").map(|entry| entry.expect("listed").path());
    let files: Vec<_> = files.filter(|file| file.extension().is_some_and(|extension| extension == "cfg")).collect();
    assert!(files.len() >= 5, "{files:?}");
    for build in Build::ALL {
        if !build.or_skip("our files in other versions of HAProxy") {
            continue;
        }
        for file in &files {
            let output = build.command().args(["-c", "-V", "-f"]).arg(file).output().expect("haproxy is installed");
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert_eq!(said.trim(), "Configuration file is valid", "{build:?}: {}", file.display());
            assert!(output.status.success());
        }
    }
}

#[test]
fn haproxy_accepts_the_files_in_which_lint_finds_pitfalls() {
    let _turn = turn::shared();
    let builds: Vec<_> = Build::ALL.into_iter().filter(|build| build.or_skip("files with pitfalls")).collect();
    let dir = repository_file("crates/haproxy/src/tests/broken");
    let files = std::fs::read_dir(dir).expect("the directory is there").map(|entry| entry.expect("listed").path());
    let accepted = |build: &Build, file: &PathBuf| {
        let output = build.command().args(["-c", "-f"]).arg(file).output().expect("haproxy is installed");
        output.status.success()
    };
    let refused: Vec<_> = files.filter(|file| !builds.iter().any(|build| accepted(build, file))).collect();
    // `init-state` needs 3.1.
    let expected = if builds.contains(&Build::Sid) { 0 } else { 1 };
    assert_eq!(refused.len(), expected, "{refused:?}");
}

#[test]
fn classic_routes_with_its_own_timing() {
    let _turn = turn::shared();
    let site = Site::apart();
    let (haproxy, frontends) = site.haproxy("haproxy/classic.cfg", &[]);
    assert_eq!(who(frontends.write).as_deref(), Ok("1"));
    for server in ["db101", "db201"] {
        let checked = |state: &State| state.status == "UP" && state.check == "L7OK" && state.code == "200";
        haproxy.await_state("mysql-m0", server, SOON, checked);
    }
}

#[test]
fn classic_goes_to_the_backup_and_returns() {
    let _turn = turn::shared();
    let site = Site::apart();
    let faster = [("inter 5000", "inter 200")];
    let (haproxy, frontends) = site.haproxy("haproxy/classic.cfg", &faster);
    await_who(frontends.write, "1", SOON);
    site.one.kill9();
    await_who(frontends.write, "2", SOON);
    let down = haproxy.state("mysql-m0", "db101");
    assert_eq!((&*down.status, &*down.check, &*down.code), ("DOWN", "L7STS", "503"));
    site.one.restart();
    await_who(frontends.write, "1", SOON);
}

#[test]
fn modern_leaves_a_killed_server_within_a_second() {
    let _turn = turn::alone();
    let site = Site::apart();
    let (haproxy, frontends) = site.haproxy("haproxy/modern.cfg", &[]);
    for server in ["db101", "db201"] {
        haproxy.await_state("mysql-m0", server, SOON, |state| state.check == "L7OK" && state.agent == "L7OK");
    }
    assert_eq!(who(frontends.write).as_deref(), Ok("1"));
    let killed = Instant::now();
    site.one.kill9();
    let down = haproxy.await_state("mysql-m0", "db101", SOON, State::is_down);
    let marked = killed.elapsed();
    await_who(frontends.write, "2", SOON);
    let answered = killed.elapsed();
    assert!(marked < Duration::from_millis(600), "marked down after {marked:?}");
    assert!(answered < Duration::from_secs(1), "the other answered after {answered:?}");
    assert_eq!(down.status, "DOWN (agent)", "{down}");
    // A probe that was under way at the kill loses its connection; the next one is refused.
    let reasons = ["connection-refused", "connection-lost"];
    let named = reasons.iter().any(|reason| down.agent_text.contains(reason));
    assert!(down.agent_text.contains("down (") && named, "{down}");

    site.one.restart();
    haproxy.await_state("mysql-m0", "db101", SOON, |state| state.status == "UP");
    await_who(frontends.write, "1", SOON);
}

#[test]
fn modern_serves_clients_that_arrive_in_the_moment_of_the_kill() {
    let _turn = turn::alone();
    let site = Site::apart();
    let (haproxy, frontends) = site.haproxy("haproxy/modern.cfg", &[]);
    haproxy.await_state("mysql-m0", "db201", SOON, |state| state.agent == "L7OK" && state.check == "L7OK");
    site.one.kill9();
    let asked = Instant::now();
    // db101 refuses the session. It waits in HAProxy until the checks have noticed.
    assert_eq!(who(frontends.write).as_deref(), Ok("2"));
    let waited = asked.elapsed();
    assert!(waited < Duration::from_millis(1500), "waited {waited:?}");
}

#[test]
fn modern_leaves_a_hung_server() {
    let _turn = turn::alone();
    let site = Site::apart();
    let (haproxy, frontends) = site.haproxy("haproxy/modern.cfg", &[]);
    haproxy.await_state("mysql-m0", "db101", SOON, |state| state.agent == "L7OK" && state.check == "L7OK");
    site.one.stop();
    let stopped = Instant::now();
    haproxy.await_state("mysql-m0", "db101", SOON, State::is_down);
    let marked = stopped.elapsed();
    // The probe's interval and timeout, and the agent's interval.
    assert!(marked < Duration::from_millis(2200), "marked down after {marked:?}");
    assert_eq!(who(frontends.write).as_deref(), Ok("2"));
    site.one.cont();
    await_who(frontends.write, "1", SOON);
}

#[test]
fn modern_maintenance_cuts_sessions_and_says_why() {
    let _turn = turn::shared();
    let site = Site::apart();
    let (haproxy, frontends) = site.haproxy("haproxy/modern.cfg", &[]);
    haproxy.await_state("mysql-m0", "db101", SOON, |state| state.agent == "L7OK" && state.check == "L7OK");
    let mut pooled = Session::open(frontends.write);
    assert_eq!(pooled.ask("SELECT @@server_id").as_deref(), Ok("1"));

    maintenance(&site.healthd_one, &["on", "m0", "--reason", "new kernel"]);
    let down = haproxy.await_state("mysql-m0", "db101", SOON, State::is_down);
    assert!(down.agent_text.contains("new kernel"), "{down}");
    await_who(frontends.write, "2", SOON);
    wait_for("the old session's end", SOON, || pooled.ask("SELECT 1").err());

    // Sessions on the backup are cut when the first server returns.
    let mut pooled = Session::open(frontends.write);
    assert_eq!(pooled.ask("SELECT @@server_id").as_deref(), Ok("2"));
    maintenance(&site.healthd_one, &["off", "m0"]);
    haproxy.await_state("mysql-m0", "db101", SOON, |state| state.status == "UP");
    await_who(frontends.write, "1", SOON);
    wait_for("the backup session's end", SOON, || pooled.ask("SELECT 1").err());
}

#[test]
fn modern_operators_drain_survives_the_agents_up() {
    let _turn = turn::shared();
    let site = Site::apart();
    let (haproxy, frontends) = site.haproxy("haproxy/modern.cfg", &[]);
    haproxy.await_state("mysql-m0", "db101", SOON, |state| state.agent == "L7OK" && state.check == "L7OK");
    haproxy.command("set server mysql-m0/db101 state drain");
    await_who(frontends.write, "2", SOON);
    // The agent says down and up again, and the operator's setting stays.
    maintenance(&site.healthd_one, &["on", "m0"]);
    haproxy.await_state("mysql-m0", "db101", SOON, |state| state.agent_text.contains("down"));
    maintenance(&site.healthd_one, &["off", "m0"]);
    let state = haproxy.await_state("mysql-m0", "db101", SOON, |state| {
        state.agent_text.ends_with(": up") && state.check == "L7OK" && !state.is_down()
    });
    // HAProxy's name for the drain of a server that has an agent.
    assert_eq!(state.status, "DRAIN (agent)", "{state}");
    assert_eq!(who(frontends.write).as_deref(), Ok("2"));
    haproxy.command("set server mysql-m0/db101 state ready");
    await_who(frontends.write, "1", SOON);
}

#[test]
fn modern_restart_of_healthd_does_not_cut_sessions() {
    let _turn = turn::alone();
    let mut site = Site::apart();
    let (haproxy, frontends) = site.haproxy("haproxy/modern.cfg", &[]);
    haproxy.await_state("mysql-m0", "db101", SOON, |state| state.agent == "L7OK" && state.check == "L7OK");
    let mut pooled = Session::open(frontends.write);
    for _ in 0..3 {
        site.healthd_one.restart();
        let state = haproxy.await_state("mysql-m0", "db101", SOON, |state| state.status == "UP");
        assert_eq!(pooled.ask("SELECT @@server_id").as_deref(), Ok("1"), "{state}: {}", haproxy.command("show stat"));
    }
}

#[test]
fn read_farm_drains_by_404_with_old_sessions_alive() {
    let _turn = turn::shared();
    let site = Site::apart();
    let (haproxy, frontends) = site.haproxy("haproxy/read-farm.cfg", &[]);
    for server in ["db101", "db201"] {
        haproxy.await_state("mysql-fresh", server, SOON, |state| state.agent == "L7OK" && state.check == "L7OK");
    }
    let mut pooled = Session::open(frontends.read);
    let pooled_on = pooled.ask("SELECT @@server_id").expect("the session answers");
    let (healthd, name, other) = match &*pooled_on {
        "1" => (&site.healthd_one, "db101", "2"),
        _ => (&site.healthd_two, "db201", "1"),
    };
    maintenance(healthd, &["on", "m0", "--drain", "--reason", "backup"]);
    let state = haproxy.await_state("mysql-fresh", name, SOON, |state| state.status == "NOLB");
    assert_eq!(state.code, "404", "{state}");
    for _ in 0..6 {
        assert_eq!(who(frontends.read).as_deref(), Ok(other));
    }
    assert_eq!(pooled.ask("SELECT @@server_id"), Ok(pooled_on));
    maintenance(healthd, &["off", "m0"]);
    haproxy.await_state("mysql-fresh", name, SOON, |state| state.status == "UP");
}

#[test]
fn read_farm_leaves_stale_replicas_until_too_few_are_fresh() {
    let _turn = turn::shared();
    let site = Site::replicating();
    let (haproxy, frontends) = site.haproxy("haproxy/read-farm.cfg", &[]);
    for server in ["db101", "db201"] {
        haproxy.await_state("mysql-fresh", server, SOON, |state| state.agent == "L7OK" && state.check == "L7OK");
    }
    site.two.sql("STOP SLAVE SQL_THREAD");
    // The HTTP check may take it out before its agent is asked.
    haproxy.await_state("mysql-fresh", "db201", SOON, |stale| stale.is_down() && stale.agent_text.contains("down ("));
    six_sessions_reach(&haproxy, frontends.read, "db101", "1");
    site.one.sql("STOP SLAVE SQL_THREAD");
    haproxy.await_state("mysql-fresh", "db101", SOON, State::is_down);
    // Both servers answer queries, so both are in the other pool.
    for server_id in ["1", "2"] {
        await_who(frontends.read, server_id, SOON);
    }

    site.two.sql("START SLAVE SQL_THREAD");
    six_sessions_reach(&haproxy, frontends.read, "db201", "2");
}

/// Waits until a server of the fresh pool is up, and opens sessions until six of them came while it was: each must
/// reach it. On a busy machine its checks may time out, and HAProxy then rightly uses the stale pool. A server needs
/// three checks to return, so one that is up before and after a session was up all the time.
#[track_caller]
fn six_sessions_reach(haproxy: &Haproxy, frontend: u16, server: &str, server_id: &str) {
    let within = Duration::from_secs(60);
    for _ in 0..6 {
        wait_for("a session while the server is up", within, || {
            haproxy.await_state("mysql-fresh", server, within, |state| state.status == "UP");
            let answered = who(frontend);
            let after = haproxy.state("mysql-fresh", server);
            if after.status != "UP" {
                return Err(after.to_string());
            }
            assert_eq!(answered.as_deref(), Ok(server_id), "{server} is up");
            Ok(())
        });
    }
}

#[test]
fn galera_routes_writes_and_reads_to_the_cluster() {
    let _turn = turn::shared();
    if let Err(why) = Galera::available() {
        return skipped("haproxy/galera.cfg", &why);
    }
    let node = Galera::plan(1).bootstrap();
    let builder = Healthd::builder();
    let (http, agent) = builder.ports();
    let healthd = builder.instance("m0", node.port(), "").start();
    let ports = Ports { sql: node.port(), http, agent };
    // The other nodes are stopped, with everything on their machines.
    let third = [("10.10.10.3:", "127.0.0.3:")];
    let (config, frontends) = config(ports, "haproxy/galera.cfg", &third);
    let haproxy = config.start();
    for (backend, frontend) in [("galera-write", frontends.write), ("galera-read", frontends.read)] {
        haproxy.await_state(backend, "db101", SOON, |state| state.agent == "L7OK" && state.check == "L7OK");
        for server in ["db201", "db301"] {
            haproxy.await_state(backend, server, SOON, |state| state.status == "DOWN" && state.check == "L4CON");
        }
        assert_eq!(ask(frontend, "SELECT @@server_id, @@wsrep_on").as_deref(), Ok("1\t1"));
    }

    node.sql("SET GLOBAL read_only=ON");
    let state = haproxy.await_state("galera-write", "db101", SOON, State::is_down);
    assert!(state.agent_text.contains("read"), "{state}");
    assert!(who(frontends.write).is_err());
    assert_eq!(who(frontends.read).as_deref(), Ok("1"));
    node.sql("SET GLOBAL read_only=OFF");
    await_who(frontends.write, "1", SOON);
    drop(healthd);
}

/// Runs `healthd maintenance`.
#[track_caller]
fn maintenance(healthd: &Healthd, words: &[&str]) {
    let words: Vec<&str> = ["maintenance"].iter().chain(words).copied().collect();
    let output = healthd.command(&words);
    assert!(output.status.success(), "{words:?}: {output:?}");
}
