//! Time limits for HAProxy's checks.

use healthd_core::writer::{Answer, BootId, Persistent};

use crate::lab::{BOTH, IN_USE, Lab, NEITHER, me, peer, persistent};
use crate::support::{millis, seconds};
use crate::timed::{Timed, first, holder};

/// Whether the witness counts as one that sends no checks.
fn stopped(timed: &Timed) -> bool {
    let view = timed.view(Answer::Serve);
    view.conditions
        .iter()
        .any(|condition| condition.name == "witness" && condition.measured.contains("no check lately"))
}

#[test]
fn checks_have_stopped_after_two_seconds_or_four_times_their_distance() {
    for (distance, stopped_after) in [
        (millis(100), seconds(2)),
        (millis(500), seconds(2)),
        (millis(1_000), seconds(4)),
        (millis(1_900), millis(7_600)),
        // The longest distance that is believed is 30 s, but a check must come within the limit of the one before.
    ] {
        let mut timed = holder();
        timed.pass_checked(distance * 5, distance, IN_USE);
        assert!(!stopped(&timed), "{distance:?}");
        // The last check was one distance ago.
        assert_eq!(distance + first(&mut timed, stopped), stopped_after, "{distance:?}");
        timed.check(IN_USE);
        assert!(!stopped(&timed), "{distance:?}: they came back");
    }
    let mut timed = holder();
    timed.pass(seconds(10));
    assert_eq!(timed.role.unchecked(timed.now), timed.now, "no check since the start");
    timed.check(IN_USE);
    timed.pass(millis(700));
    assert_eq!(timed.role.unchecked(timed.now), millis(700));
}

#[test]
fn a_holder_that_is_not_checked_any_more_is_out_when_it_gives_the_role_away() {
    let mut timed = holder();
    timed.pass_checked(seconds(1), millis(100), BOTH);
    assert!(timed.start_handover());
    assert!(!timed.machine().may_yield());
    assert_eq!(first(&mut timed, |timed| timed.machine().may_yield()), millis(1_900));
}

/// Whether the peer is excluded by a check that says that this node is in use.
fn excludes(timed: &Timed) -> bool {
    timed.check_a_copy(IN_USE).1.persistent().peer_excluded
}

#[test]
fn a_peer_is_excluded_after_six_seconds_in_use_and_unfetched() {
    let in_use = |timed: &mut Timed, time| timed.pass_checked(time, millis(100), IN_USE);
    let mut timed = holder();
    timed.plain_report();
    in_use(&mut timed, millis(5_900));
    assert!(timed.machine().is_peer_unreachable() && !excludes(&timed));
    in_use(&mut timed, millis(100));
    assert!(excludes(&timed));

    // The peer fetched a report meanwhile, so it knows that this node is alive.
    let mut timed = holder();
    timed.plain_report();
    in_use(&mut timed, seconds(4));
    timed.role.peer_fetched(timed.now);
    in_use(&mut timed, millis(5_900));
    assert!(!excludes(&timed));
    in_use(&mut timed, millis(100));
    assert!(excludes(&timed));

    // HAProxy took this node out meanwhile: from then on, the peer could have taken the role.
    let mut timed = holder();
    timed.plain_report();
    in_use(&mut timed, seconds(4));
    timed.check(NEITHER);
    timed.pass(millis(100));
    let nonce = timed.machine().report().suspended.expect("a nonce");
    assert_eq!(nonce.session, 1);
    in_use(&mut timed, millis(5_900));
    assert!(!excludes(&timed));

    // It is heard.
    let mut timed = holder();
    for _ in 0..10 {
        timed.plain_report();
        in_use(&mut timed, seconds(1));
    }
    assert!(!excludes(&timed));
}

#[test]
fn a_node_that_just_started_knows_of_no_time_before() {
    let mut timed = Timed::new(Lab::new(Persistent { boot: Some(BootId(1)), ..persistent(me()) }, 1));
    timed.look();
    assert!(!timed.machine().is_peer_unreachable());
    assert_eq!(timed.moments().report_age(timed.now), None);
    assert_eq!(timed.moments().handover_age(timed.now), None);
    assert_eq!(timed.machine().persistent().epoch.map(|epoch| epoch.holder == peer()), Some(false));
}
