//! Maintenance: owner, reason and expiry. It survives a restart, and only the control socket changes it.

use std::fs;
use std::time::Duration;

use healthd_tests::http::request;
use healthd_tests::{Flavor, Healthd, Server};

use crate::turn;

const SOON: Duration = Duration::from_secs(3);

fn stdout(output: &std::process::Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn maintenance_shows_who_why_and_until_when_and_survives_a_restart() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let mut healthd = Healthd::watching(&server);
    let on = ["maintenance", "on", "m0", "--for", "30m", "--reason", "upgrade to 11.4\n"];
    let listed = stdout(&healthd.command(&on));
    let me = String::from_utf8(std::process::Command::new("id").arg("-un").output().expect("id runs").stdout);
    let me = me.expect("a name").trim().to_owned();
    let parts = ["m0: down for ", "ms, ends in 29m59s, by ", &me, ": upgrade to 11.4\n"];
    assert!(parts.iter().all(|part| listed.contains(part)), "{listed}");
    let answer = healthd.check("name=m0");
    assert_eq!(answer.status, 503);
    let body = format!("down maintenance: by {me}, ends in 29m59s: UPgrade to 11.4");
    assert!(answer.body.starts_with(&body), "{}", answer.body);
    assert!(!answer.body.contains("up"), "{}", answer.body);
    healthd.restart();
    assert_eq!(healthd.check("name=m0").status, 503, "after a restart");
    assert!(healthd.ask_agent("name=m0\n").starts_with("down #maintenance: "));
    assert!(healthd.ask_agent("name=m0 ready\n").starts_with("maint #maintenance: "));
    assert_eq!(stdout(&healthd.command(&["maintenance", "off", "m0"])), "no maintenance\n");
    healthd.await_status("name=m0", 200, SOON);
    assert_eq!(healthd.ask_agent("name=m0 ready\n"), "up ready 100%\n");
    healthd.await_log("maintenance on");
    healthd.await_log("maintenance off");
}

#[test]
fn maintenance_ends_by_itself() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    stdout(&healthd.command(&["maintenance", "on", "--for", "2s"]));
    assert_eq!(healthd.check("name=m0").status, 503);
    healthd.await_status("name=m0", 200, Duration::from_secs(4));
    assert_eq!(stdout(&healthd.command(&["maintenance", "list"])), "no maintenance\n");
}

#[test]
fn a_drain_is_404_for_readers_only_and_never_for_a_dead_server() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    stdout(&healthd.command(&["maintenance", "on", "m0", "--drain"]));
    let answer = healthd.check("name=m0&role=reader");
    assert_eq!(answer.status, 404, "{}", answer.body);
    assert!(answer.body.starts_with("drain maintenance: by "), "{}", answer.body);
    for role in ["any", "writer", "galera"] {
        assert_eq!(healthd.check(&format!("name=m0&role={role}")).status, 503, "{role}");
    }
    assert!(healthd.ask_agent("name=m0 role=reader ready\n").starts_with("up drain #maintenance: "));
    // Without `ready`, nothing could end a drain that the agent has set, so the 404 carries the drain.
    assert!(healthd.ask_agent("name=m0 role=reader\n").starts_with("up #maintenance: "));
    server.kill9();
    healthd.await_status("name=m0&role=reader", 503, SOON);
}

#[test]
fn only_the_control_socket_changes_maintenance() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    for method in ["GET", "POST"] {
        assert_eq!(request(healthd.http, method, "/maintenance").status, 403, "{method}");
    }
    for (socket, mode) in [("state/query.sock", 0o666), ("state/control.sock", 0o660)] {
        let found = fs::metadata(healthd.file(socket)).expect("the socket is there");
        let found = std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o777;
        assert_eq!(found, mode, "{socket}");
    }
    for lasting in ["500ms", "0"] {
        let output = healthd.command(&["maintenance", "on", "m0", "--for", lasting]);
        assert_eq!(output.status.code(), Some(2), "{lasting}");
    }
    let output = healthd.command(&["maintenance", "on", "m9"]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("`m9` is not an instance here: m0"), "{error}");
    healthd.process().kill9();
    let output = healthd.command(&["maintenance", "on", "m0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no healthd answers on "));
}

#[test]
fn an_invalid_or_unwritable_state_file_stops_nothing() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let mut healthd = Healthd::watching(&server);
    fs::write(healthd.file("state/maintenance.json"), "{\"version\":1,\"inst")
        .expect("the state directory is writable");
    healthd.restart();
    assert_eq!(healthd.check("name=m0").status, 200);
    assert!(healthd.file("state/maintenance.json.not-understood").exists());
    healthd.await_log("moved aside");
    // A directory in place of the file: even root cannot write it.
    fs::create_dir(healthd.file("state/maintenance.json.new")).expect("the state directory is writable");
    let output = healthd.command(&["maintenance", "on", "m0"]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("nothing was changed"), "{error}");
    assert_eq!(healthd.check("name=m0").status, 200);
}
