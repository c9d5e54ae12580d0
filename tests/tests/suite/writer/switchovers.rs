//! The role moves by command, while clients write all the time.

use std::time::{Duration, Instant};

use super::clients::{Clients, Write, longest_gap};
use super::site::{NAMES, Plan, SOON, Site, tell};
use super::watch::Watch;
use crate::turn;

/// Every answered write is on the server. Once the new holder has written, the old one never did.
#[track_caller]
fn none_is_lost(site: &Site, writer: usize, writes: &[Write]) {
    let rows = site.servers[writer].sql("SELECT id, v FROM shop.t WHERE id >= 1000000");
    let rows: std::collections::HashMap<u32, u32> = rows
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(id, by)| (id.parse().expect("an id"), by.parse().expect("a server's id")))
        .collect();
    let lost: Vec<u32> = writes.iter().map(|write| write.id).filter(|id| !rows.contains_key(id)).collect();
    assert!(lost.is_empty(), "lost of {}: {lost:?}", writes.len());
    let by: Vec<u32> = writes.iter().map(|write| rows[&write.id]).collect();
    let changes = by.windows(2).filter(|two| two[0] != two[1]).count();
    assert!(changes <= 1, "the writers changed {changes} times");
}

#[test]
fn a_switchover_under_load_loses_nothing_in_both_directions() {
    let _turn = turn::alone();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    let watch = Watch::start(&haproxy, "mysql-m0");

    let clients = Clients::start(site.write, 0, 2);
    clients.await_writes(100);
    let began = Instant::now();
    let said = site.order(holder, &["switchover", "m0", "--yes"]);
    tell(&format!("switchover ended after {:?}: {said}", began.elapsed()));
    site.await_writer(&haproxy, other, SOON);
    clients.await_writes(100);
    let writes = clients.end();
    tell(&format!("no write was answered for {:?}", longest_gap(&writes)));
    assert!(longest_gap(&writes) < Duration::from_secs(5), "{:?}", longest_gap(&writes));
    site.await_same();
    none_is_lost(&site, other, &writes);
    site.await_code(holder, "standby", SOON);

    site.servers[other].sql("DELETE FROM shop.t");
    let clients = Clients::start(site.write, 0, 2);
    clients.await_writes(100);
    let said = site.order(holder, &["failback", "m0", "--yes"]);
    tell(&format!("failback: {said}"));
    site.await_writer(&haproxy, holder, SOON);
    clients.await_writes(100);
    let writes = clients.end();
    tell(&format!("no write was answered for {:?}", longest_gap(&writes)));
    assert!(longest_gap(&writes) < Duration::from_secs(5), "{:?}", longest_gap(&writes));
    site.await_same();
    none_is_lost(&site, holder, &writes);
    watch.never_two();
}

#[test]
fn a_switchover_to_a_standby_that_does_not_apply_is_undone() {
    let _turn = turn::alone();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    let watch = Watch::start(&haproxy, "mysql-m0");
    let clients = Clients::start(site.write, 0, 2);
    clients.await_writes(20);
    site.slave(other, "STOP SLAVE SQL_THREAD");
    clients.await_writes(20);
    let began = Instant::now();
    let output = site.healthds[holder].command(&["switchover", "m0", "--yes"]);
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    tell(&format!("after {:?}: {said}", began.elapsed()));
    assert_eq!(output.status.code(), Some(1), "{said}");
    site.await_writer(&haproxy, holder, SOON);
    assert!(began.elapsed() < Duration::from_secs(14), "{:?}", began.elapsed());
    clients.await_writes(20);
    let writes = clients.end();
    site.slave(other, "START SLAVE SQL_THREAD");
    site.await_same();
    none_is_lost(&site, holder, &writes);
    site.await_code(other, "standby", SOON);
    watch.never_two();
    assert!(said.contains("handing-over") && said.contains(NAMES[other]), "{said}");
}
