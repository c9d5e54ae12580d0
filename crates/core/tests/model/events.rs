//! The effects of each step.

use crate::actions::Action;
use crate::channel::Channel;
use crate::pool::Event;
use crate::scenario::{Fault, Pace};
use crate::world::{Check, Server, Stage, Waiting, World};

impl Stage {
    pub(crate) fn apply(&mut self, before: &World, action: Action) -> World {
        let mut world = *before;
        self.act(&mut world, action);
        self.name_sources(&mut world);
        self.clients(&mut world);
        self.moves(before, &mut world);
        world.ghost.bad = world.ghost.bad.filter(|bad| !self.scenario.unpromised.contains(bad));
        world
    }

    fn act(&mut self, w: &mut World, action: Action) {
        let at = |n: u8| usize::from(n);
        match action {
            Action::Write(n, p) => {
                self.commits_next(w, at(n));
                let node = &mut w.nodes[at(n)];
                if self.scenario.semisync && node.semisync {
                    node.waiting = Waiting::Client(p);
                } else {
                    node.seen += 1;
                    let visible = self.visible(w, at(n));
                    w.acknowledge(at(n), visible);
                }
            }
            Action::Late(n) => {
                let node = &mut w.nodes[at(n)];
                node.server = Server::Up;
                self.commits_next(w, at(n));
                let node = &mut w.nodes[at(n)];
                if self.scenario.semisync && node.semisync {
                    node.waiting = Waiting::Gone;
                } else {
                    node.seen += 1;
                }
            }
            Action::SemiSyncAck(n) => self.committed(w, at(n)),
            Action::SemiSyncTimeout(n) => {
                w.nodes[at(n)].semisync = false;
                self.committed(w, at(n));
            }
            Action::SemiSyncBack(n) => w.nodes[at(n)].semisync = true,
            Action::Receive(n) => self.receives(w, at(n)),
            Action::Apply(n) => self.applies(w, at(n)),
            Action::ProbeStarts(n) => self.probe_starts(w, at(n)),
            Action::ProbeEnds(n) => self.probe_ends(w, at(n)),
            Action::Probe(n) => {
                self.probe_starts(w, at(n));
                self.probe_ends(w, at(n));
            }
            Action::Fetch(n) => {
                if self.scenario.pace == Pace::Brisk {
                    self.probe_starts(w, at(n));
                    self.probe_ends(w, at(n));
                }
                self.fetch(w, at(n));
            }
            Action::Deliver(n) => self.deliver(w, at(n)),
            Action::Lose(n) => w.flying[at(n)] = None,
            Action::Persist(n) => self.persist(w, at(n)),
            Action::Unreachable(n) => {
                self.tell(w, at(n), Event::Unreachable);
            }
            Action::ReportAges(n) => {
                w.nodes[at(n)].report_old = true;
                self.tell(w, at(n), Event::Aged);
            }
            Action::PositionAges(n) => w.nodes[at(n)].position_old = true,
            Action::QuietAges(n) => {
                let node = &mut w.nodes[at(n)];
                node.quiet = false;
                let believes = self.scenario.without == Some(healthd_core::writer::Rule::NoSessionWaiting);
                if node.alive && !believes {
                    node.proof_old = true;
                    self.tell(w, at(n), Event::ProofAged);
                }
            }
            Action::LeaseOver(n) => {
                self.tell(w, at(n), Event::LeaseOver);
            }
            Action::AcknowledgementExpires(n) => {
                self.tell(w, at(n), Event::AcknowledgementExpired);
            }
            Action::GrantExpires(n) => {
                self.tell(w, at(n), Event::GrantExpired);
            }
            Action::HandOverTimesOut(n) => {
                w.ghost.timers = (w.ghost.timers + 1).min(self.scenario.timers);
                self.tell(w, at(n), Event::HandOverTimedOut);
            }
            Action::ChecksStop(n, p) => {
                self.tell(w, at(n), Event::ChecksStopped(p));
            }
            Action::Ready(n, p) => w.proxies[at(p)].disabled[at(n)] = false,
            Action::CheckSent(n, p) => w.proxies[at(p)].send(at(n)),
            Action::Checked(n, p) | Action::CheckedProbed(n, p) => {
                w.proxies[at(p)].send(at(n));
                if matches!(action, Action::CheckedProbed(..)) {
                    self.probe_starts(w, at(n));
                    self.probe_ends(w, at(n));
                }
                self.answer(w, at(p), at(n));
                self.hear(w, at(p), at(n));
            }
            Action::CheckFails(n, p) => self.mark(w, at(p), at(n), false),
            Action::CheckAnswered(n, p) => {
                self.answer(w, at(p), at(n));
                if self.scenario.pace == Pace::Coarse && w.proxies[at(p)].reach[at(n)] {
                    self.hear(w, at(p), at(n));
                }
            }
            Action::AnswerHeard(n, p) => self.hear(w, at(p), at(n)),
            Action::ServerBack(n) => self.server_back(w, at(n)),
            Action::HealthdStarts(n) => self.healthd_starts(w, at(n)),
            Action::LinkHeals(n) => w.links[at(n)] = true,
            Action::ReachHeals(n, p) => w.proxies[at(p)].reach[at(n)] = true,
            Action::DiskHeals(n) => {
                w.nodes[at(n)].disk_full = false;
                self.can_save_again(w, at(n));
            }
            Action::Breaks(n, p, fault) => {
                w.ghost.faults += 1;
                self.break_it(w, at(n), at(p), fault);
            }
            Action::Ordered(n, command) => {
                w.ghost.commands += 1;
                self.order(w, at(n), command);
            }
            Action::MaintenanceEnds(n) => self.maintain(w, at(n), false),
            Action::ClaimEnds(n) => {
                self.tell(w, at(n), Event::Claim(false));
            }
            Action::Drained(n) => {
                self.tell(w, at(n), Event::Drained);
            }
            Action::FenceStep(n) => self.fence(w, at(n)),
            Action::FenceLands(n) => self.fence_lands(w, at(n)),
            Action::ChannelStarts(n) => w.nodes[at(n)].channel = Channel::Running,
            Action::ChannelSetUp(n) => w.nodes[at(n)].set_up_channel(),
        }
    }

    pub(crate) fn committed(&self, w: &mut World, i: usize) {
        let node = &mut w.nodes[i];
        node.seen = node.own;
        if let Waiting::Client(p) = std::mem::replace(&mut node.waiting, Waiting::Nobody)
            && w.proxies[usize::from(p)].reach[i]
        {
            let visible = self.visible(w, i);
            w.acknowledge(i, visible);
        }
    }

    pub(crate) fn server_back(&self, w: &mut World, i: usize) {
        let node = &mut w.nodes[i];
        if node.server == Server::Dead {
            node.seen = node.own;
            node.received = node.applied;
            if self.scenario.files {
                node.log.restarts();
            }
            if node.channel == Channel::Stopped {
                node.channel = Channel::Running;
            }
            node.boot += 1;
            node.semisync = self.scenario.semisync;
            // A fence does not outlive the server's process.
            node.fence.read_only = false;
        }
        node.server = Server::Up;
    }

    pub(crate) fn healthd_starts(&mut self, w: &mut World, i: usize) {
        let node = &mut w.nodes[i];
        node.alive = true;
        node.starts += 1;
        let session = i as u64 * 100 + u64::from(node.starts);
        node.fence.healthd_starts();
        node.machine = self.pool.start(i, node.disk, session, node.removed);
        if node.maintenance {
            self.tell(w, i, Event::Judged(false));
        }
    }

    fn break_it(&mut self, w: &mut World, i: usize, p: usize, fault: Fault) {
        match fault {
            Fault::ServerKilled => self.kill_server(w, i),
            Fault::ServerFrozen => w.nodes[i].server = Server::Frozen,
            Fault::HealthdKilled => self.kill_healthd(w, i),
            Fault::NodeDead => {
                self.kill_healthd(w, i);
                self.kill_server(w, i);
            }
            Fault::PeerLink => w.links = [false; 2],
            Fault::PeerLinkOneWay => w.links[i] = false,
            Fault::HaproxyLink => w.proxies[p].reach[i] = false,
            Fault::Isolated => {
                w.links = [false; 2];
                for proxy in &mut w.proxies[..self.scenario.proxies] {
                    proxy.reach[i] = false;
                }
            }
            Fault::HaproxyRestart => {
                let closed = self.scenario.disabled;
                for j in 0..2 {
                    self.mark(w, p, j, false);
                    w.proxies[p].session[j] = false;
                    w.proxies[p].up[j] = !closed;
                    w.proxies[p].disabled[j] = closed;
                }
            }
            Fault::CheckLost => self.mark(w, p, i, false),
            Fault::AnswerLost => {
                if w.proxies[p].check[i] == Check::No {
                    w.proxies[p].send(i);
                    self.probe_starts(w, i);
                    self.probe_ends(w, i);
                }
                self.answer(w, p, i);
                self.mark(w, p, i, false);
            }
            Fault::StateLost => {
                w.nodes[i].disk = self.pool.keep(Default::default());
                self.kill_healthd(w, i);
            }
            Fault::TailLost => {
                self.kill_server(w, i);
                let node = &mut w.nodes[i];
                if node.own > 0 {
                    node.own -= 1;
                    node.genuine = node.genuine.min(node.own);
                    node.seen = node.own;
                }
                node.applied = node.applied.saturating_sub(1);
                node.received = node.applied;
            }
            Fault::DiskFull => w.nodes[i].disk_full = true,
            Fault::PowerCut => {
                for j in 0..2 {
                    if w.nodes[j].alive {
                        self.kill_healthd(w, j);
                    }
                    self.kill_server(w, j);
                }
            }
        }
    }

    pub(crate) fn kill_server(&self, w: &mut World, i: usize) {
        self.note_server_down(w, i);
        w.nodes[i].server = Server::Dead;
        w.nodes[i].waiting = Waiting::Nobody;
        for proxy in &mut w.proxies {
            proxy.session[i] = false;
        }
    }

    pub(crate) fn kill_healthd(&self, w: &mut World, i: usize) {
        self.note_healthd_down(w, i);
        let node = &mut w.nodes[i];
        node.alive = false;
        node.fence.healthd_ends();
        node.machine = u32::MAX;
        (node.position_old, node.report_old, node.quiet, node.proof_old) = (false, false, false, false);
        node.probing = None;
        w.flying[1 - i] = None;
        for proxy in &mut w.proxies {
            if let Check::Sent { .. } = proxy.check[i] {
                proxy.check[i] = Check::Answered(false);
            }
        }
    }
}
