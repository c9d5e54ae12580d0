//! A reload: the task of the new configuration goes on where the task of the old one ends. Two at once would overwrite
//! each other's state.

use tokio::sync::oneshot;

use super::messages::Message;
use super::task::{Predecessor, Task};

impl Task {
    /// Ends the task before this one, and takes over what it knows.
    pub(super) async fn succeed(&mut self, before: Predecessor) {
        let (reply, knowledge) = oneshot::channel();
        // A task that is gone drops the reply.
        before.messages.send(Message::Retire { reply }).await.ok();
        match knowledge.await {
            Ok(knowledge) => self.known = knowledge.inherited(&self.config.writer, before.same_world),
            Err(_) => {
                let instance = &self.config.name;
                tracing::error!(%instance, "the previous task of the role is gone: it starts from its state file");
            }
        }
    }
}
