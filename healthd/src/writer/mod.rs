//! The writer role of each instance: the state machine of core with a clock, a disk, a peer and witnesses.

mod agents;
mod command;
mod figures;
mod hands;
mod messages;
mod peer;
mod plan;
mod published;
mod reading;
mod run;
mod saver;
mod standing;
mod start;
mod state_file;
mod task;
mod trace;
mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use healthd_core::position::gtids::Gtids;
use healthd_core::verdict::{Cause, Names, WriterView};
use healthd_core::writer::{Answer, Clocks, Machine, Refusal};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout_at;

use crate::config::WriterConfig;
use crate::watch::handle::Handle;
use crate::watch::health::Latest;
use crate::witness::Word;
use agents::Sources;
pub(crate) use figures::{Figures, PeerFigures, RoleFigures};
pub(crate) use messages::Order;
use messages::{Checked, Message};
use saver::Saver;
pub(crate) use start::{Predecessor, Surroundings, check_state, start, was_used};
use task::Facts;
use trace::Trace;
pub(crate) use wire::Wire;

/// How long a check waits for the probe that decides, and for the answer in all: HAProxy must get one, with a reason.
const PROBE_WITHIN: Duration = Duration::from_millis(80);
const ANSWER_WITHIN: Duration = Duration::from_millis(100);
/// How long after its start healthd waits for the first checks of a HAProxy: several of their distances.
const FIRST_CHECKS: Duration = Duration::from_millis(500);
/// How long an operator's claim of the role stands.
const CLAIM: Duration = Duration::from_secs(10);

/// What the task knew after its last event.
#[derive(Debug, Clone)]
pub(crate) struct Published {
    machine: Machine<Gtids>,
    clocks: Clocks,
    started: Instant,
    facts: Facts,
    names: Names,
    settings: Arc<WriterConfig>,
    unsaved: Option<String>,
    /// What healthd has changed on the server, or could not.
    warnings: Vec<String>,
    /// What operators ordered.
    orders: Vec<Trace>,
}

/// A handle to the task of one instance.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) settings: Arc<WriterConfig>,
    messages: mpsc::Sender<Message>,
    published: watch::Receiver<Arc<Published>>,
    saver: Saver,
    file: PathBuf,
    sources: Sources,
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
        prober: &Handle,
        word: Word,
        arrived: Instant,
        open: impl Fn() -> bool,
    ) -> WriterView {
        let refused = |cause| WriterView::refused(self.published().names.clone(), cause);
        let unwitnessed = self.published().machine.unwitnessed();
        let (number, opinion, sessions) = match word {
            Word::Unreadable(what) if !unwitnessed => return refused(Cause::WitnessUnreadable { what }),
            Word::Witness { number, opinion, sessions } if !unwitnessed => (number, opinion, sessions),
            _ if unwitnessed => return self.unwitnessed(prober, arrived).await,
            _ => return self.view(),
        };
        if !opinion.peer && !self.published().machine.is_incumbent() {
            // Rule 7: the probe that decides begins after the check came.
            prober.probe_since(arrived, arrived + PROBE_WITHIN).await;
        }
        // Rule 8: who has gone away is not answered; what it said may be old.
        if !open() {
            return self.view();
        }
        let (reply, answer) = oneshot::channel();
        let message = Message::Check { witness: number, opinion, sessions, arrived, reply };
        self.send(message, answer, arrived).await
    }

    async fn unwitnessed(&self, prober: &Handle, arrived: Instant) -> WriterView {
        let published = self.published();
        let refusal = match published.dry_run() {
            // A flood of checks must not fill the task's queue.
            Answer::Serve if published.machine.serves_unchanged() => return published.view(),
            Answer::Serve => None,
            Answer::Refuse(refusal) => Some(refusal),
        };
        let behind = matches!(refusal, Some(Refusal::Barred(_) | Refusal::BehindFinal));
        if behind && matches!(prober.health().latest, Latest::Answered { .. }) {
            // It may have caught up since.
            prober.probe_since(arrived, arrived + PROBE_WITHIN).await;
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
            Ok(Ok(Checked::NotSaved(why))) => {
                WriterView::refused(published.names.clone(), Cause::TakeoverNotSaved { why })
            }
            _ => WriterView::refused(published.names.clone(), Cause::StateBeingSaved),
        }
    }

    /// Everything that `accept-loss` would accept now.
    pub(crate) fn loss(&self) -> Gtids {
        self.published().machine.loss().all()
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
