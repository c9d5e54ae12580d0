//! Operators' commands, when they make sense, and their effects.

use healthd_core::position::history::History;
use healthd_core::writer::Bar;

use crate::actions::Action;
use crate::channel::Channel;
use crate::pool::{Commits, Event, Visible};
use crate::scenario::Command;
use crate::world::{Server, Stage, Waiting, World};

impl Stage {
    pub(crate) fn orders(&self, w: &World, n: u8, out: &mut Vec<Action>) {
        let i = usize::from(n);
        let Some(visible) = self.visible(w, i) else {
            return;
        };
        for &command in &self.scenario.commands {
            if self.makes_sense(w, i, &visible, command) {
                out.push(Action::Ordered(n, command));
            }
        }
    }

    fn makes_sense(&self, w: &World, i: usize, visible: &Visible, command: Command) -> bool {
        let (node, other) = (&w.nodes[i], &w.nodes[1 - i]);
        match command {
            Command::HandOver => visible.holds && !visible.yielding,
            Command::Claim => !visible.holds && !visible.claims,
            Command::TakeOver => other.server == Server::Dead && !other.alive,
            Command::Maintenance => !node.maintenance,
            Command::RemoveWitness => !node.removed,
            Command::AcceptLoss => visible.missing != Commits::default() || visible.bar == Some(Bar::Errant),
            // By a copy of the holder's server.
            Command::Rebuild => {
                let used = w.proxies.iter().any(|proxy| proxy.up[i]);
                let holder = self.visible(w, 1 - i).is_some_and(|theirs| theirs.holds && theirs.epoch == visible.epoch);
                !used && holder && other.server == Server::Up && other.genuine == u8::MAX && w.links == [true; 2]
            }
            Command::ForgetMark => true,
            Command::StopChannel => node.server == Server::Up && node.channel == Channel::Running,
            Command::RemoveChannel => {
                node.server == Server::Up && node.channel != Channel::Removed && self.may_throw_away(w, i)
            }
            Command::MarkDrop => matches!(visible.bar, Some(Bar::Anomaly(_))) && node.rebuilt,
        }
    }

    pub(crate) fn order(&mut self, w: &mut World, i: usize, command: Command) {
        match command {
            Command::HandOver => {
                self.tell(w, i, Event::HandOver);
            }
            Command::Claim => {
                self.tell(w, i, Event::Claim(true));
            }
            Command::TakeOver => {
                self.tell(w, i, Event::TakeOver);
            }
            Command::Maintenance => self.maintain(w, i, true),
            Command::RemoveWitness => {
                w.nodes[i].removed = true;
                self.note_removal(w, i);
                let last = self.scenario.proxies - 1;
                self.tell(w, i, Event::RemoveWitness(last as u8));
            }
            Command::AcceptLoss => {
                if let Some(visible) = self.visible(w, i) {
                    let mut given_up = Commits(w.ghost.given_up[i]);
                    given_up.merge(&self.commits(w, visible.missing));
                    w.ghost.given_up[i] = given_up.0;
                }
                self.tell(w, i, Event::AcceptLoss);
            }
            Command::Rebuild => self.rebuild(w, i),
            Command::ForgetMark => {
                self.tell(w, i, Event::MarkDrop);
                self.note_forgotten(w, i);
            }
            Command::StopChannel => w.nodes[i].channel = Channel::Stopped,
            Command::RemoveChannel => w.nodes[i].remove_channel(),
            Command::MarkDrop => {
                self.tell(w, i, Event::MarkDrop);
                self.note_mark_drop(w, i);
                w.nodes[i].rebuilt = false;
            }
        }
    }

    /// A copy of the other server takes the place of this one.
    fn rebuild(&self, w: &mut World, i: usize) {
        self.kill_server(w, i);
        let other = w.nodes[1 - i];
        // Everything that the copy lacks is given up.
        for commit in other.applied..w.nodes[i].own {
            w.ghost.given_up[i][i] |= 1 << commit;
        }
        let node = &mut w.nodes[i];
        (node.own, node.seen, node.genuine) = (other.applied, other.applied, u8::MAX);
        (node.received, node.applied) = (other.own, other.own);
        node.waiting = Waiting::Nobody;
        node.rebuilt = true;
        node.channel = Channel::Running;
        self.server_back(w, i);
    }

    /// Without a witness, no node serves, and this one could.
    fn idle(&self, w: &World, i: usize) -> bool {
        let unwitnessed = self.visible(w, i).is_some_and(|visible| visible.unwitnessed);
        unwitnessed && !self.serves_alone(w) && !w.nodes[i].maintenance
    }

    /// An operator does what healthd says. Returns whether there was anything to do.
    pub(crate) fn obeys(&mut self, w: &mut World) -> bool {
        let (mut did, mut claimed) = (false, false);
        for i in 0..2 {
            let command = match self.visible(w, i).and_then(|visible| visible.bar) {
                Some(Bar::Anomaly(_)) if w.nodes[i].rebuilt => Command::MarkDrop,
                Some(Bar::Anomaly(_)) => Command::Rebuild,
                Some(Bar::Errant | Bar::BehindMark | Bar::BehindReport) => Command::AcceptLoss,
                // It also has the list of transactions.
                Some(Bar::Unfit) if w.nodes[i].fence.read_only => Command::AcceptLoss,
                None if self.idle(w, i)
                    && self.visible(w, i).is_some_and(|visible| visible.errant != Commits::default()) =>
                {
                    Command::AcceptLoss
                }
                // On one node only: two that ask each other get nothing.
                None if self.idle(w, i) && !claimed => Command::Claim,
                _ => continue,
            };
            claimed |= command == Command::Claim;
            self.order(w, i, command);
            did = true;
        }
        did
    }

    /// The node in use dies, and the other one must take over.
    pub(crate) fn survives(&mut self, world: &World) -> bool {
        let mut w = *world;
        let Some(used) = w.proxies[0].route() else {
            return false;
        };
        let left = 1 - used;
        self.kill_healthd(&mut w, used);
        self.kill_server(&mut w, used);
        let proxies: Vec<usize> = (0..self.scenario.proxies).filter(|&p| !w.proxies[p].gone).collect();
        for &p in &proxies {
            self.mark(&mut w, p, used, false);
        }
        for turn in 0..6 {
            for &p in &proxies {
                w.proxies[p].send(left);
                self.probe_starts(&mut w, left);
                self.probe_ends(&mut w, left);
                self.answer(&mut w, p, left);
                self.hear(&mut w, p, left);
            }
            self.fences_settle(&mut w);
            if turn == 1 {
                self.tell(&mut w, left, Event::Unreachable);
            }
        }
        proxies.iter().all(|&p| w.proxies[p].up[left] || w.nodes[left].removed && p + 1 == self.scenario.proxies)
            && w.nodes[left].writable()
    }
}
