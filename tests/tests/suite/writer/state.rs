//! healthd ends or loses its state directory.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use super::site::{NAMES, Plan, SOON, Site, throughout};
use super::watch::Watch;
use crate::turn;

/// For how long something must not happen.
const WHILE: Duration = Duration::from_secs(2);

/// The state file, and the temporary file that replaces it.
const FILE: &str = "state/writer-m0.state";
const NEXT: &str = "state/writer-m0.state.new";

/// Why a state directory cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// A file that cannot grow: no space left on the device.
    Full,
    /// A directory in place of the file: even root cannot write it.
    ReadOnly,
}

impl Trouble {
    #[track_caller]
    fn begin(self, site: &Site, index: usize) {
        let next = site.healthds[index].file(NEXT);
        // The daemon may be about to rename a file that it has just written.
        healthd_tests::wait_for("the obstacle", SOON, || match self {
            Trouble::Full => symlink("/dev/full", &next),
            Trouble::ReadOnly => fs::create_dir(&next),
        });
    }

    #[track_caller]
    fn end(self, site: &Site, index: usize) {
        let next = site.healthds[index].file(NEXT);
        match self {
            Trouble::Full => fs::remove_file(next),
            Trouble::ReadOnly => fs::remove_dir(next),
        }
        .expect("the obstacle can be removed");
    }
}

#[test]
fn after_a_restart_of_healthd_there_is_one_writer() {
    let _turn = turn::shared();
    let mut site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let mut holder = site.await_any_writer(&haproxy);
    site.insert(holder, 1..11);
    site.await_same();
    let watch = Watch::start(&haproxy, "mysql-m0");
    // An upgrade.
    site.healthds[holder].restart();
    holder = site.await_any_writer(&haproxy);
    site.await_code(1 - holder, "standby", SOON);
    // A crash.
    site.healthds[holder].process().kill9();
    site.healthds[holder].start_again();
    holder = site.await_any_writer(&haproxy);
    site.await_code(1 - holder, "standby", SOON);
    // A crash that lasts long enough for the other node to take over.
    site.healthds[holder].process().kill9();
    site.await_writer(&haproxy, 1 - holder, SOON);
    site.insert(1 - holder, 11..21);
    site.healthds[holder].start_again();
    site.await_code(holder, "standby", SOON);
    site.await_writer(&haproxy, 1 - holder, SOON);
    site.await_same();
    watch.never_two();
}

#[test]
fn a_lost_state_directory_makes_no_second_writer() {
    let _turn = turn::shared();
    let mut site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    site.insert(holder, 1..11);
    site.await_same();
    let watch = Watch::start(&haproxy, "mysql-m0");
    for index in [holder, 1 - holder] {
        site.healthds[index].process().kill9();
        fs::remove_dir_all(site.healthds[index].file("state")).expect("the state directory can be removed");
        site.healthds[index].start_again();
        let writer = site.await_any_writer(&haproxy);
        site.await_code(1 - writer, "standby", SOON);
    }
    watch.never_two();
}

#[test]
fn with_a_full_state_disk_the_holder_keeps_the_role_and_no_standby_gains_it() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    let other = 1 - holder;
    site.insert(holder, 1..11);
    site.await_same();
    let watch = Watch::start(&haproxy, "mysql-m0");
    let mut next = 11..;
    for (trouble, why) in [(Trouble::Full, "No space left on device"), (Trouble::ReadOnly, "Is a directory")] {
        trouble.begin(&site, holder);
        // Each commit changes the high-water mark.
        healthd_tests::wait_for("a state that is not saved", SOON, || {
            let id = next.next().expect("numbers do not end");
            site.insert(holder, id..id + 1);
            let body = site.ask(holder).body;
            if body.starts_with("up state-not-saved m0 as writer") { Ok(()) } else { Err(body) }
        });
        let gates = site.gates(holder);
        assert!(gates.contains("not saved: ") && gates.contains(why), "{gates}");
        site.healthds[holder].await_log("the state of the writer role cannot be saved");
        throughout("it serves", WHILE, || {
            let answer = site.ask(holder);
            if answer.status == 200 { Ok(()) } else { Err(answer.body) }
        });
        trouble.end(&site, holder);
        healthd_tests::wait_for("a saved state", SOON, || {
            let id = next.next().expect("numbers do not end");
            site.insert(holder, id..id + 1);
            let body = site.ask(holder).body;
            if body.starts_with("up m0 as writer") { Ok(()) } else { Err(body) }
        });
    }
    site.await_same();
    watch.always([holder == 0, holder == 1]);

    let trouble = Trouble::Full;
    trouble.begin(&site, other);
    site.servers[holder].kill9();
    site.await_words(other, "takeover-not-saved", "the role was not taken", SOON);
    throughout("no node serves", WHILE, || match site.up(&haproxy) {
        [false, false] => Ok(()),
        up => Err(format!("{up:?}, {}", site.explain())),
    });
    trouble.end(&site, other);
    site.await_writer(&haproxy, other, SOON);
}

#[test]
fn a_damaged_or_foreign_state_file_is_renamed_with_a_reason() {
    let _turn = turn::shared();
    let mut site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    site.insert(holder, 1..11);
    site.await_same();
    let watch = Watch::start(&haproxy, "mysql-m0");
    let own = |site: &Site| {
        let file = site.healthds[holder].file(FILE);
        healthd_tests::wait_for("a state file", SOON, || fs::read(&file))
    };
    let foreign = healthd_tests::wait_for("a state file", SOON, || fs::read(site.healthds[1 - holder].file(FILE)));
    let torn = own(&site);
    for (text, why) in [
        (torn[..torn.len() / 2].to_vec(), "is torn".to_owned()),
        (foreign, format!("is of m0 on {}", NAMES[1 - holder])),
        (b"\0\0\0\0".to_vec(), "is torn".to_owned()),
    ] {
        site.healthds[holder].process().kill9();
        fs::write(site.healthds[holder].file(FILE), &text).expect("the state directory is writable");
        site.healthds[holder].start_again();
        site.await_gate(holder, "state-refused: ", SOON);
        site.await_gate(holder, &why, SOON);
        site.healthds[holder].await_log("the state file of the role is refused");
        let aside = fs::read(site.healthds[holder].file("state/writer-m0.state.refused"));
        assert_eq!(aside.expect("it was put aside"), text);
        let writer = site.await_any_writer(&haproxy);
        site.await_code(1 - writer, "standby", SOON);
    }
    watch.never_two();
}

#[test]
fn a_reload_changes_nothing_for_the_holder_and_forgets_nothing() {
    let _turn = turn::shared();
    let site = Site::start(Plan::WITNESSED);
    let haproxy = site.haproxy();
    let holder = site.await_any_writer(&haproxy);
    // The second run of its server. A task that forgot the first one would take it for another server.
    site.servers[holder].kill9();
    site.await_writer(&haproxy, 1 - holder, SOON);
    site.servers[holder].restart();
    site.await_code(holder, "standby", SOON);
    site.order(1 - holder, &["switchover", "m0", "--yes"]);
    site.await_writer(&haproxy, holder, SOON);
    site.await_code(1 - holder, "standby", SOON);
    let epoch = |index: usize| site.healthds[index].metric("healthd_writer_epoch{instance=\"m0\"}");
    let before = epoch(holder);
    let watch = Watch::start(&haproxy, "mysql-m0");
    for (index, healthd) in site.healthds.iter().enumerate() {
        // Another limit creates another task for the same instance.
        healthd.edit_config("name = \"m0\"", "name = \"m0\"\nmax_lag = \"9s\"");
        let accepted = || healthd.metric("healthd_config_last_reload_success_timestamp_seconds");
        let last = accepted();
        healthd.reload();
        healthd_tests::wait_for("the reload", SOON, || if accepted() > last { Ok(()) } else { Err(healthd.log()) });
        throughout("the role", WHILE, || {
            let found = (site.up(&haproxy), epoch(index));
            if found == ([holder == 0, holder == 1], before) { Ok(()) } else { Err(format!("{found:?}")) }
        });
        site.await_code(1 - holder, "standby", SOON);
    }
    // Neither an agent question nor a check in between has noticed the reload.
    watch.always([holder == 0, holder == 1]);
    // The state that goes on is on disk as well.
    site.healthds[holder].process().kill9();
    let file = site.healthds[holder].file("state/writer-m0.state");
    let kept = std::fs::read_to_string(file).expect("the state is there");
    let number = before.expect("an epoch");
    assert!(kept.contains(&format!("\"epoch\":{{\"number\":{number},")), "{kept}");
}
