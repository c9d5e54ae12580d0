//! Whatever happens to a plugin, it ends with one line on stdout and an exit code from 0 to 3.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::process::Command;
use std::thread;

use healthd_tests::disk::Disk;
use healthd_tests::plugin::{Answered, answer, executable, plugin};
use healthd_tests::skip::skipped;
use healthd_tests::{Flavor, Server, Workdir};

use crate::turn;

/// A listener that answers each connection with these bytes, and these others after the client's first packet.
fn fake(greeting: Vec<u8>, second: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("it is bound").port();
    // The thread ends with the process of the test.
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let (greeting, second) = (greeting.clone(), second.clone());
            thread::spawn(move || {
                stream.write_all(&greeting).ok();
                let mut said = [0; 1024];
                if !second.is_empty() && stream.read(&mut said).is_ok_and(|length| length > 0) {
                    stream.write_all(&second).ok();
                }
                // Holds the connection until the client closes it.
                while stream.read(&mut said).is_ok_and(|length| length > 0) {}
            });
        }
    });
    port
}

fn packet(number: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("a packet").to_le_bytes();
    [&length[..3], &[number], body].concat()
}

/// <https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase_packets_protocol_handshake_v10.html>
fn greeting() -> Vec<u8> {
    let body = [
        b"\x0a10.11.19-MariaDB\0\x01\0\0\0abcdefgh\0\xff\xf7\x21\x02\0\xff\x81\x15\0\0\0\0\0\0\0\0\0\0".as_slice(),
        b"ijklmnopqrst\0mysql_native_password\0",
    ];
    packet(0, &body.concat())
}

fn is_one_line(what: &str, answered: &Answered) {
    assert!(matches!(answered.code, Some(0..=3)), "{what}: {answered:?}");
    assert_eq!((answered.stdout.lines().count(), answered.stderr.as_str()), (1, ""), "{what}");
    assert!(answered.line.len() < 1_000 && answered.line.matches('|').count() <= 1, "{what}: {}", answered.line);
}

#[test]
fn malformed_servers_give_one_critical_line() {
    let _turn = turn::shared();
    let state = Workdir::new("plugins");
    let long = [b"\xff\x15\x04#28000".as_slice(), &b"x|\n".repeat(340_000)].concat();
    for (what, greeting, second) in [
        ("a megabyte of error text", packet(0, &long), vec![]),
        ("a megabyte of error text after the login", greeting(), packet(2, &long)),
        ("another protocol", b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), vec![]),
        ("half a greeting", greeting()[..30].to_vec(), vec![]),
        ("silence", vec![], vec![]),
        ("an unknown way to log in", greeting(), packet(2, b"\xfeno_such_plugin\0abc")),
        ("a login that makes no sense", greeting(), packet(2, b"\xfemysql_native_password\0")),
        ("an old login", greeting(), packet(2, b"\xfe")),
        ("an answer of another kind", greeting(), packet(9, b"\x00\x00")),
    ] {
        let port = fake(greeting, second).to_string();
        let asked = ["threads-running", "-H", "127.0.0.1", "-P", &port, "-u", "nobody", "-p", "x", "-t", "1"];
        let answered = plugin("check_my", &asked, &state);
        is_one_line(what, &answered);
        assert_eq!(answered.code, Some(2), "{what}: {}", answered.line);
    }
}

#[test]
fn closed_stdout_language_and_empty_environment_keep_the_exit_code() {
    let _turn = turn::shared();
    let asked = |prefix: &str, suffix: &str| {
        let plugin = executable().display().to_string();
        let line = format!("{prefix} {plugin} check_my threads-running -H 127.0.0.1 -P 1 {suffix}");
        answer(Command::new("bash").args(["-c", &line]))
    };
    assert_eq!(asked("exec", ">&-").code, Some(2));
    // No process reads any more.
    assert_eq!(asked("set -o pipefail;", "| true").code, Some(2));
    let full = asked("exec", ">/dev/full");
    assert_eq!((full.code, full.stderr.as_str()), (Some(2), ""));
    is_one_line("a strange language", &asked("exec env LANG=xx_YY.UTF-9 LC_ALL=nowhere", ""));
    is_one_line("no environment", &asked("exec env -i", ""));
}

#[test]
fn usage_errors_help_and_the_version_are_unknown_and_on_stdout() {
    let state = Workdir::new("plugins");
    for arguments in [
        &["--help"][..],
        &["--version"],
        &["--list"],
        &[],
        &["threads-running", "--bogus"],
        &["threads-running", "-w", "10:5"],
        &["threads-running", "-w"],
        &["threads-running", "-t", "0"],
        &["threads-running", "-P", "99999"],
        &["threads-running", "--defaults-file", "/nonexistent/client.cnf"],
        &["no-such-check"],
        &["health", "-w", "1"],
    ] {
        let answered = plugin("check_my", arguments, &state);
        assert_eq!((answered.code, answered.stderr.as_str()), (Some(3), ""), "{arguments:?}: {answered:?}");
        assert!(!answered.line.is_empty(), "{arguments:?}");
    }
}

#[test]
fn foreign_counters_are_noted_and_without_storage_a_rate_is_unknown() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let socket = server.socket().display().to_string();
    let state = Workdir::new("plugins");
    let expected = |directory: &str, code: i32| {
        let arguments = ["slow-queries", "-S", &socket, "-u", "root", "--state-dir", directory];
        let answered = plugin("check_my", &arguments, &state);
        is_one_line(directory, &answered);
        assert_eq!(answered.code, Some(code), "{}", answered.line);
        answered.line
    };
    let asked = |directory: &str| expected(directory, 0);
    // If every run were a first run, the check could never fail.
    let refused = |directory: &str| expected(directory, 3);
    let path = |name: &str| state.join(name).display().to_string();
    let own = path("own");
    assert!(!asked(&own).contains('['), "{}", asked(&own));
    assert_eq!(fs::metadata(&own).expect("it is made").permissions().mode() & 0o777, 0o700);
    let file = fs::read_dir(&own).expect("it is made").next().expect("one file").expect("it is readable").path();
    for planted in ["", "{\"version\":1,\"runs\":[{\"at\":", "system('id')", "[[[[[[[[[["] {
        fs::write(&file, planted).expect("it is ours");
        assert!(asked(&own).contains("damaged or from another program"), "{planted}");
        assert!(!asked(&own).contains('['), "the next run replaces it");
    }
    fs::remove_file(&file).expect("it is ours");
    symlink("/etc/passwd", &file).expect("it is ours");
    assert!(asked(&own).contains("ignored"), "a link is not followed");
    fs::remove_file(&file).ok();
    symlink(&own, state.join("link")).expect("it is ours");
    assert!(refused(&path("link")).contains('['), "a link is no directory of ours");
    fs::create_dir(state.join("open")).expect("it is ours");
    fs::set_permissions(state.join("open"), fs::Permissions::from_mode(0o777)).expect("it is ours");
    assert!(refused(&path("open")).contains("others may write to it"));
    if fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0) {
        fs::create_dir(state.join("foreign")).expect("it is ours");
        chown(state.join("foreign"), Some(12_345), None).expect("root may");
        assert!(refused(&path("foreign")).contains("another account"));
        let disk = Disk::mount("healthd-plugin-state", &state.join("full"), 64).expect("root may mount");
        disk.fill().expect("a full disk");
        assert!(refused(&path("full")).contains("cannot store them"), "{}", refused(&path("full")));
    } else {
        skipped("counters of another account, and a full disk", "only root can make them");
    }
}

/// For the MySQL clients a port means TCP, and so it does for our applet and those of plugins that call these clients.
/// The other original plugins use the socket.
#[test]
fn a_port_without_a_host_means_tcp_as_for_the_mysql_clients() {
    let _turn = turn::shared();
    let (one, two) = (Server::builder(Flavor::MariaDb).start(), Server::builder(Flavor::MariaDb).server_id(2).start());
    let state = Workdir::new("plugins");
    let file = state.join("client.cnf");
    fs::write(&file, format!("[client]\nsocket={}\nuser=mon\npassword=mon\n", one.socket().display()))
        .expect("it is ours");
    let (file, port) = (file.display().to_string(), two.port().to_string());
    for (applet, words, of) in [
        ("check_my", &["status", "--name", "server_id", "--defaults-file", &file, "-P", &port][..], 2),
        ("check_my", &["status", "--name", "server_id", "--defaults-file", &file, "-H", "localhost", "-P", &port], 2),
        ("check_my", &["status", "--name", "server_id", "--defaults-file", &file], 1),
        ("pmp-check-mysql-status", &["-x", "server_id", "-w", "9", "--defaults-file", &file, "-P", &port], 2),
        ("check_mysql_query", &["-q", "SELECT @@server_id", "-f", &file, "-P", &port], 1),
    ] {
        let answered = plugin(applet, words, &state);
        let value = answered.perfdata().split(';').next().and_then(|item| item.split_once('=')?.1.parse::<f64>().ok());
        assert_eq!(value, Some(f64::from(of)), "{applet} {words:?}: {answered:?}");
    }
    let together = plugin("check_my", &["ping", "-H", &format!("127.0.0.1:{port}")], &state);
    assert!(together.code == Some(3) && together.line.contains("the port"), "{together:?}");
}
