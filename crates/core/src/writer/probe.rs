//! What follows from the probes of the node's own server (rules 3, 4, 5 and 14).

use super::handover::Handover;
use super::machine::Machine;
use super::persistent::Anomaly;
use super::report::{Position, SemiSync, Yield};
use super::sample::{AtStart, Sample, SourceLink};
use super::witness::Permission;
use crate::position::history::History;

impl<P: History> Machine<P> {
    /// A probe of the node's own server begins.
    pub fn probe_started(&mut self) {
        self.server.at_start = AtStart { held: self.persistent.held_by_peer.clone(), out: self.may_yield() };
    }

    /// A probe has begun before something that is known by now, and proves nothing about that.
    pub fn probe_started_earlier(&mut self) {
        self.server.at_start = AtStart::default();
    }

    /// The probe ended; `None` if the server does not answer.
    pub fn probe_ended(&mut self, sample: Option<Sample<P>>) {
        if let Some(sample) = &sample {
            self.record(sample);
        }
        self.server.sample = sample;
        self.doubt();
        if self.server.sample.is_some() && (self.persistent.boot.is_none() || !self.restarted()) {
            self.note_peer();
        }
        // Rule 3: the final position is sampled after HAProxy has taken this node out.
        self.giving.yields = match (&self.server.sample, self.giving.handover) {
            (Some(sample), Handover::Commanded | Handover::Requested) if self.server.at_start.out && self.is_out() => {
                Some(Yield::Final(sample.position.executed.clone()))
            }
            (None, Handover::Requested) if self.is_out() => Some(Yield::NoAnswer),
            _ => None,
        };
        self.ask();
    }

    /// Maintenance began or ended between two probes, or the last answer got too old: whether the server may be
    /// written.
    pub fn set_fit(&mut self, fit: bool) {
        if let Some(sample) = self.server.sample.as_mut().filter(|sample| sample.fit != fit) {
            sample.fit = fit;
            self.doubt();
            self.ask();
        }
    }

    /// Rules 4 and 5: a holder whose server failed or restarted can no longer be sure of its role.
    fn doubt(&mut self) {
        if self.holds() && !self.giving.is_under_way() && (!self.fit() || self.restarted()) {
            self.suspend(|permission| matches!(permission, Permission::Free | Permission::Trial));
        }
        if self.server.sample.is_none() || self.restarted() {
            self.leave_service();
        }
    }

    /// Without a witness: this node stops serving. Whatever the peer commits from the last good probe on, it commits
    /// while this node does not serve.
    pub(super) fn leave_service(&mut self) {
        let serves = self.persistent.boot.is_some() && self.persistent.peer_when_last_well.is_none();
        if serves && self.unwitnessed() {
            self.persistent.peer_when_last_well = Some(self.peer.previous_own_commits.clone());
        }
    }

    /// Without a witness: the server is well. The server certainly was well when the probe before this one ended, so
    /// the peer's commits as of then are what counts if it fails next.
    pub(super) fn note_peer(&mut self) {
        if self.unwitnessed() {
            let now = self.peer_own();
            self.peer.previous_own_commits = std::mem::replace(&mut self.peer.own_commits, now);
        }
    }

    /// The peer's own commits at its last report.
    pub(super) fn peer_own(&self) -> P {
        self.persistent.reported().map(|position| position.own.clone()).unwrap_or_default()
    }

    fn record(&mut self, sample: &Sample<P>) {
        let Position { executed, own, semisync } = &sample.position;
        // Rule 14: MySQL counts a commit that waits for an acknowledgement as executed only afterwards.
        let waited = self.server.position.as_ref().is_some_and(|before| before.semisync == SemiSync::Waiting);
        let same_run = self.persistent.boot == Some(sample.boot);
        let unfinished = same_run && !self.unwitnessed() && !self.holds() && (waited || *semisync == SemiSync::Waiting);
        let persistent = &mut self.persistent;
        // A server that served in this run loses nothing that the peer has of it. But MySQL sends a commit before it
        // counts it as executed itself: while a commit waits for an acknowledgement or for the disk, only the peer has
        // it.
        let held = same_run || own.contains(&self.server.at_start.held.minus(&persistent.accepted));
        if persistent.anomaly.is_none() && !(own.contains(&persistent.own_high_water_mark) && held) {
            persistent.anomaly = Some(if own.is_empty() { Anomaly::SelfReset } else { Anomaly::LostOwnCommits });
        }
        persistent.own_high_water_mark.merge(own);
        self.server.previous_mark = persistent.high_water_mark.clone();
        persistent.high_water_mark.merge(&sample.received);
        persistent.proven |= match sample.source {
            SourceLink::NoSource => true,
            SourceLink::Connected => executed.contains(&persistent.high_water_mark),
            SourceLink::Lost => false,
        };
        if persistent.demoted || unfinished {
            persistent.demoted = false;
            persistent.errant = own.minus(&persistent.takeover_position);
        }
        self.server.position = Some(sample.position.clone());
    }
}
