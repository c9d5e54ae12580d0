//! Log counters in the daemon: counted exactly once through restarts, rotations, reloads and faults of the store, and
//! never at the cost of a check.

mod apart;
mod command;
mod faults;
mod looks;
mod metrics;
mod rows;
mod support;

use std::fs;

use crate::turn;
use support::{Log, SOON, counting};

#[test]
fn lines_are_counted_once_through_restarts_and_rotations() {
    let _turn = turn::shared();
    let (mut healthd, log) = counting("");
    log.append("sent mx1", 3);
    log.append("other", 2);
    log.append("sent mx2", 4);
    log.await_sum(&healthd, "lines", "", 7);
    log.await_sum(&healthd, "lines", "&label.host=mx2", 4);
    // Lines that come while it does not run.
    healthd.process().signal(healthd_tests::process::Signal::TERM);
    healthd.process().wait_exit(SOON);
    log.append("sent mx1", 5);
    healthd.start_again();
    log.await_sum(&healthd, "lines", "", 12);
    // logrotate's `create`: the writer goes on in the old file for a moment.
    let old = log.rotate();
    old.append("sent mx1", 1);
    log.append("sent mx1", 2);
    log.await_sum(&healthd, "lines", "", 15);
    // `copytruncate`.
    fs::copy(&log.path, log.path.with_extension("log.2")).expect("the directory is writable");
    fs::File::create(&log.path).expect("the directory is writable");
    log.append("sent mx3", 6);
    log.await_sum(&healthd, "lines", "", 21);
    healthd.process().kill9();
    log.append("sent mx1", 1);
    healthd.process().wait_exit(SOON);
    healthd.start_again();
    log.await_sum(&healthd, "lines", "", 22);
    assert_eq!(healthd.metric("healthd_log_gaps_total{log=\"LOG\"}".replace("LOG", &log.name()).as_str()), Some(0.0));
}

#[test]
fn a_reload_restarts_what_changed_and_a_mistake_changes_nothing() {
    let _turn = turn::shared();
    let (healthd, log) = counting("");
    let other = Log::beside(&log, "other.log");
    log.append("sent mx1", 3);
    log.await_sum(&healthd, "lines", "", 3);
    // A second log, and a second counter of the first one: it counts from now on.
    let second = format!(
        "[[log.counter]]\nname = \"second\"\nregex = 'mx2'\n[[log]]\nfile = \"{}\"\n[[log.counter]]\nname = \"third\"\n\
         regex = 'x'\n",
        other.name()
    );
    let before = fs::read_to_string(healthd.config()).expect("the configuration is readable");
    fs::write(healthd.config(), format!("{before}{second}")).expect("the configuration is writable");
    healthd.reload();
    healthd.await_log("other.log");
    log.append("sent mx2", 2);
    other.append("x", 5);
    log.await_sum(&healthd, "lines", "", 5);
    log.await_sum(&healthd, "second", "", 2);
    log.await_sum(&healthd, "third", "", 5);
    // A pattern that does not compile: everything stays as it is.
    healthd.edit_config("regex = 'mx2'", "regex = 'mx2('");
    healthd.reload();
    healthd.await_log("reload refused");
    log.append("sent mx2", 1);
    log.await_sum(&healthd, "second", "", 3);
    // Without logs nothing is read, and nothing is forgotten.
    let (without, _) = before.split_once("[[log]]").expect("a log");
    fs::write(healthd.config(), format!("{without}[[instance]]\nname = \"m0\"\naddress = \"127.0.0.1:1\"\n"))
        .expect("the configuration is writable");
    healthd.reload();
    healthd.await_log("watching m0");
    let answer = healthd.get("/api/window?counter=lines");
    assert_eq!((answer.status, answer.body.contains("no counter is configured")), (404, true), "{}", answer.body);
    log.append("sent mx1", 4);
    fs::write(healthd.config(), before).expect("the configuration is writable");
    healthd.reload();
    healthd_tests::wait_for("the log again", SOON, || {
        let answer = healthd.get("/api/window?counter=lines");
        if answer.status == 200 { Ok(()) } else { Err(answer.body) }
    });
    log.await_sum(&healthd, "lines", "", 10);
}

#[test]
fn an_unreadable_log_is_a_fault_with_what_to_do_and_one_event() {
    let _turn = turn::shared();
    let (healthd, log) = counting("");
    log.append("sent mx1", 3);
    log.await_sum(&healthd, "lines", "", 3);
    fs::remove_file(&log.path).expect("it is there");
    fs::create_dir(&log.path).expect("the directory is writable");
    let fault = log.await_fault(&healthd);
    assert!(fault.contains(&log.name()) && fault.contains("directory"), "{fault}");
    for page in [healthd.get("/logs").body, healthd.get("/").body] {
        assert!(page.contains("class=\"alert\""), "{page}");
    }
    assert_eq!(healthd.metric(&format!("healthd_log_fault{{log=\"{}\"}}", log.name())), Some(1.0));
    fs::remove_dir(&log.path).expect("it is empty");
    // Not the same lines: a small file that begins with all of the old one is taken for its copy.
    log.append("sent mx2", 4);
    log.await_sum(&healthd, "lines", "", 7);
    healthd.await_log("the log is read again");
    assert_eq!(healthd.log().matches("the log cannot be read").count(), 1, "{}", healthd.log());
}

#[test]
fn a_million_labels_and_a_line_of_100_mb_cost_little() {
    let _turn = turn::alone();
    let (healthd, log) = counting("");
    let resident = || {
        let status = fs::read_to_string(format!("/proc/{}/status", healthd.process().pid())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line").to_owned();
        line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).expect("a number") / 1024
    };
    let before = resident();
    let mut lines = String::new();
    for number in 0..1_000_000 {
        lines.push_str(&log.line(&format!("sent h{number}")));
    }
    log.write(&lines);
    log.await_sum(&healthd, "lines", "", 1_000_000);
    let series =
        healthd.get("/metrics").body.lines().filter(|line| line.starts_with("healthd_log_counter_total")).count();
    assert_eq!(series, 501, "the largest number of series, and the others");
    let others = healthd.metric("healthd_log_counter_total{counter=\"lines\",host=\"(other)\"}");
    assert_eq!(others, Some(999_500.0));
    log.write(&log.line(&"x".repeat(100 << 20)));
    log.append("sent h1", 1);
    log.await_sum(&healthd, "lines", "", 1_000_001);
    let after = resident();
    assert!(after < before + 60, "{before} MB, then {after} MB");
}
