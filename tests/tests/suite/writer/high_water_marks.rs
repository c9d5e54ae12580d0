//! A node must have everything that it was seen to receive before it serves.

use std::time::Duration;

use super::clients::Clients;
use super::site::{NAMES, Plan, SOON, Site, throughout};
use super::watch::Watch;
use crate::asking_the_daemon::by_socket;
use crate::turn;

/// For how long something must not happen.
const WHILE: Duration = Duration::from_secs(2);

#[test]
fn a_discarded_relay_log_counts_as_missing_until_its_source_returns() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.slave(other, "STOP SLAVE SQL_THREAD");
    site.insert(holder, 1..301);
    site.await_words(other, "relay-log-not-applied", "300 transactions (", SOON);
    let clients = Clients::start(site.write, 300, 0);
    site.servers[holder].kill9();
    site.await_none(&haproxy);
    site.slave(other, "STOP SLAVE");
    site.slave(other, "START SLAVE");
    // The server itself has forgotten these transactions: it has applied everything that it reports as received.
    let status = site.servers[other].try_rows("SHOW ALL SLAVES STATUS").expect("a replica");
    assert_eq!(status[0]["Gtid_IO_Pos"], site.servers[other].sql("SELECT @@gtid_slave_pos"));
    throughout("no node serves", WHILE, || {
        let answer = site.ask(other);
        let refused = answer.status == 503 && answer.body.starts_with("down relay-log-not-applied: 300 transactions (");
        if refused && site.up(&haproxy) == [false, false] { Ok(()) } else { Err(answer.body) }
    });
    assert_eq!(site.rows(other), 0);
    site.servers[holder].restart();
    let writer = site.await_any_writer(&haproxy);
    assert_eq!(site.rows(writer), 300);
    clients.await_reads(20);
    clients.end();
    site.await_same();
}

#[test]
fn a_returned_holder_is_refused_until_it_has_what_was_written_meanwhile() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.insert(holder, 1..11);
    site.await_same();
    site.servers[holder].kill9();
    site.await_writer(&haproxy, other, SOON);
    let watch = Watch::start(&haproxy, "mysql-m0");
    site.insert(other, 11..2011);
    site.servers[holder].restart_with(&["--skip-slave-start"]);
    site.await_words(holder, "behind-peer", &format!(" of {} not applied", NAMES[other]), SOON);
    site.await_words(holder, "behind-peer", "2000 transactions (", SOON);
    throughout("it is refused", WHILE, || {
        let answer = site.ask(holder);
        if answer.status == 503 && answer.body.contains("2000 transactions") { Ok(()) } else { Err(answer.body) }
    });
    site.slave(holder, "START SLAVE");
    site.await_code(holder, "standby", SOON);
    assert_eq!(site.rows(holder), 2010, "a standby has everything");
    watch.always([other == 0, other == 1]);
}

#[test]
fn commits_that_the_new_holder_lacked_stay_errant_after_they_replicate() {
    let _turn = turn::shared();
    let mut site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.insert(holder, 1..11);
    site.await_same();
    // Neither the other server nor its healthd learns of the following commits.
    site.slave(other, "STOP SLAVE IO_THREAD");
    site.healthds[holder].process().stop();
    site.insert(holder, 11..16);
    site.servers[holder].kill9();
    site.await_writer(&haproxy, other, SOON);
    let watch = Watch::start(&haproxy, "mysql-m0");
    site.insert(other, 16..20);
    site.servers[holder].restart();
    site.healthds[holder].process().cont();
    site.await_words(holder, "errant-transactions", "5 transactions (", SOON);
    assert!(!site.ask(holder).body.contains("merged late"), "the other node has none of it yet");
    site.slave(other, "START SLAVE IO_THREAD");
    site.await_same();
    site.await_words(holder, "errant-transactions", " 5 merged late", SOON);
    throughout("it stays refused", WHILE, || {
        if site.code(holder) == "errant-transactions" { Ok(()) } else { Err(site.explain()) }
    });
    let page = by_socket(&site.healthds[holder], &[]);
    assert!(
        page.code == Some(2) && page.line.contains("writer down (errant-transactions: 5 transactions ("),
        "{page:?}"
    );
    assert!(page.line.contains("healthd accept-loss m0)"), "{page:?}");
    let said = site.order(holder, &["accept-loss", "m0", "--yes"]);
    assert!(said.contains("5 transactions (") && said.contains("stay as they are"), "{said}");
    site.await_code(holder, "standby", SOON);
    assert!(site.gates(holder).contains("5 merged late, accepted"), "{}", site.gates(holder));
    // It is still shown later, also after a restart.
    site.healthds[holder].restart();
    site.await_gate(holder, "accept-loss by ", SOON);
    let gates = site.gates(holder);
    assert!(gates.contains("0 transactions accepted as lost, 5 transactions (") && gates.contains(" kept"), "{gates}");
    let page = site.healthds[holder].get("/").body;
    assert!(page.contains("last order: accept-loss by "), "{page}");
    let when = "healthd_writer_last_order_timestamp_seconds{instance=\"m0\",order=\"accept-loss\"}";
    assert!(site.healthds[holder].metric(when).is_some_and(|at| at > 1.7e9));
    watch.always([other == 0, other == 1]);
}
