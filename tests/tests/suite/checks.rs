//! The answers to checks, in every form of request.

use std::net::{Ipv4Addr, TcpListener};
use std::time::Duration;

use healthd_tests::http::{exchange, parse, request};
use healthd_tests::{Flavor, Healthd, Server, wait_for};

use crate::turn;

#[test]
fn every_form_of_the_request_gets_the_same_verdict() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let port = server.port();
    let healthd = Healthd::watching(&server);
    for method in ["GET", "HEAD", "OPTIONS"] {
        for target in [
            format!("/mysqlchk/?port={port}"),
            format!("/mysqlchk?port={port}"),
            format!("/mysqlchk/?port={port}&unknown=1&primary_up=0"),
            format!("/mysqlchk/?name=m0&port={port}"),
            "/mysqlchk/?name=m0".to_owned(),
            format!("/mysqlchk/?p%6frt={port}"),
            format!("http://any.example/mysqlchk/?port={port}"),
        ] {
            let answer = request(healthd.http, method, &target);
            assert_eq!(answer.status, 200, "{method} {target}: {}", answer.body);
            assert_eq!(answer.headers["connection"], "close", "{method} {target}");
            let length: usize = answer.headers["content-length"].parse().expect("a length");
            assert!(length > 0, "{method} {target}");
            match method {
                "HEAD" => assert_eq!(answer.body, ""),
                _ => {
                    assert_eq!(answer.body.len(), length, "{method} {target}");
                    assert!(answer.body.starts_with("up m0 as any, answered "), "{}", answer.body);
                    assert!(answer.body.ends_with(" ago\n"), "{}", answer.body);
                }
            }
        }
    }
    let modern = format!("GET /mysqlchk/?port={port} HTTP/1.1\r\nhost: db101\r\nconnection: close\r\n\r\n");
    let mut proxied = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0".to_vec();
    proxied.extend_from_slice(modern.as_bytes());
    let old_proxied = format!("PROXY TCP4 10.0.0.1 10.0.0.2 1024 31337\r\n{modern}");
    for bytes in [modern.as_bytes(), &proxied, old_proxied.as_bytes()] {
        let answer = exchange(Ipv4Addr::LOCALHOST.into(), healthd.http, bytes).expect("an answer");
        let answer = parse(&answer, Duration::ZERO).expect("HTTP");
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    assert_eq!(request(healthd.http, "POST", &format!("/mysqlchk/?port={port}")).status, 405);
}

#[test]
fn a_malformed_port_is_400_and_an_unknown_one_403() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let port = server.port();
    let healthd = Healthd::watching(&server);
    let huge = "9".repeat(3000);
    for (query, status) in [
        (String::new(), 400),
        ("port=".to_owned(), 400),
        ("port=abc".to_owned(), 400),
        ("port=0".to_owned(), 400),
        ("port=999999".to_owned(), 400),
        ("port=-1".to_owned(), 400),
        (format!("port=+{port}"), 400),
        (format!("port=%20{port}"), 400),
        (format!("port={port}.0"), 400),
        (format!("port=0{port}0"), 400),
        (format!("port={port}&port={port}"), 400),
        (format!("port={port}&port=1"), 400),
        (format!("port={huge}"), 400),
        ("port=%zz%00%ff".to_owned(), 400),
        ("role=any".to_owned(), 400),
        (format!("prot={port}"), 400),
        (format!("port={port}&role=master"), 400),
        (format!("port={port}&role=any&role=any"), 400),
        (format!("port={port}&max_lag=soon"), 400),
        (format!("port={port}&max_lag=-1"), 400),
        ("port=22".to_owned(), 403),
        ("port=1".to_owned(), 403),
        ("port=65535".to_owned(), 403),
        ("name=m9".to_owned(), 403),
        ("name=m0&port=22".to_owned(), 403),
    ] {
        let answer = healthd.check(&query);
        assert_eq!(answer.status, status, "{query:.60}: {}", answer.body);
        assert!(answer.body.starts_with("refused: "), "{query:.60}: {}", answer.body);
        assert!(answer.body.ends_with('\n') && answer.body.lines().count() == 1, "{query:.60}: {}", answer.body);
        assert!(!answer.body.contains("up"), "{query:.60}: {}", answer.body);
        assert!(answer.body.len() < 200, "{query:.60}: {}", answer.body);
    }
    // A bare `option httpchk` sends `OPTIONS /` and accepts every 2xx.
    for page in ["/", "/instances", "/metrics"] {
        assert_eq!(request(healthd.http, "OPTIONS", page).status, 405, "{page}");
    }
    // Below /mysqlchk a 404 would mean a drain.
    assert_eq!(healthd.get(&format!("/mysqlchk/x?port={port}")).status, 400);
    assert_eq!(healthd.get("/mysqlchkx").status, 404);
}

#[test]
fn no_connection_is_made_to_a_port_that_a_request_names() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.set_nonblocking(true).expect("a listener's mode can be set");
    let port = listener.local_addr().expect("an address").port();
    for query in [format!("port={port}"), format!("port={port}&host=127.0.0.1"), format!("name=127.0.0.1:{port}")] {
        for _ in 0..50 {
            assert_eq!(healthd.check(&query).status, 403);
            assert!(healthd.ask_agent(&format!("{query}\n").replace('&', " ")).starts_with("down #bad-request: "));
        }
    }
    let error = listener.accept().expect_err("nothing connects");
    assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn the_agent_agrees_with_http_and_says_ready_only_on_request() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let port = server.port();
    let healthd = Healthd::watching(&server);
    for (sent, line) in [
        (format!("port={port}\n"), "up\n"),
        (format!("port={port}\r\n"), "up\n"),
        (format!("port={port} role=reader unknown=1\n"), "up\n"),
        ("name=m0\n".to_owned(), "up\n"),
        // With one server there is nothing to choose.
        ("\n".to_owned(), "up\n"),
        (String::new(), "up\n"),
        // Half a line must not be answered as if it were the whole one.
        (format!("port={port}"), ""),
        (format!("port={port} ready\n"), "up ready 100%\n"),
    ] {
        assert_eq!(healthd.ask_agent(&sent), line, "{sent:?}");
    }
    for sent in ["port=22\n", "port=abc\n", "role=boss\n", "port=1 port=1\n"] {
        let line = healthd.ask_agent(sent);
        assert!(line.starts_with("down #bad-request: ") && line.ends_with('\n'), "{sent:?}: {line}");
        assert_eq!(line.lines().count(), 1, "{sent:?}: {line}");
    }
    // With several servers, no question means no answer: `down` to a question that arrives late would end all sessions.
    let two = Healthd::builder().instance("m0", port, "").instance("gone", 1, "").start();
    assert_eq!(two.ask_agent(""), "");
    assert_eq!(two.ask_agent("name=m0\n"), "up\n");
    assert!(two.ask_agent("role=any\n").starts_with("down #bad-request: "));
    assert_eq!(healthd.ask_agent(&format!("port={port} role=writer\n")), "up\n");
    server.kill9();
    wait_for("the agent says refused", Duration::from_secs(2), || {
        let line = healthd.ask_agent("name=m0 ready\n");
        if line.starts_with("down #connection-refused: ") { Ok(()) } else { Err(line) }
    });
}

#[test]
fn a_single_server_is_a_writer_until_it_is_read_only() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::builder().instance("m0", server.port(), "default_role = \"writer\"").start();
    let port = format!("port={}", server.port());
    let answer = healthd.await_status(&port, 200, Duration::from_secs(3));
    assert!(answer.body.starts_with("up no-witness m0 as writer, answered "), "{}", answer.body);
    server.sql("SET GLOBAL read_only = 1");
    healthd.await_reason(&port, "read-only", Duration::from_secs(3));
    assert_eq!(healthd.check(&format!("{port}&role=any")).status, 200);
    server.sql("SET GLOBAL read_only = 0");
    healthd.await_status(&port, 200, Duration::from_secs(3));
}

#[test]
fn the_real_query_decides_and_can_be_configured() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let query = "query = \"SELECT * FROM lab.canary\"";
    let healthd = Healthd::builder().instance("m0", server.port(), query).start();
    let answer = healthd.await_reason("name=m0", "server-error", Duration::from_secs(2));
    // 1142 or 1146: the account may not even know that the table is missing.
    assert!(answer.body.contains("refused the query with error 11"), "{}", answer.body);
    server.sql("CREATE DATABASE lab; CREATE TABLE lab.canary(id INT); GRANT SELECT ON lab.* TO mon@'127.0.0.1'");
    healthd.await_status("name=m0", 200, Duration::from_secs(3));
}
