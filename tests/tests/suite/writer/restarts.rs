//! Servers that restart and channels that break: which node loses what.

use std::time::Duration;

use super::clients::Clients;
use super::site::{Plan, SOON, Site, throughout};
use super::watch::Watch;
use crate::turn;

/// For how long something must not happen.
const WHILE: Duration = Duration::from_secs(2);

#[test]
fn both_servers_killed_at_once_recover_to_one_writer_by_themselves() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    site.insert(holder, 1..101);
    site.await_same();
    let watch = Watch::start(&haproxy, "mysql-m0");
    let clients = Clients::start(site.write, 100, 0);
    site.servers[holder].kill9();
    site.servers[1 - holder].kill9();
    site.servers.iter().for_each(|server| server.relaunch_with(&[]));
    let writer = site.await_any_writer(&haproxy);
    clients.await_reads(20);
    site.insert(writer, 101..111);
    site.await_same();
    site.await_code(1 - writer, "standby", SOON);
    clients.end();
    watch.never_two();
}

#[test]
fn a_restart_of_the_standby_affects_neither_the_holder_nor_the_readers() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy_with(|text| {
        let readers = text.replace("listen mysql-m0", "listen readers").replace("role=writer", "role=reader");
        text + &readers.replace(&format!(":{}\n", site.write), &format!(":{}\n", site.read))
    });
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.insert(holder, 1..11);
    site.await_same();
    for name in super::site::NAMES {
        haproxy.await_state("readers", name, SOON, |state| state.is_up());
    }
    let (writers, readers) = (Watch::start(&haproxy, "mysql-m0"), Watch::start(&haproxy, "readers"));
    let clients = Clients::start(site.read, 0, 0);
    site.servers[other].kill9();
    let gone = |up: bool| site.healthds[other].check("name=m0&role=reader").status == if up { 200 } else { 503 };
    healthd_tests::wait_for("the standby's end", SOON, || gone(false).then_some(()));
    // The holder's own channel is broken now, and its lag is unknown.
    throughout("the holder is read", 2 * WHILE, || {
        let answer = site.healthds[holder].check("name=m0&role=reader");
        if answer.status == 200 { Ok(()) } else { Err(answer.body) }
    });
    let gates = site.healthds[holder].command(&["check", "m0", "--role", "reader"]).stdout;
    let gates = String::from_utf8_lossy(&gates).into_owned();
    assert!(gates.contains("not-required"), "{gates}");
    site.servers[other].restart();
    healthd_tests::wait_for("the standby's return", SOON, || gone(true).then_some(()));
    site.await_code(other, "standby", SOON);
    clients.await_reads(20);
    clients.end();
    writers.always([holder == 0, holder == 1]);
    let seen = readers.end();
    assert!(!seen.iter().any(|(_, up)| *up == [false, false]), "{}", super::watch::told(&seen));
}

#[test]
fn a_broken_channel_from_the_standby_does_not_affect_the_holder() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    site.insert(holder, 1..11);
    site.await_same();
    let watch = Watch::start(&haproxy, "mysql-m0");
    site.slave(holder, "STOP SLAVE");
    throughout("it serves", WHILE, || {
        let answer = site.ask(holder);
        if answer.status == 200 { Ok(()) } else { Err(answer.body) }
    });
    site.insert(holder, 11..21);
    site.slave(holder, "START SLAVE");
    site.await_same();
    site.await_code(1 - holder, "standby", SOON);
    watch.always([holder == 0, holder == 1]);
}
