//! Time limits for what the peer says. Each case has the first moment at which something is true, or no longer true.

use std::time::Duration;

use healthd_core::writer::{Ages, Answer, Bar, Refusal, Report, Sample, SemiSync, Yield};

use crate::lab::{NEITHER, OTHER, T_SILENT, refused, report, sample, set};
use crate::support::{millis, seconds};
use crate::timed::{HOLDER_GRACE, Timed, first, holder, standby, suspended};

#[test]
fn a_peer_is_silent_after_t_silent() {
    let mut timed = holder();
    assert_eq!(first(&mut timed, |timed| timed.machine().is_peer_unreachable()), T_SILENT, "from the start on");
    timed.plain_report();
    assert!(!timed.machine().is_peer_unreachable());
    timed.pass(millis(2_900));
    assert!(!timed.machine().is_peer_unreachable());
    assert_eq!(timed.moments().unheard(timed.now), millis(2_900));
    timed.plain_report();
    assert_eq!(first(&mut timed, |timed| timed.machine().is_peer_unreachable()), T_SILENT, "from the last report on");
}

#[test]
fn what_was_not_heard_during_a_pause_of_this_process_proves_no_silence() {
    for (pause, silent_after) in [
        // Shorter than a pause, so it counts as not heard.
        (millis(400), millis(2_600)),
        (millis(401), T_SILENT),
        (seconds(2), T_SILENT),
        (seconds(60), T_SILENT),
    ] {
        let mut timed = holder();
        timed.plain_report();
        timed.pause(pause);
        assert!(!timed.machine().is_peer_unreachable(), "{pause:?}");
        assert_eq!(first(&mut timed, |timed| timed.machine().is_peer_unreachable()), silent_after, "{pause:?}");
    }
    // The peer stays unreachable, too.
    let mut timed = holder();
    timed.pass(T_SILENT);
    timed.pause(seconds(60));
    assert!(timed.machine().is_peer_unreachable());
}

/// Whether a takeover is refused because there is no fresh report.
fn no_report(timed: &Timed) -> bool {
    timed.check_a_copy(NEITHER).0 == refused(Refusal::NoReport)
}

#[test]
fn a_report_is_fresh_for_five_seconds_from_the_moment_of_its_position() {
    for (age, stale_after) in [(millis(0), seconds(5)), (seconds(2), seconds(3)), (millis(4_999), millis(50))] {
        let mut timed = standby();
        let told = report(timed.machine().persistent().epoch, "1-1-467,2-2-90");
        timed.report(told, Ages { position: age, ..Ages::default() }, Duration::ZERO);
        assert_eq!(timed.moments().report_age(timed.now), Some(age));
        assert_eq!(first(&mut timed, no_report), stale_after, "{age:?}");
    }
    let mut timed = standby();
    assert!(no_report(&timed), "none came");
    let told = report(timed.machine().persistent().epoch, "1-1-467,2-2-90");
    timed.report(told, Ages { position: seconds(5), ..Ages::default() }, Duration::ZERO);
    assert!(no_report(&timed), "it was old when it came");
    assert_eq!(timed.moments().report_age(timed.now), Some(seconds(5)));
}

#[test]
fn a_report_stays_fresh_from_the_moment_the_holder_is_out() {
    let mut timed = standby();
    timed.plain_report();
    timed.pass(seconds(4));
    assert_eq!(timed.check(NEITHER), refused(Refusal::Asking));
    // Its healthd is alive, and reports what was read from its server before that died.
    for age in 5..15 {
        let mut told = report(timed.machine().persistent().epoch, "1-1-467,2-2-90");
        told.answers = false;
        timed.report(told, Ages { position: seconds(age), ..Ages::default() }, Duration::ZERO);
        timed.pass_checked(seconds(1), millis(100), NEITHER);
    }
    assert!(!no_report(&timed));
    // It comes back, and the report is old.
    timed.check(OTHER);
    timed.pass(millis(50));
    assert!(no_report(&timed));
}

/// Whether a report that this node does not contain counts against it.
fn behind_report(timed: &Timed) -> bool {
    timed.machine().admission() == Err(Bar::BehindReport)
}

#[test]
fn a_proof_holds_for_the_semi_sync_timeout_from_the_moment_of_its_position() {
    let quiet = |timed: &Timed, semisync| {
        let mut told = report(timed.machine().persistent().epoch, "1-1-467,2-2-91");
        told.position.as_mut().expect("a position").semisync = semisync;
        told
    };
    let acknowledging = || {
        let mut timed = standby();
        timed.probe(Sample { semisync_replica: true, ..sample("1-1-467,2-2-90", "2-2-90") });
        timed
    };
    for (age, timeout, over_after) in [
        (millis(0), seconds(1), seconds(1)),
        (millis(600), seconds(1), millis(400)),
        (millis(0), seconds(3600), seconds(100)),
        // The timeout was over before the report came.
        (seconds(1), seconds(1), millis(50)),
        (millis(0), Duration::ZERO, millis(50)),
    ] {
        let mut timed = acknowledging();
        let told = quiet(&timed, SemiSync::Quiet);
        timed.report(told, Ages { position: age, ..Ages::default() }, timeout);
        if timeout == seconds(3600) {
            timed.pass(over_after);
            assert!(!behind_report(&timed), "{timeout:?}");
        } else {
            assert_eq!(first(&mut timed, behind_report), over_after, "{age:?} {timeout:?}");
        }
    }
    // A report with a waiting session neither starts nor ends the time. A report with `Off` ends the proof.
    let mut timed = acknowledging();
    let told = quiet(&timed, SemiSync::Quiet);
    timed.report(told, Ages::default(), seconds(1));
    timed.pass(millis(600));
    let told = quiet(&timed, SemiSync::Waiting);
    timed.report(told, Ages::default(), seconds(1));
    assert_eq!(first(&mut timed, behind_report), millis(400));
    let told = quiet(&timed, SemiSync::Quiet);
    timed.report(told, Ages::default(), seconds(1));
    assert!(!behind_report(&timed));
    let told = quiet(&timed, SemiSync::Off);
    timed.report(told, Ages::default(), seconds(1));
    assert!(behind_report(&timed));
}

#[test]
fn an_echo_is_acted_on_within_t_silent_of_when_it_was_heard_or_not_at_all() {
    for (age, wait, serves) in [
        (millis(0), millis(2_900), true),
        (millis(0), seconds(3), false),
        (seconds(1), millis(1_900), true),
        (seconds(1), seconds(2), false),
        (millis(2_999), millis(50), false),
    ] {
        let (mut timed, nonce) = suspended();
        let mut told = report(timed.machine().persistent().epoch, "1-1-467,2-2-90");
        told.acknowledges = Some(nonce);
        timed.report(told, Ages { acknowledgement: age, ..Ages::default() }, Duration::ZERO);
        // Reports go on, so the peer stays heard, but their acknowledgement ages.
        timed.pass(wait);
        let answer = timed.check(OTHER);
        assert_eq!(answer == Answer::Serve, serves, "{age:?} {wait:?}: {answer:?}");
        assert_ne!(timed.check(OTHER), Answer::Serve, "one 200, and then HAProxy must say that it is in use");
    }
}

#[test]
fn a_holder_whose_server_answers_is_not_asked_before_it_could_come_back() {
    let asks = |timed: &Timed| timed.machine().report().asks;
    let epoch = |timed: &Timed| timed.machine().persistent().epoch;
    // After a lost check, or a restart of HAProxy.
    let mut timed = standby();
    timed.plain_report();
    timed.check(NEITHER);
    assert_eq!(first(&mut timed, asks), HOLDER_GRACE);
    // It has come back meanwhile: the next time is another one.
    let mut timed = standby();
    timed.plain_report();
    timed.check(NEITHER);
    timed.pass(millis(250));
    timed.check(OTHER);
    timed.pass(millis(100));
    timed.check(NEITHER);
    assert_eq!(first(&mut timed, asks), HOLDER_GRACE);
    // A holder that is dead, was never heard, or gives the role away, is asked at once.
    let mut dead = standby();
    let told = Report { answers: false, ..report(epoch(&dead), "1-1-467,2-2-90") };
    dead.report(told, Ages::default(), Duration::ZERO);
    let mut gives = standby();
    let told = Report { yields: Some(Yield::Final(set("1-1-467,2-2-90"))), ..report(epoch(&gives), "1-1-467,2-2-90") };
    gives.report(told, Ages::default(), Duration::ZERO);
    for mut timed in [dead, gives, standby()] {
        timed.check(NEITHER);
        assert!(asks(&timed), "{:?}", timed.machine().report());
    }
    // While this node waits, it hears that the holder has died.
    let mut timed = standby();
    timed.plain_report();
    timed.check(NEITHER);
    assert!(!asks(&timed));
    let told = Report { answers: false, ..report(epoch(&timed), "1-1-467,2-2-90") };
    timed.report(told, Ages::default(), Duration::ZERO);
    assert!(asks(&timed));
}

#[test]
fn nodes_with_different_silence_settings_use_the_safer_one() {
    // `silent_after` is 3 s here. The peer's value, when the peer is unreachable for this node, and how long its
    // acknowledgement may be used.
    for (theirs, silent, permit) in [(3, T_SILENT, T_SILENT), (1, T_SILENT, seconds(1)), (4, seconds(4), T_SILENT)] {
        let (mut timed, nonce) = suspended();
        timed.peer_silent_after = seconds(theirs);
        let mut told = report(timed.machine().persistent().epoch, "1-1-467,2-2-90");
        told.acknowledges = Some(nonce);
        timed.report(told, Ages::default(), Duration::ZERO);
        assert_eq!(timed.moments().t_silent(), silent, "{theirs}");
        timed.pass(permit - millis(50));
        assert_eq!(timed.check_a_copy(OTHER).0, Answer::Serve, "{theirs}");
        timed.pass(millis(50));
        assert_ne!(timed.check(OTHER), Answer::Serve, "{theirs}");
        assert_eq!(
            first(&mut timed, |timed| timed.machine().is_peer_unreachable()),
            silent.saturating_sub(permit),
            "{theirs}"
        );
    }
}
