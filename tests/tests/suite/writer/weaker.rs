//! Weaker guarantees: one GTID domain for both nodes, no GTIDs, semi-sync that comes and goes.

use std::time::Duration;

use healthd_tests::Server;

use super::clients::Clients;
use super::site::{Plan, SOON, Site, throughout};
use super::watch::Watch;
use crate::turn;

/// For how long something must not happen.
const WHILE: Duration = Duration::from_secs(2);

#[test]
fn a_shared_gtid_domain_is_reported_and_still_fails_over() {
    let _turn = turn::shared();
    let site = Site::start(Plan { own_domains: false, ..Plan::WITNESSED });
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.insert(holder, 1..11);
    site.await_same();
    let watch = Watch::start(&haproxy, "mysql-m0");
    site.servers[holder].kill9();
    site.await_writer(&haproxy, other, SOON);
    // From now on, both nodes have written this domain.
    site.insert(other, 11..21);
    site.await_gate(
        other,
        "gtid-not-separable: several servers write domain 0, give each its own gtid_domain_id",
        SOON,
    );
    site.servers[holder].restart();
    site.await_code(holder, "standby", SOON);
    assert_eq!(site.rows(holder), 20);
    site.await_gate(holder, "gtid-not-separable: ", SOON);
    watch.never_two();
}

#[test]
fn without_gtids_a_standby_still_applies_what_it_received_first() {
    let _turn = turn::shared();
    let site = Site::start(Plan { gtid: false, ..Plan::WITNESSED });
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.insert(holder, 1..11);
    site.await_same();
    site.await_code(other, "standby", SOON);
    site.await_gate(other, "no-gtid: file and position tell less than GTIDs do", SOON);
    site.slave(other, "STOP SLAVE SQL_THREAD");
    site.insert(holder, 11..311);
    site.await_words(other, "relay-log-not-applied", " received but not applied", SOON);
    let clients = Clients::start(site.write, 310, 0);
    site.servers[holder].kill9();
    site.await_none(&haproxy);
    throughout("no node serves", WHILE, || {
        let answer = site.ask(other);
        let refused = answer.status == 503 && answer.body.starts_with("down relay-log-not-applied: ");
        if refused && site.up(&haproxy) == [false, false] { Ok(()) } else { Err(answer.body) }
    });
    site.slave(other, "START SLAVE SQL_THREAD");
    site.await_writer(&haproxy, other, SOON);
    assert_eq!(site.rows(other), 310);
    clients.await_reads(20);
    clients.end();
}

/// Turns on both sides of semi-synchronous replication and waits until a source has its replica.
#[track_caller]
pub(super) fn semi_synchronous(servers: &[Server; 2]) {
    for server in servers {
        server.sql(
            "SET GLOBAL rpl_semi_sync_master_wait_point=AFTER_SYNC; SET GLOBAL rpl_semi_sync_master_timeout=2000;
             SET GLOBAL rpl_semi_sync_master_wait_no_slave=ON; SET GLOBAL rpl_semi_sync_slave_enabled=ON;
             SET GLOBAL rpl_semi_sync_master_enabled=ON; STOP SLAVE IO_THREAD; START SLAVE IO_THREAD",
        );
    }
    for server in servers {
        healthd_tests::wait_for("a semi-synchronous replica", SOON, || {
            let clients = status(server, "Rpl_semi_sync_master_clients");
            if clients == "1" { Ok(()) } else { Err(clients) }
        });
    }
}

fn status(server: &Server, name: &str) -> String {
    server.sql(&format!("SELECT variable_value FROM information_schema.global_status WHERE variable_name='{name}'"))
}

#[test]
fn a_takeover_loses_nothing_with_and_without_the_semi_sync_proof() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    semi_synchronous(&site.servers);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.insert(holder, 1..11);
    site.await_same();
    site.await_gate(other, "semi-sync proven", SOON);
    // Degraded: commits no longer wait, and the standby does not get them.
    site.slave(other, "STOP SLAVE IO_THREAD");
    site.insert(holder, 11..14);
    assert_eq!(status(&site.servers[holder], "Rpl_semi_sync_master_status"), "OFF");
    healthd_tests::wait_for("no proof", SOON, || {
        let gates = site.gates(other);
        if gates.contains("semi-sync proven") { Err(gates) } else { Ok(()) }
    });
    site.await_words(other, "behind-peer", "3 transactions (", SOON);
    site.servers[holder].kill9();
    site.await_none(&haproxy);
    throughout("no node serves", WHILE, || match site.up(&haproxy) {
        [false, false] => Ok(()),
        _ => Err(site.explain()),
    });
    // Back to semi-sync, whose settings were not in a file.
    site.servers[holder].restart();
    site.slave(other, "START SLAVE IO_THREAD");
    let writer = site.await_any_writer(&haproxy);
    site.await_same();
    assert_eq!(site.rows(writer), 13);
    semi_synchronous(&site.servers);
    site.await_gate(1 - writer, "semi-sync proven", SOON);
    site.await_code(1 - writer, "standby", SOON);
    let watch = Watch::start(&haproxy, "mysql-m0");
    let clients = Clients::start(site.write, 13, 2);
    clients.await_writes(50);
    site.servers[writer].kill9();
    site.await_writer(&haproxy, 1 - writer, SOON);
    clients.await_writes(10);
    // No read lacked an answered write, although clients wrote until the end.
    let writes = clients.end();
    let rows = site.servers[1 - writer].sql("SELECT id FROM shop.t");
    let rows: std::collections::HashSet<u32> = rows.lines().filter_map(|id| id.parse().ok()).collect();
    let lost: Vec<u32> = writes.iter().map(|write| write.id).filter(|id| !rows.contains(id)).collect();
    assert!(lost.is_empty(), "{lost:?} of {}", writes.len());
    watch.never_two();
}

#[test]
fn a_commit_that_waits_for_an_acknowledgement_is_not_applied() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    semi_synchronous(&site.servers);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.insert(holder, 1..11);
    site.await_same();
    site.await_gate(other, "semi-sync proven", SOON);
    site.slave(other, "STOP SLAVE SQL_THREAD");
    site.insert(holder, 11..12);
    site.servers[holder].kill9();
    site.await_none(&haproxy);
    let clients = Clients::start(site.write, 11, 0);
    // The applier waits for an acknowledgement from a dead server, and has already written the transaction to the
    // binary log.
    site.slave(other, "START SLAVE SQL_THREAD");
    site.await_writer(&haproxy, other, SOON);
    clients.await_reads(20);
    clients.end();
    assert_eq!(site.rows(other), 11);
}
