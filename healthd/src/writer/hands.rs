//! What the writer role changes on its server, where the configuration allows it: semi-sync follows the role, and a node that
//! nobody asks any more fences itself. Core decides; carried out beside the task.

use std::time::{Duration, Instant};

use healthd_core::position::standing::Standing;
use healthd_core::writer::{Fence, FenceProgress, FenceStep, semi_sync};
use healthd_mysql::write::act::{Act, act};

use super::Message;
use super::task::Task;

/// How long a change may take.
const WITHIN: Duration = Duration::from_secs(8);
/// How often one is tried.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The change under way or tried last.
#[derive(Debug, Clone, Default)]
pub(super) struct Hands {
    busy: bool,
    /// Whether the fence stands, as far as this life of healthd knows.
    fenced: bool,
    /// Whether an earlier life had it on the disk.
    found: bool,
    tried: Option<Instant>,
    /// Since when the holder has had a living replica that acknowledges.
    replica_since: Option<Instant>,
    /// Why the last one failed.
    pub(super) error: Option<String>,
}

impl Hands {
    /// The same for the task after a reload: the result of a change under way goes to the one before, and is not awaited.
    pub(super) fn inherited(self) -> Hands {
        Hands { busy: false, ..self }
    }

    /// `found`: a fence is remembered on the disk.
    pub(super) fn new(found: bool) -> Hands {
        Hands { found, ..Hands::default() }
    }
}

impl Task {
    /// Starts the change that is wanted now, if there is one.
    pub(super) fn act(&mut self) {
        let hands = &self.hands;
        if hands.busy || hands.tried.is_some_and(|tried| tried.elapsed() < AGAIN_AFTER) {
            return;
        }
        let Some(wanted) = self.fence().or_else(|| self.semi_sync()) else {
            self.hands.error = None;
            return;
        };
        let Some(to) = self.own.upgrade() else {
            return;
        };
        self.hands.busy = true;
        self.hands.tried = Some(Instant::now());
        let target = self.config.target.clone();
        tokio::spawn(async move {
            let result = act(&target, wanted, Instant::now() + WITHIN).await;
            // The task may have ended.
            to.send(Message::Acted { act: wanted, result }).await.ok();
        });
    }

    pub(super) fn acted(&mut self, act: Act, result: Result<(), String>) {
        self.hands.busy = false;
        let instance = &self.config.name;
        match (&result, act) {
            (Ok(()), Act::SemiSyncSource { on }) => tracing::info!(%instance, on, "semi-sync follows the role"),
            (Ok(()), Act::Fence) => {
                self.hands.fenced = true;
                tracing::warn!(%instance, "fenced: read_only is set, client sessions are ended");
            }
            (Ok(()), Act::Unfence) => {
                self.hands.fenced = false;
                self.saved.fenced = false;
                tracing::warn!(%instance, "the fence is taken away");
            }
            (Err(error), _) if self.hands.error.as_ref() != Some(error) => tracing::error!(%instance, error),
            (Err(_), _) => {}
        }
        self.hands.error = result.err();
    }

    /// Unasked by every HAProxy, and the peer is silent: the clients that are still connected reach a node that may have been
    /// replaced. Ended when the peer confirms this node's epoch, or HAProxy says that the peer is out.
    fn fence(&mut self) -> Option<Act> {
        let after = self.settings.fence_after?;
        if self.machine.unwitnessed() {
            return None;
        }
        let out = self.machine.opinions().flatten().any(|opinion| !opinion.peer);
        let fence = Fence {
            alone: self.machine.is_peer_unreachable() && self.clocks.unchecked(self.started.elapsed()) >= after,
            incumbent: self.machine.is_incumbent(),
            confirmed: out || self.machine.holds() && self.machine.is_confirmed(),
            progress: match self.saver.on_disk(|saved| saved.fenced).unwrap_or(self.hands.found) {
                _ if !self.saved.fenced => FenceProgress::Absent,
                _ if self.hands.fenced => FenceProgress::Set,
                true => FenceProgress::OnDisk,
                false => FenceProgress::Remembered,
            },
        };
        match fence.step() {
            FenceStep::None => None,
            FenceStep::Remember => {
                self.saved.fenced = true;
                None
            }
            FenceStep::Set => Some(Act::Fence),
            FenceStep::Remove => Some(Act::Unfence),
        }
    }

    /// On for the holder as soon as a living replica semisync_replica, off for everybody else.
    fn semi_sync(&mut self) -> Option<Act> {
        if !self.settings.semi_sync_follows_role || self.machine.unwitnessed() {
            return None;
        }
        let snapshot = self.health.borrow().snapshot().cloned()?;
        let Some(Ok(Standing { semisync, .. })) = &snapshot.standing else {
            return None;
        };
        let source = semisync.source?;
        let machine = &self.machine;
        // A server counts a killed replica as a client for seconds: commits would wait for the dead.
        let living =
            source.clients > 0 && machine.is_incumbent() && machine.is_confirmed() && machine.peer_server_answers();
        if !living {
            self.hands.replica_since = None;
        } else if self.hands.replica_since.is_none() {
            self.hands.replica_since = Some(Instant::now());
        }
        let replica = self.hands.replica_since.map(|since| since.elapsed());
        semi_sync(source.on, self.machine.holds(), replica).map(|on| Act::SemiSyncSource { on })
    }
}
