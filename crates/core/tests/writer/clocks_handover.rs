//! Time limits for a handover.

use std::time::Duration;

use healthd_core::writer::{Ages, Answer, Handover, Yield};

use crate::lab::{BOTH, Lab, NEITHER, OTHER, report, set};
use crate::support::{millis, seconds};
use crate::timed::{HOLDER_GRACE, Timed, first, holder, standby, suspended};

#[test]
fn a_grant_expires_five_seconds_after_it_was_given() {
    // Whether the next check would gain the role. The peer is heard, so only the grant allows it.
    let gains = |timed: &Timed| timed.check_a_copy(NEITHER).0 == Answer::Serve;
    for (age, usable) in [(millis(0), 10), (seconds(2), 6), (millis(4_500), 1), (seconds(5), 0), (seconds(60), 0)] {
        let mut timed = standby();
        timed.plain_report();
        timed.check(NEITHER);
        timed.pass(HOLDER_GRACE);
        assert!(timed.machine().report().asks && !gains(&timed));
        let mut told = report(timed.machine().persistent().epoch, "1-1-467,2-2-90");
        told.yields = Some(Yield::Final(set("1-1-467,2-2-90")));
        let mut while_usable = 0;
        // The same grant is reported again and again, older each time.
        for step in 0..12 {
            timed.report(told.clone(), Ages { handover: age + millis(500) * step, ..Ages::default() }, Duration::ZERO);
            timed.look();
            while_usable += usize::from(gains(&timed));
            // The probe that decides has not ended, so nothing is gained.
            assert!(matches!(timed.check_after(false, NEITHER), Answer::Refuse(_)));
            timed.pass(millis(500));
        }
        assert_eq!(while_usable, usable, "{age:?}");
    }
    // Without another report it expires by itself.
    let mut timed = standby();
    timed.check(NEITHER);
    let mut told = report(timed.machine().persistent().epoch, "1-1-467,2-2-90");
    told.yields = Some(Yield::Final(set("1-1-467,2-2-90")));
    timed.report(told, Ages { handover: seconds(4), ..Ages::default() }, Duration::ZERO);
    assert_eq!(first(&mut timed, |timed| !gains(timed)), seconds(1));
}

#[test]
fn a_hand_over_by_command_ends_after_ten_seconds() {
    let mut timed = holder();
    timed.plain_report();
    timed.pass(seconds(2));
    assert!(timed.start_handover());
    timed.look();
    assert_eq!(timed.moments().handover_age(timed.now), Some(Duration::ZERO));
    timed.pass(seconds(4));
    assert_eq!(timed.moments().handover_age(timed.now), Some(seconds(4)));
    assert_eq!(first(&mut timed, |timed| timed.machine().handover() == Handover::No), seconds(6));
    assert_eq!(timed.moments().handover_age(timed.now), None);
    assert_eq!(timed.check(BOTH), Answer::Serve, "HAProxy never took it out");
    // The next one has a time of its own.
    assert!(timed.start_handover());
    timed.look();
    assert_eq!(first(&mut timed, |timed| timed.machine().handover() == Handover::No), seconds(10));
}

#[test]
fn a_hand_over_that_was_asked_for_lasts_while_the_peer_asks() {
    let mut timed = suspended().0;
    let asking = |timed: &Timed| {
        let mut told = report(timed.machine().persistent().epoch, "1-1-467,2-2-90");
        told.asks = true;
        told
    };
    timed.check(OTHER);
    for _ in 0..30 {
        let told = asking(&timed);
        timed.report(told, Ages::default(), Duration::ZERO);
        assert_eq!(timed.machine().handover(), Handover::Requested);
        timed.pass(seconds(1));
    }
    // Then it is unreachable for ten seconds, the last of the thirty included.
    assert_eq!(first(&mut timed, |timed| timed.machine().handover() == Handover::No), seconds(9));
}

#[test]
fn without_a_witness_a_hand_over_drains_and_ends_by_time() {
    let mut timed = Timed::new(Lab::pair("1-1-467,2-2-90"));
    let mut asking = report(timed.machine().persistent().epoch, "1-1-467,2-2-90");
    asking.asks = true;
    timed.report(asking, Ages::default(), Duration::ZERO);
    timed.look();
    assert_eq!(timed.machine().handover(), Handover::Requested);
    assert_eq!(first(&mut timed, |timed| timed.machine().may_yield()), millis(1_500), "every check was refused");
    assert_eq!(first(&mut timed, |timed| timed.machine().handover() == Handover::No), millis(8_500));
}
