//! Without a witness, and without a peer: fewer promises, and these are kept.

use std::time::Duration;

use super::site::{Plan, SOON, Site, throughout};
use crate::turn;

/// For how long something must not happen.
const WHILE: Duration = Duration::from_secs(2);

/// Waits until a node serves, and returns its answer.
#[track_caller]
fn await_up(site: &Site, index: usize) -> String {
    site.healthds[index].await_status("name=m0&role=writer", 200, SOON).body
}

#[test]
fn without_a_peer_a_discarded_relay_log_counts_as_missing() {
    let _turn = turn::shared();
    let site = Site::start(Plan::ALONE);
    let body = await_up(&site, 1);
    assert!(body.starts_with("up no-witness m0 as writer"), "{body}");
    site.slave(1, "STOP SLAVE SQL_THREAD");
    site.insert(0, 1..301);
    healthd_tests::wait_for("300 received transactions", SOON, || {
        let status = site.servers[1].try_rows("SHOW ALL SLAVES STATUS")?;
        let received = &status[0]["Gtid_IO_Pos"];
        let sent = site.servers[0].sql("SELECT @@gtid_binlog_pos");
        if received.contains(&sent) { Ok(()) } else { Err(format!("{received} of {sent}")) }
    });
    site.await_words(1, "relay-log-not-applied", "300 transactions (", SOON);
    site.servers[0].kill9();
    site.slave(1, "STOP SLAVE");
    site.slave(1, "START SLAVE");
    throughout("it is refused", WHILE, || {
        let answer = site.ask(1);
        let refused = answer.status == 503 && answer.body.starts_with("down relay-log-not-applied: 300 transactions (");
        if refused { Ok(()) } else { Err(answer.body) }
    });
    site.servers[0].restart();
    await_up(&site, 1);
    assert_eq!(site.rows(1), 300);
}

#[test]
fn without_a_peer_a_node_serves_once_everything_received_is_applied() {
    let _turn = turn::shared();
    let site = Site::start(Plan::ALONE);
    await_up(&site, 1);
    site.slave(1, "STOP SLAVE SQL_THREAD");
    site.insert(0, 1..301);
    site.await_words(1, "relay-log-not-applied", "300 transactions (", SOON);
    site.servers[0].kill9();
    site.slave(1, "START SLAVE SQL_THREAD");
    await_up(&site, 1);
    assert_eq!(site.rows(1), 300);
}

#[test]
fn the_old_url_asks_for_the_writer_role_if_it_is_the_default() {
    let _turn = turn::shared();
    let site = Site::start(Plan { instance: "default_role = \"writer\"", ..Plan::ALONE });
    let url = format!("/mysqlchk/?port={}", site.sql);
    healthd_tests::wait_for("200", SOON, || {
        let answer = site.healthds[1].get(&url);
        if answer.status == 200 { Ok(()) } else { Err(answer.body) }
    });
    site.slave(1, "STOP SLAVE SQL_THREAD");
    site.insert(0, 1..11);
    site.await_words(1, "relay-log-not-applied", "10 transactions (", SOON);
    site.servers[0].kill9();
    let answer = site.healthds[1].get(&url);
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(answer.body.starts_with("down relay-log-not-applied: 10 transactions ("), "{}", answer.body);
    site.healthds[1].await_log("relay-log-not-applied");
}

#[test]
fn with_a_witness_the_old_url_distinguishes_holder_and_standby() {
    let _turn = turn::shared();
    let site = Site::start(Plan { instance: "default_role = \"writer\"", ..Plan::WITNESSED });
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    site.await_code(1 - holder, "standby", SOON);
    let url = format!("/mysqlchk/?port={}", site.sql);
    let answers = [holder, 1 - holder].map(|index| site.healthds[index].get(&url));
    assert_eq!(answers[0].status, 200, "{}", answers[0].body);
    assert_eq!(answers[1].status, 503, "{}", answers[1].body);
    assert!(answers[1].body.starts_with("down standby: "), "{}", answers[1].body);
}

/// Kills a node's server, writes on the other one and starts it again.
#[track_caller]
fn away_and_back(site: &Site) {
    await_up(site, 0);
    await_up(site, 1);
    site.insert(0, 1..11);
    site.await_same();
    site.servers[0].kill9();
    await_up(site, 1);
    site.insert(1, 11..111);
    site.servers[0].restart();
}

#[test]
fn without_a_witness_a_returned_node_waits_for_failback() {
    let _turn = turn::shared();
    let site = Site::start(Plan::PEERS);
    away_and_back(&site);
    site.await_words(0, "awaiting-failback", "healthd failback m0", SOON);
    assert_eq!(site.rows(0), 110, "a quarantined node is complete");
    throughout("it stays so", WHILE, || {
        let codes = [site.code(0), site.code(1)];
        if codes == ["awaiting-failback", "no-witness"] { Ok(()) } else { Err(site.explain()) }
    });
    let said = site.order(0, &["failback", "m0", "--yes"]);
    assert!(said.contains("role-requested: wants the role of db201"), "{said}");
    let body = await_up(&site, 0);
    assert!(body.starts_with("up no-witness m0 as writer"), "{body}");
    site.insert(0, 111..121);
    site.await_same();
}

#[test]
fn with_failback_auto_a_returned_node_serves_by_itself() {
    let _turn = turn::shared();
    let site = Site::start(Plan { instance: "failback = \"auto\"", ..Plan::PEERS });
    away_and_back(&site);
    let body = await_up(&site, 0);
    assert!(body.starts_with("up no-witness m0 as writer"), "{body}");
    assert_eq!(site.rows(0), 110, "not before it was complete");
}

#[test]
fn a_returned_node_serves_by_itself_if_its_peer_was_not_written() {
    let _turn = turn::shared();
    let site = Site::start(Plan::PEERS);
    await_up(&site, 0);
    await_up(&site, 1);
    site.insert(0, 1..11);
    site.await_same();
    site.servers[0].kill9();
    healthd_tests::wait_for("its end", SOON, || (site.ask(0).status == 503).then_some(()));
    site.servers[0].restart();
    await_up(&site, 0);
}
