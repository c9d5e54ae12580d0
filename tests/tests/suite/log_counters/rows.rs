//! `/api/series` and `/api/window` as dashboards and checks ask them; who may ask.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use healthd_tests::Healthd;
use healthd_tests::http::{exchange, parse};
use serde_json::Value;

use super::support::{counting, counting_with};
use crate::turn;

#[test]
fn rows_are_json_and_csv_for_grafana() {
    let _turn = turn::shared();
    let (healthd, log) = counting("");
    log.append("sent mx1", 3);
    log.append("sent mx2", 2);
    log.await_sum(&healthd, "lines", "", 5);
    // As Infinity fills in its macros: ${__from} and ${__to} are milliseconds, $__interval is any duration.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_millis();
    let grafana = format!("/api/series?counter=lines&from={}&to={now}&step=15s&by=host&open=yes", now - 600_000);
    let answer = healthd.get(&grafana);
    assert_eq!((answer.status, answer.headers["content-type"].as_str()), (200, "application/json"), "{}", answer.body);
    let rows: Vec<Value> = serde_json::from_str(&answer.body).expect("a list of rows");
    let sum = |host: &str| -> u64 {
        rows.iter().filter(|row| row["host"] == host).filter_map(|row| row["value"].as_u64()).sum()
    };
    assert_eq!((sum("mx1"), sum("mx2")), (3, 2), "{}", answer.body);
    // healthd was started by this test. Before that nothing was collected: a row begins with a value all the same.
    assert!(rows[0]["value"].is_u64(), "{}", answer.body);
    let all: Vec<Value> = serde_json::from_str(&healthd.get(&format!("{grafana}&gaps=all")).body).expect("a list");
    assert!(all.len() > rows.len() && all[0]["value"].is_null(), "{all:?}");
    let first = rows[0]["time"].as_str().expect("a time");
    assert!(humantime::parse_rfc3339(first).is_ok() && first.ends_with(":00Z"), "{first}");
    let csv = healthd.get(&format!("{grafana}&format=csv"));
    assert_eq!((csv.status, csv.headers["content-type"].as_str()), (200, "text/csv; charset=utf-8"));
    assert!(csv.body.starts_with("time,counter,host,value\r\n"), "{}", csv.body);
    assert_eq!(csv.body.lines().count(), rows.len() + 1);
}

#[test]
fn what_is_asked_wrongly_is_answered_with_what_there_is() {
    let _turn = turn::shared();
    let (healthd, log) = counting("[[log.counter]]\nname = \"all\"\nregex = 'app'\n");
    log.append("sent mx1", 1);
    log.await_sum(&healthd, "lines", "", 1);
    for (target, status, text) in [
        ("/api/window", 400, "name a counter: lines, all"),
        ("/api/series", 400, "name a counter: lines, all"),
        ("/api/window?counter=sent", 404, "`sent` is not a counter here: lines, all"),
        ("/api/window?counter=lines&window=90s", 400, "`window`: it must be whole minutes"),
        ("/api/window?ratio=share", 404, "`share` is not a ratio here: none is configured, write COUNTER/COUNTER"),
        ("/api/series?counter=lines&from=soon", 400, "`from`: `soon` is not a time"),
        ("/api/series?counter=lines&from=now-20d", 400, "at most 16000 are possible: use "),
        ("/logs?range=year", 400, "`range`: it must be hour, day or week"),
        ("/logs?counter=sent", 404, "`sent` is not a counter here: lines, all"),
    ] {
        let answer = healthd.get(target);
        assert_eq!((answer.status, answer.body.contains(text)), (status, true), "{target}: {}", answer.body);
    }
    let ratio: Value = serde_json::from_str(&healthd.get("/api/window?ratio=lines/all&window=5m").body).expect("JSON");
    assert_eq!((&ratio["of"]["counter"], &ratio["to"]["counter"]), (&"lines".into(), &"all".into()));
}

#[test]
fn counters_are_for_those_who_may_read_pages() {
    let _turn = turn::shared();
    let builder = Healthd::builder().settings("allow_read = [\"127.0.0.2/32\"]");
    let (healthd, _log) = counting_with(builder, "");
    let get = |last: u8, target: &str, host: &str| {
        let local: IpAddr = Ipv4Addr::new(127, 0, 0, last).into();
        let request = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        let bytes = exchange(local, healthd.http, request.as_bytes()).expect("an answer");
        parse(&bytes, Duration::ZERO).expect("HTTP").status
    };
    for target in ["/logs", "/api/window", "/api/series", "/api/logs"] {
        assert_eq!(get(1, target, "localhost"), 403, "{target}");
        assert_eq!(get(2, target, "evil.example"), 421, "{target}");
        assert_eq!(get(2, target, "localhost"), 200, "{target}");
    }
    // The local socket answers everybody on this machine.
    let shown = healthd.command(&["logs", "show", "--json"]);
    assert!(shown.status.success(), "{}", String::from_utf8_lossy(&shown.stderr));
}
