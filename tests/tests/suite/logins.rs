//! Servers that refuse the probe, and programs that are not servers: each has its own reason, and no secret is
//! revealed.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use healthd_tests::plugin::plugin;
use healthd_tests::{Flavor, Healthd, Server, Workdir, wait_for};

use crate::turn;

const SOON: Duration = Duration::from_secs(8);
const PASSWORD: &str = "s3cret-Pa55";

/// Neither a body nor the log contains the account, its host or its password.
fn assert_discreet(healthd: &Healthd, body: &str) {
    let agent = healthd.ask_agent("name=m0\n");
    let pages = healthd.get("/").body + &healthd.get("/instances").body + &healthd.get("/metrics").body;
    for text in [body, &agent, &healthd.log(), &pages] {
        for secret in [PASSWORD, "probe_user", "probe_user@", "'localhost'"] {
            assert!(!text.contains(secret), "`{secret}` is shown: {text}");
        }
    }
    assert!(!body.contains("127.0.0"), "{body}");
}

fn probe_user(server: &Server) {
    let create = match server.flavor() {
        Flavor::MySql56 => format!("GRANT USAGE ON *.* TO probe_user@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'"),
        _ => format!("CREATE USER probe_user@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'"),
    };
    server.sql(&create);
}

fn as_probe_user() -> String {
    format!("[client]\nuser=probe_user\npassword={PASSWORD}\n")
}

#[test]
fn a_refused_login_has_its_own_reason_and_reveals_nothing() {
    let _turn = turn::shared();
    for flavor in [Flavor::MariaDb, Flavor::MySql97, Flavor::MySql56] {
        if !flavor.or_skip("refused logins") {
            continue;
        }
        let server = Server::builder(flavor).start();
        probe_user(&server);
        let builder = Healthd::builder().client_cnf(&as_probe_user());
        let healthd = builder.instance("m0", server.port(), "").start();
        healthd.await_status("name=m0", 200, SOON);
        let set_password = match flavor {
            Flavor::MySql56 => "SET PASSWORD FOR probe_user@'127.0.0.1' = PASSWORD('other')",
            _ => "ALTER USER probe_user@'127.0.0.1' IDENTIFIED BY 'other'",
        };
        server.sql(set_password);
        kill_probe(&server);
        let answer = healthd.await_reason("name=m0", "access-denied", SOON);
        assert_discreet(&healthd, &answer.body);
        if flavor != Flavor::MySql56 {
            server.sql(&format!("ALTER USER probe_user@'127.0.0.1' IDENTIFIED BY '{PASSWORD}' ACCOUNT LOCK"));
            let answer = healthd.await_reason("name=m0", "account-locked", SOON);
            assert_discreet(&healthd, &answer.body);
            server.sql("ALTER USER probe_user@'127.0.0.1' ACCOUNT UNLOCK");
            healthd.await_status("name=m0", 200, SOON);
        }
    }
}

fn kill_probe(server: &Server) {
    for id in server.sql("SELECT id FROM information_schema.processlist WHERE user = 'probe_user'").lines() {
        server.sql(&format!("KILL {id}"));
    }
}

#[test]
fn offline_mode_is_named() {
    let _turn = turn::shared();
    if !Flavor::MySql97.or_skip("offline_mode") {
        return;
    }
    let server = Server::builder(Flavor::MySql97).start();
    probe_user(&server);
    let healthd = Healthd::builder().client_cnf(&as_probe_user()).instance("m0", server.port(), "").start();
    server.sql("SET GLOBAL offline_mode = ON");
    let answer = healthd.await_reason("name=m0", "offline-mode", SOON);
    assert_discreet(&healthd, &answer.body);
    let (port, state) = (server.port().to_string(), Workdir::new("plugins"));
    let asked = ["ping", "-H", "127.0.0.1", "-P", &port, "-u", "probe_user", "-p", PASSWORD];
    let told = plugin("check_my", &asked, &state);
    assert!(
        told.code == Some(2) && told.line.contains("offline_mode is on: end it with SET GLOBAL offline_mode = OFF"),
        "{told:?}"
    );
    server.sql("GRANT CONNECTION_ADMIN ON *.* TO probe_user@'127.0.0.1'");
    assert_eq!(plugin("check_my", &asked, &state).code, Some(0));
    server.sql("SET GLOBAL offline_mode = OFF");
    healthd.await_status("name=m0", 200, SOON);
}

/// What a listener does with each connection.
type Behavior = fn(TcpStream);

/// A listener on a free port, in a thread that ends with the test.
fn listener(behavior: Behavior) -> (u16, Arc<AtomicU32>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let count = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            counted.fetch_add(1, Ordering::Relaxed);
            std::thread::spawn(move || behavior(stream));
        }
    });
    (port, count)
}

/// Reads until the other side closes.
fn drain(mut stream: TcpStream) {
    drop(stream.read_to_end(&mut Vec::new()));
}

fn say(mut stream: TcpStream, bytes: &[u8]) {
    drop(stream.write_all(bytes));
    drain(stream);
}

/// A packet with its header.
fn packet(number: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a short payload").to_le_bytes();
    [&length[..3], &[number], payload].concat()
}

fn error_packet(number: u8, code: u16, text: &str) -> Vec<u8> {
    packet(number, &[&[0xff], &code.to_le_bytes()[..], text.as_bytes()].concat())
}

/// MySQL 8's greeting without TLS.
fn greeting() -> Vec<u8> {
    let capabilities: u32 = 0x001f_f7ff & !0x0800;
    let (low, high) = (capabilities.to_le_bytes(), (capabilities >> 16).to_le_bytes());
    let parts: [&[u8]; 12] = [
        &[10],
        b"8.0.36\0",
        &[1, 0, 0, 0],
        b"abcdefgh",
        &[0],
        &low[..2],
        &[45],
        &[2, 0],
        &high[..2],
        &[21],
        &[0; 10],
        b"ijklmnopqrst\0mysql_native_password\0",
    ];
    packet(0, &parts.concat())
}

#[test]
fn a_malformed_or_foreign_server_is_503_with_its_own_reason() {
    let _turn = turn::shared();
    let ssh: Behavior = |stream| say(stream, b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n");
    let http: Behavior = |stream| say(stream, b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    let silent: Behavior = drain;
    let half: Behavior = |stream| say(stream, &greeting()[..20]);
    let blocked: Behavior = |stream| {
        say(stream, &error_packet(0, 1129, "Host '10.1.2.3' is blocked because of many connection errors"));
    };
    let foreign: Behavior = |stream| say(stream, &error_packet(0, 1130, "Host '10.1.2.3' is not allowed to connect"));
    let full: Behavior = |stream| say(stream, &error_packet(0, 1040, "Too many connections"));
    let closing: Behavior = |stream| drop(stream);
    let endless: Behavior = |mut stream| {
        drop(stream.write_all(&greeting()));
        while stream.write_all(&[0x20, 0, 0, 3, 0x41]).is_ok() {}
    };
    let nasty_text: Behavior = |stream| {
        say(stream, &error_packet(0, 1105, "x\r\n\u{1b}[31m up healthy | 'probe_user'@'10.1.2.3'"));
    };
    let bad_auth: Behavior = |mut stream| {
        drop(stream.write_all(&greeting()));
        let mut login = [0_u8; 512];
        if stream.read(&mut login).is_ok() {
            // Without its feature for this plugin, the driver panics.
            drop(stream.write_all(&packet(2, b"\xfeparsec\0abcdefghijklmnopqrstuvwxyz012345")));
            let salt = packet(4, b"\x01P\0abcdefghijklmnopqr");
            if stream.read(&mut login).is_ok() {
                say(stream, &salt);
            }
        }
    };
    let absurd: Behavior = |mut stream| {
        drop(stream.write_all(&greeting()));
        let mut sent = [0_u8; 512];
        let answers = [packet(2, &[0, 0, 0, 2, 0, 0, 0]), packet(1, b"\xfe\0\0\0\0\0\0\0\x40")];
        for answer in answers {
            if stream.read(&mut sent).is_ok() {
                drop(stream.write_all(&answer));
            }
        }
        drain(stream);
    };
    for (name, behavior, codes) in [
        ("ssh", ssh, &["not-mysql"][..]),
        ("http", http, &["not-mysql"]),
        ("silent", silent, &["timeout"]),
        ("half a greeting", half, &["timeout"]),
        ("host blocked", blocked, &["host-blocked"]),
        ("no account for the host", foreign, &["host-not-allowed"]),
        ("full", full, &["too-many-connections"]),
        ("closes at once", closing, &["connection-lost"]),
        ("garbage without end", endless, &["not-mysql", "connection-lost", "timeout"]),
        ("strange text", nasty_text, &["server-error"]),
        ("2^62 columns", absurd, &["malformed-packet"]),
        ("a plugin that is left out", bad_auth, &["auth-plugin-unavailable"]),
    ] {
        let (port, _) = listener(behavior);
        let healthd = Healthd::builder().client_cnf(&as_probe_user()).instance("m0", port, "").start();
        let answer = wait_for(&format!("{name}: {codes:?}"), SOON, || {
            let answer = healthd.check("name=m0");
            let found = codes.iter().any(|code| answer.body.starts_with(&format!("down {code}: ")));
            if found && answer.status == 503 { Ok(answer) } else { Err(answer.body) }
        });
        assert!(answer.took < Duration::from_millis(300), "{name}: {:?}", answer.took);
        assert!(!answer.body.contains("up"), "{name}: {}", answer.body);
        assert_discreet(&healthd, &answer.body);
        assert!(!healthd.log().contains('\u{1b}'), "{name}: {}", healthd.log());
        assert!(healthd.process().is_alive(), "{name}");
    }
}

#[test]
fn tls_that_is_refused_or_not_trusted_is_503_and_the_password_is_not_sent() {
    let _turn = turn::shared();
    let (port, _) = listener(|mut stream| {
        drop(stream.write_all(&greeting()));
        let mut sent = Vec::new();
        drop(stream.read_to_end(&mut sent));
        // A server without TLS must not even learn the user name.
        assert!(sent.is_empty(), "something was sent in the clear");
    });
    let required = as_probe_user() + "ssl-mode=REQUIRED\n";
    let healthd = Healthd::builder().client_cnf(&required).instance("m0", port, "").start();
    let answer = healthd.await_reason("name=m0", "tls-unavailable", SOON);
    assert_discreet(&healthd, &answer.body);
}

/// Creates a certificate authority and a certificate for a name, with the openssl command.
pub(crate) fn certificate(dir: &std::path::Path, name: &str) {
    let script = format!(
        "set -e; cd {dir}; \
         openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=lab-ca -keyout ca.key -out ca.pem 2>/dev/null; \
         openssl req -newkey rsa:2048 -nodes -subj /CN={name} -keyout server.key -out server.csr 2>/dev/null; \
         printf 'subjectAltName=DNS:{name}\\n' > ext; \
         openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out \
         server.pem 2>/dev/null; \
         openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=other-ca -keyout other.key -out other.pem \
         2>/dev/null; \
         chmod 644 *.key *.pem; chmod 755 .",
        dir = dir.display()
    );
    let made = std::process::Command::new("bash").args(["-c", &script]).status().expect("bash runs");
    assert!(made.success(), "openssl makes certificates");
}

#[test]
fn tls_to_a_real_server_is_verified_as_configured() {
    let _turn = turn::shared();
    let certificates = healthd_tests::Workdir::new("tls");
    certificate(certificates.path(), "localhost");
    let dir = certificates.path().display();
    let config = format!("ssl-ca={dir}/ca.pem\nssl-cert={dir}/server.pem\nssl-key={dir}/server.key\n");
    let server = Server::builder(Flavor::MariaDb).config(&config).start();
    server.sql("CREATE USER tls@'127.0.0.1' IDENTIFIED BY 'tls' REQUIRE SSL");
    let user = "[client]\nuser=tls\npassword=tls\n";
    let port = server.port();
    for (host, options, expected) in [
        ("127.0.0.1", "ssl-mode=REQUIRED".to_owned(), "up"),
        ("127.0.0.1", "ssl-mode=PREFERRED".to_owned(), "up"),
        ("127.0.0.1", "ssl".to_owned(), "up"),
        ("127.0.0.1", format!("ssl-mode=VERIFY_CA\nssl-ca={dir}/ca.pem"), "up"),
        ("localhost", format!("ssl-mode=VERIFY_IDENTITY\nssl-ca={dir}/ca.pem"), "up"),
        ("127.0.0.1", format!("ssl-mode=VERIFY_IDENTITY\nssl-ca={dir}/ca.pem"), "tls-failed"),
        ("127.0.0.1", format!("ssl-mode=VERIFY_CA\nssl-ca={dir}/other.pem"), "tls-failed"),
        ("127.0.0.1", format!("ssl-mode=VERIFY_CA\nssl-ca={dir}/missing.pem"), "tls-failed"),
        ("127.0.0.1", "ssl-mode=DISABLED".to_owned(), "access-denied"),
        ("127.0.0.1", String::new(), "access-denied"),
    ] {
        let builder = Healthd::builder().client_cnf(&format!("{user}{options}\n"));
        let healthd = builder.instance_at("m0", &format!("{host}:{port}"), "").start();
        match expected {
            "up" => {
                healthd.await_status("name=m0", 200, SOON);
                // The end of a connection with TLS is noticed just as fast.
                let id = server.sql("SELECT id FROM information_schema.processlist WHERE user = 'tls'");
                server.sql(&format!("KILL {}", id.trim()));
                wait_for("a new connection", SOON, || {
                    let now = server.sql("SELECT id FROM information_schema.processlist WHERE user = 'tls'");
                    (!now.trim().is_empty() && now != id).then_some(())
                });
                assert_eq!(healthd.check("name=m0").status, 200, "{options}");
            }
            code => drop(healthd.await_reason("name=m0", code, SOON)),
        }
    }
}

#[test]
fn a_password_is_never_sent_to_another_machine_over_plain_tcp() {
    let _turn = turn::shared();
    // TEST-NET-1 is reserved for documentation: nothing is there, and nothing may be sent to it.
    let builder = Healthd::builder().client_cnf(&as_probe_user()).instance_at("m0", "192.0.2.1:3306", "");
    let healthd = builder.start();
    let answer = healthd.await_reason("name=m0", "tls-required", SOON);
    assert!(answer.body.contains("ssl-mode"), "{}", answer.body);
}

#[test]
fn a_server_behind_a_unix_socket_is_probed_and_its_end_noticed_as_fast() {
    let _turn = turn::alone();
    let server = Server::builder(Flavor::MariaDb).start();
    let address = format!("unix:{}", server.socket().display());
    let healthd = Healthd::builder().instance_at("m0", &address, "port = 3306").start();
    healthd.await_status("port=3306", 200, SOON);
    server.kill9();
    let answer = healthd.await_status("name=m0", 503, Duration::from_millis(100));
    assert!(
        answer.body.starts_with("down connection-refused: ") || answer.body.starts_with("down connection-lost: "),
        "{}",
        answer.body
    );
    std::fs::remove_file(server.socket()).expect("the socket file stays behind");
    healthd.await_reason("name=m0", "no-socket", SOON);
    server.restart();
    healthd.await_status("name=m0", 200, SOON);
}

#[test]
fn the_authentication_plugins_of_the_servers_work() {
    let _turn = turn::shared();
    if Flavor::MySql97.or_skip("caching_sha2_password") {
        let server = Server::builder(Flavor::MySql97).start();
        server.sql(&format!("CREATE USER sha2@'127.0.0.1' IDENTIFIED WITH caching_sha2_password BY '{PASSWORD}'"));
        let credentials = format!("[client]\nuser=sha2\npassword={PASSWORD}\n");
        let healthd = Healthd::builder().client_cnf(&credentials).instance("m0", server.port(), "").start();
        healthd.await_status("name=m0", 200, SOON);
    }
    let server = Server::builder(Flavor::MariaDb).start();
    server.sql("INSTALL SONAME 'auth_ed25519'");
    server.sql(&format!("CREATE USER ed@'127.0.0.1' IDENTIFIED VIA ed25519 USING PASSWORD('{PASSWORD}')"));
    let credentials = format!("[client]\nuser=ed\npassword={PASSWORD}\n");
    let healthd = Healthd::builder().client_cnf(&credentials).instance("m0", server.port(), "").start();
    healthd.await_status("name=m0", 200, SOON);
}

#[test]
fn a_hanging_login_is_reported_in_time_although_healthd_waits_longer() {
    let _turn = turn::alone();
    let (port, count) = listener(drain);
    let launched = Instant::now();
    let healthd = Healthd::builder().client_cnf(&as_probe_user()).instance("m0", port, "").launch();
    wait_for("an answer", SOON, || healthd.check_from(Ipv4Addr::LOCALHOST.into(), "name=m0"));
    healthd.await_reason("name=m0", "timeout", SOON);
    // The timeout of 1 s, and the start of a process on a busy machine.
    assert!(launched.elapsed() < Duration::from_millis(2500), "{:?}", launched.elapsed());
    // Meanwhile healthd still waits for the first login.
    wait_for("4 s of waiting", SOON, || (launched.elapsed() > Duration::from_secs(4)).then_some(()));
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[test]
fn an_answer_without_end_is_cut_off_at_the_timeout() {
    let _turn = turn::shared();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("healthd connects");
        drop(stream.write_all(&greeting()));
        let mut sent = [0_u8; 512];
        let logged_in = packet(2, &[0, 0, 0, 2, 0, 0, 0]);
        drop((stream.read(&mut sent), stream.write_all(&logged_in), stream.read(&mut sent)));
        // A connection that is cut with its window closed may be reset only a minute later. It is enough that nothing
        // is read any more.
        stream.set_write_timeout(Some(Duration::from_secs(1))).expect("a socket takes it");
        let started = Instant::now();
        let column = b"\x03def\0\0\0\x01a\0\x0c\x2d\0\xff\0\0\0\xfd\0\0\0\0\0";
        let head = [packet(1, &[1]), packet(2, column), packet(3, &[0xfe, 0, 0, 2, 0])].concat();
        drop(stream.write_all(&head));
        let mut number = 3_u8;
        loop {
            number = number.wrapping_add(1);
            if stream.write_all(&packet(number, b"\x01x")).is_err() {
                break;
            }
        }
        tell.send(started.elapsed()).expect("the test waits");
    });
    let healthd = Healthd::builder().client_cnf(&as_probe_user()).instance("m0", port, "").start();
    healthd.await_reason("name=m0", "timeout", SOON);
    let read_for = told.recv_timeout(Duration::from_secs(20)).expect("healthd stops reading");
    // A new connection may take 5 s. After that, the driver does not read on.
    assert!(read_for < Duration::from_secs(8), "{read_for:?}");
}
