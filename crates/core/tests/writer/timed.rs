//! A node with its clocks, as the daemon drives it.

use std::time::Duration;

use healthd_core::position::gtids::Gtids;
use healthd_core::verdict::{Around, WriterView};
use healthd_core::writer::{
    self, Ages, Answer, Began, Machine, Moments, Nonce, Opinion, PeerReport, Refusal, Report, Sample, WitnessCheck,
};

use crate::lab::{BOTH, Lab, OTHER, T_SILENT, refused, report, saved};
use crate::support::{millis, seconds};

/// For how long a healthy holder is not asked, to the next look after it.
pub(super) const HOLDER_GRACE: Duration = millis(350);

/// A node with its clocks, looked at every 50 ms as the daemon does.
pub(super) struct Timed {
    pub(super) role: writer::Timed<Gtids>,
    around: Around,
    pub(super) now: Duration,
    /// After what time without a report this node is unreachable for the peer, as its reports say.
    pub(super) peer_silent_after: Duration,
}

impl Timed {
    pub(super) fn new(lab: Lab) -> Timed {
        let role = writer::Timed::new(lab.machine, T_SILENT);
        Timed { role, around: lab.around, now: Duration::ZERO, peer_silent_after: T_SILENT }
    }

    pub(super) fn machine(&self) -> &Machine<Gtids> {
        self.role.machine()
    }

    pub(super) fn moments(&self) -> Moments {
        self.role.moments()
    }

    pub(super) fn look(&mut self) {
        self.role.tick(self.now);
    }

    /// Time passes, and the clocks are looked at.
    pub(super) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.now = until.min(self.now + millis(50));
            self.look();
        }
    }

    /// Time passes while this process is stopped.
    pub(super) fn pause(&mut self, time: Duration) {
        self.now += time;
        self.look();
    }

    /// Time goes by with a check of each distance.
    pub(super) fn pass_checked(&mut self, time: Duration, distance: Duration, opinion: Opinion) {
        let until = self.now + time;
        while self.now < until {
            self.check(opinion);
            self.pass(distance);
        }
    }

    pub(super) fn check(&mut self, opinion: Opinion) -> Answer {
        self.check_after(true, opinion)
    }

    /// A check; `fresh` says whether the last probe began after it came.
    pub(super) fn check_after(&mut self, fresh: bool, opinion: Opinion) -> Answer {
        saved(self.role.check(self.now, WitnessCheck { witness: 0, opinion, sessions: false, fresh }))
    }

    /// What a check would be answered now, and the machine after it.
    pub(super) fn check_a_copy(&self, opinion: Opinion) -> (Answer, Machine<Gtids>) {
        let mut machine = self.machine().clone();
        (saved(machine.check(0, opinion, false, true)), machine)
    }

    pub(super) fn probe(&mut self, sample: Sample<Gtids>) {
        self.role.probed(self.now, Began::Afterwards, Some(sample));
    }

    pub(super) fn start_handover(&mut self) -> bool {
        self.role.start_handover(self.now)
    }

    /// The peer's report, with these ages.
    pub(super) fn report(&mut self, report: Report<Gtids>, ages: Ages, timeout: Duration) {
        let held = self.machine().persistent().held_by_peer.clone();
        let semisync_timeout = Some(timeout);
        let came = PeerReport { report, ages, held, semisync_timeout, t_silent: self.peer_silent_after };
        self.role.peer_reported(self.now, came);
    }

    pub(super) fn plain_report(&mut self) {
        let report = report(self.machine().persistent().epoch, "1-1-467,2-2-90");
        self.report(report, Ages::default(), Duration::ZERO);
    }

    pub(super) fn view(&self, answer: Answer) -> WriterView {
        WriterView::new(self.machine(), answer, &self.around)
    }
}

/// The first moment from now on, in steps of 50 ms, at which something holds; it must come within a minute.
pub(super) fn first(timed: &mut Timed, holds: impl Fn(&Timed) -> bool) -> Duration {
    let from = timed.now;
    while !holds(timed) {
        timed.pass(millis(50));
        assert!(timed.now - from < seconds(200), "never");
    }
    timed.now - from
}

pub(super) fn holder() -> Timed {
    Timed::new(Lab::holder())
}

/// A standby of db2, which has all of it.
pub(super) fn standby() -> Timed {
    Timed::new(Lab::standby("1-1-467,2-2-90", "2-2-90"))
}

/// A holder that HAProxy has taken out; the nonce of its suspension.
pub(super) fn suspended() -> (Timed, Nonce) {
    let mut timed = holder();
    timed.plain_report();
    assert_eq!(timed.check(BOTH), Answer::Serve);
    assert_eq!(timed.check(OTHER), refused(Refusal::Suspended));
    let nonce = timed.machine().report().suspended.expect("a nonce");
    (timed, nonce)
}
