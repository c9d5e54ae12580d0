//! The plugins against real servers.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use healthd_tests::plugin::{Answered, answer, executable, plugin};
use healthd_tests::{Flavor, Server, Workdir, pair, wait_for};

use crate::{flavors, turn};

/// Asks our own door about a server of the tests.
fn check_my(server: &Server, state: &Workdir, arguments: &[&str]) -> Answered {
    let socket = server.socket().display().to_string();
    plugin("check_my", &[arguments, &["-S", &socket, "-u", "root"]].concat(), state)
}

#[test]
fn each_server_answers_every_check_with_a_line_and_perfdata() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "checks of plugins", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("plugins"));
        for check in healthd_core::checks::ALL {
            let answered = check_my(&server, &state, &[check.name, "--not-replica", "ok"]);
            assert_eq!(answered.stderr, "", "{flavor:?} {}", check.name);
            assert!(matches!(answered.code, Some(0..=3)), "{flavor:?} {}: {answered:?}", check.name);
            assert_ne!(answered.code, Some(3), "{flavor:?} {}: {}", check.name, answered.line);
        }
    });
}

#[test]
fn a_stopped_server_is_critical_in_time_and_a_continued_one_is_ok() {
    let _turn = turn::shared();
    let (server, state) = (Server::builder(Flavor::MariaDb).start(), Workdir::new("plugins"));
    server.stop();
    let begun = Instant::now();
    let answered = check_my(&server, &state, &["threads-running", "-t", "1"]);
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(answered.code, Some(2), "{answered:?}");
    assert!(answered.line.contains("no answer to connect and login within 1.0s"), "{}", answered.line);
    server.cont();
    assert_eq!(check_my(&server, &state, &["threads-running"]).code, Some(0));
}

#[test]
fn a_replica_is_judged_by_its_worst_channel_and_a_broken_one_has_no_lag() {
    let _turn = turn::shared();
    let (_source, replica) = pair(Flavor::MariaDb);
    let state = Workdir::new("plugins");
    let lag = |arguments: &[&str]| check_my(&replica, &state, &[&["replica-lag"], arguments].concat());
    wait_for("the replica runs", Duration::from_secs(20), || match lag(&[]) {
        Answered { code: Some(0), line, .. } => Ok(line),
        other => Err(other.line),
    });
    assert!(lag(&[]).perfdata().starts_with("replica_lag=0s;300;600;0"), "{}", lag(&[]).line);
    assert_eq!(lag(&["--channel", "nobody"]).code, Some(3));
    replica.sql("STOP SLAVE SQL_THREAD");
    let broken = lag(&["-w", "99999", "-c", "99999"]);
    assert_eq!((broken.code, broken.perfdata()), (Some(2), ""), "{}", broken.line);
    assert!(broken.line.contains("applier stopped, lag unknown"), "{}", broken.line);
}

#[test]
fn a_rate_needs_two_runs_and_two_in_one_second_both_answer() {
    let _turn = turn::shared();
    let (server, state) = (Server::builder(Flavor::MariaDb).start(), Workdir::new("plugins"));
    let slow = || check_my(&server, &state, &["slow-queries"]);
    assert!(slow().line.contains("first run"), "{}", slow().line);
    assert_eq!(slow().code, Some(0));
    server.sql("SET GLOBAL long_query_time = 0; SET GLOBAL slow_query_log = 1");
    for _ in 0..20 {
        server.sql("SELECT 1");
    }
    let answered = wait_for("a second has passed", Duration::from_secs(5), || match slow() {
        answered if answered.perfdata().is_empty() => Err(answered.line),
        answered => Ok(answered),
    });
    assert_eq!(answered.code, Some(2), "{}", answered.line);
    assert!(answered.perfdata().starts_with("slow_queries_per_second="), "{}", answered.line);
}

#[test]
fn the_names_are_hard_links_and_nobody_elses_file_is_touched() {
    let (directory, state) = (Workdir::new("plugins"), Workdir::new("plugins"));
    // Hard links stay on one file system.
    let own = directory.join("healthd-plugins");
    fs::copy(executable(), &own).expect("it is readable");
    let links = || answer(Command::new(&own).args(["links", "--nagios"]).arg(directory.path()));
    fs::write(directory.join("check_my"), "somebody's").expect("it is ours");
    let refused = links();
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.line.contains("check_my: something else is there"), "{}", refused.line);
    fs::remove_file(directory.join("check_my")).expect("it is ours");
    assert_eq!((links().code, links().code), (Some(0), Some(0)));
    let by_name =
        answer(Command::new(directory.join("check_my")).args(["threads-running", "-H", "127.0.0.1", "-P", "1"]));
    assert_eq!(by_name.code, Some(2), "{by_name:?}");
    assert_eq!(plugin("no-such-name", &["x"], &state).code, Some(3));
}
