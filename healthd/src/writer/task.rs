//! One task for each instance owns its state machine. Probes, reports, checks, commands and time come to it as
//! messages.

use std::sync::Arc;
use std::time::{Duration, Instant};

use healthd_core::position::gtids::Gtids;
use healthd_core::verdict::role::Role;
use healthd_core::writer::{Checked, WitnessCheck};
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};

use super::knowledge::Knowledge;
use super::messages::{ANSWER_WITHIN, CheckReply, Message};
use super::published::{Published, Warnings, level};
use super::saver::Saver;
use super::state_file::Saved;
use crate::config::InstanceConfig;
use crate::watch::announce::Announcer;
use crate::watch::circumstances::CircumstanceSource;
use crate::watch::health::{Health, Latest};
use crate::watch::view::View;

/// How often time itself is an event.
const TICK: Duration = Duration::from_millis(50);

/// The task that is replaced.
#[derive(Debug)]
pub(super) struct Predecessor {
    /// Where its messages go.
    pub(super) messages: mpsc::Sender<Message>,
    /// Whether what it knows is also true under the new configuration.
    pub(super) same_world: bool,
}

/// The task of one instance's writer role.
pub(super) struct Task {
    pub(super) config: InstanceConfig,
    pub(super) circumstances: CircumstanceSource,
    pub(super) health: watch::Receiver<Health>,
    pub(super) messages: mpsc::Receiver<Message>,
    pub(super) publish: watch::Sender<Arc<Published>>,
    pub(super) saver: Saver,
    /// The state as it was last given to the saver.
    pub(super) stored: Saved,
    pub(super) known: Knowledge,
    pub(super) announcer: Announcer,
    /// Where the results of actions go.
    pub(super) own: mpsc::WeakSender<Message>,
    /// The task of the same instance under the old configuration.
    pub(super) before: Option<Predecessor>,
}

impl Task {
    pub(super) async fn run(mut self) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Without a peer nothing depends on time.
        let ticking = self.config.writer.peer.is_some();
        // The prober ends before its task does: after a reload, `Retire` is about to come.
        let mut watched = true;
        if let Some(before) = self.before.take() {
            self.succeed(before).await;
        }
        self.read_health();
        self.settle();
        loop {
            tokio::select! {
                biased;
                message = self.messages.recv() => {
                    let Some(message) = message else {
                        return;
                    };
                    self.pass_time();
                    self.read_health();
                    if let Message::Retire { reply } = message {
                        reply.send(Box::new(self.known)).ok();
                        return;
                    }
                    self.receive(message).await;
                }
                changed = self.health.changed(), if watched => {
                    watched = changed.is_ok();
                    self.pass_time();
                    self.read_health();
                }
                _ = tick.tick(), if ticking => self.tick(),
            }
            self.settle();
        }
    }

    /// The time of the role.
    pub(super) fn now(&self) -> Duration {
        self.known.started.elapsed()
    }

    /// Time itself is the event.
    fn tick(&mut self) {
        self.pass_time();
        self.judge();
    }

    fn pass_time(&mut self) {
        let now = self.now();
        self.known.role.tick(now);
        if self.known.since.claim_until.is_some_and(|until| Instant::now() >= until) {
            self.known.since.claim_until = None;
            self.known.role.claim(now, false);
        }
    }

    async fn receive(&mut self, message: Message) {
        match message {
            Message::Peer { asked, result } => self.peer_answered(asked, result),
            Message::Fetched => self.known.role.peer_fetched(self.now()),
            // Rule 8: a client that has disconnected meanwhile is not answered; what it said may be old.
            Message::Check { arrived, reply, .. } if reply.is_closed() || arrived.elapsed() > ANSWER_WITHIN => {}
            Message::Check { witness, opinion, sessions, arrived, reply } => {
                self.judge();
                let fresh =
                    self.known.details.failing.is_none() && self.known.details.read.is_some_and(|read| read >= arrived);
                let checked = self.known.role.check(self.now(), WitnessCheck { witness, opinion, sessions, fresh });
                // The client may have disconnected.
                reply.send(self.save_gain(checked).await).ok();
            }
            Message::Unwitnessed { reply } if reply.is_closed() => {}
            Message::Unwitnessed { reply } => {
                self.judge();
                let answer =
                    self.known.role.check_unwitnessed(self.now(), level(&self.config.writer, &self.known.details));
                reply.send(CheckReply::Answer(answer)).ok();
            }
            Message::Acted { act, result } => self.acted(act, result),
            Message::Order { order, owner, reply } => {
                reply.send(self.order(order, &owner).await).ok();
            }
            // Handled before it comes here.
            Message::Retire { .. } => {}
        }
    }

    /// Rule 1: a gain is on disk before anybody hears of it. A gain that cannot be saved did not happen.
    async fn save_gain(&mut self, checked: Checked<Gtids>) -> CheckReply {
        let gain = match checked {
            Checked::Answered(answer) => {
                if self.saver.failure().is_none() {
                    self.known.details.not_gained = None;
                }
                return CheckReply::Answer(answer);
            }
            Checked::Gained(gain) => gain,
        };
        let saved = Saved { persistent: self.known.role.machine().persistent().clone(), ..self.known.saved.clone() };
        match self.saver.now(Arc::new(saved.clone())).await {
            Ok(()) => {
                self.stored = saved.clone();
                self.known.saved = saved;
                self.known.details.not_gained = None;
                CheckReply::Answer(gain.saved())
            }
            Err(error) => {
                self.known.role.undo(gain);
                // The gain may still reach the disk. The state in force must be written after it.
                self.saver.lazily(Arc::new(self.known.saved.clone()));
                self.known.details.not_gained = Some(error.to_string());
                CheckReply::NotSaved(error)
            }
        }
    }

    /// What follows every event: the disk, the readers, and the log.
    pub(super) fn settle(&mut self) {
        let out = self.known.role.machine().may_yield();
        self.known.since.out = if out { self.known.since.out.or_else(|| Some(Instant::now())) } else { None };
        self.known.role.can_save(self.now(), self.saver.failure().is_none());
        self.act();
        if self.known.saved.persistent != *self.known.role.machine().persistent() {
            self.known.saved.persistent = self.known.role.machine().persistent().clone();
        }
        if self.stored != self.known.saved {
            self.stored = self.known.saved.clone();
            self.saver.lazily(Arc::new(self.known.saved.clone()));
        }
        self.publish();
        self.announce();
    }

    /// Publishes what is known, if it has changed.
    fn publish(&mut self) {
        let machine = self.known.role.machine();
        let unsaved = self.saver.failure().map(|error| error.to_string());
        let before = Arc::clone(&self.publish.borrow());
        if before.machine != *machine && before.machine.report() != machine.report() {
            self.known.details.stamp += 1;
        }
        if self.is_published(&before, unsaved.as_deref()) {
            return;
        }
        let warnings = Warnings {
            fenced: self.known.saved.fenced,
            unsaved,
            action_error: self.known.actions.error.clone(),
            refused_file: self.known.refused_file.clone(),
        };
        self.publish.send_replace(Arc::new(Published::new(&self.config, &self.known, warnings)));
    }

    /// Whether readers know all this already.
    fn is_published(&self, published: &Published, unsaved_now: Option<&str>) -> bool {
        // Every field is named, so that a new one cannot be forgotten.
        let Published { instance: _, settings, started, machine, moments, details, peer_name, orders, warnings } =
            published;
        let Warnings { fenced, unsaved, action_error, refused_file } = warnings;
        Arc::ptr_eq(settings, &self.config.writer)
            && *started == self.known.started
            && *machine == *self.known.role.machine()
            && *moments == self.known.role.moments()
            && *details == self.known.details
            && *peer_name == self.known.saved.peer
            && *orders == self.known.saved.orders
            && *fenced == self.known.saved.fenced
            && unsaved.as_deref() == unsaved_now
            && *action_error == self.known.actions.error
            && *refused_file == self.known.refused_file
    }

    /// Logs each change of the verdict, where the role is used.
    fn announce(&mut self) {
        if self.config.writer.peer.is_none() && self.config.default_role != Role::Writer {
            return;
        }
        let health = self.health.borrow();
        // The prober logs the failure of the server itself.
        if !matches!(health.latest, Latest::Answered { .. }) {
            return;
        }
        let around = self.circumstances.now();
        let writer = self.publish.borrow().view();
        let (config, now) = (&self.config, Instant::now());
        let view = View { config, health: &health, around: &around, now, writer: Some(&writer) };
        self.announcer.announce_role(view, Role::Writer);
    }
}

#[cfg(test)]
mod tests;
