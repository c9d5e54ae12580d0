//! Our HAProxy file for the writer role, with every installed HAProxy.

use std::sync::Arc;
use std::time::Duration;

use healthd_tests::haproxy::Build;
use healthd_tests::wait::try_wait_for;

use super::site::{Plan, SOON, Site};
use crate::haproxy::site::{Ports, config};
use crate::turn;

#[test]
fn master_master_lets_one_writer_in_and_follows_the_role_with_every_haproxy() {
    // A standby gives a holder that HAProxy has not checked yet some 300 ms.
    let _turn = turn::alone();
    let mut site = Site::start(Plan::WITNESSED);
    let ports = Ports { sql: site.sql, http: site.http, agent: site.agent };
    for build in Build::ALL {
        if !build.or_skip("haproxy/master-master.cfg with the writer role") {
            continue;
        }
        let (file, frontends) = config(ports, "haproxy/master-master.cfg", &[]);
        site.write = frontends.write;
        let haproxy = Arc::new(file.with(build).start());
        // A standby is not up for a moment either, not even at the start.
        let found = try_wait_for(SOON, || match site.up(&haproxy) {
            [true, true] => Ok(Err(format!("{build:?}: both are up, {}", site.explain()))),
            [false, false] => Err(site.explain()),
            up => Ok(Ok(usize::from(up[1]))),
        });
        let writer = found.expect("a writer in the end").unwrap_or_else(|both| panic!("{both}"));
        site.await_writer(&haproxy, writer, SOON);
        site.await_code(1 - writer, "standby", SOON);
        site.servers[writer].kill9();
        site.await_writer(&haproxy, 1 - writer, SOON);
        site.servers[writer].restart();
        site.await_code(writer, "standby", SOON);
        site.await_writer(&haproxy, 1 - writer, Duration::from_secs(1));
        // A HAProxy that starts finds the same writer: its start is no reason to move the role. One move in three
        // starts is allowed, if this machine stood still between the first checks of the two nodes. The 300 ms are for
        // that case, and should not be longer.
        drop(haproxy);
        let (mut writer, mut changes) = (1 - writer, 0);
        for _ in 0..3 {
            let (file, frontends) = config(ports, "haproxy/master-master.cfg", &[]);
            site.write = frontends.write;
            let haproxy = Arc::new(file.with(build).start());
            let found = site.await_any_writer(&haproxy);
            changes += usize::from(found != writer);
            writer = found;
            site.await_code(1 - writer, "standby", SOON);
        }
        assert!(changes <= 1, "{build:?}: {changes} changes, {}", site.explain());
    }
}
