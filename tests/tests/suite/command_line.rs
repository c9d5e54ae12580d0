//! `healthd check`, help, completions and manual pages.

use std::process::{Command, Output};
use std::time::Duration;

use healthd_tests::haproxy::repository_file;
use healthd_tests::healthd::executable;
use healthd_tests::{Flavor, Healthd, Server, Workdir, pair};

use crate::turn;

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

fn run(arguments: &[&str]) -> Output {
    Command::new(executable()).args(arguments).output().expect("healthd's command line runs")
}

#[test]
fn check_explains_every_gate_and_its_exit_code_is_the_verdict() {
    let _turn = turn::shared();
    let (_source, replica) = pair(Flavor::MariaDb);
    let healthd = Healthd::builder().settings("lag_hold = \"0s\"").instance("m0", replica.port(), "").start();
    healthd.await_status("name=m0&role=reader", 200, Duration::from_secs(8));
    let output = healthd.command(&["check", "m0", "--role", "reader"]);
    let table = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{table}{}", text(&output.stderr));
    for part in [
        "m0 port ",
        " as reader: up",
        "MariaDB 10.11",
        "maintenance",
        "probe",
        "channel default",
        "IO running from 127.0.0.1:",
        "lag default",
        "10s",
        "lag_hold",
    ] {
        assert!(table.contains(part), "{part}: {table}");
    }
    assert!(!table.contains('\u{1b}'), "no colors into a pipe: {table}");
    replica.sql("STOP SLAVE SQL_THREAD");
    healthd.await_reason("name=m0&role=reader", "sql-thread-stopped", Duration::from_secs(5));
    let output = healthd.command(&["check", "m0", "--role", "reader"]);
    let table = text(&output.stdout);
    assert_eq!(output.status.code(), Some(2), "{table}");
    assert!(table.contains("down sql-thread-stopped: channel default: the SQL thread is stopped"), "{table}");
    let output = healthd.command(&["check", &replica.port().to_string(), "--json"]);
    assert_eq!(output.status.code(), Some(0), "any is up");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(json[0]["verdicts"][0]["state"], "up");
    assert_eq!(json[0]["verdicts"][0]["gates"][0]["gate"], "maintenance");
    for (arguments, code) in [
        (&["check", "m9"][..], 3),
        (&["check", "--role", "boss"], 3),
        (&["check", "--max-lag", "soon"], 3),
        (&["check", "--nonsense"], 3),
    ] {
        assert_eq!(healthd.command(arguments).status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn check_without_a_daemon_probes_by_itself() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let builder = Healthd::builder().instance("m0", server.port(), "");
    let healthd = builder.start();
    healthd.process().kill9();
    let output = healthd.command(&["check"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(text(&output.stderr).contains("; probed directly, without maintenance"), "{}", text(&output.stderr));
    server.kill9();
    let output = healthd.command(&["check", "--json"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(json[0]["verdicts"][0]["code"], "connection-refused");
}

#[test]
fn help_has_examples_and_usage_errors_have_their_codes() {
    let _turn = turn::shared();
    let help = run(&["--help"]);
    assert_eq!(help.status.code(), Some(0));
    for part in ["Examples:", "mysqlchk/?port=3306", "Exit codes:", "maintenance", "--instance"] {
        assert!(text(&help.stdout).contains(part), "{part}: {}", text(&help.stdout));
    }
    assert_eq!(run(&["--version"]).status.code(), Some(0));
    for (arguments, code) in [(&["--nonsense"][..], 2), (&["serve", "--instance", "x"], 2), (&["nonsense"], 2)] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn completions_and_manual_pages_are_made_for_every_command() {
    let _turn = turn::shared();
    for shell in ["bash", "zsh", "fish"] {
        let script = text(&run(&["completions", shell]).stdout);
        for word in ["maintenance", "check", "max-lag", "test-counter", "backfill"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    let dir = Workdir::new("man");
    let output = run(&["man", &dir.path().display().to_string()]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    for page in [
        "healthd.1",
        "healthd-serve.1",
        "healthd-check.1",
        "healthd-maintenance.1",
        "healthd-lint.1",
        "healthd-config.1",
        "healthd-logs.1",
        "healthd-logs-show.1",
        "healthd-logs-test-counter.1",
        "healthd-logs-backfill.1",
    ] {
        assert!(dir.join(page).is_file(), "{page}");
    }
}

#[test]
fn lint_finds_pitfalls_and_sets_the_exit_code() {
    let _turn = turn::shared();
    let dir = Workdir::new("lint");
    let lint = |arguments: &[&str]| run(&[&["lint"], arguments].concat());
    let write = |name: &str, content: &str| {
        std::fs::write(dir.join(name), content).expect("the directory is writable");
        dir.join(name).display().to_string()
    };
    let good = repository_file("haproxy/master-master.cfg").display().to_string();
    let output = lint(&[&good]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert_eq!(text(&output.stdout), "no pitfalls found in mysql-m0, mysql-read\n");
    assert_eq!(text(&lint(&["--json", &good]).stdout), "[]\n");

    let block = "listen mysql-m0\n    option httpchk GET /mysqlchk/?port=3306\n    \
                 server db101 10.10.10.1:3306 check port 31337 inter 5000 rise 3 fall 3\n    \
                 server db201 10.10.10.2:3306 check port 31337 inter 5000 rise 3 fall 3 backup\n";
    let old = write("old.cfg", block);
    let output = lint(&[&old]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let said = text(&output.stdout);
    assert!(said.contains(&format!("{old}:3: error sessions-stay in mysql-m0: db101, db201\n")), "{said}");
    assert!(!said.contains('\u{1b}'), "no colors into a pipe: {said}");
    let output = lint(&["--json", &old]);
    assert_eq!(output.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rules: Vec<_> = json.as_array().into_iter().flatten().map(|finding| &finding["rule"]).collect();
    assert!(rules.iter().any(|rule| *rule == "any-with-backup"), "{json}");

    for (arguments, part) in [
        (&[&*write("my.cnf", "[mysqld]\nport=3306\n")][..], "my.cnf:1: not a HAProxy configuration"),
        (&[&*write("empty.cfg", ""), &good], "empty.cfg: not a HAProxy configuration"),
        (&["/nowhere/haproxy.cfg"], "cannot read `/nowhere/haproxy.cfg`"),
        (&[], "Usage"),
    ] {
        let output = lint(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).contains(part), "{part}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    let rules = lint(&["--rules"]);
    assert_eq!(rules.status.code(), Some(0));
    assert!(text(&rules.stdout).contains("error sessions-stay\n"), "{}", text(&rules.stdout));
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let _turn = turn::shared();
    let script = format!("set -o pipefail; {} --help | head -1", executable().display());
    let output = Command::new("bash").args(["-c", &script]).output().expect("bash runs");
    assert!(output.status.success(), "{}", text(&output.stderr));
}
