//! When time counts. Each case says at which moment something is no longer, or first, true.

use std::time::Duration;

use healthd_core::position::gtids::Gtids;
use healthd_core::writer::{
    Ages, Answer, Bar, BootId, Clocks, Kept, Machine, Nonce, Opinion, Refusal, Report, Sample, SemiSync, Yield,
    Yielding,
};

use crate::lab::{BOTH, IN_USE, Lab, NEITHER, OTHER, T_SILENT, kept, me, peer, refused, report, sample, set};
use crate::support::{millis, seconds};

/// For how long a healthy holder is not asked, to the next look after it.
const PATIENCE: Duration = millis(350);

/// A node with its clocks, looked at every 50 ms as the daemon does.
struct Timed {
    lab: Lab,
    clocks: Clocks,
    now: Duration,
}

impl Timed {
    fn new(lab: Lab, witnesses: usize) -> Timed {
        Timed { lab, clocks: Clocks::new(Duration::ZERO, T_SILENT, witnesses), now: Duration::ZERO }
    }

    fn machine(&mut self) -> &mut Machine<Gtids> {
        &mut self.lab.machine
    }

    fn look(&mut self) {
        self.clocks.look(self.now, &mut self.lab.machine);
    }

    /// Time goes by, and is looked at.
    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.now = until.min(self.now + millis(50));
            self.look();
        }
    }

    /// Time goes by while this process stands still.
    fn pause(&mut self, time: Duration) {
        self.now += time;
        self.look();
    }

    /// Time goes by with a check of each distance.
    fn pass_checked(&mut self, time: Duration, distance: Duration, opinion: Opinion) {
        let until = self.now + time;
        while self.now < until {
            self.check(opinion);
            self.pass(distance);
        }
    }

    fn check(&mut self, opinion: Opinion) -> Answer {
        self.look();
        self.clocks.checked(self.now, 0, opinion.me);
        self.lab.check(opinion)
    }

    /// The peer's report, with these ages.
    fn report(&mut self, report: Report<Gtids>, ages: Ages, timeout: Duration) {
        self.look();
        let semisync = report.position.as_ref().map(|position| (position.semisync, timeout));
        let fresh = self.clocks.reported(self.now, ages, semisync);
        let held = self.lab.machine.kept().held.clone();
        self.lab.machine.report_came(report, held, fresh);
    }

    fn plain_report(&mut self) {
        let report = report(self.lab.machine.kept().epoch, "1-1-467,2-2-90");
        self.report(report, Ages::default(), Duration::ZERO);
    }
}

/// The first moment from now on, in steps of 50 ms, at which something holds; it must come within a minute.
fn first(timed: &mut Timed, holds: impl Fn(&Timed) -> bool) -> Duration {
    let from = timed.now;
    while !holds(timed) {
        timed.pass(millis(50));
        assert!(timed.now - from < seconds(200), "never");
    }
    timed.now - from
}

fn holder() -> Timed {
    Timed::new(Lab::holder(), 1)
}

/// A standby of db2, which has all of it.
fn standby() -> Timed {
    Timed::new(Lab::standby("1-1-467,2-2-90", "2-2-90"), 1)
}

#[test]
fn a_peer_is_silent_after_t_silent() {
    let mut timed = holder();
    assert_eq!(first(&mut timed, |timed| timed.lab.machine.is_peer_silent()), T_SILENT, "from the start on");
    timed.plain_report();
    assert!(!timed.lab.machine.is_peer_silent());
    timed.pass(millis(2_900));
    assert!(!timed.lab.machine.is_peer_silent());
    assert_eq!(timed.clocks.unheard(timed.now), millis(2_900));
    timed.plain_report();
    assert_eq!(first(&mut timed, |timed| timed.lab.machine.is_peer_silent()), T_SILENT, "from the last report on");
}

#[test]
fn what_was_not_heard_during_a_pause_of_this_process_proves_no_silence() {
    for (pause, silent_after) in [
        // Shorter than what counts as a pause: it is part of the silence.
        (millis(400), millis(2_600)),
        (millis(401), T_SILENT),
        (seconds(2), T_SILENT),
        (seconds(60), T_SILENT),
    ] {
        let mut timed = holder();
        timed.plain_report();
        timed.pause(pause);
        assert!(!timed.lab.machine.is_peer_silent(), "{pause:?}");
        assert_eq!(first(&mut timed, |timed| timed.lab.machine.is_peer_silent()), silent_after, "{pause:?}");
    }
    // It does not end a silence either.
    let mut timed = holder();
    timed.pass(T_SILENT);
    timed.pause(seconds(60));
    assert!(timed.lab.machine.is_peer_silent());
}

/// Whether a take-over is refused for want of a fresh report.
fn no_report(timed: &Timed) -> bool {
    let mut machine = timed.lab.machine.clone();
    machine.check(0, NEITHER, false, true) == refused(Refusal::NoReport)
}

#[test]
fn a_report_is_fresh_for_five_seconds_from_the_moment_of_its_position() {
    for (age, stale_after) in [(millis(0), seconds(5)), (seconds(2), seconds(3)), (millis(4_999), millis(50))] {
        let mut timed = standby();
        let told = report(timed.lab.machine.kept().epoch, "1-1-467,2-2-90");
        timed.report(told, Ages { position: age, ..Ages::default() }, Duration::ZERO);
        assert_eq!(timed.clocks.report_age(timed.now), Some(age));
        assert_eq!(first(&mut timed, no_report), stale_after, "{age:?}");
    }
    let mut timed = standby();
    assert!(no_report(&timed), "none came");
    let told = report(timed.lab.machine.kept().epoch, "1-1-467,2-2-90");
    timed.report(told, Ages { position: seconds(5), ..Ages::default() }, Duration::ZERO);
    assert!(no_report(&timed), "it was old when it came");
    assert_eq!(timed.clocks.report_age(timed.now), Some(seconds(5)));
}

#[test]
fn a_report_stays_fresh_from_the_moment_the_holder_is_out() {
    let mut timed = standby();
    timed.plain_report();
    timed.pass(seconds(4));
    assert_eq!(timed.check(NEITHER), refused(Refusal::Asking));
    // Its healthd lives, and reports what was read of its server before that died.
    for age in 5..15 {
        let mut told = report(timed.lab.machine.kept().epoch, "1-1-467,2-2-90");
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

/// Whether the report that this node does not contain counts against it.
fn behind_report(timed: &Timed) -> bool {
    timed.lab.machine.admission() == Err(Bar::BehindReport)
}

#[test]
fn a_proof_holds_for_the_semi_sync_timeout_from_the_moment_of_its_position() {
    let quiet = |timed: &Timed, semisync| {
        let mut told = report(timed.lab.machine.kept().epoch, "1-1-467,2-2-91");
        told.position.as_mut().expect("a position").semisync = semisync;
        told
    };
    let acknowledging = || {
        let mut timed = standby();
        timed.lab.probe(Sample { acknowledges: true, ..sample("1-1-467,2-2-90", "2-2-90") });
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
    // A report with a session that waits neither begins nor ends the time; one that says `Off` ends the proof.
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

/// A holder that HAProxy has taken out; the nonce of its suspension.
fn suspended() -> (Timed, Nonce) {
    let mut timed = holder();
    timed.plain_report();
    assert_eq!(timed.check(BOTH), Answer::Serve);
    assert_eq!(timed.check(OTHER), refused(Refusal::Suspended));
    let nonce = timed.lab.machine.report().suspended.expect("a nonce");
    (timed, nonce)
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
        let mut told = report(timed.lab.machine.kept().epoch, "1-1-467,2-2-90");
        told.echo = Some(nonce);
        timed.report(told, Ages { echo: age, ..Ages::default() }, Duration::ZERO);
        // Reports go on, so that the peer is not silent; their echo ages all the same.
        timed.pass(wait);
        let answer = timed.check(OTHER);
        assert_eq!(answer == Answer::Serve, serves, "{age:?} {wait:?}: {answer:?}");
        assert_ne!(timed.check(OTHER), Answer::Serve, "one 200, and then HAProxy must say that it is in use");
    }
}

#[test]
fn a_holder_whose_server_answers_is_not_asked_before_it_could_come_back() {
    let asks = |timed: &Timed| timed.lab.machine.report().wants;
    let epoch = |timed: &Timed| timed.lab.machine.kept().epoch;
    // After a lost check, or a restart of HAProxy.
    let mut timed = standby();
    timed.plain_report();
    timed.check(NEITHER);
    assert_eq!(first(&mut timed, asks), PATIENCE);
    // It has come back meanwhile: the next time is another one.
    let mut timed = standby();
    timed.plain_report();
    timed.check(NEITHER);
    timed.pass(millis(250));
    timed.check(OTHER);
    timed.pass(millis(100));
    timed.check(NEITHER);
    assert_eq!(first(&mut timed, asks), PATIENCE);
    // One that is dead, was never heard, or gives the role away, is asked at once.
    let mut dead = standby();
    let told = Report { answers: false, ..report(epoch(&dead), "1-1-467,2-2-90") };
    dead.report(told, Ages::default(), Duration::ZERO);
    let mut gives = standby();
    let told = Report { yields: Some(Yield::Final(set("1-1-467,2-2-90"))), ..report(epoch(&gives), "1-1-467,2-2-90") };
    gives.report(told, Ages::default(), Duration::ZERO);
    for mut timed in [dead, gives, standby()] {
        timed.check(NEITHER);
        assert!(asks(&timed), "{:?}", timed.lab.machine.report());
    }
    // And while it waits, the holder is heard to have died.
    let mut timed = standby();
    timed.plain_report();
    timed.check(NEITHER);
    assert!(!asks(&timed));
    let told = Report { answers: false, ..report(epoch(&timed), "1-1-467,2-2-90") };
    timed.report(told, Ages::default(), Duration::ZERO);
    assert!(asks(&timed));
}

#[test]
fn nodes_that_are_told_different_times_of_silence_keep_to_the_safer_one() {
    // T_silent is 3 s here. What the peer says, when it is silent to us, and how long an echo of it may be acted on.
    for (theirs, silent, permit) in
        [(0, T_SILENT, T_SILENT), (3, T_SILENT, T_SILENT), (1, T_SILENT, seconds(1)), (4, seconds(4), T_SILENT)]
    {
        let (mut timed, nonce) = suspended();
        timed.clocks.peer_waits(seconds(theirs));
        assert_eq!((timed.clocks.t_silent(), timed.clocks.permit_within()), (silent, permit), "{theirs}");
        let mut told = report(timed.lab.machine.kept().epoch, "1-1-467,2-2-90");
        told.echo = Some(nonce);
        timed.report(told, Ages::default(), Duration::ZERO);
        timed.pass(permit - millis(50));
        assert_eq!(timed.lab.machine.clone().check(0, OTHER, false, true), Answer::Serve, "{theirs}");
        timed.pass(millis(50));
        assert_ne!(timed.check(OTHER), Answer::Serve, "{theirs}");
        assert_eq!(
            first(&mut timed, |timed| timed.lab.machine.is_peer_silent()),
            silent.saturating_sub(permit),
            "{theirs}"
        );
    }
}

#[test]
fn a_grant_expires_five_seconds_after_it_was_given() {
    // Whether the next check would gain the role; the peer is not silent, so that nothing but the grant allows it.
    let gains = |timed: &Timed| timed.lab.machine.clone().check(0, NEITHER, false, true) == Answer::Serve;
    for (age, usable) in [(millis(0), 10), (seconds(2), 6), (millis(4_500), 1), (seconds(5), 0), (seconds(60), 0)] {
        let mut timed = standby();
        timed.plain_report();
        timed.check(NEITHER);
        timed.pass(PATIENCE);
        assert!(timed.lab.machine.report().wants && !gains(&timed));
        let mut told = report(timed.lab.machine.kept().epoch, "1-1-467,2-2-90");
        told.yields = Some(Yield::Final(set("1-1-467,2-2-90")));
        let mut while_usable = 0;
        // The same grant goes on being reported, older each time.
        for step in 0..12 {
            timed.report(told.clone(), Ages { yielding: age + millis(500) * step, ..Ages::default() }, Duration::ZERO);
            timed.look();
            while_usable += usize::from(gains(&timed));
            timed.clocks.checked(timed.now, 0, false);
            // The probe that decides is not over: nothing is gained.
            assert!(matches!(timed.lab.machine.check(0, NEITHER, false, false), Answer::Refuse(_)));
            timed.pass(millis(500));
        }
        assert_eq!(while_usable, usable, "{age:?}");
    }
    // Without another report it expires by itself.
    let mut timed = standby();
    timed.check(NEITHER);
    let mut told = report(timed.lab.machine.kept().epoch, "1-1-467,2-2-90");
    told.yields = Some(Yield::Final(set("1-1-467,2-2-90")));
    timed.report(told, Ages { yielding: seconds(4), ..Ages::default() }, Duration::ZERO);
    assert_eq!(first(&mut timed, |timed| !gains(timed)), seconds(1));
}

#[test]
fn a_hand_over_by_command_ends_after_ten_seconds() {
    let mut timed = holder();
    timed.plain_report();
    timed.pass(seconds(2));
    assert!(timed.machine().hand_over());
    timed.look();
    assert_eq!(timed.clocks.yielding_age(timed.now), Some(Duration::ZERO));
    timed.pass(seconds(4));
    assert_eq!(timed.clocks.yielding_age(timed.now), Some(seconds(4)));
    assert_eq!(first(&mut timed, |timed| timed.lab.machine.yielding() == Yielding::No), seconds(6));
    assert_eq!(timed.clocks.yielding_age(timed.now), None);
    assert_eq!(timed.check(BOTH), Answer::Serve, "HAProxy never took it out");
    // The next one has a time of its own.
    assert!(timed.machine().hand_over());
    timed.look();
    assert_eq!(first(&mut timed, |timed| timed.lab.machine.yielding() == Yielding::No), seconds(10));
}

#[test]
fn a_hand_over_that_was_asked_for_lasts_while_the_peer_asks() {
    let mut timed = suspended().0;
    let asking = |timed: &Timed| {
        let mut told = report(timed.lab.machine.kept().epoch, "1-1-467,2-2-90");
        told.wants = true;
        told
    };
    timed.check(OTHER);
    for _ in 0..30 {
        let told = asking(&timed);
        timed.report(told, Ages::default(), Duration::ZERO);
        assert_eq!(timed.lab.machine.yielding(), Yielding::Asked);
        timed.pass(seconds(1));
    }
    // Then it is silent for ten seconds, the last of the thirty included.
    assert_eq!(first(&mut timed, |timed| timed.lab.machine.yielding() == Yielding::No), seconds(9));
}

#[test]
fn without_a_witness_a_hand_over_drains_and_ends_by_time() {
    let mut timed = Timed::new(Lab::pair("1-1-467,2-2-90"), 0);
    let mut asking = report(timed.lab.machine.kept().epoch, "1-1-467,2-2-90");
    asking.wants = true;
    timed.report(asking, Ages::default(), Duration::ZERO);
    timed.look();
    assert_eq!(timed.lab.machine.yielding(), Yielding::Asked);
    assert_eq!(first(&mut timed, |timed| timed.lab.machine.is_out()), millis(1_500), "every check was refused");
    assert_eq!(first(&mut timed, |timed| timed.lab.machine.yielding() == Yielding::No), millis(8_500));
}

/// Whether the witness counts as one that sends no checks.
fn stopped(timed: &Timed) -> bool {
    let view = timed.lab.view(Answer::Serve);
    view.findings.iter().any(|finding| finding.name == "witness" && finding.measured.contains("no check lately"))
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
    timed.machine().checks_stopped(0);
    timed.pass(seconds(10));
    assert_eq!(timed.clocks.unchecked(timed.now), timed.now, "no check since the start");
    timed.check(IN_USE);
    timed.pass(millis(700));
    assert_eq!(timed.clocks.unchecked(timed.now), millis(700));
}

#[test]
fn a_holder_that_is_not_checked_any_more_is_out_when_it_gives_the_role_away() {
    let mut timed = holder();
    timed.pass_checked(seconds(1), millis(100), BOTH);
    assert!(timed.machine().hand_over());
    assert!(!timed.lab.machine.is_out());
    assert_eq!(first(&mut timed, |timed| timed.lab.machine.is_out()), millis(1_900));
}

/// Whether the peer is excluded by a check that says that this node is in use.
fn excludes(timed: &Timed) -> bool {
    let mut machine = timed.lab.machine.clone();
    machine.check(0, IN_USE, false, true);
    machine.kept().peer_excluded
}

#[test]
fn a_peer_is_excluded_after_six_seconds_in_use_and_unfetched() {
    let in_use = |timed: &mut Timed, time| timed.pass_checked(time, millis(100), IN_USE);
    let mut timed = holder();
    timed.plain_report();
    in_use(&mut timed, millis(5_900));
    assert!(timed.lab.machine.is_peer_silent() && !excludes(&timed));
    in_use(&mut timed, millis(100));
    assert!(excludes(&timed));

    // It fetched a report meanwhile: there it is known that this node lives.
    let mut timed = holder();
    timed.plain_report();
    in_use(&mut timed, seconds(4));
    timed.machine().peer_fetched();
    timed.clocks.fetched(timed.now);
    in_use(&mut timed, millis(5_900));
    assert!(!excludes(&timed));
    in_use(&mut timed, millis(100));
    assert!(excludes(&timed));

    // HAProxy took it out meanwhile: from then on the peer could have got the role.
    let mut timed = holder();
    timed.plain_report();
    in_use(&mut timed, seconds(4));
    timed.check(NEITHER);
    timed.pass(millis(100));
    let nonce = timed.lab.machine.report().suspended.expect("a nonce");
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
    let mut timed = Timed::new(Lab::new(Kept { boot: Some(BootId(1)), ..kept(me()) }, 1), 1);
    timed.look();
    assert!(!timed.lab.machine.is_peer_silent());
    assert_eq!(timed.clocks.report_age(timed.now), None);
    assert_eq!(timed.clocks.yielding_age(timed.now), None);
    assert_eq!(timed.lab.machine.kept().epoch.map(|epoch| epoch.holder == peer()), Some(false));
}
