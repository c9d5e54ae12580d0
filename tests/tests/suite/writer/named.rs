//! A HAProxy that is a witness by its name and the token.

use std::time::Duration;

use healthd_tests::wait_for;

use super::site::{NAMES, Plan, SOON, Site, WITNESS_TOKEN, naming, throughout};
use super::watch::Watch;
use crate::turn;

/// For how long something must not happen.
const WHILE: Duration = Duration::from_secs(2);
const IGNORED: &str = "healthd_witness_ignored_total";

/// Nothing that people read contains the token.
#[track_caller]
fn the_token_is_nowhere(site: &Site) {
    for (healthd, name) in site.healthds.iter().zip(NAMES) {
        let pages = ["/", "/instances?role=writer", "/metrics"].map(|path| healthd.get(path).body).concat();
        let shown = String::from_utf8_lossy(&healthd.command(&["config", "show"]).stdout).into_owned();
        assert!(shown.contains("names = [\"lb1\"]") && shown.contains("witness.token"), "{shown}");
        for text in [pages, shown, healthd.log()] {
            assert!(!text.contains(WITNESS_TOKEN), "{name}: {text}");
        }
    }
}

#[test]
fn a_haproxy_with_a_name_and_the_token_is_a_witness() {
    let _turn = turn::shared();
    let site = Site::start(Plan::NAMED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.await_code(other, "standby", SOON);
    site.await_gate(holder, "lb1: me=1 peer=0", SOON);
    site.insert(holder, 1..50);
    site.await_same();
    let watch = Watch::start(&haproxy, "mysql-m0");
    site.servers[holder].kill9();
    site.await_writer(&haproxy, other, SOON);
    site.servers[holder].restart();
    site.await_code(holder, "standby", SOON);
    watch.never_two();
    for (healthd, name) in site.healthds.iter().zip(NAMES) {
        assert_eq!(healthd.metric(IGNORED), Some(0.0), "{name}");
    }
    the_token_is_nowhere(&site);
}

#[test]
fn a_named_haproxy_without_the_token_is_ignored_and_counted() {
    let _turn = turn::shared();
    let site = Site::start(Plan::NAMED);
    let good = naming("lb1", WITNESS_TOKEN);
    for bad in ["", &naming("lb1", "a-wrong-token-0123456789"), &naming("lb9", WITNESS_TOKEN)] {
        let ignored = |index: usize| site.healthds[index].metric(IGNORED).expect("a counter");
        let before = [ignored(0), ignored(1)];
        let haproxy = site.haproxy_with(|text| text.replace(&good, bad));
        for (index, before) in before.into_iter().enumerate() {
            wait_for("ignored words", SOON, || {
                let now = ignored(index);
                if now > before + 10.0 { Ok(()) } else { Err(now) }
            });
        }
        throughout("no node gets the role", WHILE, || {
            let answers = [0, 1].map(|index| site.ask(index));
            match answers.iter().find(|answer| answer.status == 200) {
                Some(answer) => Err(answer.body.clone()),
                None => Ok(()),
            }
        });
        site.await_none(&haproxy);
        the_token_is_nowhere(&site);
    }
    let haproxy = site.haproxy();
    site.await_any_writer(&haproxy);
}

#[test]
fn disabled_servers_of_a_named_haproxy_come_into_use() {
    let _turn = turn::shared();
    let site = Site::start(Plan::NAMED);
    let start = || {
        site.haproxy_with(|text| {
            let text = text.replace("role=writer\\n", "role=writer ready\\n");
            text.replace("default-server agent-check", "default-server disabled agent-check")
        })
    };
    let haproxy = start();
    let holder = site.await_any_writer(&haproxy);
    site.await_code(1 - holder, "standby", SOON);
    // And again after a restart, when its address is known.
    drop(haproxy);
    let haproxy = start();
    let watch = Watch::start(&haproxy, "mysql-m0");
    site.await_any_writer(&haproxy);
    watch.never_two();
}

#[test]
fn an_operator_removes_a_named_haproxy_by_its_name() {
    let _turn = turn::shared();
    let mut site = Site::start(Plan::NAMED);
    for healthd in &mut site.healthds {
        healthd.edit_config("names = [\"lb1\"]", "names = [\"lb1\", \"lb2\"]");
        healthd.restart();
    }
    let haproxy = site.haproxy();
    healthd_tests::wait_for("waiting for lb2", SOON, || {
        let codes = [site.code(0), site.code(1)];
        if codes.iter().any(|code| code == "witnesses-disagree") { Ok(()) } else { Err(site.explain()) }
    });
    for index in [0, 1] {
        let said = site.order(index, &["witness", "remove", "m0", "lb2", "--yes"]);
        assert!(said.contains("healthd no longer waits for lb2"), "{said}");
    }
    let holder = site.await_any_writer(&haproxy);
    for healthd in &mut site.healthds {
        healthd.restart();
    }
    // The removal is on disk.
    site.await_any_writer(&haproxy);
    let output = site.healthds[holder].command(&["witness", "remove", "m0", "lb1", "--yes"]);
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && error.contains("lb1 is the only HAProxy"), "{error}");
}
