//! What the passing of time does (rules 6, 8, 9, 11 and 12): [`super::Clocks`] says when.

use super::machine::{Machine, Yielding};
use super::rules::Rule;
use super::witness::Leave;
use crate::position::history::History;

impl<P: History> Machine<P> {
    /// Nothing was heard of the peer for T_silent.
    pub fn peer_fell_silent(&mut self) {
        if !self.silent {
            self.silent = true;
            self.asked = None;
            for witness in &mut self.witnesses {
                witness.since_silence = 0;
            }
        }
    }

    /// The holder has had time enough to come back at HAProxy.
    pub fn patience_over(&mut self) {
        if self.patient {
            self.patient = false;
            self.ask();
        }
    }

    /// Whether the holder went out at every HAProxy, and is given time to come back.
    pub fn is_patient(&self) -> bool {
        self.patient
    }

    /// The last report is older than rule 12 allows; without effect while the holder is out.
    pub fn report_aged(&mut self) {
        if !self.frozen() {
            self.report_fresh = false;
        }
    }

    /// The last report is older than the peer's semi-sync timeout; without effect while the holder is out.
    pub fn proof_aged(&mut self) {
        if !self.frozen() {
            self.proof = false;
        }
    }

    /// The peer fetched a report.
    pub fn peer_fetched(&mut self) {
        self.lease_over = false;
    }

    /// The peer has fetched no report for so long that none is fresh there, and HAProxy used this node all the while.
    pub fn peer_lease_over(&mut self) {
        self.lease_over = true;
    }

    /// Rule 4: an echo was not acted on within T_silent.
    pub fn permit_expired(&mut self) {
        if self.rules.has(Rule::Expiry) {
            self.suspend(|leave| leave == Leave::Permit);
        }
    }

    /// Rule 9: a grant was not acted on in time.
    pub fn grant_expired(&mut self) {
        if self.rules.has(Rule::Expiry) {
            self.grant = None;
        }
    }

    /// Without a witness: every check was refused for long enough.
    pub fn drained(&mut self) {
        self.drained = true;
    }

    /// A hand-over came to nothing.
    pub fn hand_over_timed_out(&mut self) {
        if self.yielding != Yielding::No {
            self.keep_the_role();
        }
    }

    /// A witness sends no checks any more.
    pub fn checks_stopped(&mut self, witness: usize) {
        if let Some(its) = self.witnesses.get_mut(witness) {
            its.unchecked = true;
            its.sessions = false;
            its.opinion = None;
            its.since_silence = 0;
        }
        self.give_when_asked();
        self.ask();
    }
}
