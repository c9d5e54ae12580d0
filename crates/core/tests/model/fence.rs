//! `fence_after`: the daemon does what `Fence` decides. The change on the server takes time, and continues when healthd
//! ends.

use healthd_core::writer::{Fence, FenceProgress, FenceStep};

use crate::actions::Action;
use crate::pool::Event;
use crate::world::{Bad, Node, Server, Stage, World};

/// A node's fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Fenced {
    /// The server is read-only by it.
    pub(crate) read_only: bool,
    /// healthd knows about it, and its disk does.
    pub(crate) remembered: bool,
    pub(crate) on_disk: bool,
    /// It was set since this healthd started.
    set: bool,
    /// A change in progress: to read-only or back.
    changing: Option<bool>,
}

impl Fenced {
    /// healthd ends, and forgets what it did not write.
    pub(crate) fn healthd_ends(&mut self) {
        (self.remembered, self.set) = (self.on_disk, false);
    }

    /// The next healthd knows nothing about a change in progress.
    pub(crate) fn healthd_starts(&mut self) {
        self.changing = None;
    }
}

impl Node {
    /// Whether the server accepts writes, and no operator works on it.
    pub(crate) fn writable(&self) -> bool {
        self.server == Server::Up && !self.maintenance && !self.fence.read_only
    }
}

impl Stage {
    /// No HAProxy has sent a check for long enough, and the peer is unreachable.
    fn is_alone(&self, w: &World, i: usize) -> bool {
        self.visible(w, i).is_some_and(|visible| {
            visible.unreachable
                && (0..self.scenario.proxies).all(|p| {
                    let reached = w.proxies[p].reach[i] && !visible.unchecked[p];
                    visible.peer_up[p].is_none() && !reached
                })
        })
    }

    /// The decision of `Fence` now.
    fn fence_step(&self, w: &World, i: usize) -> FenceStep {
        let Some(visible) = self.visible(w, i) else {
            return FenceStep::None;
        };
        let its = &w.nodes[i].fence;
        let progress = match (its.remembered, its.set) {
            (false, _) => FenceProgress::Absent,
            (true, true) => FenceProgress::Set,
            (true, false) if its.on_disk || self.scenario.hasty => FenceProgress::OnDisk,
            (true, false) => FenceProgress::Remembered,
        };
        let fence = Fence {
            alone: self.is_alone(w, i),
            incumbent: visible.incumbent,
            confirmed: visible.peer_out || visible.holds && visible.confirmed,
            progress,
        };
        fence.step()
    }

    pub(crate) fn fence_actions(&self, w: &World, n: u8, out: &mut Vec<Action>) {
        let i = usize::from(n);
        if w.nodes[i].fence.changing.is_some() {
            out.push(Action::FenceLands(n));
        } else if self.visible(w, i).is_some() && self.fence_step(w, i) != FenceStep::None {
            out.push(Action::FenceStep(n));
        }
    }

    pub(crate) fn fence(&self, w: &mut World, i: usize) {
        match self.fence_step(w, i) {
            FenceStep::None => {}
            FenceStep::Remember => {
                w.nodes[i].fence.remembered = true;
                if !self.scenario.lazy {
                    self.persist(w, i);
                }
            }
            FenceStep::Set => {
                if w.proxies.iter().any(|proxy| proxy.up[i] && proxy.reach[i]) {
                    w.ghost.bad.get_or_insert(Bad::FencedInUse);
                }
                w.nodes[i].fence.changing = Some(true);
            }
            FenceStep::Remove => w.nodes[i].fence.changing = Some(false),
        }
    }

    /// The change is done, unless the server does not answer.
    pub(crate) fn fence_lands(&self, w: &mut World, i: usize) {
        let alive = w.nodes[i].alive;
        let node = &mut w.nodes[i];
        let (Some(to), Server::Up) = (node.fence.changing.take(), node.server) else {
            return;
        };
        node.fence.read_only = to;
        if alive {
            node.fence.set = to;
            node.fence.remembered &= to;
        }
        if to {
            for proxy in &mut w.proxies {
                proxy.session[i] = false;
            }
        }
        if !self.scenario.lazy {
            self.persist(w, i);
        }
    }

    /// Carries out everything that is due for the fences, at once.
    pub(crate) fn fences_settle(&mut self, w: &mut World) {
        for i in 0..2 {
            for _ in 0..3 {
                self.persist(w, i);
                if w.nodes[i].fence.changing.is_none() {
                    self.fence(w, i);
                }
                self.fence_lands(w, i);
            }
        }
    }

    /// Whether there is a fence that no healthd knows of: it would stay for ever.
    pub(crate) fn forgotten(&self, w: &World) -> bool {
        w.nodes.iter().any(|node| node.fence.read_only && !node.fence.remembered)
    }

    pub(crate) fn maintain(&mut self, w: &mut World, i: usize, on: bool) {
        w.nodes[i].maintenance = on;
        if w.nodes[i].alive {
            let fit = !on && !w.nodes[i].fence.read_only;
            self.tell(w, i, Event::Judged(fit));
        }
    }
}
