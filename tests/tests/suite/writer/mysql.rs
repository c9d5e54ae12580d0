//! The writer role with MySQL.

use std::time::Instant;

use super::clients::Clients;
use super::site::{NAMES, Plan, SOON, Site, tell};
use super::watch::Watch;
use crate::turn;

#[test]
fn a_pair_of_mysql_fails_over_and_comes_back() {
    let _turn = turn::alone();
    if !Plan::MYSQL.flavor.or_skip("the writer role with MySQL") {
        return;
    }
    let site = Site::start(Plan::MYSQL);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.insert(holder, 1..101);
    site.await_same();
    site.await_code(other, "standby", SOON);
    let clients = Clients::start(site.write, 100, 0);
    let watch = Watch::start(&haproxy, "mysql-m0");
    let killed = Instant::now();
    site.servers[holder].kill9();
    site.await_writer(&haproxy, other, SOON);
    tell(&format!("taken over after {:?}", killed.elapsed()));
    site.insert(other, 101..201);
    clients.expect_rows(200);
    site.servers[holder].restart();
    site.await_code(holder, "standby", SOON);
    let said = site.order(holder, &["failback", "m0", "--yes"]);
    tell(&format!("failback: {said}"));
    site.await_writer(&haproxy, holder, SOON);
    clients.await_reads(20);
    clients.end();
    site.await_same();
    watch.never_two();
}

#[test]
fn transactions_that_the_source_has_purged_need_a_rebuild() {
    let _turn = turn::shared();
    if !Plan::MYSQL.flavor.or_skip("purged transactions with MySQL") {
        return;
    }
    let site = Site::start(Plan::MYSQL);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.insert(holder, 1..11);
    site.await_same();
    site.slave(other, "STOP SLAVE");
    site.insert(holder, 11..16);
    site.await_words(other, "behind-peer", "5 transactions (", SOON);
    site.servers[holder].sql("FLUSH BINARY LOGS");
    let logs = site.servers[holder].try_rows("SHOW BINARY LOGS").expect("binary logs");
    let last = &logs.last().expect("a binary log")["Log_name"];
    site.servers[holder].sql(&format!("PURGE BINARY LOGS TO '{last}'"));
    site.await_words(other, "binlog-purged", &format!("purged on {}: rebuild this node", NAMES[holder]), SOON);
    // This does not change while the channel runs: the source refuses it.
    site.slave(other, "START SLAVE");
    site.await_words(other, "binlog-purged", "5 transactions (", SOON);
    site.servers[holder].kill9();
    site.await_words(other, "binlog-purged", "5 transactions (", SOON);
    assert!(!site.up(&haproxy)[other], "it does not serve");
    site.servers[holder].restart();
    site.await_writer(&haproxy, holder, SOON);
}
