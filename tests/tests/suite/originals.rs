//! Our applets next to the original plugins: the same command line on the same server gives the same exit code and
//! perfdata, except for the intended differences listed here.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use healthd_tests::plugin::{self, Answered};
use healthd_tests::{Flavor, Server, Workdir, pair, replicate, skip, wait_for};

use crate::logins::certificate;
use crate::{flavors, turn};

mod tables;

use tables::{Case, EXCEPTIONS, M, Q, SAME};

/// Values that change from one run to the next, also because of the runs themselves.
const MOVING: [&str; 9] = [
    "Connections",
    "Open_files",
    "Open_tables",
    "Qcache_free_memory",
    "Qcache_not_cached",
    "Queries",
    "Questions",
    "Threads_connected",
    "Threads_running",
];

struct Servers {
    lone: Server,
    replica: Server,
    _source: Server,
    state: Workdir,
}

impl Servers {
    fn start() -> Servers {
        let lone = Server::builder(Flavor::MariaDb).server_id(3).start();
        let (source, replica) = pair(Flavor::MariaDb);
        Servers { lone, replica, _source: source, state: Workdir::new("originals") }
    }

    fn arguments(&self, case: &Case) -> Vec<String> {
        let login = |server: &Server| {
            let port = server.port().to_string();
            ["-H", "127.0.0.1", "-P", &port, "-u", "mon", "-p", "mon"].map(str::to_owned).to_vec()
        };
        let port = self.lone.port().to_string();
        let socket = self.lone.socket().display().to_string();
        let words = case.arguments.iter().map(|word| match *word {
            "{lone}" => login(&self.lone),
            "{replica}" => login(&self.replica),
            word => vec![word.replace("{port}", &port).replace("{socket}", &socket)],
        });
        words.flatten().collect()
    }

    /// The original plugin's answer and ours.
    fn ask(&self, case: &Case) -> (Answered, Answered) {
        let arguments = self.arguments(case);
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        (original(case.applet, &words), plugin::plugin(case.applet, &words, &self.state))
    }
}

/// The directory of Debian's package.
fn original_path(applet: &str) -> PathBuf {
    PathBuf::from("/usr/lib/nagios/plugins").join(applet)
}

fn original(applet: &str, words: &[&str]) -> Answered {
    plugin::original(&original_path(applet), words)
}

fn originals_are_here(what: &str) -> bool {
    let here = [M, Q].iter().all(|applet| original_path(applet).is_file());
    if !here {
        skip::skipped(what, "check_mysql of monitoring-plugins is not installed");
    }
    here
}

/// Label, value, unit and thresholds, as a graph reads them.
fn perfdata(answered: &Answered) -> Vec<(String, f64, String, Vec<String>)> {
    // A quoted label may contain blanks.
    let (mut items, mut quoted) = (vec![String::new()], false);
    for c in answered.perfdata().chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => items.push(String::new()),
            c => items.last_mut().expect("never empty").push(c),
        }
    }
    let items = items.into_iter().filter(|item| !item.is_empty());
    items
        .map(|item| {
            let (label, rest) = item.split_once('=').unwrap_or_else(|| panic!("{item}"));
            let mut parts = rest.split(';');
            let value = parts.next().unwrap_or_default();
            let unit_at = value.find(|c: char| c.is_ascii_alphabetic() || c == '%').unwrap_or(value.len());
            let (value, unit) = value.split_at(unit_at);
            let number = value.parse().unwrap_or_else(|error| panic!("{item}: {error}"));
            (label.to_owned(), number, unit.to_owned(), parts.map(str::to_owned).collect())
        })
        .collect()
}

#[test]
fn the_same_command_line_has_the_same_exit_code_and_the_same_graphs() {
    let _turn = turn::shared();
    if !originals_are_here("applets beside check_mysql and check_mysql_query") {
        return;
    }
    let servers = Servers::start();
    for case in &SAME {
        let (theirs, ours) = servers.ask(case);
        let name = format!("{} {:?}\n{}\n{}", case.applet, case.arguments, theirs.line, ours.line);
        assert_eq!((theirs.code, ours.code), (case.same, case.same), "{name}");
        assert_eq!(ours.stderr, "", "{name}");
        if case.same == Some(3) {
            continue;
        }
        let (theirs, ours) = (perfdata(&theirs), perfdata(&ours));
        let labels = |items: &[(String, f64, String, Vec<String>)]| -> Vec<String> {
            items.iter().map(|(label, _, unit, _)| format!("{label}[{unit}]")).collect()
        };
        assert_eq!(labels(&theirs), labels(&ours), "{name}");
        for (theirs, ours) in theirs.iter().zip(&ours) {
            let (label, value) = (&ours.0, ours.1);
            // Two runs may fall into two seconds.
            let near = if label == "Uptime" { 2.0 } else { 1e-6 };
            assert!(MOVING.contains(&&**label) || (theirs.1 - value).abs() <= near, "{label}: {name}");
            // The original plugin keeps only the upper end of a range, with 0 for a missing one.
            for (theirs, ours) in theirs.3.iter().zip(&ours.3) {
                let (theirs, ours) = (theirs.parse::<f64>(), ours.parse::<f64>());
                assert!(ours.is_err() || theirs == ours, "thresholds of {label}: {name}");
            }
        }
    }
}

#[test]
fn without_a_user_name_the_plugin_logs_in_as_the_current_account() {
    let _turn = turn::shared();
    if !originals_are_here("the account of a check beside the originals") {
        return;
    }
    let (server, state) = (Server::builder(Flavor::MariaDb).start(), Workdir::new("originals"));
    let socket = server.socket().display().to_string();
    let (theirs, ours) = (original(M, &["-s", &socket]), plugin::plugin(M, &["-s", &socket], &state));
    assert_eq!(theirs.code, ours.code, "{}\n{}", theirs.line, ours.line);
}

#[test]
fn intended_differences_from_the_original() {
    let _turn = turn::shared();
    if !originals_are_here("applets where they differ from the originals") {
        return;
    }
    let servers = Servers::start();
    for (theirs, ours, why, case) in &EXCEPTIONS {
        let answered = servers.ask(case);
        let name = format!("{why}: {} {:?}\n{}\n{}", case.applet, case.arguments, answered.0.line, answered.1.line);
        assert_eq!((answered.0.code, answered.1.code), (Some(*theirs), Some(*ours)), "{name}");
    }
}

#[test]
fn a_broken_channel_is_critical_whatever_its_name_and_a_missing_privilege_is_named() {
    let _turn = turn::shared();
    let Servers { lone, replica, _source: source, state } = Servers::start();
    let ask = |server: &Server, user: &str, more: &[&str]| {
        let port = server.port().to_string();
        let words = [&["-H", "127.0.0.1", "-P", &port, "-u", user, "-p", user, "-S"], more].concat();
        (original_path(M).is_file().then(|| original(M, &words).code), plugin::plugin(M, &words, &state))
    };
    // SHOW SLAVE STATUS, which the original plugin reads, has no named connections.
    replicate(&source, &lone, Some("dc2"));
    let running = wait_for("the lag is known", Duration::from_secs(20), || match ask(&lone, "mon", &["-w", "5"]) {
        (theirs, Answered { code: Some(0), line, .. }) => Ok((theirs, line)),
        (_, other) => Err(other.line),
    });
    assert!(running.0.is_none_or(|code| code == Some(1)), "{running:?}");
    assert!(running.1.contains("(channel dc2): IO Yes, SQL Yes, seconds behind 0"), "{}", running.1);
    lone.sql("STOP SLAVE 'dc2' SQL_THREAD");
    let (theirs, stopped) = ask(&lone, "mon", &["-w", "99999", "-c", "99999"]);
    assert!(theirs.is_none_or(|code| code == Some(1)), "{theirs:?}");
    assert_eq!((stopped.code, stopped.perfdata()), (Some(2), ""), "{}", stopped.line);
    // The text of an error is shown without what it quotes.
    source.sql("CREATE DATABASE shop; CREATE TABLE shop.t (id INT PRIMARY KEY)");
    wait_for("the table", Duration::from_secs(20), || replica.try_sql("SELECT * FROM shop.t"));
    replica.sql("SET sql_log_bin = 0; INSERT INTO shop.t VALUES (42)");
    source.sql("INSERT INTO shop.t VALUES (42)");
    let failed = wait_for("the applier stops", Duration::from_secs(20), || match ask(&replica, "mon", &[]) {
        (_, Answered { code: Some(2), line, .. }) => Ok(line),
        (_, other) => Err(other.line),
    });
    assert!(failed.contains("SQL No, seconds behind unknown, SQL error 1062: ") && !failed.contains("42'"), "{failed}");
    lone.sql("CREATE USER few@'127.0.0.1' IDENTIFIED BY 'few'");
    let (theirs, denied) = ask(&lone, "few", &[]);
    assert!(theirs.is_none_or(|code| code == Some(2)), "{theirs:?}");
    assert!(denied.code == Some(3) && denied.line.contains("GRANT SLAVE MONITOR ON *.*"), "{}", denied.line);
}

#[test]
fn each_server_answers_and_a_stopped_one_or_a_slow_query_is_critical_in_time() {
    let _turn = turn::shared();
    flavors::every(&[Flavor::MySql97, Flavor::MySql56], "check_mysql and check_mysql_query", |flavor| {
        let (server, state) = (Server::builder(flavor).start(), Workdir::new("originals"));
        let port = server.port().to_string();
        let login = ["-H", "127.0.0.1", "-P", &port, "-u", "mon", "-p", "mon", "-t", "1"];
        let timed = |applet: &str, more: &[&str]| {
            let begun = Instant::now();
            let answered = plugin::plugin(applet, &[&login, more].concat(), &state);
            assert!(begun.elapsed() < Duration::from_secs(3), "{flavor:?}: {:?}", begun.elapsed());
            assert_eq!(answered.code, Some(2), "{flavor:?}: {}", answered.line);
            answered.line
        };
        let now = |applet: &str, more: &[&str]| plugin::plugin(applet, &[&login, more].concat(), &state);
        let alive = now(M, &[]);
        assert_eq!(alive.code, Some(0), "{flavor:?}: {}", alive.line);
        // MySQL 8 does not have this value, so its absence is not an error.
        assert_eq!(alive.line.contains("Qcache_hits="), flavor != Flavor::MySql97, "{flavor:?}: {}", alive.line);
        assert_eq!(now(M, &["-S"]).code, Some(1), "{flavor:?}");
        assert_eq!(now(Q, &["-q", "SELECT 5", "-c", "5"]).perfdata(), "result=5.000000;;5", "{flavor:?}");
        let slow = timed(Q, &["-q", "SELECT SLEEP(30)"]);
        assert!(slow.contains("no answer to the query within 1.0s"), "{flavor:?}: {slow}");
        let several = timed(Q, &["-q", "SELECT 1; SELECT 2"]);
        assert!(several.contains("error 1064"), "{flavor:?}: {several}");
        if flavor != Flavor::MySql56 {
            // No client waits for the statement any more, and the server no longer executes it.
            let working = "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'";
            wait_for("the server gives the query up", Duration::from_secs(5), || match server.sql(working).as_str() {
                "0" => Ok(()),
                other => Err(other.to_owned()),
            });
        }
        server.stop();
        for line in [timed(M, &[]), timed(M, &["-n"]), timed(Q, &["-q", "SELECT 1"])] {
            assert!(line.contains("no answer to connect and login within 1.0s"), "{flavor:?}: {line}");
        }
        server.cont();
    });
}

#[test]
fn an_ini_file_and_an_option_file_give_the_login_and_the_command_line_wins() {
    let _turn = turn::shared();
    let (server, state) = (Server::builder(Flavor::MariaDb).start(), Workdir::new("originals"));
    let port = server.port();
    let ini = state.join("plugins.ini");
    let login = format!("hostname=127.0.0.1\nport={port}\nusername=mon\n");
    let text = format!(
        "# ours\n[check_mysql]\n{login}password=mon\n[check_mysql_query]\n{login}password = mon\nquery=SELECT 7\n\
         [wrong]\n{login}password=wrong\n[short]\n{login}p=mon\n"
    );
    std::fs::write(&ini, text).expect("a file");
    let client = state.join("client.cnf");
    std::fs::write(&client, "[other]\nuser=mon\npassword=mon\n").expect("a file");
    let (ini, client) = (ini.display().to_string(), client.display().to_string());
    let (section, port) = (|name: &str| format!("--extra-opts={name}@{ini}"), port.to_string());
    let here = originals_are_here("ini files beside the originals");
    for (ours, theirs, applet, words) in [
        (0, 0, M, vec![section("")]),
        (0, 0, M, vec!["--extra-opts".to_owned(), format!("@{ini}")]),
        (0, 0, Q, vec![section(""), "-w".to_owned(), "7".to_owned()]),
        (1, 1, Q, vec![section(""), "-w".to_owned(), "6".to_owned()]),
        (2, 2, M, vec![section("wrong")]),
        (0, 0, M, vec!["-p".to_owned(), "mon".to_owned(), section("wrong")]),
        (2, 2, M, vec![section(""), section("wrong")]),
        (3, 3, M, vec![section("nobody")]),
        (3, 3, M, vec!["--extra-opts=@/nonexistent.ini".to_owned()]),
        // The original plugin passes `-p=mon` on, including the equals sign.
        (0, 2, M, vec![section("short")]),
        (0, 0, M, ["-H", "127.0.0.1", "-P", &port, "-f", &client, "-g", "other"].map(str::to_owned).to_vec()),
        // The original plugin continues without the file.
        (3, 2, M, ["-H", "127.0.0.1", "-P", &port, "-u", "mon", "-f", "/nonexistent.cnf"].map(str::to_owned).to_vec()),
    ] {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let answered = plugin::plugin(applet, &words, &state);
        assert_eq!(answered.code, Some(ours), "{applet} {words:?}: {}", answered.line);
        if here {
            let answered = original(applet, &words);
            assert_eq!(answered.code, Some(theirs), "{applet} {words:?}: {}", answered.line);
        }
    }
    let mut command = Command::new(plugin::executable());
    command.args([M, "--extra-opts"]).env("NAGIOS_CONFIG_PATH", format!("/nonexistent:{}", state.path().display()));
    assert_eq!(plugin::answer(&mut command).code, Some(0), "found by the environment");
}

/// A directory with a certificate authority, a certificate of the server, and the options of a server that uses them.
fn tls_files() -> (Workdir, String) {
    let files = Workdir::new("originals-tls");
    certificate(files.path(), "localhost");
    let dir = files.path().display().to_string();
    // The key in the format that old servers read.
    let mut openssl = Command::new("openssl");
    openssl.args(["rsa", "-traditional", "-in", "server.key", "-out", "old.key"]).current_dir(files.path());
    assert!(openssl.output().expect("openssl runs").status.success());
    Command::new("chmod").args(["644", "old.key"]).current_dir(files.path()).status().expect("chmod runs");
    let config = format!("ssl-ca={dir}/ca.pem\nssl-cert={dir}/server.pem\nssl-key={dir}/old.key\n");
    (files, config)
}

#[test]
fn tls_is_used_and_verified_as_the_command_line_says() {
    let _turn = turn::shared();
    let (files, config) = tls_files();
    let (server, state) = (Server::builder(Flavor::MariaDb).config(&config).start(), Workdir::new("originals"));
    server.sql("CREATE USER tls@'127.0.0.1' IDENTIFIED BY 'tls' REQUIRE SSL");
    let empty = files.join("empty");
    std::fs::create_dir(&empty).expect("a directory");
    let here = originals_are_here("TLS of check_mysql beside ours");
    let halves = ["server.pem", "server.key"].map(|name| std::fs::read(files.join(name)).expect("it is there"));
    std::fs::write(files.join("both.pem"), halves.concat()).expect("it is ours");
    let (port, file) = (server.port().to_string(), |name: &str| files.join(name).display().to_string());
    for (ours, theirs, words) in [
        (2, 2, vec![]),
        (0, 0, vec!["-l".to_owned()]),
        (0, 0, vec!["--ssl".to_owned(), "-C".to_owned(), file("ca.pem")]),
        (0, 0, ["-l", "-a", &file("server.pem"), "-k", &file("server.key")].map(str::to_owned).to_vec()),
        (2, 2, ["-l", "-a", &file("missing.pem"), "-k", &file("server.key")].map(str::to_owned).to_vec()),
        (2, 2, ["-l", "-a", &file("server.pem"), "-k", &file("other.key")].map(str::to_owned).to_vec()),
        // One file has both certificate and key, or the other half is missing.
        (0, 0, vec!["-l".to_owned(), "-a".to_owned(), file("both.pem")]),
        (0, 0, vec!["-l".to_owned(), "-k".to_owned(), file("both.pem")]),
        (2, 2, vec!["-l".to_owned(), "-a".to_owned(), file("server.pem")]),
        (2, 2, vec!["-l".to_owned(), "-k".to_owned(), file("server.key")]),
        (3, 2, vec!["-l".to_owned(), "-a".to_owned(), String::new()]),
        // This test does not check which ciphers are secure.
        (0, 2, vec!["-l".to_owned(), "-L".to_owned(), "nonsense".to_owned()]),
        (2, 2, vec!["-l".to_owned(), "-C".to_owned(), file("other.pem")]),
        (2, 2, vec!["-l".to_owned(), "-C".to_owned(), file("missing.pem")]),
        // The original plugin expects links there that are named after hashes.
        (0, 2, vec!["-l".to_owned(), "-D".to_owned(), file("")]),
        (2, 2, vec!["-l".to_owned(), "--ca-dir".to_owned(), file("empty")]),
    ] {
        let login = ["-H", "127.0.0.1", "-P", &port, "-u", "tls", "-p", "tls"];
        let words: Vec<&str> = login.into_iter().chain(words.iter().map(String::as_str)).collect();
        let answered = plugin::plugin(M, &words, &state);
        assert_eq!(answered.code, Some(ours), "{words:?}: {}", answered.line);
        if here {
            let answered = original(M, &words);
            assert_eq!(answered.code, Some(theirs), "{words:?}: {}", answered.line);
        }
    }
    // Without extensions, and so of version 1: rustls accepts none of these, even without verification.
    let script = "openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out server.pem && \
                  openssl x509 -in server.pem -noout -text | grep -q 'Version: 1 '";
    if !Command::new("bash")
        .args(["-c", script])
        .current_dir(files.path())
        .output()
        .expect("bash runs")
        .status
        .success()
    {
        skip::skipped("a certificate of version 1 beside check_mysql", "this openssl makes none");
        return;
    }
    server.sql("FLUSH SSL");
    let words = ["-H", "127.0.0.1", "-P", &port, "-u", "tls", "-p", "tls", "-l"];
    let ours = plugin::plugin(M, &words, &state);
    assert!(ours.code == Some(2) && ours.line.contains("not X.509 version 3"), "{}", ours.line);
    assert!(!here || original(M, &words).code == Some(0), "{}", original(M, &words).line);
}

#[test]
fn a_server_with_old_tls_is_named_as_the_cause() {
    let _turn = turn::shared();
    if !Flavor::MySql56.or_skip("a server that has only TLS 1.0 and 1.1") {
        return;
    }
    let (_files, config) = tls_files();
    let (server, state) = (Server::builder(Flavor::MySql56).config(&config).start(), Workdir::new("originals"));
    assert_eq!(server.sql("SELECT @@have_ssl"), "YES", "{}", server.log());
    let port = server.port().to_string();
    let login = ["-H", "127.0.0.1", "-P", &port, "-u", "mon", "-p", "mon"];
    assert_eq!(plugin::plugin(M, &login, &state).code, Some(0));
    let tls = plugin::plugin(M, &[&login[..], &["-l"]].concat(), &state);
    assert!(tls.code == Some(2) && tls.line.contains("TLS 1.2 or newer is needed"), "{}", tls.line);
}
