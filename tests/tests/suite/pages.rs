//! The status page, JSON, metrics and the daemon's own health, and who may read them.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use healthd_tests::http::{exchange, parse};
use healthd_tests::{Flavor, Healthd, Server, wait_for};

use crate::turn;

const SOON: Duration = Duration::from_secs(3);

#[test]
fn page_and_json_show_every_verdict_with_its_reason() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let builder = Healthd::builder().instance("m0", server.port(), "").instance("gone", 1, "");
    let healthd = builder.start();
    // From the first question for the writer role on, healthd reads positions.
    healthd.await_status("name=m0&role=writer", 200, SOON);
    let page = healthd.get("/");
    assert_eq!((page.status, page.headers["content-type"].as_str()), (200, "text/html; charset=utf-8"));
    for part in [
        "<h2>m0</h2>",
        "<h2>gone</h2>",
        "MariaDB 10.11",
        "connection-refused",
        "connection refused: nothing listens there",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let json: serde_json::Value = serde_json::from_str(&healthd.get("/instances").body).expect("JSON");
    assert_eq!(json[0]["name"], "m0");
    assert_eq!(json[0]["port"], server.port());
    let states: Vec<_> = json[0]["verdicts"].as_array().expect("a list").iter().map(|v| v["state"].as_str()).collect();
    assert_eq!(states, [Some("up"), Some("up"), Some("up"), Some("down")]);
    assert_eq!(json[0]["verdicts"][2]["code"], "no-witness");
    assert!(page.body.contains("no witness: two writers are not excluded"), "{}", page.body);
    assert_eq!(json[1]["verdicts"][0]["code"], "connection-refused");
    let one: serde_json::Value = serde_json::from_str(&healthd.get("/instances?name=gone").body).expect("JSON");
    assert_eq!(one.as_array().map(Vec::len), Some(1));
    assert_eq!(healthd.get("/-/healthy").status, 200);
    assert_eq!(healthd.get("/nothing").status, 404);
}

#[test]
fn metrics_show_state_reason_age_and_counts() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let healthd = Healthd::watching(&server);
    healthd.await_status("name=m0&role=writer", 200, SOON);
    for _ in 0..3 {
        healthd.check("name=m0");
    }
    healthd.check("name=m0&role=reader");
    healthd.check("port=1");
    healthd.ask_agent("name=m0\n");
    for (series, value) in [
        ("healthd_instance_state{instance=\"m0\",role=\"any\",state=\"up\"}", 1.0),
        ("healthd_instance_state{instance=\"m0\",role=\"any\",state=\"down\"}", 0.0),
        ("healthd_instance_state{instance=\"m0\",role=\"writer\",state=\"up\"}", 1.0),
        ("healthd_instance_state{instance=\"m0\",role=\"galera\",state=\"down\"}", 1.0),
        ("healthd_instance_reason{instance=\"m0\",reason=\"not-galera\",role=\"galera\"}", 1.0),
        ("healthd_checks_total{answer=\"200\",protocol=\"http\",role=\"any\"}", 3.0),
        ("healthd_checks_total{answer=\"200\",protocol=\"http\",role=\"reader\"}", 1.0),
        ("healthd_checks_total{answer=\"403\",protocol=\"http\",role=\"default\"}", 1.0),
        ("healthd_checks_total{answer=\"up\",protocol=\"agent\",role=\"any\"}", 1.0),
        ("healthd_config_last_reload_successful", 1.0),
        ("healthd_build_info{version=\"0.1.0\"}", 1.0),
    ] {
        assert_eq!(healthd.metric(series), Some(value), "{series}: {}", healthd.get("/metrics").body);
    }
    let probes = healthd.metric("healthd_probes_total{instance=\"m0\",result=\"answered\"}").expect("a counter");
    assert_eq!(healthd.metric("healthd_probe_duration_seconds_count{instance=\"m0\"}"), Some(probes));
    let age = healthd.metric("healthd_probe_age_seconds{instance=\"m0\"}").expect("an age");
    assert!((0.0..1.0).contains(&age), "{age}");
    server.kill9();
    healthd.await_reason("name=m0", "connection-refused", SOON);
    assert_eq!(healthd.metric("healthd_instance_state{instance=\"m0\",role=\"any\",state=\"down\"}"), Some(1.0));
    assert_eq!(
        healthd.metric("healthd_instance_reason{instance=\"m0\",reason=\"connection-refused\",role=\"any\"}"),
        Some(1.0)
    );
    assert!(healthd.metric("healthd_probes_total{instance=\"m0\",result=\"connection-refused\"}") >= Some(1.0));
}

#[test]
fn allow_and_allow_read_limit_checks_and_pages() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let settings =
        "allow = [\"127.0.0.1\", \"127.0.0.3\"]\nallow_read = [\"127.0.0.2/32\"]\nserver_names = [\"db1.example\"]";
    let healthd = Healthd::builder().settings(settings).instance("m0", server.port(), "").start();
    let get = |last: u8, target: &str, host: &str| {
        let local: IpAddr = Ipv4Addr::new(127, 0, 0, last).into();
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let bytes = exchange(local, healthd.http, request.as_bytes()).expect("an answer");
        parse(&bytes, Duration::ZERO).expect("HTTP").status
    };
    for (last, target, host, status) in [
        (1, "/mysqlchk/?name=m0", "any.example", 200),
        (3, "/mysqlchk/?name=m0", "any.example", 200),
        (2, "/mysqlchk/?name=m0", "any.example", 403),
        (1, "/metrics", "127.0.0.1", 403),
        (2, "/metrics", "127.0.0.1:31337", 200),
        (2, "/", "localhost", 200),
        (2, "/", "db1.example:31337", 200),
        (2, "/", "evil.example", 421),
        (2, "/instances", "evil.example", 421),
        (1, "/-/healthy", "evil.example", 200),
    ] {
        assert_eq!(get(last, target, host), status, "127.0.0.{last} {target} {host}");
    }
}

#[test]
fn one_event_is_logged_per_change_and_none_per_request() {
    let _turn = turn::shared();
    let server = Server::builder(Flavor::MariaDb).start();
    let builder = Healthd::builder().argument("--log-format=json").instance("m0", server.port(), "");
    let healthd = builder.start();
    for _ in 0..50 {
        healthd.check("name=m0");
        healthd.check("port=22");
        healthd.get("/metrics");
    }
    let answered = "healthd_probes_total{instance=\"m0\",result=\"answered\"}";
    wait_for("five probes", 2 * SOON, || (healthd.metric(answered) >= Some(5.0)).then_some(()));
    server.kill9();
    healthd.await_reason("name=m0", "connection-refused", SOON);
    server.restart();
    healthd.await_status("name=m0", 200, SOON);
    let events: Vec<serde_json::Value> =
        healthd.log().lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let of = |message: &str| events.iter().filter(|event| event["message"] == message).count();
    assert_eq!(of("up"), 2, "{}", healthd.log());
    assert!((1..=2).contains(&of("down")), "{}", healthd.log());
    assert!(events.len() <= 6, "{}", healthd.log());
    let down = events.iter().find(|event| event["code"] == "connection-refused").expect("an event");
    assert_eq!(
        (down["instance"].as_str(), down["role"].as_str(), down["level"].as_str()),
        (Some("m0"), Some("any"), Some("WARN"))
    );
}
