//! HAProxy is restarted, reloaded and drained.

use std::sync::Arc;
use std::time::Duration;

use healthd_tests::Haproxy;

use super::clients::Clients;
use super::site::{NAMES, Plan, SOON, Site, throughout};
use super::watch::{Watch, told};
use crate::turn;

/// For how long something must not happen.
const WHILE: Duration = Duration::from_secs(2);

/// A site whose second node holds the role, so that HAProxy's own first choice is wrong.
#[track_caller]
fn held_by_the_second() -> (Site, Arc<Haproxy>) {
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    if site.await_any_writer(&haproxy) == 0 {
        site.await_code(1, "standby", SOON);
        site.order(0, &["switchover", "m0", "--yes"]);
    }
    site.await_writer(&haproxy, 1, SOON);
    site.await_code(0, "standby", SOON);
    (site, haproxy)
}

/// The first check of each server ends what HAProxy assumes at its start.
#[track_caller]
fn await_first_checks(haproxy: &Haproxy) {
    for name in NAMES {
        haproxy.await_state("mysql-m0", name, SOON, |state| !state.code.is_empty());
    }
}

#[test]
fn after_a_restart_haproxy_uses_the_same_writer() {
    let _turn = turn::shared();
    let (site, haproxy) = held_by_the_second();
    drop(haproxy);
    for _ in 0..3 {
        let haproxy = site.haproxy();
        await_first_checks(&haproxy);
        let watch = Watch::start(&haproxy, "mysql-m0");
        site.await_writer(&haproxy, 1, SOON);
        throughout("it stays", WHILE, || {
            let up = site.up(&haproxy);
            if up == [false, true] { Ok(()) } else { Err(site.explain()) }
        });
        let seen = watch.end();
        assert!(!seen.iter().any(|(_, up)| up[0]), "{}", told(&seen));
    }
}

#[test]
fn after_a_reload_haproxy_uses_the_same_writer() {
    let _turn = turn::shared();
    let (site, mut haproxy) = held_by_the_second();
    for _ in 0..3 {
        let next = Arc::new(site.config(|text| text).replace(&haproxy));
        await_first_checks(&next);
        let watch = Watch::start(&next, "mysql-m0");
        throughout("it stays", WHILE, || {
            let up = site.up(&next);
            if up == [false, true] { Ok(()) } else { Err(site.explain()) }
        });
        let seen = watch.end();
        assert!(!seen.iter().any(|(_, up)| up[0]), "{}", told(&seen));
        healthd_tests::wait_for("the old process's end", SOON, || (!haproxy.is_alive()).then_some(()));
        haproxy = next;
    }
}

#[test]
fn an_operators_drain_outlives_the_agent_and_the_checks() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let clients = Clients::start(site.write, 0, 1);
    clients.await_writes(10);
    let name = NAMES[holder];
    haproxy.command(&format!("set server mysql-m0/{name} state drain"));
    throughout("it is drained", WHILE, || {
        let state = haproxy.state("mysql-m0", name);
        if state.status.starts_with("DRAIN") { Ok(()) } else { Err(state.to_string()) }
    });
    haproxy.command(&format!("set server mysql-m0/{name} state ready"));
    let writer = site.await_any_writer(&haproxy);
    clients.await_writes(10);
    clients.end();
    site.await_code(1 - writer, "standby", SOON);
}
