//! The writer role with real servers: what must never be served, and how the role comes back.

mod canary;
mod clients;
mod fence;
mod files;
mod high_water_marks;
mod levels;
mod mysql;
mod named;
mod proxy;
mod resets;
mod restarts;
mod site;
mod state;
mod statements;
mod switchovers;
mod watch;
mod weaker;

use std::time::Duration;

use site::{Plan, SOON, Site};

use crate::turn;

#[test]
fn a_killed_holder_is_replaced_and_comes_back_as_a_standby() {
    let _turn = turn::alone();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    site.insert(holder, 1..100);
    site.await_same();
    site.servers[holder].kill9();
    site.await_writer(&haproxy, 1 - holder, SOON);
    site.insert(1 - holder, 100..200);
    site.servers[holder].restart();
    site.await_code(holder, "standby", SOON);
    site.await_writer(&haproxy, 1 - holder, Duration::from_secs(1));
}

#[test]
fn a_hung_holder_is_replaced_after_the_timeout() {
    let _turn = turn::alone();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    site.insert(holder, 1..10);
    site.await_same();
    site.servers[holder].stop();
    site.await_writer(&haproxy, 1 - holder, Duration::from_secs(5));
    site.servers[holder].cont();
    site.await_code(holder, "standby", SOON);
}
