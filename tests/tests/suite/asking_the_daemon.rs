//! `check_my health --daemon` against the real daemon, which watches real servers.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use healthd_tests::plugin::{Answered, executable, plugin};
use healthd_tests::ports::free_port;
use healthd_tests::skip::skipped;
use healthd_tests::{Flavor, Healthd, Server, Workdir, pair, wait_for};

use crate::replicas::lock_table;
use crate::turn;

const SOON: Duration = Duration::from_secs(10);

/// Asks over the daemon's socket, as the account that runs the tests.
pub(crate) fn by_socket(healthd: &Healthd, arguments: &[&str]) -> Answered {
    let socket = healthd.file("state/query.sock").display().to_string();
    ask(&socket, arguments)
}

fn ask(daemon: &str, arguments: &[&str]) -> Answered {
    let state = Workdir::new("asking");
    let answered = plugin("check_my", &[&["health", "--daemon", daemon], arguments].concat(), &state);
    assert_eq!(answered.stderr, "", "{answered:?}");
    assert!(answered.line.len() < 1000 && answered.stdout.ends_with('\n'), "{answered:?}");
    answered
}

/// Waits for this exit code and a line that contains these words.
#[track_caller]
pub(crate) fn await_said(healthd: &Healthd, arguments: &[&str], code: i32, words: &str) -> Answered {
    wait_for(&format!("{code} with `{words}`"), SOON, || match by_socket(healthd, arguments) {
        answered if answered.code == Some(code) && answered.line.contains(words) => Ok(answered),
        other => Err(other.line),
    })
}

#[test]
fn socket_and_url_agree_and_a_dead_server_is_critical() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    let title = format!("m0:{}", server.port());
    let url = format!("http://{}", healthd.http);
    // The directory of the socket is accepted too.
    let dir = healthd.file("state").display().to_string();
    for place in [&url, &dir, &healthd.file("state/query.sock").display().to_string()] {
        let answered = ask(place, &[]);
        assert_eq!(answered.code, Some(0), "{place}: {answered:?}");
        assert!(answered.line.starts_with(&format!("OK - {title} up, reader up | probe_time=")), "{}", answered.line);
        assert!(answered.perfdata().contains(" probe_age="), "{}", answered.line);
        assert!(!answered.perfdata().contains("replica_lag"), "{}", answered.line);
    }
    // The first question for the writer role: from now on, healthd reads replication positions.
    let writer = ask(&url, &["--role", "writer"]);
    assert_eq!(writer.code, Some(0), "{writer:?}");
    assert!(writer.line.starts_with(&format!("OK - {title} writer up no-witness |")), "{}", writer.line);
    assert!(ask(&url, &[]).line.contains("reader up, writer up no-witness"));
    assert_eq!(ask(&url, &["--role", "galera"]).code, Some(2));
    server.sql("SET GLOBAL read_only=1");
    let read_only = await_said(&healthd, &["--role", "writer"], 2, "writer down (read-only: read_only is on)");
    assert!(read_only.line.starts_with("CRITICAL - "), "{read_only:?}");
    await_said(&healthd, &[], 0, "reader up, no writer (read-only)");
    server.kill9();
    let dead = await_said(&healthd, &[], 2, "down (");
    assert!(dead.line.starts_with(&format!("CRITICAL - {title} down (")), "{}", dead.line);
    await_said(&healthd, &["-v"], 2, "connection-refused: connection refused");
}

#[test]
fn a_hung_daemon_is_critical_in_time_and_a_missing_one_at_once() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    let url = format!("http://{}", healthd.http);
    healthd.process().stop();
    for place in [healthd.file("state/query.sock").display().to_string(), url.clone()] {
        let begun = Instant::now();
        let answered = ask(&place, &["-t", "1"]);
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
        assert_eq!(answered.code, Some(2), "{answered:?}");
        assert!(answered.line.contains(&format!("no answer on {place} within 1.0s")), "{}", answered.line);
    }
    healthd.process().cont();
    healthd.process().kill9();
    for place in [healthd.file("state/query.sock").display().to_string(), url, "/nonexistent".to_owned()] {
        let answered = ask(&place, &[]);
        assert_eq!(answered.code, Some(2), "{answered:?}");
        assert!(answered.line.contains(&format!("no healthd answers on {place} (")), "{}", answered.line);
        assert!(answered.line.contains("start it"), "{}", answered.line);
    }
}

#[test]
fn a_lagging_or_broken_replica_is_a_warning_and_thresholds_apply_to_lag() {
    let _turn = turn::shared();
    let (source, replica) = pair(Flavor::MariaDb);
    let healthd = Healthd::builder().settings("lag_hold = \"1s\"").instance("m0", replica.port(), "").start();
    let well = await_said(&healthd, &["-w", "300", "-c", "600"], 0, "reader up");
    assert!(well.perfdata().starts_with("replica_lag=0s;300;600;0 probe_time="), "{}", well.line);
    source.sql("CREATE DATABASE lab; CREATE TABLE lab.t(id INT PRIMARY KEY)");
    wait_for("the table", SOON, || replica.try_sql("SELECT * FROM lab.t"));
    replica.sql("STOP SLAVE SQL_THREAD");
    source.sql("INSERT INTO lab.t VALUES(1)");
    let lock = lock_table(&replica, "READ");
    replica.sql("START SLAVE SQL_THREAD");
    // The SQL thread waits for the lock: running, and falling behind.
    let lagging = await_said(&healthd, &["--max-lag", "1s"], 1, "reader down (lag: channel default: ");
    assert!(lagging.line.contains("max_lag 1.0s"), "{}", lagging.line);
    let over = await_said(&healthd, &["-w", "1", "-c", "60"], 1, " s behind");
    assert!(over.perfdata().contains("s;1;60;0"), "{}", over.line);
    assert_eq!(by_socket(&healthd, &["--role", "reader", "--max-lag", "1s"]).code, Some(2));
    assert_eq!(by_socket(&healthd, &["--role", "any"]).code, Some(0));
    drop(lock);
    await_said(&healthd, &[], 0, "reader up");
    replica.sql("STOP SLAVE SQL_THREAD");
    let broken = await_said(&healthd, &["-v"], 1, "reader down (sql-thread-stopped: channel default: ");
    assert!(broken.stdout.contains("reader: channel of default fail: "), "{}", broken.stdout);
    assert!(!broken.perfdata().contains("replica_lag"), "{}", broken.line);
    await_said(&healthd, &["--role", "reader"], 2, "reader down (sql-thread-stopped: ");
    // An unknown lag is within no threshold.
    let unknown = by_socket(&healthd, &["--role", "any", "-c", "600"]);
    assert!(unknown.code == Some(3) && unknown.line.contains("its lag (lag_seconds) is not known"), "{unknown:?}");
}

#[test]
fn maintenance_is_a_warning_that_says_who_and_until_when() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    let order = |words: &[&str]| {
        let output = healthd.command(&[&["maintenance"], words].concat());
        assert!(output.status.success(), "{output:?}");
    };
    order(&["on", "m0", "--for", "30m", "--reason", "loading a dump"]);
    let out = by_socket(&healthd, &[]);
    assert_eq!(out.code, Some(1), "{out:?}");
    assert!(out.line.contains(" in maintenance by root, ends in ") && out.line.contains(": loading a dump"), "{out:?}");
    for role in ["any", "reader", "writer"] {
        assert_eq!(by_socket(&healthd, &["--role", role]).code, Some(1), "{role}");
    }
    order(&["off", "m0"]);
    assert_eq!(by_socket(&healthd, &[]).code, Some(0));
    order(&["on", "m0", "--drain"]);
    let drained = by_socket(&healthd, &[]);
    assert!(drained.code == Some(1) && drained.line.contains(" drained by root, no end set"), "{drained:?}");
    // No operator has set this.
    server.kill9();
    await_said(&healthd, &[], 2, "its server does not answer: ");
    order(&["on", "m0"]);
    await_said(&healthd, &[], 1, "its server does not answer: ");
}

#[test]
fn the_worst_of_two_instances_comes_first_and_each_can_be_selected() {
    let _turn = turn::shared();
    let (one, two) = (Server::builder(Flavor::MariaDb).start(), Server::builder(Flavor::MariaDb).start());
    let healthd = Healthd::builder().instance("db-a", one.port(), "").instance("db-b", two.port(), "").start();
    let (first, second) = (one.port().to_string(), two.port().to_string());
    let both = by_socket(&healthd, &[]);
    assert_eq!(both.code, Some(0), "{both:?}");
    let words =
        format!("OK - 2 instances: db-a:{first} up, reader up; db-b:{second} up, reader up | probe_time_{first}=");
    assert!(both.line.starts_with(&words) && both.perfdata().contains(&format!("probe_age_{second}=")), "{both:?}");
    two.kill9();
    let worst = await_said(&healthd, &[], 2, "refused: ");
    assert!(worst.line.starts_with(&format!("CRITICAL - 2 instances: db-b:{second} down (")), "{}", worst.line);
    assert!(worst.line.contains(&format!("; db-a:{first} up, reader up")), "{}", worst.line);
    for (arguments, code) in [
        (["-P", &first], 0),
        (["-P", &second], 2),
        (["--port", &second], 2),
        (["--name", "db-a"], 0),
        (["--name", "db-b"], 2),
        (["--name", &first], 0),
        (["--name", "db-c"], 3),
        (["-P", "1"], 3),
    ] {
        let answered = by_socket(&healthd, &arguments);
        assert_eq!(answered.code, Some(code), "{arguments:?}: {answered:?}");
    }
    assert!(by_socket(&healthd, &["-P", "1"]).line.contains(&format!("db-a:{first}, db-b:{second}")));
}

#[test]
fn a_client_outside_allow_read_learns_what_allows_it() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd =
        Healthd::builder().settings("allow_read = [\"10.99.0.0/16\"]").instance("m0", server.port(), "").start();
    let refused = ask(&format!("http://{}", healthd.http), &[]);
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(refused.line.contains("refuses this machine (403)") && refused.line.contains("allow_read"), "{refused:?}");
    // Every account of this machine may open the socket.
    assert_eq!(by_socket(&healthd, &[]).code, Some(0));
}

#[test]
fn ipv6_addresses_and_names_are_accepted_as_hosts() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let port = free_port();
    let listening = format!("[::1]:{port}");
    let healthd = Healthd::builder()
        .argument("--listen")
        .argument(&listening)
        .argument("--listen")
        .argument(&format!("127.0.0.1:{port}"))
        .instance("m0", server.port(), "")
        .launch();
    wait_for("an answer on IPv6", SOON, || {
        let answered = ask(&format!("http://{listening}"), &[]);
        if answered.code == Some(0) { Ok(()) } else { Err(answered.line + &healthd.log()) }
    });
    let answered = ask(&format!("http://localhost:{port}"), &[]);
    assert_eq!(answered.code, Some(0), "{answered:?}");
    let nowhere = ask("http://no-such-host.invalid", &[]);
    assert!(nowhere.code == Some(2) && nowhere.line.contains("the name has no address"), "{nowhere:?}");
}

/// Answers one connection with these bytes, whatever the request is, and closes it.
fn answering(bytes: Vec<u8>) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let serving = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the plugin connects");
        let mut request = [0; 2048];
        let length = stream.read(&mut request).expect("it asks");
        // The plugin may have closed the connection.
        stream.write_all(&bytes).ok();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    (url, serving)
}

#[test]
fn an_answer_from_another_program_is_unknown() {
    let http = |head: &str, body: &str| {
        format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).into_bytes()
    };
    let verdict = |role: &str| format!(r#"{{"role":"{role}","state":"up","code":"","reason":"","gates":[]}}"#);
    let of = |verdicts: &[String]| {
        let verdicts = verdicts.join(",");
        format!(r#"[{{"name":"m0","port":3306,"default_role":"any","age_seconds":0.1,"verdicts":[{verdicts}]}}]"#)
    };
    let all = ["any", "reader", "writer", "galera"].map(verdict);
    for (bytes, code, words) in [
        (b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), 3, "is not healthd"),
        (Vec::new(), 3, "broke off (connection closed before message completed)"),
        (http("200 OK", "<html><h1>It works"), 3, "is not healthd: it says `<html><h1>It works`"),
        (http("404 Not Found", "nothing here"), 3, "is not healthd: it answers 404, `nothing here`"),
        (http("302 Found", ""), 3, "is not healthd: it answers 302, nothing"),
        (http("500 Oops", "boom"), 3, "it answers 500"),
        (http("403 Forbidden", ""), 3, "allow_read"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[{\"name\"".to_vec(), 3, "broke off ("),
        (b"HTTP/1.1 200 OK\r\nConten".to_vec(), 3, "broke off ("),
        (http("200 OK", &" ".repeat(1024 * 1024 + 1)), 3, "its answer is larger than 1024 KiB"),
        (http("200 OK", "[{\"name\":\"m0\"}]"), 3, "missing field `default_role`"),
        (http("200 OK", "[]"), 3, "watches no instance"),
        (http("200 OK", &of(&all[..1])), 3, "without a verdict for the role reader"),
        (http("200 OK", &of(&all)), 0, "m0:3306 up, reader up"),
        // A later release may say more.
        (http("200 OK", &of(&all).replace("\"port\"", "\"moon\":{\"phase\":1},\"port\"")), 0, "m0:3306 up, reader up"),
    ] {
        let (url, serving) = answering(bytes);
        let answered = ask(&url, &["-t", "3"]);
        serving.join().expect("it answered");
        assert_eq!(answered.code, Some(code), "{words}: {answered:?}");
        assert!(answered.line.contains(words), "{words}: {}", answered.line);
    }
}

#[test]
fn the_host_header_has_the_address_not_the_name() {
    let (url, serving) = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]".to_vec());
    let named = url.replace("127.0.0.1", "localhost");
    let answered = ask(&named, &["--max-lag", "90", "--role", "reader"]);
    assert!(answered.line.contains("watches no instance"), "{answered:?}");
    let asked = serving.join().expect("it answered");
    assert!(asked.starts_with("GET /instances?role=reader&max_lag=1m30s HTTP/1.1\r\n"), "{asked}");
    let host = url.trim_start_matches("http://");
    assert!(asked.to_lowercase().contains(&format!("\r\nhost: {host}\r\n")), "{asked}");
}

#[test]
fn the_socket_of_a_daemon_of_the_same_account_is_found() {
    let _turn = turn::shared();
    if ["/run/healthd/query.sock", "/var/lib/healthd/query.sock"].iter().any(|file| Path::new(file).exists()) {
        skipped("the socket of this account's own daemon", "the node's own healthd runs here");
        return;
    }
    let server = Server::builder(Flavor::MariaDb).start();
    let (healthd, home) = (Healthd::watching(&server), Workdir::new("home"));
    fs::create_dir_all(home.join(".local/state")).expect("the directory is writable");
    symlink(healthd.file("state"), home.join(".local/state/healthd")).expect("the directory is writable");
    let output = Command::new(executable()).args(["check_my", "health", "--daemon"]).env("HOME", home.path()).output();
    let output = output.expect("the plugin runs");
    let line = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && line.starts_with("OK - m0:"), "{line}");
    let nowhere = plugin("check_my", &["health", "--daemon"], &home);
    assert_eq!(nowhere.code, Some(2), "{nowhere:?}");
    assert!(nowhere.line.contains("no healthd answers on /run/healthd/query.sock"), "{}", nowhere.line);
}

#[test]
fn options_that_do_not_apply_to_a_daemon_are_refused_in_one_line() {
    let state = Workdir::new("asking");
    for (arguments, words) in [
        (&["replica-lag", "--daemon"][..], "--daemon applies to health only: for replica-lag ask the server itself"),
        (&["nonsense", "--daemon"], "--daemon applies to health only"),
        (&["health", "--daemon", "-H", "db1"], "-H does not apply to --daemon"),
        (&["health", "--daemon", "-u", "mon"], "-u does not apply to --daemon"),
        (&["health", "--daemon", "-p", "x"], "-p does not apply to --daemon"),
        (&["health", "--daemon", "-S", "/run/s"], "-S does not apply to --daemon"),
        (&["health", "--daemon", "--defaults-file", "/f"], "--defaults-file does not apply to --daemon"),
        (&["health", "--daemon", "--channel", "c"], "--channel does not apply to --daemon"),
        (&["health", "--daemon", "-P", "3306", "--name", "m0"], "-P and --name both"),
        (&["health", "--daemon", "https://db1:31337"], "healthd uses HTTP without TLS"),
        (&["health", "--daemon", "db1:31337"], "write http://host:31337"),
        (&["--daemon", "health"], "write http://host:31337"),
        (&["health", "--daemon", "--role", "boss"], "`boss` is not a role"),
        (&["health", "--daemon", "-w", "many"], "-w "),
        (&["health", "--role", "reader"], "--daemon"),
        (&["health", "--max-lag", "10s"], "--daemon"),
    ] {
        let answered = plugin("check_my", arguments, &state);
        assert_eq!(answered.code, Some(3), "{arguments:?}: {answered:?}");
        assert!(answered.line.contains(words), "{arguments:?}: {}", answered.line);
        assert_eq!((answered.stdout.lines().count(), answered.stderr.as_str()), (1, ""), "{arguments:?}");
    }
}
