//! The handle of an instance's task: questions to what it published, and messages to it.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use healthd_core::position::gtids::Gtids;
use healthd_core::verdict::{Cause, WriterView};
use healthd_core::writer::{Answer, Refusal};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout_at;

use super::figures::Figures;
use super::messages::{ANSWER_WITHIN, CheckReply, Message};
use super::order::{Order, OrderRefused, Why};
use super::plan;
use super::published::Published;
use super::saver::Saver;
use super::sources::CheckSources;
use super::wire::Wire;
use crate::config::WriterConfig;
use crate::watch::handle::ProberHandle;
use crate::watch::health::Latest;
use crate::witness::Word;

/// How long a check waits for the deciding probe.
const PROBE_WITHIN: Duration = Duration::from_millis(80);
/// How long after its start healthd waits for the first checks of a HAProxy: several check intervals.
const FIRST_CHECKS: Duration = Duration::from_millis(500);

/// The handle of the task of one instance.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) settings: Arc<WriterConfig>,
    pub(super) messages: mpsc::Sender<Message>,
    pub(super) published: watch::Receiver<Arc<Published>>,
    pub(super) saver: Saver,
    pub(super) file: PathBuf,
    pub(super) sources: CheckSources,
}

impl Writer {
    /// What the task knew after its last event.
    pub(super) fn published(&self) -> Arc<Published> {
        self.published.borrow().clone()
    }

    /// The role in numbers, as it is now.
    pub(crate) fn figures(&self) -> Figures {
        self.published().figures()
    }

    /// Waits until the task knows a probe that began after `since`, or `deadline` has passed.
    pub(crate) async fn has_read_since(&self, since: Instant, deadline: Instant) {
        let mut published = self.published.clone();
        let read = published.wait_for(|published| published.details.read.is_some_and(|read| read >= since));
        // In either case, the client gets the state of the role.
        drop(timeout_at(deadline.into(), read).await);
    }

    /// The state of the role, for clients that are not a witness.
    pub(crate) fn view(&self) -> WriterView {
        self.published().view()
    }

    /// Whether the first HTTP checks of a HAProxy may be yet to come. Its agent gets no answer then: after a restart of
    /// healthd, `down` would cut every session of a healthy holder.
    pub(crate) fn awaits_checks(&self) -> bool {
        self.published().started.elapsed() < FIRST_CHECKS
    }

    /// Whether HAProxy's HTTP check decides the role.
    pub(crate) fn witnessed(&self) -> bool {
        !self.published().machine.unwitnessed()
    }

    /// Answers a check that arrived at `arrived`. `open` tells whether its connection is still open.
    pub(crate) async fn check(
        &self,
        prober: &ProberHandle,
        word: Word,
        arrived: Instant,
        open: impl Fn() -> bool,
    ) -> WriterView {
        let published = self.published();
        let (witness, opinion, sessions) = match word {
            _ if published.machine.unwitnessed() => return self.check_unwitnessed(prober, arrived).await,
            Word::Unreadable(what) => {
                return WriterView::refused(published.names(), Cause::WitnessUnreadable { what });
            }
            Word::None => return published.view(),
            Word::Witness { number, opinion, sessions } => (number, opinion, sessions),
        };
        if !opinion.peer && !published.machine.is_incumbent() {
            // Rule 7: the deciding probe begins after the check came.
            prober.probe_since(arrived, arrived + PROBE_WITHIN).await;
        }
        // Rule 8: a client that has disconnected is not answered; what it said may be old.
        if !open() {
            return self.view();
        }
        let (reply, replied) = oneshot::channel();
        let message = Message::Check { witness, opinion, sessions, arrived, reply };
        self.send(message, replied, arrived).await
    }

    async fn check_unwitnessed(&self, prober: &ProberHandle, arrived: Instant) -> WriterView {
        let published = self.published();
        let refusal = match published.dry_run() {
            // A flood of checks must not fill the task's queue.
            Answer::Serve if published.machine.serves_unchanged() => return published.view(),
            Answer::Serve => None,
            Answer::Refuse(refusal) => Some(refusal),
        };
        let behind = matches!(refusal, Some(Refusal::Barred(_) | Refusal::BehindFinal));
        if behind && matches!(prober.health().latest, Latest::Answered { .. }) {
            // The task may have caught up since.
            prober.probe_since(arrived, arrived + PROBE_WITHIN).await;
        }
        let (reply, replied) = oneshot::channel();
        self.send(Message::Unwitnessed { reply }, replied, arrived).await
    }

    async fn send(&self, message: Message, replied: oneshot::Receiver<CheckReply>, arrived: Instant) -> WriterView {
        // A full queue drops the message, and no reply comes.
        self.messages.try_send(message).ok();
        let reply = timeout_at((arrived + ANSWER_WITHIN).into(), replied).await;
        let published = self.published();
        let cause = match reply {
            Ok(Ok(CheckReply::Answer(answer))) => {
                return WriterView::new(&published.machine, answer, &published.around());
            }
            Ok(Ok(CheckReply::NotSaved(error))) => Cause::TakeoverNotSaved { why: error.to_string() },
            Ok(Err(_)) | Err(_) if self.saver.is_awaited() => Cause::StateBeingSaved,
            Ok(Err(_)) | Err(_) => Cause::Busy,
        };
        WriterView::refused(published.names(), cause)
    }

    /// Everything that `accept-loss` would accept now.
    pub(crate) fn loss(&self) -> Gtids {
        self.published().machine.loss().all()
    }

    /// What a command would do, and which guarantee ends, one sentence per line.
    ///
    /// # Errors
    /// If the command does not apply now.
    pub(crate) fn plan(&self, order: &Order) -> Result<Vec<String>, OrderRefused> {
        plan::sentences(&self.published(), order)
    }

    /// Carries out a command, and returns the message for the operator.
    ///
    /// # Errors
    /// If it cannot be carried out now.
    pub(crate) async fn order(&self, order: Order, owner: String) -> Result<String, OrderRefused> {
        let (reply, done) = oneshot::channel();
        let gone = || OrderRefused::new(&self.published().names(), Why::Reconfigured);
        self.messages.send(Message::Order { order, owner, reply }).await.map_err(|_| gone())?;
        done.await.map_err(|_| gone())?
    }

    /// The report to the peer, as soon as it differs from the one with the stamp `seen`, or at the deadline.
    pub(crate) async fn report(&self, seen: Option<u64>, deadline: Instant) -> Wire {
        let mut published = self.published.clone();
        if let Some(seen) = seen {
            let news = published.wait_for(|published| published.details.stamp != seen);
            // Without a change, the same report again.
            drop(timeout_at(deadline.into(), news).await);
        }
        // The task may have ended; its last report stands.
        self.messages.try_send(Message::Fetched).ok();
        self.published().wire()
    }
}
