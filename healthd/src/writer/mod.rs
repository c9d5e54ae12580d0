//! The writer role of each instance: the state machine of core with a clock, a disk, a peer and witnesses.

mod agents;
mod command;
mod hands;
pub(crate) mod metrics;
mod peer;
mod plan;
mod published;
mod run;
mod saver;
mod standing;
mod state_file;
mod task;
mod trace;
mod wire;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use healthd_core::position::gtids::Gtids;
use healthd_core::writer::{Answer, Cause, Clocks, Failback, Machine, Names, Opinion, Refusal, WriterView};
use healthd_mysql::act::Act;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout_at;

use crate::announce::Announcer;
use crate::config::{InstanceConfig, Peer, Token};
use crate::instance::{Health, Latest};
use crate::node::Node;
use crate::witness::{Witness, Witnesses};
use agents::Sources;
use hands::Hands;
use saver::Saver;
use state_file::{Refused, Saved};
use task::{Facts, Legacy, Task};
use trace::Trace;
pub(crate) use wire::Wire;

/// How many messages may wait for an instance's task: a flood of checks must not fill the memory.
const QUEUE: usize = 256;
/// How long a check waits for the probe that decides, and for the answer in all: HAProxy must get one, with a reason.
const PROBE_WITHIN: Duration = Duration::from_millis(80);
const ANSWER_WITHIN: Duration = Duration::from_millis(100);
/// How long after its start healthd waits for the first checks of a HAProxy: several of their distances.
const FIRST_CHECKS: Duration = Duration::from_millis(500);
/// How long an operator's claim of the role stands.
const CLAIM: Duration = Duration::from_secs(10);

/// How the role of one instance is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// This node's name.
    pub(crate) node: String,
    /// The other node's healthd.
    pub(crate) peer: Option<Peer>,
    /// The secret that both have.
    pub(crate) token: Option<Token>,
    /// How often the peer is asked.
    pub(crate) interval: Duration,
    /// After what time without an answer it is silent.
    pub(crate) t_silent: Duration,
    /// The HAProxys that must agree.
    pub(crate) witnesses: Witnesses,
    /// How the role comes back without a witness.
    pub(crate) failback: Failback,
    /// Whether the source's side of semi-sync is on exactly on the holder.
    pub(crate) semi_sync_follows_role: bool,
    /// After what time without checks and peer the node makes itself read-only.
    pub(crate) fence_after: Option<Duration>,
}

/// What comes to an instance's task.
pub(in crate::writer) enum Message {
    /// The peer answered, or did not.
    Peer {
        /// When it was asked.
        asked: Instant,
        /// Its report, or why there is none.
        result: Result<Box<Wire>, String>,
    },
    /// The peer was given a report.
    Fetched,
    /// A witness's check.
    Check {
        /// Which witness.
        witness: usize,
        /// What it says.
        opinion: Opinion,
        /// Whether it says that client sessions are open here.
        sessions: bool,
        /// When it came.
        arrived: Instant,
        /// Where the answer goes.
        reply: oneshot::Sender<Checked>,
    },
    /// A check without a witness, where there is none.
    Answer {
        /// Where the answer goes.
        reply: oneshot::Sender<Checked>,
    },
    /// The configuration has changed: another task goes on.
    Retire {
        /// Where all that is known goes.
        reply: oneshot::Sender<Box<Legacy>>,
    },
    /// A change on the server has ended.
    Acted {
        /// Which.
        act: Act,
        /// How.
        result: Result<(), String>,
    },
    /// A command.
    Order {
        /// Which.
        order: Order,
        /// Who gives it.
        owner: String,
        /// What was done, or why not.
        reply: oneshot::Sender<Result<String, String>>,
    },
}

/// The task's answer to a check.
#[derive(Debug, Clone)]
pub(crate) enum Checked {
    /// The machine's.
    Answer(Answer),
    /// The role would have been gained, and the disk did not take it.
    NotSaved(String),
}

/// A command of an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// Give the role to the peer.
    Switchover,
    /// Get the role from the peer.
    Failback,
    /// Take the role of a dead peer.
    Takeover,
    /// Of what is missing and of what is too much, give up and keep what the operator was shown.
    AcceptLoss(Gtids),
    /// Forget what was received.
    MarkDrop,
    /// Wait for this witness no longer.
    WitnessRemove(Witness),
}

impl Order {
    /// The command's words.
    pub(crate) fn words(&self) -> &'static str {
        match self {
            Order::Switchover => "switchover",
            Order::Failback => "failback",
            Order::Takeover => "takeover",
            Order::AcceptLoss(_) => "accept-loss",
            Order::MarkDrop => "mark drop",
            Order::WitnessRemove(_) => "witness remove",
        }
    }
}

/// What the task knew after its last event.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    machine: Machine<Gtids>,
    clocks: Clocks,
    started: Instant,
    facts: Facts,
    names: Names,
    settings: Arc<Settings>,
    unsaved: Option<String>,
    /// What healthd has changed on the server, or could not.
    warnings: Vec<String>,
    /// What operators ordered.
    orders: Vec<Trace>,
}

/// A handle to the task of one instance.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) settings: Arc<Settings>,
    messages: mpsc::Sender<Message>,
    published: watch::Receiver<Arc<Published>>,
    saver: Saver,
    file: PathBuf,
    sources: Sources,
}

/// What a check says of HAProxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// Nothing, or nothing that counts: who asks is no witness.
    None,
    /// A witness's opinion.
    Witness {
        /// Which witness.
        number: usize,
        /// Its opinion.
        opinion: Opinion,
        /// Whether client sessions are open here, as far as it says.
        sessions: bool,
    },
    /// A witness that says nothing of use.
    Unreadable(&'static str),
}

/// What a writer needs besides its settings.
pub(crate) struct Surroundings {
    pub(crate) node: Weak<Node>,
    pub(crate) health: watch::Receiver<Health>,
    pub(crate) state_dir: PathBuf,
    pub(crate) announcer: Announcer,
    /// The writer of the same instance under the configuration before.
    pub(crate) before: Option<Arc<crate::instance::Instance>>,
}

/// Whether the writer role of an instance was ever used here.
pub(crate) fn was_used(state_dir: &Path, instance: &str) -> bool {
    state_file::path(state_dir, instance).exists()
}

/// Whether the state of an instance can be read, or there is none.
///
/// # Errors
/// When it is there and cannot be read now: to begin anew would forget what the role rests on.
pub(crate) fn check_state(config: &InstanceConfig, state_dir: &Path) -> Result<(), String> {
    match state_file::read(&state_file::path(state_dir, &config.name), &config.name, &config.writer.node) {
        Err(unreadable @ Refused::Unreadable { .. }) => Err(format!("the writer state cannot be read: {unreadable}")),
        // What cannot be understood is put aside when the role starts.
        Ok(_) | Err(Refused::NotUnderstood { .. }) => Ok(()),
    }
}

/// Starts the writer role of an instance.
pub(crate) fn start(config: &InstanceConfig, around: Surroundings) -> Writer {
    let settings = config.writer.clone();
    let file = state_file::path(&around.state_dir, &config.name);
    let before = around.before.as_ref().map(|instance| &instance.writer).filter(|writer| writer.file == file);
    let mut refused_file = None;
    let read = match before {
        // The task before knows more than the disk.
        Some(_) => Ok(None),
        None => state_file::read(&file, &config.name, &settings.node),
    };
    let mut saved = match read {
        Ok(saved) => saved.unwrap_or_default(),
        Err(refused) => {
            let aside = state_file::put_aside(&file);
            let aside = aside.map_or_else(|error| error.to_string(), |aside| aside.display().to_string());
            tracing::error!(instance = %config.name, %refused, aside, "the writer state is not taken: it begins anew");
            refused_file = Some(format!("state-refused: {refused}; the role has begun anew"));
            Saved::default()
        }
    };
    saved.instance.clone_from(&config.name);
    saved.node.clone_from(&settings.node);
    saved.keep_listed(&settings.witnesses);
    // The same file has one task that writes to it, across a reload; and what it has not written yet counts.
    let saver = match before {
        Some(before) => {
            saved.kept = before.published.borrow().machine.kept().clone();
            before.saver.clone()
        }
        None => Saver::start(file.clone()),
    };
    // Until the task has taken over from the one before it, what that knew is the answer to who looks.
    let same = around.before.as_ref().filter(|before| is_same_world(config, &before.config));
    let last = same.map(|before| before.writer.published());
    let (machine, clocks, facts, started) = match &last {
        Some(last) => (last.machine.clone(), last.clocks.clone(), last.facts.clone(), last.started),
        None => (
            published::machine(&settings, &saved, session()),
            Clocks::new(Duration::ZERO, settings.t_silent, settings.witnesses.len()),
            Facts::default(),
            Instant::now(),
        ),
    };
    let sources = same.map_or_else(Sources::default, |before| before.writer.sources.copied());
    let settings = Arc::new(settings);
    let names = Names {
        instance: config.name.clone(),
        node: settings.node.clone(),
        peer: saved.peer.clone().unwrap_or_default(),
    };
    let published = Published {
        machine: machine.clone(),
        clocks: clocks.clone(),
        started,
        facts: facts.clone(),
        names,
        settings: Arc::clone(&settings),
        unsaved: None,
        warnings: Vec::new(),
        orders: saved.orders.clone(),
    };
    let (publish, published) = watch::channel(Arc::new(published));
    let (messages, receiver) = mpsc::channel(QUEUE);
    if let (Some(peer), Some(token)) = (&settings.peer, &settings.token) {
        let to = messages.downgrade();
        let asking = peer::ask(peer.clone(), token.clone(), (config.name.clone(), config.port), settings.interval, to);
        guard(tokio::spawn(asking));
    }
    let hands = Hands::new(saved.fenced);
    let task = Task {
        config: config.clone(),
        settings: Arc::clone(&settings),
        node: around.node,
        health: around.health,
        messages: receiver,
        publish,
        saver: saver.clone(),
        stored: saved.clone(),
        before: before.map(|before| before.messages.clone()),
        goes_on: same.is_some(),
        saved,
        machine,
        clocks,
        started,
        facts,
        announcer: around.announcer,
        hands,
        refused: refused_file,
        own: messages.downgrade(),
    };
    guard(tokio::spawn(task.run()));
    Writer { settings, messages, published, saver, file, sources }
}

/// Whether nothing has changed of what the role's knowledge is about: the same server, peer and HAProxys, and the same
/// idea of silence. Then a reload is no event to anybody; else the role begins with what is kept, as after a restart.
fn is_same_world(now: &InstanceConfig, before: &InstanceConfig) -> bool {
    let world = |config: &InstanceConfig| {
        let Settings { peer, token, t_silent, witnesses, .. } = config.writer.clone();
        (config.target.address.clone(), peer, token, t_silent, witnesses)
    };
    world(now) == world(before)
}

/// A task that broke leaves its instance in the dark for ever; a new process does not.
fn guard(task: JoinHandle<()>) {
    tokio::spawn(async move {
        if task.await.is_err_and(|error| error.is_panic()) {
            tracing::error!("a task of the writer role broke: healthd ends, to be started again");
            std::process::abort();
        }
    });
}

/// A random number that names this life of healthd: an echo of another one proves nothing.
fn session() -> u64 {
    use std::hash::{BuildHasher as _, RandomState};
    RandomState::new().hash_one(std::process::id())
}

impl Writer {
    /// What the task knew after its last event.
    pub(crate) fn published(&self) -> Arc<Published> {
        self.published.borrow().clone()
    }

    /// Waits until the task knows of a probe that began after `since`, or `deadline` is over.
    pub(crate) async fn has_read_since(&self, since: Instant, deadline: Instant) {
        let mut published = self.published.clone();
        let read = published.wait_for(|published| published.facts.read.is_some_and(|read| read >= since));
        // In time or not: who asks is told how it stands.
        drop(timeout_at(deadline.into(), read).await);
    }

    /// How the role stands, for who asks without being a witness.
    pub(crate) fn view(&self) -> WriterView {
        self.published().view()
    }

    /// Whether this HAProxy's HTTP checks may just not have come yet: then its agent is told nothing, for `down` would cut
    /// every session of a healthy holder because healthd was restarted.
    pub(crate) fn awaits_checks(&self) -> bool {
        self.published().started.elapsed() < FIRST_CHECKS
    }

    /// Whether HAProxy's HTTP check decides the role.
    pub(crate) fn witnessed(&self) -> bool {
        !self.published().machine.unwitnessed()
    }

    /// Answers a check that came at `arrived`; `open` says whether its connection still is.
    pub(crate) async fn check(
        &self,
        instance: &crate::instance::Instance,
        word: Word,
        arrived: Instant,
        open: impl Fn() -> bool,
    ) -> WriterView {
        let refused = |cause| WriterView::refused(self.published().names.clone(), cause);
        let unwitnessed = self.published().machine.unwitnessed();
        let (number, opinion, sessions) = match word {
            Word::Unreadable(what) if !unwitnessed => return refused(Cause::WitnessUnreadable { what }),
            Word::Witness { number, opinion, sessions } if !unwitnessed => (number, opinion, sessions),
            _ if unwitnessed => return self.unwitnessed(instance, arrived).await,
            _ => return self.view(),
        };
        if !opinion.peer && !self.published().machine.is_incumbent() {
            // Rule 7: the probe that decides begins after the check came.
            instance.probe_since(arrived, arrived + PROBE_WITHIN).await;
        }
        // Rule 8: who has gone away is not answered; what it said may be old.
        if !open() {
            return self.view();
        }
        let (reply, answer) = oneshot::channel();
        let message = Message::Check { witness: number, opinion, sessions, arrived, reply };
        self.send(message, answer, arrived).await
    }

    async fn unwitnessed(&self, instance: &crate::instance::Instance, arrived: Instant) -> WriterView {
        let published = self.published();
        let refusal = match published.peek() {
            // A flood of checks must not fill the task's queue.
            Answer::Serve if published.machine.serves_unchanged() => return published.view(),
            Answer::Serve => None,
            Answer::Refuse(refusal) => Some(refusal),
        };
        let behind = matches!(refusal, Some(Refusal::Barred(_) | Refusal::BehindFinal));
        if behind && matches!(instance.health().latest, Latest::Answered { .. }) {
            // It may have caught up since.
            instance.probe_since(arrived, arrived + PROBE_WITHIN).await;
        }
        let (reply, answer) = oneshot::channel();
        self.send(Message::Answer { reply }, answer, arrived).await
    }

    async fn send(&self, message: Message, answer: oneshot::Receiver<Checked>, arrived: Instant) -> WriterView {
        // A full queue drops the message, and the answer does not come.
        self.messages.try_send(message).ok();
        let answered = timeout_at((arrived + ANSWER_WITHIN).into(), answer).await;
        let published = self.published();
        match answered {
            Ok(Ok(Checked::Answer(answer))) => WriterView::new(&published.machine, answer, &published.around()),
            Ok(Ok(Checked::NotSaved(why))) => WriterView::refused(published.names.clone(), Cause::NotSaved { why }),
            _ => WriterView::refused(published.names.clone(), Cause::Busy),
        }
    }

    /// Everything that `accept-loss` would accept now.
    pub(crate) fn loss(&self) -> Gtids {
        self.published().machine.whole_loss()
    }

    /// What a command does and what stops being true by it, a sentence a line.
    ///
    /// # Errors
    /// A sentence that says why it makes no sense now.
    pub(crate) fn plan(&self, order: &Order) -> Result<Vec<String>, String> {
        plan::sentences(&self.published(), order)
    }

    /// Carries out a command.
    ///
    /// # Errors
    /// A sentence that says why not.
    pub(crate) async fn order(&self, order: Order, owner: String) -> Result<String, String> {
        let (reply, done) = oneshot::channel();
        let gone = || "this instance was just reconfigured: try again".to_owned();
        self.messages.send(Message::Order { order, owner, reply }).await.map_err(|_| gone())?;
        done.await.map_err(|_| gone())?
    }

    /// The report to the peer, as soon as it is another one than `seen`, or at the deadline.
    pub(crate) async fn report(&self, seen: Option<u64>, deadline: Instant) -> Wire {
        let mut published = self.published.clone();
        if let Some(seen) = seen {
            let news = published.wait_for(|published| published.facts.stamp != seen);
            // Without news: the same again.
            drop(timeout_at(deadline.into(), news).await);
        }
        // The task may be at an end; its last word stands.
        self.messages.try_send(Message::Fetched).ok();
        self.published().wire()
    }
}
