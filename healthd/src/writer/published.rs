//! What the task tells the others: the report to the peer, the view of people, and what it is made from.

use std::time::{Duration, Instant};

use healthd_core::position::gtids::Gtids;
use healthd_core::verdict::{Around, Cause, Judged, WriterReason, WriterView};
use healthd_core::writer::{Answer, Failback, Handover, Level, Machine, NodeId, Refusal, Rules};

use super::Published;
use super::state_file::Saved;
use super::task::Facts;
use super::wire::{VERSION, Wire, millis};
use crate::config::WriterConfig;

impl Published {
    /// The report to the peer, as it is now.
    pub(crate) fn wire(&self) -> Wire {
        let now = Instant::now();
        let since = |moment: Option<Instant>| moment.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        let read = self.facts.failing.map_or(since(self.facts.read), |failing| {
            self.facts.read.map_or(Duration::ZERO, |read| failing.saturating_duration_since(read))
        });
        let yielding = self.clocks.handover_age(self.started.elapsed());
        // A yield that the peer asked for is as young as this answer.
        let yielding = yielding.filter(|_| self.machine.handover() == Handover::Commanded);
        Wire {
            version: VERSION,
            node: self.settings.node.clone(),
            stamp: self.facts.stamp,
            report: self.machine.report(),
            position_ms: millis(read),
            acknowledgement_ms: millis(since(self.facts.echo)),
            handover_ms: millis(yielding.unwrap_or_default()),
            semisync_timeout_ms: self.facts.semisync_timeout.map(millis),
            unreachable_after_ms: millis(self.settings.t_silent),
            purged: self.facts.purged.clone(),
        }
    }

    /// What makes an answer understandable.
    pub(crate) fn around(&self) -> Around {
        let now = self.started.elapsed();
        Around {
            names: self.names.clone(),
            has_peer: self.settings.peer.is_some(),
            report_age: self.clocks.report_age(now),
            unheard: self.clocks.unheard(now),
            t_silent: self.clocks.t_silent(),
            witnesses: self.settings.witnesses.iter().map(ToString::to_string).collect(),
            there: self.facts.peer_executed.clone(),
            purged: self.facts.peer_purged.clone(),
            caveats: self.facts.caveats.iter().chain(&self.warnings).cloned().collect(),
            orders: self.orders.iter().map(ToString::to_string).collect(),
            unsaved: self.unsaved.clone(),
            peer_error: self.facts.peer_error.clone(),
        }
    }

    /// How the role stands, without a step.
    pub(crate) fn view(&self) -> WriterView {
        let answer = self.dry_run();
        let mut view = WriterView::new(&self.machine, answer, &self.around());
        // It would take the role at every check, and cannot.
        if let (Some(why), Answer::Refuse(Refusal::Asking), Some(role)) =
            (self.facts.not_gained.as_ref().or(self.unsaved.as_ref()), answer, view.findings.first_mut())
        {
            let cause = Cause::TakeoverNotSaved { why: why.clone() };
            role.judged = Judged::Fail(WriterReason { names: self.names.clone(), cause });
        }
        view
    }

    /// The answer without a step.
    pub(crate) fn dry_run(&self) -> Answer {
        match self.settings.level(&self.facts) {
            level if self.machine.unwitnessed() => self.machine.dry_run_unwitnessed(level),
            _ => self.machine.dry_run(),
        }
    }
}

/// A machine for an instance, from what was kept.
pub(super) fn machine(settings: &WriterConfig, saved: &Saved, session: u64) -> Machine<Gtids> {
    let me = NodeId::of_name(&settings.node);
    let mut machine = Machine::new(me, saved.kept.clone(), settings.witnesses.len(), session, Rules::ALL);
    for (number, witness) in settings.witnesses.iter().enumerate() {
        if saved.removed.contains(&witness.to_string()) {
            machine.remove_witness(number);
        }
    }
    machine
}

impl WriterConfig {
    /// What there is besides the own server.
    pub(super) fn level(&self, facts: &Facts) -> Level {
        match &self.peer {
            None => Level::HighWaterMark,
            // A surplus would not be seen.
            Some(_) if facts.inseparable => Level::Peer(Failback::Manual),
            Some(_) => Level::Peer(self.failback),
        }
    }
}
