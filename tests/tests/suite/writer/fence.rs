//! A holder without checks makes itself read-only if `fence_after` allows that, and undoes it.

use std::time::Duration;

use healthd_tests::wait_for;

use super::site::{Plan, SOON, Site};
use crate::turn;

#[test]
fn a_holder_without_checks_fences_itself_until_its_peer_confirms_it() {
    let _turn = turn::shared();
    let site = Site::start(Plan { instance: "fence_after = \"2s\"\n", ..Plan::WITNESSED });
    for server in &site.servers {
        server.sql("SET sql_log_bin=0; GRANT READ_ONLY ADMIN, CONNECTION ADMIN ON *.* TO 'mon'@'127.0.0.1'");
    }
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let server = &site.servers[holder];
    let sleeping = "SELECT COUNT(*) FROM information_schema.processlist WHERE user='app' AND info LIKE 'SELECT SLEEP%'";
    let client = std::thread::scope(|scope| {
        let client = scope.spawn(|| crate::haproxy::site::ask(site.write, "SELECT SLEEP(60)"));
        wait_for("a client", SOON, || if server.sql(sleeping).trim() == "1" { Ok(()) } else { Err("none yet") });
        // HAProxy and the peer's reports are gone. The client's session continues.
        haproxy.process().stop();
        site.healthds[1 - holder].process().stop();
        wait_for("the fence", SOON, || match server.sql("SELECT @@global.read_only").trim() {
            "1" => Ok(()),
            other => Err(format!("read_only {other}, {}", site.explain())),
        });
        wait_for("the end of the session", SOON, || {
            if server.sql(sleeping).trim() == "0" { Ok(()) } else { Err("it lives") }
        });
        site.await_gate(holder, "fenced", Duration::from_secs(5));
        haproxy.process().cont();
        client.join().expect("the client ends")
    });
    assert!(client.is_err(), "{client:?}");
    site.healthds[1 - holder].process().cont();
    wait_for("the end of the fence", SOON, || match server.sql("SELECT @@global.read_only").trim() {
        "0" => Ok(()),
        other => Err(format!("read_only {other}, {}", site.explain())),
    });
    site.await_any_writer(&haproxy);
}
