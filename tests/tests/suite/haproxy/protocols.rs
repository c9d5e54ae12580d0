//! Every form of check that HAProxy can send, and malformed agent connections.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use healthd_tests::haproxy::{Build, Config, State};
use healthd_tests::http::connect_from;
use healthd_tests::ports::free_port;
use healthd_tests::{Flavor, Haproxy, Healthd, Server};

use super::super::turn;
use super::maintenance;

const SOON: Duration = Duration::from_secs(10);

#[test]
fn every_form_of_the_http_check_gets_the_verdict() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    let (sql, http) = (server.port(), healthd.http.port());
    let forms = [
        ("get", "option httpchk GET /mysqlchk/?port=SQL", ""),
        // Without a method HAProxy sends OPTIONS.
        ("options", "option httpchk /mysqlchk/?port=SQL", ""),
        ("head", "option httpchk HEAD /mysqlchk?port=SQL\n    http-check send-state", ""),
        ("proxy-v2", "option httpchk GET /mysqlchk/?port=SQL", "send-proxy-v2 check-send-proxy"),
        ("proxy-v1", "option httpchk GET /mysqlchk/?port=SQL", "send-proxy check-send-proxy"),
        (
            "http-1.1",
            "option httpchk\n    http-check send meth GET uri-lf \"/mysqlchk/?port=SQL&seen=%[nbsrv(get)]\" \
             ver HTTP/1.1 hdr Host db101 hdr X-Server \"%[srv_name]\"",
            "",
        ),
    ];
    let mut sections = format!("listen any\n    bind 127.0.0.1:{}\n", free_port());
    for (name, check, words) in forms {
        let check = check.replace("SQL", &sql.to_string());
        let backend = format!(
            "backend {name}\n    {check}\n    timeout check 400ms\n    \
             server db101 127.0.0.1:{sql} check port {http} inter 200 rise 1 fall 2 {words}\n"
        );
        sections.push_str(&backend);
    }
    for build in Build::ALL {
        if !build.or_skip("the forms of the HTTP check in other versions of HAProxy") {
            continue;
        }
        let haproxy = Config::from_text(&sections).with(build).start();
        let all = |wanted: fn(&State) -> bool| {
            for (name, ..) in forms {
                haproxy.await_state(name, "db101", SOON, wanted);
            }
        };
        all(|state| state.status == "UP" && state.check == "L7OK" && state.code == "200");
        maintenance(&healthd, &["on", "m0"]);
        all(|state| state.status == "DOWN" && state.check == "L7STS" && state.code == "503");
        maintenance(&healthd, &["off", "m0"]);
        all(|state| state.status == "UP" && state.code == "200");
    }
}

#[test]
fn the_word_ready_gives_healthd_the_administrative_state() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    let (sql, agent) = (server.port(), healthd.agent.port());
    let haproxy = Haproxy::from_text(&format!(
        "listen m0\n    bind 127.0.0.1:{}\n    server db101 127.0.0.1:{sql} agent-check agent-port {agent} \
         agent-inter 200ms agent-send \"port={sql} role=reader ready\\n\"\n",
        free_port()
    ));
    haproxy.await_state("m0", "db101", SOON, |state| state.agent_text.contains("up"));
    maintenance(&healthd, &["on", "m0", "--drain", "--reason", "backup"]);
    haproxy.await_state("m0", "db101", SOON, |state| state.status.starts_with("DRAIN"));
    maintenance(&healthd, &["on", "m0", "--reason", "new kernel"]);
    haproxy.await_state("m0", "db101", SOON, |state| state.status.starts_with("MAINT"));
    maintenance(&healthd, &["off", "m0"]);
    haproxy.await_state("m0", "db101", SOON, |state| state.status == "UP" || state.status == "no check");
}

#[test]
fn bad_agent_connections_do_no_harm() {
    let _turn = turn::alone();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    let from = Ipv4Addr::LOCALHOST.into();
    let connect = || connect_from(from, healthd.agent).expect("the agent accepts");
    let asked = format!("port={}\n", server.port());

    // Nothing is sent: there is only one server.
    assert_eq!(answer(connect()), "up\n");
    // Without a line end, half a line is not answered as if it were the whole one.
    let mut unfinished = connect();
    unfinished.write_all(asked.trim_end().as_bytes()).expect("the agent reads");
    assert_eq!(answer(unfinished), "");
    for garbage in [b"\0\xff\xfe\x16\x03\x01\n".as_slice(), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &[b'x'; 4096]] {
        let mut stream = connect();
        stream.write_all(garbage).expect("the agent reads");
        // The agent closes with unread bytes, which causes a reset. The connection must end, and must not say `up`.
        let mut said = Vec::new();
        let ended = stream.read_to_end(&mut said);
        assert!(ended.is_ok() || ended.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    }
    for (sent, code) in [("port=1\n", "not an instance"), ("port=abc\n", "port"), ("role=king\n", "role")] {
        let said = healthd.ask_agent(sent);
        assert!(said.starts_with("down #bad-request: ") && said.contains(code) && said.ends_with('\n'), "{said}");
    }
    // Some clients never read and never close.
    let mut idle: Vec<TcpStream> = (0..20).map(|_| connect()).collect();
    for stream in &mut idle {
        stream.write_all(asked.as_bytes()).expect("the agent reads");
    }
    assert_eq!(healthd.ask_agent(&asked), "up\n");
    assert_eq!(healthd.check(asked.trim_end()).status, 200);
    drop(idle);
    assert_eq!(healthd.ask_agent(&asked), "up\n");
}

fn answer(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("the agent answers and closes");
    text
}
