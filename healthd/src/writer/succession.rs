//! A reload: the task of the new configuration goes on where the task of the old one ends. Two at once would overwrite
//! each other's state.

use std::time::Instant;

use healthd_core::writer::Timed;
use tokio::sync::oneshot;

use super::legacy::Legacy;
use super::messages::Message;
use super::published;
use super::session::session;
use super::state_file::Saved;
use super::task::{Predecessor, Task};

impl Task {
    /// Everything that this task knows.
    pub(super) fn into_legacy(self) -> Legacy {
        let Task { saved, role, started, details, since, pending, refused_file, .. } = self;
        Legacy { saved, role, started, details, since, pending, refused_file }
    }

    /// Ends the task before this one, and takes over what it knows.
    pub(super) async fn succeed(&mut self, before: Predecessor) {
        let (reply, legacy) = oneshot::channel();
        // A task that is gone drops the reply.
        before.messages.send(Message::Retire { reply }).await.ok();
        let Ok(legacy) = legacy.await else {
            let instance = &self.config.name;
            tracing::error!(%instance, "the previous task of the role is gone: it starts from its state file");
            return;
        };
        let Legacy { saved, role, started, details, since, pending, refused_file } = *legacy;
        self.refused_file = refused_file;
        let (instance, node) = (self.saved.instance.clone(), self.saved.node.clone());
        self.saved = Saved { instance, node, ..saved };
        self.saved.keep_listed(&self.settings.witnesses);
        self.pending = pending.inherited();
        if before.same_world {
            (self.role, self.started, self.details, self.since) = (role, started, details, since);
        } else {
            let machine = published::machine(&self.settings, &self.saved, session());
            self.role = Timed::new(machine, self.settings.t_silent);
            self.started = Instant::now();
        }
    }
}
