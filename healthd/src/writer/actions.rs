//! The actions of the writer role on its server, where the configuration allows them: semi-sync follows the role, and
//! a node that no HAProxy checks any more fences itself. Core decides when; the action runs beside the task.

use std::time::{Duration, Instant};

use healthd_core::position::standing::Standing;
use healthd_core::writer::{Fence, FenceProgress, FenceStep, semi_sync};
use healthd_mysql::write::act::{Act, ActError, act};

use super::messages::Message;
use super::task::Task;

/// How long an action may take.
const WITHIN: Duration = Duration::from_secs(8);

impl Task {
    /// Starts the action that is needed now, if there is one.
    pub(super) fn act(&mut self) {
        if !self.known.actions.may_start() {
            return;
        }
        let Some(wanted) = self.fence().or_else(|| self.semi_sync()) else {
            self.known.actions.error = None;
            return;
        };
        let Some(to) = self.own.upgrade() else {
            return;
        };
        self.known.actions.busy = true;
        self.known.actions.tried = Some(Instant::now());
        let target = self.config.target.clone();
        tokio::spawn(async move {
            let result = act(&target, wanted, Instant::now() + WITHIN).await;
            // The task may have ended.
            to.send(Message::Acted { act: wanted, result }).await.ok();
        });
    }

    /// An action has ended.
    pub(super) fn acted(&mut self, act: Act, result: Result<(), ActError>) {
        self.known.actions.busy = false;
        let instance = &self.config.name;
        match (&result, act) {
            (Ok(()), Act::SemiSyncSource { on }) => tracing::info!(%instance, on, "semi-sync follows the role"),
            (Ok(()), Act::Fence) => {
                self.known.actions.fenced = true;
                tracing::warn!(%instance, "fenced: read_only is set, client sessions are ended");
            }
            (Ok(()), Act::Unfence) => {
                self.known.actions.fenced = false;
                self.known.saved.fenced = false;
                tracing::warn!(%instance, "the fence is removed");
            }
            (Err(error), _) if self.known.actions.error.as_ref() != Some(error) => tracing::error!(%instance, %error),
            (Err(_), _) => {}
        }
        self.known.actions.error = result.err();
    }

    /// If no HAProxy checks and the peer is unreachable, clients that are still connected may write to a node that was
    /// replaced. The fence ends when the peer confirms this node's epoch, or HAProxy says that the peer is out.
    fn fence(&mut self) -> Option<Act> {
        let after = self.config.writer.fence_after?;
        let machine = self.known.role.machine();
        if machine.unwitnessed() {
            return None;
        }
        let peer_out = machine.opinions().flatten().any(|opinion| !opinion.peer);
        let fence = Fence {
            alone: machine.is_peer_unreachable() && self.known.role.unchecked(self.now()) >= after,
            incumbent: machine.is_incumbent(),
            confirmed: peer_out || machine.holds() && machine.is_confirmed(),
            progress: self.fence_progress(),
        };
        match fence.step() {
            FenceStep::None => None,
            FenceStep::Remember => {
                self.known.saved.fenced = true;
                None
            }
            FenceStep::Set => Some(Act::Fence),
            FenceStep::Remove => Some(Act::Unfence),
        }
    }

    fn fence_progress(&self) -> FenceProgress {
        let on_disk = || self.saver.on_disk(|saved| saved.fenced).unwrap_or(self.known.actions.fence_found);
        match (self.known.saved.fenced, self.known.actions.fenced) {
            (false, _) => FenceProgress::Absent,
            (true, true) => FenceProgress::Set,
            (true, false) if on_disk() => FenceProgress::OnDisk,
            (true, false) => FenceProgress::Remembered,
        }
    }

    /// On for the holder as soon as a live replica acknowledges, off for every other node.
    fn semi_sync(&mut self) -> Option<Act> {
        let machine = self.known.role.machine();
        if !self.config.writer.semi_sync_follows_role || machine.unwitnessed() {
            return None;
        }
        let snapshot = self.health.borrow().snapshot().cloned()?;
        let Some(Ok(Standing { semisync, .. })) = &snapshot.standing else {
            return None;
        };
        let source = semisync.source?;
        // A server counts a killed replica as a client for seconds: commits would wait for it.
        let live = machine.is_incumbent() && machine.is_confirmed() && machine.peer_server_answers();
        self.known.actions.replica_since = match source.clients > 0 && live {
            true => self.known.actions.replica_since.or_else(|| Some(Instant::now())),
            false => None,
        };
        let replica_for = self.known.actions.replica_since.map(|since| since.elapsed());
        semi_sync(source.on, machine.holds(), replica_for).map(|on| Act::SemiSyncSource { on })
    }
}
