//! A node with its clocks.

use std::time::Duration;

use healthd_core::position::gtids::Gtids;
use healthd_core::writer::{Ages, Answer, Clocks, Machine, Nonce, Opinion, Refusal, Report};

use crate::lab::{BOTH, Lab, OTHER, T_SILENT, refused, report};
use crate::support::{millis, seconds};

/// For how long a healthy holder is not asked, to the next look after it.
pub(super) const HOLDER_GRACE: Duration = millis(350);

/// A node with its clocks, looked at every 50 ms as the daemon does.
pub(super) struct Timed {
    pub(super) lab: Lab,
    pub(super) clocks: Clocks,
    pub(super) now: Duration,
}

impl Timed {
    pub(super) fn new(lab: Lab, witnesses: usize) -> Timed {
        Timed { lab, clocks: Clocks::new(Duration::ZERO, T_SILENT, witnesses), now: Duration::ZERO }
    }

    pub(super) fn machine(&mut self) -> &mut Machine<Gtids> {
        &mut self.lab.machine
    }

    pub(super) fn look(&mut self) {
        self.clocks.look(self.now, &mut self.lab.machine);
    }

    /// Time goes by, and is looked at.
    pub(super) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.now = until.min(self.now + millis(50));
            self.look();
        }
    }

    /// Time goes by while this process stands still.
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
        self.look();
        self.clocks.checked(self.now, 0, opinion.me);
        self.lab.check(opinion)
    }

    /// The peer's report, with these ages.
    pub(super) fn report(&mut self, report: Report<Gtids>, ages: Ages, timeout: Duration) {
        self.look();
        let semisync = report.position.as_ref().map(|position| (position.semisync, timeout));
        let fresh = self.clocks.reported(self.now, ages, semisync);
        let held = self.lab.machine.persistent().held_by_peer.clone();
        self.lab.machine.report_came(report, held, fresh);
    }

    pub(super) fn plain_report(&mut self) {
        let report = report(self.lab.machine.persistent().epoch, "1-1-467,2-2-90");
        self.report(report, Ages::default(), Duration::ZERO);
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
    Timed::new(Lab::holder(), 1)
}

/// A standby of db2, which has all of it.
pub(super) fn standby() -> Timed {
    Timed::new(Lab::standby("1-1-467,2-2-90", "2-2-90"), 1)
}

/// A holder that HAProxy has taken out; the nonce of its suspension.
pub(super) fn suspended() -> (Timed, Nonce) {
    let mut timed = holder();
    timed.plain_report();
    assert_eq!(timed.check(BOTH), Answer::Serve);
    assert_eq!(timed.check(OTHER), refused(Refusal::Suspended));
    let nonce = timed.lab.machine.report().suspended.expect("a nonce");
    (timed, nonce)
}
