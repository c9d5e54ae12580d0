//! A short drill: a few rounds of what `make drill` does for hours.

use std::fs;
use std::sync::{Mutex, PoisonError};

use clap::Parser as _;
use healthd_tests::drill::{Arguments, Fault, Report, Side, run};
use healthd_tests::netns;
use healthd_tests::skip::skipped;
use healthd_tests::stop::Stop;

use crate::turn;

/// The report of one configuration; `None` where network namespaces cannot be created.
///
/// One drill at a time: what it leaves behind is found by a name that all drills of this process share.
#[track_caller]
fn drilled(arguments: &[&str]) -> Option<Report> {
    if let Err(why) = netns::available() {
        skipped("a drill", &why);
        return None;
    }
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let arguments = Arguments::parse_from(["drill"].iter().chain(arguments));
    let mut reports = run(&arguments, &Stop::never().expect("a runtime")).expect("the site starts");
    let report = reports.pop().expect("one configuration has one report");
    assert_eq!((report.ended(), report.totals().rounds), (None, arguments.rounds), "{}", report.table());
    let ours = format!("healthd-drill-{}-", std::process::id());
    let mounts = fs::read_to_string("/proc/self/mounts").expect("mounts can be read");
    assert!(!netns::names().iter().any(|name| name.starts_with(&ours)) && !mounts.contains(&ours), "left behind");
    Some(report)
}

#[test]
fn the_check_of_2010_serves_old_data_and_has_two_writers() {
    let _turn = turn::shared();
    let quick = ["--config=2010", "--rounds=3", "--seed=1", "--inter=300ms", "--rise=1", "--fall=2"];
    let faults = "--only=holder-kill,lag-then-kill,cut-nodes";
    let Some(report) = drilled(&[&quick[..], &[faults]].concat()) else { return };

    let lag = report.totals_of(Fault::LagThenKill);
    assert!(lag.stale > 0 && lag.two_writers > 0, "{}", report.table());
    assert_eq!(report.elsewhere(Fault::Kill(Side::Holder)).len(), 1, "{}", report.table());
    // A fault that concerns neither HAProxy nor its clients breaks no promise.
    let cut = report.totals_of(Fault::CutNodes);
    assert_eq!((cut.stale, cut.two_writers, cut.refusals), (0, 0, 0), "{}", report.table());
    // Once both nodes replicate again, nothing is lost for ever.
    let all = report.totals();
    assert_eq!((all.missing, all.missing_in_flight, all.unsettled), (0, 0, 0), "{}", report.table());
    assert_eq!(report.broken(), [""; 0], "it promised nothing");
}

#[test]
fn behind_two_haproxys_with_our_file_there_is_one_writer_and_nothing_stale() {
    let _turn = turn::shared();
    let faults = "--only=holder-kill,haproxy-restart,one-cut-holder";
    let Some(report) = drilled(&["--config=async", "--proxies=2", "--rounds=3", "--seed=1", faults]) else { return };

    let all = report.totals();
    assert_eq!((all.stale, all.missing, all.two_writers), (0, 0, 0), "{}", report.table());
    assert_eq!((all.stayed, all.unsettled), (0, 0), "{}", report.table());
    // While the other HAProxy uses the holder, no node takes over. A HAProxy that has started lets its clients in
    // again.
    assert!(report.elsewhere(Fault::CutOneFront(Side::Holder)).is_empty(), "{}", report.table());
    assert_eq!(report.elsewhere(Fault::RestartProxy).len(), 1, "{}", report.table());
}
