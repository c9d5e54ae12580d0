//! An operator's changes to a node's channel: stops it, removes it, sets it up again.

use healthd_core::writer::SourceLink;

use crate::actions::Action;
use crate::world::{Node, Server, Stage, World};

/// The channel through which a node receives the other one's commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Channel {
    Running,
    /// Both threads are stopped. The server remembers what it had received.
    Stopped,
    /// The channel and its relay logs are removed.
    Removed,
}

impl Stage {
    /// Whether commits of the other node reach node `i`'s relay log.
    pub(crate) fn feeds(&self, w: &World, i: usize) -> bool {
        let (node, other) = (&w.nodes[i], &w.nodes[1 - i]);
        node.channel == Channel::Running && other.server == Server::Up && w.links[1 - i]
    }

    pub(crate) fn source(&self, w: &World, i: usize) -> SourceLink {
        match w.nodes[i].channel {
            Channel::Removed => SourceLink::NoSource,
            _ if self.feeds(w, i) => SourceLink::Connected,
            Channel::Running | Channel::Stopped => SourceLink::Lost,
        }
    }

    /// With semi-synchronous replication, acknowledged commits are discarded only after a probe has seen them.
    pub(crate) fn may_throw_away(&self, w: &World, i: usize) -> bool {
        let node = &w.nodes[i];
        let marked = self
            .visible(w, i)
            .map_or(0, |visible| self.counts(w, self.pool.persistent(visible.persistent).high_water_mark)[1 - i]);
        !self.scenario.semisync || node.received == node.applied || marked >= node.received
    }

    /// It may be set up again at any moment.
    pub(crate) fn channel_actions(&self, w: &World, n: u8, out: &mut Vec<Action>) {
        let node = &w.nodes[usize::from(n)];
        if node.server == Server::Up && node.channel != Channel::Running {
            if self.may_throw_away(w, usize::from(n)) {
                out.push(Action::ChannelSetUp(n));
            }
            if node.channel == Channel::Stopped && node.received > node.applied {
                out.push(Action::ChannelStarts(n));
            }
        }
    }
}

impl Node {
    /// `RESET SLAVE ALL`: what was received and not applied is gone.
    pub(crate) fn remove_channel(&mut self) {
        self.channel = Channel::Removed;
        self.received = self.applied;
        self.log.loses_channel();
    }

    /// As MariaDB starts one with GTIDs: it fetches again what was not applied.
    pub(crate) fn set_up_channel(&mut self) {
        self.channel = Channel::Running;
        self.received = self.applied;
        self.log.fetches_anew();
    }
}
