//! What an instance's task publishes: the report to the peer and the view for people are made from it. Ages are
//! computed when somebody reads, so time alone publishes nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use healthd_core::position::gtids::Gtids;
use healthd_core::text::duration::exact;
use healthd_core::verdict::{Around, Cause, Judged, Names, WriterReason, WriterView};
use healthd_core::writer::{Answer, Failback, Handover, Level, Machine, Moments, Refusal};
use healthd_mysql::write::act::ActError;

use super::details::Details;
use super::knowledge::Knowledge;
use super::trace::Trace;
use super::wire::{VERSION, Wire, millis};
use crate::config::{InstanceConfig, WriterConfig};

/// What the task knew after its last event.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    pub(super) instance: Arc<str>,
    pub(super) settings: Arc<WriterConfig>,
    /// The moment from which the machine's time counts.
    pub(super) started: Instant,
    pub(super) machine: Machine<Gtids>,
    pub(super) moments: Moments,
    pub(super) details: Details,
    /// The peer's name, once it was heard.
    pub(super) peer_name: Option<String>,
    /// What operators ordered.
    pub(super) orders: Vec<Trace>,
    pub(super) warnings: Warnings,
}

/// What people have to know besides the gates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Warnings {
    /// Whether healthd has made the server read-only.
    pub(super) fenced: bool,
    /// Why the state could not be written to disk lately.
    pub(super) unsaved: Option<String>,
    /// Why the last action on the server failed.
    pub(super) action_error: Option<ActError>,
    /// Why the state file was refused.
    pub(super) refused_file: Option<String>,
}

impl Published {
    /// What the task of this instance knows now.
    pub(super) fn new(config: &InstanceConfig, known: &Knowledge, warnings: Warnings) -> Published {
        Published {
            instance: config.name.as_str().into(),
            settings: Arc::clone(&config.writer),
            started: known.started,
            machine: known.role.machine().clone(),
            moments: known.role.moments(),
            details: known.details.clone(),
            peer_name: known.saved.peer.clone(),
            orders: known.saved.orders.clone(),
            warnings,
        }
    }

    /// Who is who. The peer is called by its address until its name is known.
    pub(super) fn names(&self) -> Names {
        let host = || self.settings.peer.as_ref().map(|peer| peer.host.clone());
        Names {
            instance: self.instance.to_string(),
            node: self.settings.node.clone(),
            peer: self.peer_name.clone().or_else(host).unwrap_or_default(),
        }
    }

    /// The report to the peer, as it is now.
    pub(super) fn wire(&self) -> Wire {
        let now = Instant::now();
        let since = |moment: Option<Instant>| moment.map_or(Duration::ZERO, |at| now.saturating_duration_since(at));
        let read = self.details.failing.map_or(since(self.details.read), |failing| {
            self.details.read.map_or(Duration::ZERO, |read| failing.saturating_duration_since(read))
        });
        let handover = self.moments.handover_age(self.started.elapsed());
        // A yield that the peer asked for is as young as this answer.
        let handover = handover.filter(|_| self.machine.handover() == Handover::Commanded);
        Wire {
            version: VERSION,
            node: self.settings.node.clone(),
            stamp: self.details.stamp,
            report: self.machine.report(),
            position_ms: millis(read),
            acknowledgement_ms: millis(since(self.details.acknowledged)),
            handover_ms: millis(handover.unwrap_or_default()),
            semisync_timeout_ms: self.details.semisync_timeout.map(millis),
            unreachable_after_ms: millis(self.settings.silent_after),
            purged: self.details.purged.clone(),
        }
    }

    /// What explains an answer.
    pub(super) fn around(&self) -> Around {
        let now = self.started.elapsed();
        Around {
            names: self.names(),
            has_peer: self.settings.peer.is_some(),
            report_age: self.moments.report_age(now),
            unheard: self.moments.unheard(now),
            t_silent: self.moments.t_silent(),
            witnesses: self.settings.witnesses.iter().map(ToString::to_string).collect(),
            there: self.details.peer_executed.clone(),
            purged: self.details.peer_purged.clone(),
            caveats: self.caveats(),
            orders: self.orders.iter().map(ToString::to_string).collect(),
            unsaved: self.warnings.unsaved.clone(),
            peer_error: self.details.peer_error.clone(),
        }
    }

    fn caveats(&self) -> Vec<String> {
        let Warnings { fenced, action_error, refused_file, unsaved: _ } = &self.warnings;
        let fenced =
            fenced.then(|| "fenced: healthd has set read_only, because no HAProxy checked any more".to_owned());
        let another = self.moments.other_t_silent().map(|theirs| {
            let (ours, theirs) = (exact(self.settings.silent_after), exact(theirs));
            format!("silent_after is {ours} here and {theirs} at the peer: give both the same; the safer one counts")
        });
        let own = self.details.caveats.iter().cloned();
        own.chain(fenced)
            .chain(another)
            .chain(action_error.as_ref().map(ToString::to_string))
            .chain(refused_file.clone())
            .collect()
    }

    /// How the role stands.
    pub(super) fn view(&self) -> WriterView {
        let answer = self.dry_run();
        let mut view = WriterView::new(&self.machine, answer, &self.around());
        // It would take the role at every check, and cannot.
        if let (Some(why), Answer::Refuse(Refusal::Asking), Some(role)) =
            (self.details.not_gained.as_ref().or(self.warnings.unsaved.as_ref()), answer, view.conditions.first_mut())
        {
            let cause = Cause::TakeoverNotSaved { why: why.clone() };
            role.judged = Judged::Fail(WriterReason { names: self.names(), cause });
        }
        view
    }

    /// The answer that a check would get.
    pub(super) fn dry_run(&self) -> Answer {
        if self.machine.unwitnessed() {
            self.machine.dry_run_unwitnessed(level(&self.settings, &self.details))
        } else {
            self.machine.dry_run()
        }
    }
}

/// What a node guarantees without a witness.
pub(super) fn level(settings: &WriterConfig, details: &Details) -> Level {
    match &settings.peer {
        None => Level::HighWaterMark,
        // Errant transactions would not be seen.
        Some(_) if details.inseparable => Level::Peer(Failback::Manual),
        Some(_) => Level::Peer(settings.failback),
    }
}
