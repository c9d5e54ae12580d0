//! Histories that began again or lost their end: no position can be trusted until an operator decides.

use std::process::Command;
use std::time::Duration;

use super::site::{Plan, SOON, Site, throughout};
use super::statements::peer;
use super::watch::Watch;
use crate::turn;

/// For how long something must not happen.
const WHILE: Duration = Duration::from_secs(2);

#[test]
fn a_node_that_lost_its_own_last_commits_is_refused_until_it_was_rebuilt() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.insert(holder, 1..11);
    site.await_same();
    let server = &site.servers[holder];
    server.terminate();
    let copy = server.datadir().with_file_name("copy");
    let cp = Command::new("cp").arg("-a").args([server.datadir(), copy.clone()]).status().expect("cp runs");
    assert!(cp.success());
    server.restart();
    let writer = site.await_any_writer(&haproxy);
    if writer != holder {
        site.await_code(holder, "standby", SOON);
        site.order(holder, &["failback", "m0", "--yes"]);
    }
    site.await_writer(&haproxy, holder, SOON);
    site.insert(holder, 11..14);
    site.await_same();
    server.kill9();
    site.await_writer(&haproxy, other, SOON);
    let watch = Watch::start(&haproxy, "mysql-m0");
    std::fs::remove_dir_all(server.datadir()).expect("an old data directory can be removed");
    std::fs::rename(&copy, server.datadir()).expect("the copy takes its place");
    server.restart();
    site.await_words(holder, "lost-transactions", "lost 3 transactions (", SOON);
    // Replication itself finds nothing wrong: own transactions are skipped, and counted.
    site.insert(other, 14..20);
    healthd_tests::wait_for("the newer rows", SOON, || {
        let newest = site.servers[holder].sql("SELECT MAX(id) FROM shop.t");
        if newest == "19" { Ok(()) } else { Err(newest) }
    });
    let status = server.try_rows("SHOW ALL SLAVES STATUS").expect("a replica");
    assert_eq!((&*status[0]["Slave_SQL_Running"], &*status[0]["Seconds_Behind_Master"]), ("Yes", "0"));
    assert_eq!(site.rows(holder), 16, "three are gone");
    // More commits of this node would hide the loss.
    server.sql("SET sql_log_bin = 1; CREATE DATABASE hides_it; CREATE DATABASE hides_more; CREATE DATABASE hides_all");
    throughout("it stays refused", WHILE, || {
        let answer = site.ask(holder);
        let refused = answer.status == 503 && answer.body.starts_with("down lost-transactions: ");
        if refused { Ok(()) } else { Err(answer.body) }
    });
    watch.always([other == 0, other == 1]);
}

#[test]
fn mark_drop_without_a_rebuild_does_not_repair_a_node() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    let server = &site.servers[other];
    // Commits of the standby itself, which the holder receives.
    server.sql("CREATE DATABASE one; CREATE DATABASE two");
    site.insert(holder, 1..11);
    site.await_same();
    site.slave(other, "STOP SLAVE");
    let state = server.sql("SELECT @@gtid_binlog_state");
    let position = server.sql("SELECT @@gtid_slave_pos");
    let id = server.server_id();
    let last: u32 = state
        .split(',')
        .find_map(|gtid| gtid.strip_prefix(&format!("{id}-{id}-")))
        .expect("own commits")
        .parse()
        .expect("a number");
    let set = |last: u32| {
        let others = state.split(',').filter(|gtid| !gtid.starts_with(&format!("{id}-")));
        let state: Vec<String> = others.map(str::to_owned).chain([format!("{id}-{id}-{last}")]).collect();
        let state = state.join(",");
        // healthd must not see the state between these statements.
        site.healthds[other].process().stop();
        server.sql(&format!(
            "STOP SLAVE; RESET MASTER; SET GLOBAL gtid_slave_pos='';
             SET GLOBAL gtid_binlog_state='{state}'; SET GLOBAL gtid_slave_pos='{position}'; START SLAVE"
        ));
        site.healthds[other].process().cont();
    };
    set(last - 1);
    site.await_words(other, "lost-transactions", "lost 1 transaction (", SOON);
    site.order(other, &["mark", "drop", "m0", "--yes"]);
    // The other node still has what this one lost.
    site.await_words(other, "lost-transactions", "", SOON);
    throughout("it stays refused", WHILE, || {
        let answer = site.ask(other);
        if answer.status == 503 { Ok(()) } else { Err(answer.body) }
    });
    set(last);
    site.order(other, &["mark", "drop", "m0", "--yes"]);
    site.await_code(other, "standby", SOON);
    site.await_writer(&haproxy, holder, SOON);
}

/// Waits until a node is a standby and stays one.
#[track_caller]
fn await_standby(site: &Site, index: usize) {
    site.await_code(index, "standby", SOON);
    throughout(
        "it stays a standby",
        WHILE,
        || {
            if site.code(index) == "standby" { Ok(()) } else { Err(site.explain()) }
        },
    );
}

#[test]
fn a_standby_with_a_reset_binary_log_is_refused_until_mark_drop() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    let server = &site.servers[other];
    server.sql("CREATE DATABASE own");
    site.insert(holder, 1..11);
    site.await_same();
    site.await_code(other, "standby", SOON);
    let watch = Watch::start(&haproxy, "mysql-m0");
    site.slave(other, "STOP SLAVE");
    site.slave(holder, "STOP SLAVE");
    let state = server.sql("SELECT @@gtid_binlog_state");
    server.sql("RESET MASTER");
    site.await_words(other, "binlog-reset", "healthd mark drop m0", SOON);
    site.slave(other, "START SLAVE");
    site.insert(holder, 11..21);
    throughout("it stays refused", WHILE, || {
        if site.code(other) == "binlog-reset" { Ok(()) } else { Err(site.explain()) }
    });
    // The other node has the beginning of the log.
    site.slave(other, "STOP SLAVE");
    server.sql(&format!("RESET MASTER; SET GLOBAL gtid_binlog_state='{state}'"));
    for index in [other, holder] {
        site.slave(index, "START SLAVE");
    }
    healthd_tests::wait_for("the new rows", SOON, || (site.rows(other) == 20).then_some(()));
    site.await_gate(other, "pass   applied_of_peer", SOON);
    assert_eq!(site.code(other), "binlog-reset", "only an operator's word ends it");
    let said = site.order(other, &["mark", "drop", "m0", "--yes"]);
    assert!(said.contains("forgets what it was seen to have received"), "{said}");
    await_standby(&site, other);
    watch.always([holder == 0, holder == 1]);
}

#[test]
fn the_standby_names_a_holder_with_a_reset_binary_log() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.insert(holder, 1..11);
    site.await_same();
    let watch = Watch::start(&haproxy, "mysql-m0");
    // From now on, no other server has what the standby has received and not applied.
    site.slave(other, "STOP SLAVE SQL_THREAD");
    site.insert(holder, 11..21);
    site.await_words(other, "relay-log-not-applied", "10 transactions (", SOON);
    site.slave(other, "STOP SLAVE");
    site.servers[holder].sql("RESET MASTER");
    // Now it is not in the relay log either.
    site.slave(other, "START SLAVE");
    site.await_words(other, "source-reset", "10 transactions (", SOON);
    // The holder keeps the role.
    throughout("it serves", WHILE, || {
        let answer = site.ask(holder);
        if answer.status == 200 { Ok(()) } else { Err(answer.body) }
    });
    // Both nodes start again, without the lost transactions.
    for index in [holder, other] {
        site.servers[index].sql("STOP SLAVE; RESET MASTER; SET GLOBAL gtid_slave_pos=''");
    }
    for index in [holder, other] {
        site.slave(index, "START SLAVE");
    }
    site.await_gate(holder, "was reset", SOON);
    site.insert(holder, 21..31);
    healthd_tests::wait_for("the new rows", SOON, || (site.rows(other) == 20).then_some(()));
    let id = site.servers[holder].server_id();
    for index in [holder, other] {
        healthd_tests::wait_for("a probe after that", SOON, || {
            let report = peer(&site, index, Some("a-token-of-the-tests-0123456789")).body;
            let newest = format!("\"executed\":{{\"mariadb\":\"{id}-{id}-10\"}}");
            if report.contains(&newest) { Ok(()) } else { Err(report) }
        });
    }
    for index in [holder, other] {
        site.order(index, &["mark", "drop", "m0", "--yes"]);
    }
    await_standby(&site, other);
    site.await_gate(holder, "pass   history", SOON);
    watch.always([holder == 0, holder == 1]);
}
