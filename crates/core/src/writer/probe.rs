//! What the own server says, and what follows from it (rules 3, 4 and 5).

use super::kept::Anomaly;
use super::machine::{Machine, Sample, Source, Yielding};
use super::report::{Position, SemiSync, Yield};
use super::witness::Leave;
use crate::position::history::History;

impl<P: History> Machine<P> {
    /// A probe of the own server begins.
    pub fn probe_started(&mut self) {
        self.held_before = self.kept.held.clone();
        self.out_before = self.yielding != Yielding::No && self.out();
    }

    /// A probe began before something that is known by now: it proves nothing of that.
    pub fn probe_started_earlier(&mut self) {
        self.held_before = P::default();
        self.out_before = false;
    }

    /// It ended; `None`: the server does not answer.
    pub fn probe_ended(&mut self, sample: Option<Sample<P>>) {
        if let Some(sample) = &sample {
            self.remember(sample);
        }
        self.sample = sample;
        self.doubt();
        if self.sample.is_some() && (self.kept.boot.is_none() || !self.restarted()) {
            self.note_peer();
        }
        // Rule 3: the final position is sampled after HAProxy has taken this node out.
        self.yields = match (&self.sample, self.yielding) {
            (Some(sample), Yielding::Commanded | Yielding::Asked) if self.out_before && self.out() => {
                Some(Yield::Final(sample.position.executed.clone()))
            }
            (None, Yielding::Asked) if self.out() => Some(Yield::NoAnswer),
            _ => None,
        };
        self.ask();
    }

    /// Rule 4 and 5: a holder whose server failed or restarted is not sure any more.
    fn doubt(&mut self) {
        if self.holds() && self.yielding == Yielding::No && (!self.fit() || self.restarted()) {
            self.suspend(|leave| matches!(leave, Leave::Free | Leave::Trial));
        }
        if self.sample.is_none() || self.restarted() {
            self.leave_service();
        }
    }

    /// Without a witness: what the peer committed since this server was last seen well, it committed while this node
    /// did not serve.
    pub(super) fn leave_service(&mut self) {
        if self.unwitnessed() && self.kept.boot.is_some() && self.kept.away.is_none() {
            self.kept.away = Some(self.peer_before.clone());
        }
    }

    /// Without a witness: the server is well. It still was when a later probe began than the one before the last.
    pub(super) fn note_peer(&mut self) {
        if self.unwitnessed() {
            let now = self.peer_own();
            self.peer_before = std::mem::replace(&mut self.peer_noted, now);
        }
    }

    /// What is known now, between two probes, of whether the server may be written: maintenance, or an answer that got old.
    pub fn judged(&mut self, fit: bool) {
        if let Some(sample) = self.sample.as_mut().filter(|sample| sample.fit != fit) {
            sample.fit = fit;
            self.doubt();
            self.ask();
        }
    }

    /// The peer's own commits at its last report.
    pub(super) fn peer_own(&self) -> P {
        let position = self.kept.report.as_ref().and_then(|report| report.position.as_ref());
        position.map(|position| position.own.clone()).unwrap_or_default()
    }

    fn remember(&mut self, sample: &Sample<P>) {
        let Position { executed, own, semisync } = &sample.position;
        // Rule 14: MySQL counts what waits for an acknowledgement as executed only afterwards.
        let waited = self.position.as_ref().is_some_and(|before| before.semisync == SemiSync::Waiting);
        let unfinished = self.kept.boot == Some(sample.boot)
            && !self.unwitnessed()
            && !self.holds()
            && (waited || *semisync == SemiSync::Waiting);
        let kept = &mut self.kept;
        // A server that served in this run loses nothing that another one has of it. But MySQL sends a commit before it counts
        // it as executed itself: one that waits for an acknowledgement, or for its own disk, is the peer's first.
        let in_flight = kept.boot == Some(sample.boot);
        let held = in_flight || own.contains(&self.held_before.minus(&kept.accepted));
        if kept.anomaly.is_none() && !(own.contains(&kept.own_mark) && held) {
            kept.anomaly = Some(if own.is_empty() { Anomaly::SelfReset } else { Anomaly::LostOwnCommits });
        }
        kept.own_mark.merge(own);
        self.mark_before = kept.mark.clone();
        kept.mark.merge(&sample.received);
        kept.proven |= match sample.source {
            Source::None => true,
            Source::Connected => executed.contains(&kept.mark),
            Source::Lost => false,
        };
        if kept.demoted || unfinished {
            kept.demoted = false;
            kept.surplus = own.minus(&kept.cut);
        }
        self.position = Some(sample.position.clone());
    }
}
