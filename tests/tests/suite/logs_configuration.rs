//! `[[log]]` and `[[ratio]]`: mistakes have their place, and a file with logs alone means a node without a database.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use healthd_tests::healthd::executable;
use healthd_tests::{Healthd, Workdir};

use crate::turn;

fn run(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(executable());
    command.args(arguments).current_dir(dir).env("HOME", dir).env_remove("MYSQL_HOME");
    command.output().expect("healthd's command line runs")
}

fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

/// A log with one counter.
const GOOD: &str =
    "[[log]]\nfile = \"/var/log/mail.log\"\n[[log.counter]]\nname = \"a\"\npreset = \"postfix-delivered\"\n";

#[test]
fn every_mistake_in_a_log_exits_2_with_file_line_and_column() {
    let _turn = turn::shared();
    let dir = Workdir::new("config");
    let log = |rest: &str| format!("[[log]]\nfile = \"/l\"\n{rest}");
    let counter = |rest: &str| log(&format!("[[log.counter]]\nname = \"a\"\n{rest}"));
    let second = "[[log]]\nfile = \"/m\"\n[[log.counter]]\nname = \"b\"\nregex = 'x'\n";
    for (toml, expected) in [
        ("[[log]]\n".to_owned(), "bad.toml:1:1: [[log]] needs either `file` or `journal`"),
        (
            "[[log]]\nfile = \"/a\"\njournal = \"b\"\n".to_owned(),
            "bad.toml:1:1: [[log]] needs either `file` or `journal`",
        ),
        ("[[log]]\nfile = \"mail.log\"\n".to_owned(), "bad.toml:1:1: `file` must be an absolute path, not `mail.log`"),
        ("[[log]]\njournal = \" \"\n".to_owned(), "bad.toml:1:1: `journal` is empty: name the systemd unit"),
        (log(""), "bad.toml:1:1: [[log]] /l counts nothing: add [[log.counter]] with a `name`"),
        (log("files = 1\n"), "bad.toml:3:1: unknown field `files`, expected one of `file`, `journal`, `time`"),
        (log("time = \"iso\"\n"), "bad.toml:3:8: unknown variant `iso`, expected one of `auto`, `rfc3339`"),
        (counter(""), "bad.toml:3:1: counter a needs either `preset` or `regex`"),
        (counter("preset = \"exim\"\nregex = 'x'\n"), "bad.toml:3:1: counter a needs either `preset` or `regex`"),
        (counter("regex = ''\n"), "bad.toml:3:1: counter a: `regex` is empty; to count every line write '^'"),
        (counter("preset = \"postfix\"\n"), "bad.toml:5:10: unknown variant `postfix`, expected one of `postfix-acc"),
        (
            counter("regex = 'x'\nmax_series = 0\n"),
            "bad.toml:6:14: `0` is not a number of series: 1 to 10000 is possible",
        ),
        (counter("regex = 'x'\nlabels = [\"a b\"]\n"), "bad.toml:6:11: `a b` is not a label: use 1 to 40 letters"),
        (counter("regex = 'x'\nlabels = [\"counter\"]\n"), "bad.toml:6:11: `counter` cannot be a label"),
        (
            counter("preset = \"postfix-messages\"\ncontent_filters = [\"127.0.0.1\"]\n"),
            "bad.toml:6:20: `127.0.0.1` is not HOST:PORT",
        ),
        (log("[[log.counter]]\nname = \"a b\"\n"), "bad.toml:4:8: `a b` is not a name"),
        (format!("{GOOD}{GOOD}"), "bad.toml:6:1: two [[log]] read /var/log/mail.log"),
        (
            format!("{GOOD}[[log.counter]]\nname = \"a\"\nregex = 'x'\n"),
            "bad.toml:6:1: two counters or ratios are named `a`: names must be unique across all logs",
        ),
        (format!("{GOOD}[[ratio]]\nname = \"r\"\nof = \"a\"\nto = \"z\"\n"), "bad.toml:6:1: `z` is not a counter: a"),
        (
            format!("{GOOD}{second}[[ratio]]\nname = \"r\"\nof = \"a\"\nto = \"b\"\n"),
            "bad.toml:11:1: ratio r: `of` and `to` must be counters of the same [[log]]",
        ),
        (
            format!("{GOOD}[[ratio]]\nname = \"a\"\nof = \"a\"\nto = \"a\"\n"),
            "bad.toml:6:1: two counters or ratios are named `a`",
        ),
    ] {
        fs::write(dir.join("bad.toml"), &toml).expect("the directory is writable");
        let output = run(dir.path(), &["config", "check", "--config", "bad.toml"]);
        let error = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{toml}: {error}");
        assert!(error.starts_with(&format!("healthd: {expected}")), "{toml}: {error}");
        assert_eq!(error.lines().count(), 1, "{toml}: {error}");
    }
}

#[test]
fn what_config_show_prints_of_logs_is_a_configuration() {
    let _turn = turn::shared();
    let dir = Workdir::new("config");
    let whole = "[[log]]\nfile = \"/var/log/mail.log\"\ntime = \"rfc3164\"\ntime_zone = \"Europe/Berlin\"\n\
                 [[log.counter]]\nname = \"sent\"\npreset = \"postfix-delivered\"\nwhere = { status = \"sent\" }\n\
                 labels = [\"host\"]\nmax_series = 9\ncontent_filters = [\"127.0.0.1:10024\"]\n\
                 [[log.counter]]\nname = \"all\"\nregex = 'x|y'\n\
                 [[log]]\njournal = \"exim4\"\n[[log.counter]]\nname = \"exim\"\npreset = \"exim\"\n\
                 [[ratio]]\nname = \"share\"\nof = \"sent\"\nto = \"all\"\nmin = 7\n";
    fs::write(dir.join("whole.toml"), whole).expect("the directory is writable");
    let first = run(dir.path(), &["config", "show", "--config", "whole.toml"]);
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    let shown = text(&first.stdout);
    for part in ["status = \"sent\"", "regex = \"x|y\"", "journal = \"exim4\"", "min = 7", "max_series = 500"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains("3306"), "a file with logs alone names no server: {shown}");
    fs::write(dir.join("shown.toml"), &first.stdout).expect("the directory is writable");
    let again = run(dir.path(), &["config", "show", "--config", "shown.toml"]);
    assert_eq!(text(&again.stdout), shown, "{}", text(&again.stderr));
    let check = run(dir.path(), &["config", "check", "--config", "whole.toml"]);
    assert_eq!(text(&check.stdout), "the configuration is valid: sent, all, exim\n");
}

#[test]
fn a_node_without_a_database_watches_none() {
    let _turn = turn::shared();
    let builder = Healthd::builder();
    let log = builder.file("app.log");
    fs::write(&log, "").expect("the directory is writable");
    let toml = format!("[[log]]\nfile = \"{}\"\n[[log.counter]]\nname = \"a\"\nregex = 'x'\n", log.display());
    let healthd = builder.logs(&toml).start();
    assert_eq!(healthd.get("/instances").body, "[]\n");
    assert_eq!(healthd.get("/").status, 200);
    let check = healthd.check("port=3306");
    assert_eq!((check.status, check.body.contains("port 3306 is not an instance")), (403, true), "{}", check.body);
    assert!(healthd.log().contains("reading") && !healthd.log().contains("3306"), "{}", healthd.log());
    let output = healthd.command(&["check"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("no server is configured here"), "{}", text(&output.stderr));
}
