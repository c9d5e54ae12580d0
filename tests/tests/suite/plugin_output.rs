//! The output formats: for people and Nagios, for programs, for Checkmk. And the note about a password that every
//! account can read.

use std::process::Command;

use healthd_tests::plugin::{Answered, answer, executable, plugin};
use healthd_tests::{Flavor, Server, Workdir};
use serde_json::Value;

use crate::plugins::{PERCONA, check_my};
use crate::turn;

fn json(answered: &Answered) -> Value {
    assert_eq!((answered.stdout.lines().count(), &*answered.stderr), (1, ""), "{answered:?}");
    serde_json::from_str(&answered.stdout).unwrap_or_else(|error| panic!("{error}: {answered:?}"))
}

#[test]
fn json_agrees_with_the_line_and_the_exit_code() {
    let _turn = turn::shared();
    let (server, state) = (Server::builder(Flavor::MariaDb).start(), Workdir::new("plugins"));
    let asked = ["threads-running", "-w", "@0:1000"];
    let line = check_my(&server, &state, &asked);
    let answered = check_my(&server, &state, &[&asked[..], &["--output", "json"]].concat());
    assert_eq!((line.code, answered.code), (Some(1), Some(1)), "{line:?} {answered:?}");
    let object = json(&answered);
    assert_eq!((&object["check"], &object["outcome"]), (&"threads-running".into(), &"WARNING".into()), "{object}");
    assert_eq!(object["server"], format!("unix:{}", server.socket().display()));
    let reading = &object["readings"][0];
    assert_eq!((&reading["label"], &reading["warning"]), (&"threads_running".into(), &"@0:1000".into()), "{object}");
    let text = object["text"].as_str().unwrap_or_default();
    assert!(!text.is_empty() && line.line.starts_with(&format!("WARNING - {text}")), "{object} {line:?}");

    let health = json(&check_my(&server, &state, &["health", "--output=json"]));
    let checks = health["checks"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert!(checks.len() > 5 && checks.iter().all(|check| check["outcome"].is_string()), "{health}");
    assert!(checks.iter().any(|check| check["check"] == "connections" && check["readings"][0]["value"].is_number()));

    let checkmk = check_my(&server, &state, &["uptime", "-w", "", "--output", "checkmk", "--tag", "a"]);
    assert!(checkmk.line.starts_with("0 \"check_my uptime a\" uptime="), "{checkmk:?}");
    let socket = server.socket().display().to_string();
    let query = ["-q", "SELECT 0.125", "-s", &socket, "-u", "root", "--output", "json"];
    let query = json(&plugin("check_mysql_query", &query, &state));
    assert_eq!((&query["check"], &query["readings"][0]["value"]), (&"check_mysql_query".into(), &0.125.into()));
    let status = ["-x", "Uptime", "-w", "99999999", "-S", &socket, "-l", "root", "--output", "json"];
    let status = json(&plugin("pmp-check-mysql-status", &status, &state));
    assert_eq!((&status["outcome"], &status["server"]), (&"OK".into(), &format!("unix:{socket}").into()));
}

#[test]
fn with_output_json_everything_is_json() {
    let _turn = turn::shared();
    let state = Workdir::new("plugins");
    for (applet, arguments, code, check, part) in [
        ("check_my", &["ping", "-H", "127.0.0.1", "-P", "1"][..], 2, Value::from("ping"), "127.0.0.1:1"),
        ("check_my", &["ping", "-w", "abc"], 3, "ping".into(), "`abc` is not a range"),
        ("check_my", &["no-such"], 3, "no-such".into(), "unknown check `no-such`"),
        ("check_my", &["ping", "--bogus"], 3, Value::Null, "--bogus"),
        ("check_my", &["ping", "--defaults-file", "/nowhere"], 3, "ping".into(), "/nowhere"),
        ("check_my", &["health", "--daemon", "/nowhere"], 2, "health".into(), "no healthd answers"),
        ("check_my", &["--help"], 3, Value::Null, "Check a MySQL"),
        ("check_my", &["--list"], 3, Value::Null, "health: "),
        ("check_mysql", &["-H", "127.0.0.1", "-P", "1"], 2, "check_mysql".into(), "127.0.0.1:1"),
        ("check_mysql", &["--extra-opts=x@/nowhere"], 3, Value::Null, "/nowhere"),
        (
            "check_mysql_health",
            &["--mode", "uptime", "--hostname", "127.0.0.1", "--port", "1"],
            2,
            "uptime".into(),
            ":1",
        ),
        ("check_mysql_health", &["--mode", "x"], 3, "x".into(), "unknown mode `x`"),
        ("pmp-check-mysql-innodb", &["-H", "127.0.0.1", "-P", "1"], 2, "pmp-check-mysql-innodb".into(), ":1"),
        ("no-such-name", &[], 3, Value::Null, "unknown plugin name"),
    ] {
        let answered = plugin(applet, &[arguments, &["--output", "json"]].concat(), &state);
        let object = json(&answered);
        assert_eq!((answered.code, &object["check"]), (Some(code), &check), "{answered:?}");
        assert!(object["text"].as_str().is_some_and(|text| text.contains(part)), "{part}: {object}");
    }
}

#[test]
fn check_mysql_health_applies_morph_options_and_names_ignored_ones() {
    let _turn = turn::shared();
    let (server, state) = (Server::builder(Flavor::MariaDb).start(), Workdir::new("plugins"));
    let socket = server.socket().display().to_string();
    let ask = |mode: &str, arguments: &[&str]| {
        let login = ["--mode", mode, "--socket", &socket, "--username", "root"];
        plugin("check_mysql_health", &[&login, arguments].concat(), &state)
    };
    for (arguments, code, line) in [
        (&["--morphmessage", "^OK - .*=all is well"][..], 0, "all is well | threads_running="),
        (&["--morphmessage", "CRIT=x", "--morphperfdata", "^threads=$0"], 0, "OK - "),
        (&["--morphperfdata", "threads_(.*)=t_$1"], 0, " | t_running="),
        (&["--selectedperfdata", "^uptime"], 0, "OK - "),
        (&["--warningx", "threads_running=@0:1000"], 1, "WARNING - "),
        (&["--warningx", "other=@0:1000", "--criticalx", "thr.*=@0:1000"], 2, "CRITICAL - "),
        (&["--warning", "@0:1000", "--isvalidtime", "0"], 0, "or WARNING: "),
        (&["--warning", "@0:1000", "--isvalidtime", "1"], 1, "WARNING - "),
        (&["--morphmessage", "(=x"], 3, "--morphmessage is not a regular expression"),
        (&["--warningx", "x=abc"], 3, "--warningx `abc` is not a range"),
    ] {
        let answered = ask("threads-running", arguments);
        assert!(answered.code == Some(code) && answered.line.contains(line), "{arguments:?}: {answered:?}");
        assert_eq!(answered.stdout.lines().count(), 1, "{answered:?}");
    }
    assert_eq!(ask("threads-running", &["--selectedperfdata", "^uptime"]).perfdata(), "");
    let ignored = ["--blacklist", "x", "--mitigation", "warning", "--scream"];
    for verbose in ["-v", "--multiline"] {
        let told = ask("uptime", &[&ignored[..], &[verbose]].concat()).stdout;
        assert!(told.contains("\noptions without effect: --blacklist --mitigation --scream\n"), "{told}");
    }
}

#[test]
fn the_examples_in_every_help_work_on_a_real_server() {
    let _turn = turn::shared();
    let (server, state) = (Server::builder(Flavor::MariaDb).start(), Workdir::new("plugins"));
    server.sql(PERCONA);
    server.sql(
        "CREATE TABLE percona.kill_log (timestamp TIMESTAMP); CREATE DATABASE shop; CREATE TABLE shop.orders (id INT)",
    );
    let (port, bin) = (server.port(), Workdir::new("plugins"));
    std::fs::write(bin.join("plugins.ini"), "[mysql]\nusername=root\n").expect("it is ours");
    healthd_tests::healthd::secret_file(
        &bin.join("monitoring.cnf"),
        &format!("[client]\nport={port}\nhost=127.0.0.1\n"),
    );
    let here = |file: &str| bin.join(file).display().to_string();
    let mut examples = 0;
    // Those that ask a mail system, or healthd about a log, have theirs tried in `mail_volume`.
    let of_servers = |name: &str| !["check_mail", "check_log"].iter().any(|begin| name.starts_with(begin));
    for applet in healthd_plugins::applets::ALL.into_iter().filter(|applet| of_servers(applet.name)) {
        let script = format!("#!/bin/sh\nexec {} {} \"$@\"\n", executable().display(), applet.name);
        std::fs::write(bin.join(applet.name), script).expect("it is ours");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(bin.join(applet.name), mode).expect("it is ours");
        let help = plugin(applet.name, &["--help"], &state).stdout;
        let below = help.split("Examples:\n").nth(1).unwrap_or_default();
        for line in below.lines().take_while(|line| line.starts_with("  ")) {
            let example = line.trim().split("   ").next().unwrap_or_default();
            let login = match applet.name {
                "check_mysql_health" => format!("--port {port} --username root"),
                name if name.starts_with("pmp-") => format!("-P {port} -l root"),
                _ if example.contains("--daemon") => String::new(),
                _ => format!("-P {port} -u root"),
            };
            let command = format!("{example} {login}")
                .replace("db1", "127.0.0.1")
                .replace("db2", "127.0.0.1")
                .replace("-u monitor", "")
                .replace("/etc/healthd/monitoring.cnf", &here("monitoring.cnf"))
                .replace("/etc/nagios/plugins.ini", &here("plugins.ini"));
            let path = format!("{}:/usr/bin:/bin", bin.path().display());
            let answered = answer(
                Command::new("bash").args(["-c", &command]).env("PATH", path).env("STATE_DIRECTORY", state.path()),
            );
            // Help and lists, and what is missing: a channel of a server that has none, backups.
            let unknown = ["--list", "--help", "--channel dc2", "--master-conn dc2", "backup-age", "percona.heartbeat"];
            let unknown = unknown.iter().any(|part| example.contains(part));
            assert!(answered.code != Some(3) || unknown, "{command}: {answered:?}");
            assert!(!answered.line.contains("--help shows"), "{command}: {answered:?}");
            examples += 1;
        }
    }
    assert!(examples > 25, "{examples}");
}

#[test]
fn mysql_pwd_is_read_last_and_a_password_argument_is_reported() {
    let _turn = turn::shared();
    let (server, state) = (Server::builder(Flavor::MariaDb).start(), Workdir::new("plugins"));
    server.sql("CREATE USER watch@localhost IDENTIFIED BY 'hunter2'");
    let socket = server.socket().display().to_string();
    let file = |name: &str, text: &str| {
        let path = state.join(name);
        healthd_tests::healthd::secret_file(&path, text);
        path.display().to_string()
    };
    let right = file("right.cnf", "[client]\npassword=hunter2\n");
    let wrong = file("wrong.cnf", "[client]\npassword=x\n");
    let none = file("none.cnf", "[client]\nskip-password\n");
    let empty = file("empty.cnf", "[client]\n");
    let ini = file("plugins.ini", "[check_mysql]\npassword=hunter2\n");
    let asked = |applet: &str, environment: &str, arguments: &[&str]| {
        let socket = if applet == "check_my" { ["-S", &socket] } else { ["-s", &socket] };
        let mut command = Command::new(executable());
        command.arg(applet).args(arguments).args(socket).args(["-u", "watch"]);
        answer(command.env("MYSQL_PWD", environment).env("STATE_DIRECTORY", state.path()))
    };
    for (environment, arguments, code) in [
        ("hunter2", &["--defaults-file", &*empty][..], 0),
        ("x", &["--defaults-file", &*right], 0),
        ("hunter2", &["--defaults-file", &*wrong], 2),
        ("hunter2", &["--defaults-file", &*none], 2),
        ("hunter2", &["--defaults-file", &*empty, "-p", "x"], 2),
        ("x", &["--defaults-file", &*wrong, "-p", "hunter2"], 0),
    ] {
        let answered = asked("check_my", environment, &[&["ping", "-v"], arguments].concat());
        assert_eq!(answered.code, Some(code), "{environment} {arguments:?}: {answered:?}");
        let told = answered.stdout.contains("hint: the password is on the command line");
        assert_eq!(told, arguments.contains(&"-p"), "{arguments:?}: {answered:?}");
        assert!(!answered.stdout.contains("hunter2"), "{answered:?}");
    }
    let from = format!("--extra-opts=check_mysql@{ini}");
    for (arguments, told) in [(&["-phunter2", "-v"][..], true), (&["-p", "hunter2"], false), (&[&*from, "-v"], false)] {
        let answered = asked("check_mysql", "", arguments);
        assert_eq!((answered.code, answered.stdout.contains("hint:")), (Some(0), told), "{answered:?}");
    }
}
