//! The effects of passing time (rules 6, 8, 9, 11 and 12). [`super::clocks`] decides when.

use super::machine::Machine;
use super::rules::Rule;
use super::witness::Permission;
use crate::position::history::History;

impl<P: History> Machine<P> {
    /// Nothing was heard of the peer for T_silent.
    pub fn peer_became_unreachable(&mut self) {
        if !self.peer.is_unreachable() {
            self.peer.contact = self.peer.contact.lost();
            self.peer.asks_in = None;
            for witness in &mut self.witnesses {
                witness.since_unreachable = 0;
            }
        }
    }

    /// Whether the holder went out of rotation at every HAProxy, and is given time to come back.
    pub fn is_holder_in_grace(&self) -> bool {
        self.taking.holder_grace
    }

    /// That time is over.
    pub fn holder_grace_over(&mut self) {
        if self.taking.holder_grace {
            self.taking.holder_grace = false;
            self.ask();
        }
    }

    /// The last report is older than rule 12 allows. Ignored while the holder is out.
    pub fn report_aged(&mut self) {
        if !self.is_holder_out() {
            self.peer.report_fresh = false;
        }
    }

    /// The last report is older than the peer's semi-sync timeout. Ignored while the holder is out.
    pub fn proof_aged(&mut self) {
        if !self.is_holder_out() {
            self.peer.proof = false;
        }
    }

    /// The peer fetched a report.
    pub fn peer_fetched(&mut self) {
        self.peer.lease_over = false;
    }

    /// The peer has fetched no report for so long that it has no fresh one, and HAProxy used this node all that time.
    pub fn peer_lease_over(&mut self) {
        self.peer.lease_over = true;
    }

    /// Rule 4: an acknowledgement was not acted on within T_silent.
    pub fn acknowledgement_expired(&mut self) {
        if self.rules.has(Rule::Expiry) {
            self.suspend(|permission| permission == Permission::Once);
        }
    }

    /// Rule 9: a grant was not acted on in time.
    pub fn grant_expired(&mut self) {
        if self.rules.has(Rule::Expiry) {
            self.taking.grant = None;
        }
    }

    /// Without a witness: every check was refused for long enough that no client is sent here.
    pub fn drained(&mut self) {
        self.giving.drained = true;
    }

    /// The peer did not take the role in time.
    pub fn handover_timed_out(&mut self) {
        if self.giving.is_under_way() {
            self.keep_the_role();
        }
    }

    /// A witness no longer checks.
    pub fn checks_stopped(&mut self, witness: usize) {
        if let Some(its) = self.witnesses.get_mut(witness) {
            its.unchecked = true;
            its.sessions = false;
            its.opinion = None;
            its.since_unreachable = 0;
        }
        self.give_when_asked();
        self.ask();
    }
}
