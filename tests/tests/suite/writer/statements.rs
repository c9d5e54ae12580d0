//! What others say: the statements of HAProxys, listed or not, and the reports of the peer.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use healthd_tests::http::{Answer, exchange, parse};

use super::site::{NAMES, Plan, SOON, Site, throughout};
use super::watch::Watch;
use crate::asking_the_daemon::{await_said, by_socket};
use crate::turn;

/// For how long something must not happen.
const WHILE: Duration = Duration::from_secs(2);
/// An address of this machine that is not a witness.
const STRANGER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 3));

/// Requests `/peer` with or without a token.
pub(super) fn peer(site: &Site, index: usize, token: Option<&str>) -> Answer {
    let header = token.map_or_else(String::new, |token| format!("Authorization: Bearer {token}\r\n"));
    let request = format!("GET /peer?name=m0 HTTP/1.0\r\n{header}\r\n");
    let answer = exchange(STRANGER, site.healthds[index].http, request.as_bytes()).expect("an answer");
    parse(&answer, Duration::ZERO).expect("HTTP")
}

#[test]
fn statements_of_an_unlisted_haproxy_are_ignored_and_counted() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.await_code(other, "standby", SOON);
    let watch = Watch::start(&haproxy, "mysql-m0");
    let words = |me: usize, up: usize| {
        let state = NAMES.map(|name| format!("up.{name}={}", u8::from(name == NAMES[up]))).join("&");
        format!("name=m0&role=writer&me={}&{state}", NAMES[me])
    };
    let say = |index: usize, query: &str| site.healthds[index].check_from(STRANGER, query).expect("an answer");
    for _ in 0..20 {
        // Tells both nodes that the holder is out.
        assert_eq!(say(holder, &words(holder, other)).status, 200);
        let answer = say(other, &words(other, other));
        assert!(answer.status == 503 && answer.body.starts_with("down standby: "), "{}", answer.body);
    }
    for index in [holder, other] {
        assert_eq!(site.healthds[index].metric("healthd_witness_ignored_total"), Some(20.0), "{}", NAMES[index]);
    }
    watch.always([holder == 0, holder == 1]);
}

#[test]
fn the_plugin_is_ok_for_holder_and_standby_but_not_for_a_pair_without_checks() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    let [serves, stands_by] = [holder, other].map(|index| &site.healthds[index]);
    await_said(serves, &[], 0, "reader up, writer serving (epoch ");
    await_said(stands_by, &[], 0, &format!("reader up, writer standby (ready; {} holds the role", NAMES[holder]));
    assert_eq!(by_socket(serves, &["--role", "writer"]).code, Some(0));
    assert_eq!(by_socket(stands_by, &["--role", "writer"]).code, Some(2));
    // From now on, no witness says which server HAProxy uses.
    drop(haproxy);
    await_said(stands_by, &[], 1, "writer down (witnesses-disagree: ");
}

#[test]
fn an_unreadable_statement_of_a_witness_is_reported() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    for words in ["me=db101", "peer_up=", "me_up=1&peer_up=yes", "me=db101&up.db101=1", "me=db9&up.db101=1&up.db201=0"]
    {
        for healthd in &site.healthds {
            let answer = healthd.check(&format!("name=m0&role=writer&{words}"));
            assert_eq!(answer.status, 503, "{words}: {}", answer.body);
            assert!(answer.body.starts_with("down witness-unreadable: "), "{words}: {}", answer.body);
        }
    }
    site.await_writer(&haproxy, holder, SOON);
}

#[test]
fn the_report_to_the_peer_requires_the_token() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    for (index, name) in NAMES.into_iter().enumerate() {
        for token in [None, Some(""), Some("a-token-of-the-tests-012345678"), Some("a-token-of-the-tests-01234567890")]
        {
            let answer = peer(&site, index, token);
            assert_eq!(answer.status, 403, "{token:?}: {}", answer.body);
            assert!(!answer.body.contains("token-of-the-tests") && !answer.body.contains(name), "{}", answer.body);
        }
        let answer = peer(&site, index, Some("a-token-of-the-tests-0123456789"));
        assert_eq!((answer.status, &*answer.headers["content-type"]), (200, "application/json"));
        let report: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!(report["node"], name);
    }
}

#[test]
fn two_nodes_with_one_name_are_reported() {
    let _turn = turn::shared();
    let mut site = Site::start(Plan::WITNESSED);
    site.healthds[1].edit_config("node = \"db201\"", "node = \"db101\"");
    site.healthds[1].restart();
    for index in [0, 1] {
        site.await_gate(index, "it is named db101 like this node: give each its own `node`", SOON);
    }
}

#[test]
fn a_hung_peer_delays_no_check_and_does_not_affect_the_holder() {
    let _turn = turn::alone();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.await_code(other, "standby", SOON);
    let watch = Watch::start(&haproxy, "mysql-m0");
    site.healthds[other].process().stop();
    throughout("the holder answers at once", 2 * WHILE, || {
        let answer = site.ask(holder);
        if answer.status != 200 || answer.took > Duration::from_millis(200) {
            return Err(format!("after {:?}: {}", answer.took, answer.body));
        }
        Ok(())
    });
    site.await_gate(holder, "unreachable for ", SOON);
    site.healthds[other].process().cont();
    site.await_code(other, "standby", SOON);
    watch.always([holder == 0, holder == 1]);
}

#[test]
fn a_restarted_holder_without_its_peer_needs_an_operator() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.insert(holder, 1..11);
    site.await_same();
    // Both at the same time: HAProxy has not used the holder long enough without its peer to exclude that peer.
    site.healthds[other].process().kill9();
    site.servers[other].kill9();
    site.servers[holder].kill9();
    site.servers[holder].restart();
    let command = "healthd takeover m0 --peer-is-dead";
    site.await_words(holder, "peer-unreachable", command, SOON);
    throughout("no decision", 2 * WHILE, || {
        let answer = site.ask(holder);
        if answer.status == 503 && answer.body.contains(command) { Ok(()) } else { Err(answer.body) }
    });
    let output = site.healthds[holder].command(&["takeover", "m0", "--yes"]);
    assert_eq!(output.status.code(), Some(2), "it must be said: {output:?}");
    let said = site.order(holder, &["takeover", "m0", "--peer-is-dead", "--yes"]);
    assert!(said.contains("nothing rules out that") && said.contains(NAMES[other]), "{said}");
    site.await_writer(&haproxy, holder, SOON);
    assert_eq!(site.rows(holder), 10);
}
