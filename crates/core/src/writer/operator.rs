//! What operators order: commands that hand over the role or override a rule.

use super::handover::Handover;
use super::machine::Machine;
use super::persistent::Anomaly;
use super::witness::Witness;
use crate::position::history::History;

/// Transactions that an operator may accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss<P> {
    /// What this node lacks of what it or its peer was seen to have.
    pub missing: P,
    /// Errant transactions: what it has and the peer did not have at the takeover.
    pub errant: P,
}

impl<P: History> Loss<P> {
    /// Both in one set.
    pub fn all(&self) -> P {
        let mut all = self.missing.clone();
        all.merge(&self.errant);
        all
    }

    /// The part that is also in `shown`.
    fn within(&self, shown: &P) -> Loss<P> {
        let within = |set: &P| set.minus(&set.minus(shown));
        Loss { missing: within(&self.missing), errant: within(&self.errant) }
    }
}

impl<P: History> Machine<P> {
    /// The role is to be handed over. Returns false if this node does not hold it.
    pub fn start_handover(&mut self) -> bool {
        let may = self.is_incumbent() && !self.giving.is_under_way();
        if may {
            self.giving.handover = Handover::Commanded;
            for witness in &mut self.witnesses {
                witness.told_out = false;
            }
        }
        may
    }

    /// An operator wants the role on this node, or no longer does.
    pub fn claim(&mut self, wanted: bool) {
        self.orders.claims = wanted;
        self.ask();
    }

    /// A witness is gone for good.
    pub fn remove_witness(&mut self, number: usize) {
        if let Some(its) = self.witnesses.get_mut(number) {
            *its = Witness { removed: true, ..Witness::default() };
        }
        // Without the last witness, this node must know since when it does not serve.
        if self.unwitnessed() {
            self.note_peer();
            self.note_peer();
            if self.server.sample.is_none() || self.restarted() {
                self.leave_service();
            }
        }
        self.ask();
    }

    /// The peer is dead: its consent and its reports are not waited for.
    pub fn declare_peer_dead(&mut self) {
        self.orders.peer_declared_dead = true;
    }

    /// What `accept-loss` would accept now.
    pub fn loss(&self) -> Loss<P> {
        let mut missing = self.behind_high_water_mark();
        missing.merge(&self.behind_report());
        let persistent = &self.persistent;
        let own = self.server.position.as_ref().map(|position| position.own.clone()).unwrap_or_default();
        // Without a witness there is no takeover position.
        let errant = if self.unwitnessed() { own.minus(&persistent.held_by_peer) } else { persistent.errant.clone() };
        Loss { missing, errant: errant.minus(&persistent.accepted) }
    }

    /// Gives up missing transactions and keeps errant ones, as far as the operator was shown them: what came since was
    /// not decided on. Returns what was accepted.
    pub fn accept_loss(&mut self, shown: &P) -> Loss<P> {
        let accepted = self.loss().within(shown);
        self.persistent.accepted.merge(&accepted.missing);
        self.persistent.accepted.merge(&accepted.errant);
        self.ask();
        accepted
    }

    /// The history began anew: nothing that was seen before counts.
    pub fn drop_high_water_marks(&mut self) {
        let persistent = &mut self.persistent;
        // Commits of the old history that the peer still has are not missed either.
        if persistent.anomaly == Some(Anomaly::SelfReset) {
            persistent.accepted.merge(&persistent.held_by_peer);
        }
        persistent.anomaly = None;
        persistent.proven = true;
        persistent.high_water_mark = P::default();
        persistent.own_high_water_mark = P::default();
        persistent.held_by_peer = P::default();
        persistent.peer_report = None;
        self.peer.report_fresh = false;
        self.peer.proof = false;
        self.server.previous_mark = P::default();
        self.server.at_start.held = P::default();
        self.ask();
    }

    /// Another server answers than the one whose history is in the persistent state.
    pub fn identity_changed(&mut self) {
        self.persistent.anomaly = Some(Anomaly::IdentityChanged);
        self.ask();
    }
}
