//! Many checks, slow clients, idle clients, too few descriptors: a check from another address is always answered.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use healthd_tests::http::{connect_from, exchange, parse};
use healthd_tests::{Flavor, Healthd, Server};

use crate::turn;

const FLOOD: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const QUICK: Duration = Duration::from_millis(50);

#[test]
fn ten_thousand_checks_cost_the_server_no_more_than_the_probes() {
    let _turn = turn::alone();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    let counters = || {
        let rows = server.sql(
            "SELECT variable_value FROM information_schema.global_status \
            WHERE variable_name IN ('Connections', 'Com_show_databases') ORDER BY variable_name",
        );
        let numbers: Vec<u64> = rows.lines().map(|line| line.trim().parse().expect("a number")).collect();
        (numbers[0], numbers[1])
    };
    // From the first question for the writer role on, healthd reads positions as well.
    healthd_tests::wait_for("the writer role", Duration::from_secs(5), || {
        let answer = healthd.check("name=m0&role=writer");
        if answer.status == 200 { Ok(()) } else { Err(answer.body) }
    });
    let (show_before, connections_before) = counters();
    let started = Instant::now();
    let answered = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for number in 0..10_000 / 16 {
                    let role = ["any", "writer"][number % 2];
                    let answer = healthd.check_from(OTHER, &format!("name=m0&role={role}")).expect("an answer");
                    assert_eq!(answer.status, 200, "{}", answer.body);
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let took = started.elapsed();
    let (show_after, connections_after) = counters();
    assert_eq!(answered.into_inner(), 10_000);
    let probes = took.as_millis().div_ceil(500) + 2;
    assert!(u128::from(show_after - show_before) <= probes, "{} probes in {took:?}", show_after - show_before);
    // The one new connection is the client that reads the counters.
    assert_eq!(connections_after - connections_before, 1, "no new connection for checks");
}

/// Sends checks from another address until the time is over. All answers must be up and fast. On a shared machine one
/// in a hundred may be slower, but none may take longer than a check may take at all.
fn assert_served_throughout(healthd: &Healthd, lasting: Duration) {
    let end = Instant::now() + lasting;
    let mut slow = Vec::new();
    let mut asked = 0;
    while Instant::now() < end {
        let answer = healthd.check_from(OTHER, "name=m0").expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.body);
        asked += 1;
        if answer.took >= QUICK {
            slow.push(answer.took);
        }
    }
    assert!(slow.len() * 100 <= asked, "{} of {asked} took longer than {QUICK:?}: {slow:?}", slow.len());
    assert!(slow.iter().all(|took| *took < Duration::from_millis(250)), "{slow:?}");
}

/// Whether the other side closes within 2 s, plus what a busy machine adds.
fn assert_closed_in_time(mut stream: TcpStream, opened: Instant, what: &str) {
    let closed = stream.read_to_end(&mut Vec::new());
    assert!(opened.elapsed() < Duration::from_millis(2500), "{what}: {closed:?} after {:?}", opened.elapsed());
}

#[test]
fn idle_and_slow_clients_are_closed_within_2_s_and_delay_no_check() {
    let _turn = turn::alone();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    let opened = Instant::now();
    let mut idle = Vec::new();
    for number in 0..200 {
        let mut stream = connect_from(FLOOD, healthd.http).expect("a connection");
        if number % 2 == 1 {
            stream.write_all(b"GET /mysqlchk/?port=").expect("half a request");
        }
        idle.push(stream);
    }
    assert_served_throughout(&healthd, Duration::from_millis(1500));
    for stream in idle {
        assert_closed_in_time(stream, opened, "idle");
    }
    assert!(healthd.metric("healthd_connections_refused_total{reason=\"slow\"}") >= Some(200.0));

    let opened = Instant::now();
    let mut trickle = connect_from(FLOOD, healthd.http).expect("a connection");
    let mut sent = 0;
    while trickle.write_all(b"G").is_ok() && opened.elapsed() < Duration::from_secs(4) {
        sent += 1;
        assert_served_throughout(&healthd, Duration::from_millis(100));
    }
    assert!(opened.elapsed() < Duration::from_secs(3), "{sent} bytes in {:?}", opened.elapsed());
}

#[test]
fn oversized_and_broken_requests_are_refused_at_once() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    let long = format!("GET /mysqlchk/?port={} HTTP/1.0\r\n\r\n", "3".repeat(70_000));
    let many = format!("GET /mysqlchk/?name=m0 HTTP/1.0\r\n{}\r\n", "X-A: b\r\n".repeat(3000));
    for bytes in [long.as_bytes(), many.as_bytes(), b"\x16\x03\x01\x02\0\x01\0", b"\0\0\0\0\r\n\r\n", b"GET\r\n\r\n"] {
        let started = Instant::now();
        // Refused while the request is still being sent: a reset is an answer too.
        let answer = exchange(FLOOD, healthd.http, bytes).unwrap_or_default();
        let status = parse(&answer, Duration::ZERO).map(|answer| answer.status);
        assert!(status.is_none_or(|status| (400..500).contains(&status)), "{status:?}");
        assert!(started.elapsed() < Duration::from_millis(2500), "{:?}", started.elapsed());
        assert_eq!(healthd.check("name=m0").status, 200);
    }
}

#[test]
fn at_the_limit_of_descriptors_another_address_is_still_served() {
    let _turn = turn::alone();
    let server = Server::builder(Flavor::MariaDb).start();
    let builder = Healthd::builder().wrapped_in(&["prlimit", "--nofile=48:48", "--"]);
    let healthd = builder.instance("m0", server.port(), "").start();
    let opened = Instant::now();
    let idle: Vec<_> = (0..100).filter_map(|_| connect_from(FLOOD, healthd.http).ok()).collect();
    assert_served_throughout(&healthd, Duration::from_millis(1500));
    let agents: Vec<_> = (0..100).filter_map(|_| connect_from(FLOOD, healthd.agent).ok()).collect();
    assert_served_throughout(&healthd, Duration::from_millis(500));
    for stream in idle.into_iter().chain(agents) {
        assert_closed_in_time(stream, opened, "flood");
    }
    server.kill9();
    // The new probe still got a descriptor.
    healthd.await_reason("name=m0", "connection-refused", Duration::from_secs(3));
}
