//! What operators order, and what overrides a rule.

use super::kept::Anomaly;
use super::machine::{Machine, Yielding};
use super::witness::Witness;
use crate::position::history::History;

impl<P: History> Machine<P> {
    /// An operator gives the role away. False when this node does not have it.
    pub fn hand_over(&mut self) -> bool {
        let may = self.is_incumbent() && self.yielding == Yielding::No;
        if may {
            self.yielding = Yielding::Commanded;
            for witness in &mut self.witnesses {
                witness.told_out = false;
            }
        }
        may
    }

    /// An operator wants the role on this node, or does not any more.
    pub fn claim(&mut self, wanted: bool) {
        self.claims = wanted;
        self.ask();
    }

    /// An operator says that a witness is gone for good.
    pub fn remove_witness(&mut self, number: usize) {
        if let Some(its) = self.witnesses.get_mut(number) {
            *its = Witness { removed: true, ..Witness::default() };
        }
        // The last one: from now on this node is one without a witness, which must know since when it does not serve.
        if self.unwitnessed() {
            self.note_peer();
            self.note_peer();
            if self.sample.is_none() || self.restarted() {
                self.leave_service();
            }
        }
        self.ask();
    }

    /// An operator says that the peer is dead: consent and reports are not waited for.
    pub fn take_over(&mut self) {
        self.takeover = true;
    }

    /// What this node lacks of what it or its peer was seen to have, and what it has too much.
    pub fn loss(&self) -> (P, P) {
        let mut missing = self.behind_mark();
        missing.merge(&self.behind_report());
        let own = self.position.as_ref().map(|position| position.own.clone()).unwrap_or_default();
        // Without a witness there is no cut.
        let surplus = if self.unwitnessed() { own.minus(&self.kept.held) } else { self.kept.surplus.clone() };
        (missing, surplus.minus(&self.kept.accepted))
    }

    /// Both in one set: what an operator is shown, to be accepted.
    pub fn whole_loss(&self) -> P {
        let (mut loss, surplus) = self.loss();
        loss.merge(&surplus);
        loss
    }

    /// An operator gives up what is missing, and keeps what is too much, as far as he was shown it: what came since is
    /// not his decision. Returns both.
    pub fn accept_loss(&mut self, shown: &P) -> (P, P) {
        let of_shown = |loss: P| loss.minus(&loss.minus(shown));
        let (missing, surplus) = self.loss();
        let (missing, surplus) = (of_shown(missing), of_shown(surplus));
        self.kept.accepted.merge(&missing);
        self.kept.accepted.merge(&surplus);
        self.ask();
        (missing, surplus)
    }

    /// An operator says that the history began anew: nothing that was seen before counts.
    pub fn drop_marks(&mut self) {
        // What the peer still has of the history that was given up is not asked for again.
        if self.kept.anomaly == Some(Anomaly::SelfReset) {
            let before = self.kept.held.clone();
            self.kept.accepted.merge(&before);
        }
        self.kept.anomaly = None;
        self.kept.proven = true;
        self.kept.mark = P::default();
        self.kept.own_mark = P::default();
        self.kept.held = P::default();
        self.kept.report = None;
        self.report_fresh = false;
        self.proof = false;
        self.mark_before = P::default();
        self.held_before = P::default();
        self.ask();
    }

    /// Another server answers than the one whose history is kept.
    pub fn identity_changed(&mut self) {
        self.kept.anomaly = Some(Anomaly::IdentityChanged);
        self.ask();
    }
}
