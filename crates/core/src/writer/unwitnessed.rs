//! Levels 1 and 2: without a witness. Two writers are not excluded. A node serves only if it has applied everything
//! that it was seen to have received and, with a peer, everything that the peer reported.

use super::handover::Handover;
use super::machine::Machine;
use super::refusal::{Answer, Bar, Refusal};
use super::report::Yield;
use super::rules::Rule;
use super::sample::SourceLink;
use crate::position::history::History;

/// How a node without a witness returns to service after its server restarted while the peer was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failback {
    /// By itself, as soon as it has applied everything.
    Auto,
    /// By an operator's command.
    Manual,
}

/// What a node without a witness guarantees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Level 1, without a peer: nothing older than the high-water mark.
    HighWaterMark,
    /// Level 2: nor older than the peer's last report.
    Peer(Failback),
}

impl<P: History> Machine<P> {
    /// A check of a node without a witness.
    pub fn check_unwitnessed(&mut self, level: Level) -> Answer {
        match self.decide_unwitnessed(level) {
            Ok(boot) => {
                self.persistent.boot = Some(boot);
                self.persistent.peer_when_last_well = None;
                self.orders.claims = false;
                self.taking.asks = false;
                Answer::Serve
            }
            Err(refusal) => Answer::Refuse(refusal),
        }
    }

    /// The answer that a check would get, without a change.
    pub fn dry_run_unwitnessed(&self, level: Level) -> Answer {
        self.decide_unwitnessed(level).map_or_else(Answer::Refuse, |_| Answer::Serve)
    }

    /// Whether [`Machine::check_unwitnessed`] changes nothing while it answers 200. A copy may answer then.
    pub fn serves_unchanged(&self) -> bool {
        let persistent = &self.persistent;
        let same_run = self.server.sample.as_ref().is_some_and(|sample| persistent.boot == Some(sample.boot));
        same_run && persistent.peer_when_last_well.is_none() && !self.orders.claims && !self.taking.asks
    }

    fn decide_unwitnessed(&self, level: Level) -> Result<super::BootId, Refusal> {
        let barred = |bar| Err(Refusal::Barred(bar));
        let Some(sample) = self.server.sample.as_ref().filter(|sample| sample.fit) else {
            return barred(Bar::Unfit);
        };
        if let Some(anomaly) = self.persistent.anomaly {
            return barred(Bar::Anomaly(anomaly));
        }
        if !self.persistent.proven && sample.source != SourceLink::NoSource {
            return barred(Bar::Unproven);
        }
        match self.giving.handover {
            Handover::No => {}
            Handover::Commanded => return Err(Refusal::HandingOver),
            Handover::Requested => return Err(Refusal::Yielded),
        }
        let executed = &sample.position.executed;
        // A replica that still receives is always a little behind: it must have applied what it had received a probe
        // ago. From the moment it loses its source, it must have applied everything.
        let mark = if self.server.is_fed() { &self.server.previous_mark } else { &self.persistent.high_water_mark };
        if self.rules.has(Rule::HighWaterMark) && !self.reaches(executed, mark) {
            return barred(Bar::BehindMark);
        }
        let Level::Peer(failback) = level else {
            return Ok(sample.boot);
        };
        let reported = self.persistent.reported();
        if let Some(reported) = reported.filter(|_| self.rules.has(Rule::ReportContained)) {
            let live = self.peer.is_heard() && self.peer.server_answers && self.server.is_fed();
            let wanted = if live { &self.peer.previous_report } else { &reported.executed };
            if !(self.peer.proof && !live || self.reaches(executed, wanted)) {
                return barred(Bar::BehindReport);
            }
        }
        // A node that never served does not return.
        if !self.restarted() || self.orders.peer_declared_dead || self.persistent.boot.is_none() {
            return Ok(sample.boot);
        }
        if !self.peer.is_heard() {
            return Err(Refusal::Undecided);
        }
        if let Some(Yield::Final(last)) = &self.taking.grant
            && !self.reaches(executed, last)
        {
            return Err(Refusal::BehindFinal);
        }
        if !self.reaches(&self.persistent.held_by_peer, &sample.position.own) {
            return barred(Bar::Errant);
        }
        let untouched = self.persistent.peer_when_last_well.as_ref().is_none_or(|then| then.contains(&self.peer_own()));
        let agreed = self.orders.claims && (self.taking.grant.is_some() || !self.peer.server_answers);
        if untouched || agreed || failback == Failback::Auto {
            return Ok(sample.boot);
        }
        Err(if self.orders.claims { Refusal::Asking } else { Refusal::Quarantined })
    }
}
