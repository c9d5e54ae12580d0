//! One task for each instance owns its state machine: probes, reports, checks, commands and time come to it as messages.

use std::sync::Arc;
use std::time::{Duration, Instant};

use healthd_core::position::gtids::Gtids;
use healthd_core::text::duration::exact;
use healthd_core::verdict::Names;
use healthd_core::verdict::role::Role;
use healthd_core::writer::{Ages, Answer, Clocks, Machine};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{MissedTickBehavior, interval};

use super::hands::Hands;
use super::saver::Saver;
use super::state_file::Saved;
use super::wire::Wire;
use super::{ANSWER_WITHIN, Checked, Message, Order, Published};
use crate::config::{InstanceConfig, WriterConfig};
use crate::watch::announce::Announcer;
use crate::watch::circumstances::CircumstanceSource;
use crate::watch::health::{Health, Latest};
use crate::watch::view::View;

/// How often time itself is an event.
const TICK: Duration = Duration::from_millis(50);

/// Everything that one instance's writer role knows.
pub(super) struct Task {
    pub(super) config: InstanceConfig,
    pub(super) settings: Arc<WriterConfig>,
    pub(super) circumstances: CircumstanceSource,
    pub(super) health: watch::Receiver<Health>,
    pub(super) messages: mpsc::Receiver<Message>,
    pub(super) publish: watch::Sender<Arc<Published>>,
    pub(super) saver: Saver,
    /// What is to be on disk.
    pub(super) saved: Saved,
    pub(super) machine: Machine<Gtids>,
    pub(super) clocks: Clocks,
    pub(super) started: Instant,
    pub(super) facts: Facts,
    pub(super) announcer: Announcer,
    pub(super) hands: Hands,
    /// Why the state file was not taken.
    pub(super) refused: Option<String>,
    /// Where the answers of changes go.
    pub(super) own: mpsc::WeakSender<Message>,
    /// The task of the same instance under the configuration before.
    pub(super) before: Option<mpsc::Sender<Message>>,
    /// Whether what that knows is true under this configuration too.
    pub(super) goes_on: bool,
    /// What was last given to the disk.
    pub(super) stored: Saved,
}

/// What the machine does not need and people or the peer do.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    /// When the probe began that read the position.
    pub(super) read: Option<Instant>,
    /// When the server stopped answering.
    pub(super) failing: Option<Instant>,
    /// When the suspension was heard of that our reports echo.
    pub(super) echo: Option<Instant>,
    /// Since when the node is out and gives the role away.
    pub(super) out_since: Option<Instant>,
    /// When the peer last said what it holds of this node.
    pub(super) held_since: Option<Instant>,
    pub(super) semisync_timeout: Option<Duration>,
    pub(super) purged: Gtids,
    pub(super) peer_purged: Gtids,
    /// What the peer says it has executed.
    pub(super) peer_executed: Option<Gtids>,
    pub(super) caveats: Vec<String>,
    /// Whether the transactions of the two nodes cannot be told apart for certain.
    pub(super) inseparable: bool,
    pub(super) peer_error: Option<String>,
    /// The error of the last gain that was not saved.
    pub(super) not_gained: Option<String>,
    /// Until when a claim of the role by an operator stands.
    pub(super) claim_until: Option<Instant>,
    pub(super) stamp: u64,
}

/// All that a task knows when it ends for another one.
#[derive(Debug)]
pub(super) struct Legacy {
    saved: Saved,
    machine: Machine<Gtids>,
    clocks: Clocks,
    started: Instant,
    facts: Facts,
    hands: Hands,
    refused: Option<String>,
}

impl Task {
    pub(super) async fn run(mut self) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Without a peer nothing depends on time.
        let ticking = self.settings.peer.is_some();
        if let Some(before) = self.before.take() {
            self.succeed(&before).await;
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
                    self.look();
                    self.read_health();
                    if let Message::Retire { reply } = message {
                        // Who comes after this task goes on from here.
                        let Task { saved, machine, clocks, started, facts, hands, refused, .. } = self;
                        let legacy = Legacy { saved, machine, clocks, started, facts, hands, refused };
                        reply.send(Box::new(legacy)).ok();
                        return;
                    }
                    self.receive(message).await;
                }
                changed = self.health.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.look();
                    self.read_health();
                }
                _ = tick.tick(), if ticking => {
                    self.look();
                    self.judge();
                }
            }
            self.settle();
        }
    }

    /// Goes on where the task of the configuration before ends: two at once would overwrite each other's state.
    async fn succeed(&mut self, before: &mpsc::Sender<Message>) {
        let (reply, legacy) = oneshot::channel();
        if before.send(Message::Retire { reply }).await.is_err() {
            return;
        }
        let Ok(legacy) = legacy.await else {
            return;
        };
        let Legacy { saved, machine, clocks, started, facts, hands, refused } = *legacy;
        self.refused = refused;
        let (instance, node) = (self.saved.instance.clone(), self.saved.node.clone());
        self.saved = Saved { instance, node, ..saved };
        self.saved.keep_listed(&self.settings.witnesses);
        self.hands = hands.inherited();
        if self.goes_on {
            (self.machine, self.clocks, self.started, self.facts) = (machine, clocks, started, facts);
        } else {
            self.machine = super::published::machine(&self.settings, &self.saved, super::start::session());
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn look(&mut self) {
        let now = self.now();
        self.clocks.look(now, &mut self.machine);
        if self.facts.claim_until.is_some_and(|until| Instant::now() >= until) {
            self.facts.claim_until = None;
            self.machine.claim(false);
        }
    }

    async fn receive(&mut self, message: Message) {
        match message {
            Message::Peer { asked, result } => match result {
                Ok(wire) => self.report(*wire, asked),
                Err(error) => self.facts.peer_error = Some(error),
            },
            Message::Fetched => {
                self.machine.peer_fetched();
                let now = self.now();
                self.clocks.fetched(now);
            }
            // Rule 8: who has gone away meanwhile is not heard; what it said may be old.
            Message::Check { arrived, reply, .. } if reply.is_closed() || arrived.elapsed() > ANSWER_WITHIN => {}
            Message::Check { witness, opinion, sessions, arrived, reply } => {
                let now = self.now();
                self.clocks.checked(now, witness, opinion.me);
                self.judge();
                let fresh = self.facts.failing.is_none() && self.facts.read.is_some_and(|read| read >= arrived);
                let before = self.machine.clone();
                let answer = self.machine.check(witness, opinion, sessions, fresh);
                let checked = self.gained(before, answer).await;
                // Who asked may have given it up.
                reply.send(checked).ok();
            }
            Message::Answer { reply } if reply.is_closed() => {}
            Message::Answer { reply } => {
                self.judge();
                let answer = self.machine.check_unwitnessed(self.settings.level(&self.facts));
                reply.send(Checked::Answer(answer)).ok();
            }
            Message::Acted { act, result } => self.acted(act, result),
            Message::Order { order, owner, reply } => {
                // Of a hand-over only the trace is kept, which may come later: a disk that hangs must not hold it up.
                let kept = !matches!(order, Order::Switchover | Order::Failback | Order::Takeover);
                let mut done = self.order(order, &owner);
                if let (true, Ok(done)) = (kept, &mut done) {
                    self.saved.kept = self.machine.persistent().clone();
                    if let Err(error) = self.saver.now(Arc::new(self.saved.clone())).await {
                        done.extend(["; not on disk yet: ", &error]);
                    }
                }
                reply.send(done).ok();
            }
            // Taken before it comes here.
            Message::Retire { .. } => {}
        }
    }

    /// Rule 1: a gain is on disk before anybody hears of it; one that cannot be is none.
    async fn gained(&mut self, before: Machine<Gtids>, answer: Answer) -> Checked {
        if self.machine.persistent().epoch == before.persistent().epoch {
            if self.saver.failure().is_none() {
                self.facts.not_gained = None;
            }
            return Checked::Answer(answer);
        }
        let saved = Saved { kept: self.machine.persistent().clone(), ..self.saved.clone() };
        match self.saver.now(Arc::new(saved.clone())).await {
            Ok(()) => {
                self.stored = saved.clone();
                self.saved = saved;
                self.facts.not_gained = None;
                Checked::Answer(answer)
            }
            Err(error) => {
                self.machine = before;
                self.machine.can_save(false);
                // It may get there all the same, later: what is in force must come after it.
                self.saver.lazily(Arc::new(self.saved.clone()));
                self.facts.not_gained = Some(error.clone());
                Checked::NotSaved(error)
            }
        }
    }

    fn report(&mut self, wire: Wire, asked: Instant) {
        if wire.node == self.settings.node {
            self.facts.peer_error = Some(format!("it is named {} like this node: give each its own `node`", wire.node));
            return;
        }
        let hop = asked.elapsed();
        let age = |ms: u64| hop + Duration::from_millis(ms);
        let ages = Ages {
            position: age(wire.position_ms),
            acknowledgement: age(wire.acknowledgement_ms),
            handover: age(wire.handover_ms),
        };
        let semisync = wire.report.position.as_ref().map(|position| position.semisync);
        let timeout = wire.semisync_timeout_ms.map(Duration::from_millis);
        let now = self.now();
        let fresh = self.clocks.reported(now, ages, semisync.zip(timeout));
        self.clocks.peer_waits(Duration::from_millis(wire.unreachable_after_ms));
        // An acknowledgement that is too old to act on does not count.
        let mut report = wire.report;
        report.acknowledges =
            report.acknowledges.filter(|_| ages.acknowledgement < self.clocks.acknowledgement_lasts());
        let executed = report.position.as_ref().map(|position| &position.executed);
        let origin = self.health.borrow().snapshot().and_then(|snapshot| match &snapshot.standing {
            Some(Ok(standing)) => Some(standing.origin),
            _ => None,
        });
        let held = match (executed, origin) {
            (Some(executed), Some(origin)) => executed.of(&origin),
            _ => self.machine.persistent().held_by_peer.clone(),
        };
        if report.suspended.is_some() {
            self.facts.echo = Some(asked);
        }
        if held != self.machine.persistent().held_by_peer {
            self.facts.held_since = Some(Instant::now());
        }
        self.facts.peer_error = None;
        self.facts.peer_purged = wire.purged;
        self.facts.peer_executed = executed.cloned();
        self.saved.peer = Some(wire.node);
        self.machine.report_came(report, held, fresh);
    }

    /// What follows every event: the disk, the others, and the log.
    fn settle(&mut self) {
        let out = self.machine.may_yield();
        self.facts.out_since = if out { self.facts.out_since.or_else(|| Some(Instant::now())) } else { None };
        self.machine.can_save(self.saver.failure().is_none());
        self.act();
        self.saved.kept = self.machine.persistent().clone();
        if self.stored != self.saved {
            self.stored = self.saved.clone();
            self.saver.lazily(Arc::new(self.saved.clone()));
        }
        let before = self.publish.borrow().clone();
        if before.machine.report() != self.machine.report() {
            self.facts.stamp += 1;
        }
        let names = Names {
            instance: self.config.name.clone(),
            node: self.settings.node.clone(),
            peer: self
                .saved
                .peer
                .clone()
                .or_else(|| self.settings.peer.as_ref().map(|peer| peer.host.clone()))
                .unwrap_or_default(),
        };
        self.publish.send_replace(Arc::new(Published {
            machine: self.machine.clone(),
            clocks: self.clocks.clone(),
            started: self.started,
            facts: self.facts.clone(),
            warnings: self.warnings(),
            orders: self.saved.orders.clone(),
            names,
            settings: Arc::clone(&self.settings),
            unsaved: self.saver.failure(),
        }));
        self.announce();
    }

    fn warnings(&self) -> Vec<String> {
        let fenced = self.saved.fenced.then(|| "fenced: healthd has set read_only, nobody asked any more".to_owned());
        let another = self.clocks.other_t_silent().map(|theirs| {
            let (ours, theirs) = (exact(self.settings.t_silent), exact(theirs));
            format!("silent_after is {ours} here and {theirs} at the peer: give both the same; the safer one counts")
        });
        fenced.into_iter().chain(another).chain(self.hands.error.clone()).chain(self.refused.clone()).collect()
    }

    /// One line for each change, where somebody uses the role.
    fn announce(&mut self) {
        if self.settings.peer.is_none() && self.config.default_role != Role::Writer {
            return;
        }
        let health = self.health.borrow().clone();
        // The server's own failure is told by its prober.
        if !matches!(health.latest, Latest::Answered { .. }) {
            return;
        }
        let around = self.circumstances.now();
        let published = self.publish.borrow().clone();
        let writer = published.view();
        let view =
            View { config: &self.config, health: &health, around: &around, now: Instant::now(), writer: Some(&writer) };
        self.announcer.announce_role(view, Role::Writer);
    }
}
