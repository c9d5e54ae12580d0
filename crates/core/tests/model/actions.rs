//! The possible next steps, and their effects.

use std::fmt;

use healthd_core::writer::SemiSync;

use crate::channel::Channel;
use crate::scenario::{Command, Fault, Pace};
use crate::world::{Check, Node, Server, Stage, Waiting, World};

/// One step of the world; the first number is the node, the second the HAProxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Write(u8, u8),
    Late(u8),
    SemiSyncAck(u8),
    SemiSyncTimeout(u8),
    SemiSyncBack(u8),
    Receive(u8),
    Apply(u8),
    ProbeStarts(u8),
    ProbeEnds(u8),
    Probe(u8),
    Fetch(u8),
    Deliver(u8),
    Lose(u8),
    Persist(u8),
    Unreachable(u8),
    ReportAges(u8),
    PositionAges(u8),
    QuietAges(u8),
    LeaseOver(u8),
    AcknowledgementExpires(u8),
    GrantExpires(u8),
    HandOverTimesOut(u8),
    ChecksStop(u8, u8),
    Ready(u8, u8),
    CheckSent(u8, u8),
    CheckFails(u8, u8),
    CheckAnswered(u8, u8),
    /// Sent, and answered by an old probe.
    Checked(u8, u8),
    /// Sent, and answered by a new probe.
    CheckedProbed(u8, u8),
    AnswerHeard(u8, u8),
    ServerBack(u8),
    HealthdStarts(u8),
    LinkHeals(u8),
    ReachHeals(u8, u8),
    DiskHeals(u8),
    Breaks(u8, u8, Fault),
    Ordered(u8, Command),
    MaintenanceEnds(u8),
    ClaimEnds(u8),
    Drained(u8),
    FenceStep(u8),
    FenceLands(u8),
    /// It continues with what it had received.
    ChannelStarts(u8),
    ChannelSetUp(u8),
}

impl Stage {
    /// The timing assumptions are here: each is a place where an event is withheld.
    pub(crate) fn actions(&self, w: &World, out: &mut Vec<Action>) {
        use Action::*;
        let scenario = &self.scenario;
        let may_break = w.ghost.faults < scenario.times && (w.ghost.faults == 0 || scenario.overlap || self.clean(w));
        for n in [0, 1_u8] {
            let (i, o) = (usize::from(n), 1 - usize::from(n));
            let (node, other) = (&w.nodes[i], &w.nodes[o]);
            let (visible, theirs) = (self.visible(w, i), self.visible(w, o));
            let up = node.server == Server::Up;
            // Clients and replication.
            if up
                && !node.fence.read_only
                && node.own < scenario.commits
                && node.waiting == Waiting::Nobody
                && node.seen == node.own
                && self.may_commit(node)
            {
                for p in 0..scenario.proxies {
                    let proxy = &w.proxies[p];
                    if (proxy.route() == Some(i) || proxy.session[i]) && w.open(p, i) {
                        out.push(Write(n, p as u8));
                    }
                }
            }
            if up && node.waiting != Waiting::Nobody {
                if self.acknowledged(w, i) {
                    out.push(SemiSyncAck(n));
                } else if node.semisync && self.may_time_out(w, i) {
                    out.push(SemiSyncTimeout(n));
                }
            }
            let replica = up && self.feeds(w, o) && w.nodes[o].server == Server::Up && w.links == [true; 2];
            if scenario.semisync && !node.semisync && replica && other.received >= node.own {
                out.push(SemiSyncBack(n));
            }
            if up && self.feeds(w, i) && self.may_receive(w, i) {
                out.push(Receive(n));
            }
            if up && node.channel == Channel::Running && self.may_apply(node) {
                out.push(Apply(n));
            }
            // healthd: probes, reports, the disk.
            if let Some(visible) = visible {
                match (scenario.pace, node.probing) {
                    (Pace::Slow, None) => out.push(ProbeStarts(n)),
                    (Pace::Slow, Some(_)) => out.push(ProbeEnds(n)),
                    (Pace::Coarse | Pace::Brisk, _) => out.push(Probe(n)),
                }
                let unwritten = node.disk != visible.persistent || node.fence.on_disk != node.fence.remembered;
                if unwritten && !node.disk_full {
                    out.push(Persist(n));
                }
                // Fetched one after the other, each with a timeout far below `silent_after`.
                if theirs.is_some() && w.links[i] && w.flying[i].is_none() {
                    out.push(Fetch(n));
                }
                self.timers(w, n, out);
            } else if node.server != Server::Dead || self.may_return(w, i) {
                out.push(HealthdStarts(n));
            }
            if w.flying[i].is_some() {
                if theirs.is_some() {
                    out.push(Deliver(n));
                }
                if theirs.is_none() || !w.links[i] {
                    out.push(Lose(n));
                }
            }
            // A position is old only if probes have failed for long.
            if node.alive
                && !up
                && !node.position_old
                && visible.is_some_and(|visible| visible.position && !visible.answers)
            {
                out.push(PositionAges(n));
            }
            // Its reports arrive all the time, unless something is broken.
            let unheard = w.flying[o].is_none() && (theirs.is_none() || !w.links[o]);
            if node.alive && !node.report_old && self.told(w, i) && visible.is_some_and(|f| f.reported.is_some()) {
                let old = unheard && visible.is_some_and(|visible| visible.unreachable)
                    || other.position_old && w.flying[o].is_none();
                if old {
                    out.push(ReportAges(n));
                }
            }
            let says =
                visible.is_some_and(|visible| visible.reported_semisync.is_some_and(|says| says != SemiSync::Quiet));
            let noisy = says || other.position_old;
            // The timeout is longer than rule 12's 5 s.
            if node.quiet && self.told(w, i) && w.flying[o].is_none() && (unheard && node.report_old || noisy) {
                out.push(QuietAges(n));
            }
            for p in 0..scenario.proxies {
                self.checks(w, n, p, out);
            }
            // Repairs.
            match node.server {
                Server::Up => {}
                Server::Dead if self.may_return(w, i) => out.push(ServerBack(n)),
                Server::Dead => {}
                Server::Frozen => {
                    out.push(ServerBack(n));
                    let written = w.ghost.under[i] > 0 && !node.fence.read_only && node.own < scenario.commits;
                    if written && node.waiting == Waiting::Nobody && node.seen == node.own {
                        out.push(Late(n));
                    }
                }
            }
            if !w.links[i] {
                out.push(LinkHeals(n));
            }
            if node.disk_full {
                out.push(DiskHeals(n));
            }
            if may_break {
                self.breaks(w, n, out);
            }
            let removes = scenario.commands.contains(&Command::RemoveWitness);
            let may_order = w.ghost.commands < scenario.command_times
                && (w.ghost.faults > 0 || w.ghost.commands == 0 || self.clean(w) || removes);
            if may_order {
                self.orders(w, n, out);
            }
            if node.maintenance {
                out.push(MaintenanceEnds(n));
            }
            self.channel_actions(w, n, out);
            if scenario.fence {
                self.fence_actions(w, n, out);
            }
        }
    }

    /// After a timeout, a second commit would be acknowledged at once, as with asynchronous replication.
    fn may_commit(&self, node: &Node) -> bool {
        !self.scenario.semisync || node.semisync || node.own == 0
    }

    /// The source gives up waiting. Not while its timeout cannot have passed since a position without a waiting session
    /// was reported, nor while a report from before the commit is fresh.
    fn may_time_out(&self, w: &World, i: usize) -> bool {
        let quiet = |report: u32| {
            self.pool.report(report).position.as_ref().is_some_and(|position| position.semisync == SemiSync::Quiet)
        };
        let says_quiet = self.visible(w, i).is_some_and(|visible| visible.semisync == Some(SemiSync::Quiet));
        let under_way = w.flying[i].is_some_and(|(report, fresh)| fresh && quiet(report));
        let peer = self.visible(w, 1 - i);
        let told = peer
            .and_then(|visible| visible.reported)
            .is_none_or(|reported| w.nodes[1 - i].report_old || self.counts(w, reported)[i] >= w.nodes[i].own);
        told && !w.nodes[1 - i].quiet && !under_way && (!says_quiet || w.nodes[i].position_old)
    }

    /// A node that died takes longer to start than HAProxy to notice. So does a server that lost its tail, and healthd
    /// has seen it dead.
    fn may_return(&self, w: &World, i: usize) -> bool {
        let mut proxies = w.proxies[..self.scenario.proxies].iter();
        let noticed = !proxies.any(|proxy| proxy.up[i] && proxy.reach[i]);
        match self.visible(w, i) {
            None => noticed,
            Some(visible) if self.scenario.faults.contains(&Fault::TailLost) => noticed && !visible.answers,
            Some(_) => true,
        }
    }

    /// Within seconds, every HAProxy has said what it thinks, or has stopped sending checks.
    fn told(&self, w: &World, i: usize) -> bool {
        let witnesses = self.scenario.proxies - usize::from(w.nodes[i].removed);
        self.visible(w, i).is_some_and(|visible| {
            visible.unwitnessed
                || (0..witnesses).all(|p| match w.proxies[p].reach[i] && !w.proxies[p].disabled[i] {
                    true => visible.peer_up[p] == Some(w.proxies[p].up[1 - i]),
                    false => visible.peer_up[p].is_none(),
                })
        })
    }

    fn timers(&self, w: &World, n: u8, out: &mut Vec<Action>) {
        use Action::*;
        let (i, o) = (usize::from(n), 1 - usize::from(n));
        let (Some(visible), theirs) = (self.visible(w, i), self.visible(w, o)) else {
            return;
        };
        let spare = w.ghost.timers < self.scenario.timers;
        let unheard = w.flying[o].is_none() && (theirs.is_none() || !w.links[o]);
        let answered = (0..self.scenario.proxies).any(|p| w.proxies[p].check[o] == Check::Answered(true));
        // An acknowledgement for the peer has expired there, and a 200 of the peer has reached HAProxy.
        let acknowledged = theirs.is_some_and(|their| their.once)
            || w.flying[i].is_some_and(|(report, _)| self.pool.report(report).acknowledges.is_some());
        let expires = self.scenario.without != Some(healthd_core::writer::Rule::Expiry);
        let settled = !answered && (!acknowledged || !expires);
        if unheard && !visible.unreachable && settled {
            out.push(Unreachable(n));
        }
        // The peer's report has aged there, or its healthd has forgotten it.
        let unfetched = w.flying[i].is_none() && (theirs.is_none() || !w.links[i]);
        if unfetched && visible.in_use && theirs.is_none_or(|their| !their.report_fresh) {
            out.push(LeaseOver(n));
        }
        if visible.once && !w.links[i] {
            out.push(AcknowledgementExpires(n));
        }
        if visible.grant && w.flying[o].is_none() && (unheard || theirs.is_some_and(|their| !their.yields)) {
            out.push(GrantExpires(n));
        }
        // The grant has expired at the other node, and none is on its way; if that node took the role, this one has
        // heard of it.
        let took = w.links[o] && theirs.is_some_and(|their| their.epoch > visible.epoch);
        let granted = took
            || theirs.is_some_and(|their| their.grant)
            || w.flying[i].is_some_and(|(r, _)| self.pool.gives(r).is_some());
        if visible.yielding && !granted && (visible.unreachable || spare && (!visible.asked || visible.unwitnessed)) {
            out.push(HandOverTimesOut(n));
        }
        if visible.unwitnessed {
            // Every check has been refused for longer than HAProxy needs to notice.
            if visible.yielding && w.proxies.iter().all(|proxy| !proxy.up[i]) {
                out.push(Drained(n));
            }
        }
        if visible.claims {
            out.push(ClaimEnds(n));
        }
        for p in 0..self.scenario.proxies {
            let proxy = &w.proxies[p];
            let stopped = !proxy.reach[i] && !proxy.up[i] && proxy.check[i] == Check::No;
            if stopped && !visible.unchecked[p] {
                out.push(ChecksStop(n, p as u8));
            }
        }
    }

    fn checks(&self, w: &World, n: u8, p: usize, out: &mut Vec<Action>) {
        use Action::*;
        let i = usize::from(n);
        let (proxy, alive, q) = (&w.proxies[p], w.nodes[i].alive, p as u8);
        if !proxy.reach[i] && !proxy.gone {
            out.push(ReachHeals(n, q));
        }
        if proxy.disabled[i] {
            if alive {
                out.push(Ready(n, q));
            }
            return;
        }
        match proxy.check[i] {
            Check::No if proxy.reach[i] && alive && self.scenario.pace == Pace::Brisk => {
                out.push(Checked(n, q));
                out.push(CheckedProbed(n, q));
            }
            Check::No if proxy.reach[i] && alive => out.push(CheckSent(n, q)),
            Check::No if proxy.up[i] => out.push(CheckFails(n, q)),
            Check::No => {}
            Check::Sent { .. } => {
                if alive {
                    out.push(CheckAnswered(n, q));
                }
                if !alive || !proxy.reach[i] {
                    out.push(CheckFails(n, q));
                }
            }
            Check::Answered(_) if proxy.reach[i] => out.push(AnswerHeard(n, q)),
            Check::Answered(_) => out.push(CheckFails(n, q)),
        }
    }

    fn breaks(&self, w: &World, n: u8, out: &mut Vec<Action>) {
        let i = usize::from(n);
        let node = &w.nodes[i];
        for &fault in &self.scenario.faults {
            for p in 0..self.scenario.proxies {
                let proxy = &w.proxies[p];
                if proxy.gone {
                    continue;
                }
                let (once, only) = (p == 0, p == 0 && n == 0);
                let may = match fault {
                    Fault::ServerKilled => once && node.server != Server::Dead,
                    Fault::ServerFrozen => once && node.server == Server::Up,
                    Fault::HealthdKilled | Fault::StateLost => once && node.alive,
                    Fault::NodeDead => once && node.alive && node.server != Server::Dead,
                    Fault::PeerLink => only && w.links == [true; 2],
                    Fault::PeerLinkOneWay => once && w.links[i],
                    Fault::HaproxyLink => proxy.reach[i],
                    Fault::Isolated => once && proxy.reach[i] && w.links == [true; 2],
                    Fault::HaproxyRestart => n == 0,
                    Fault::CheckLost if self.scenario.pace == Pace::Brisk => proxy.reach[i] && node.alive,
                    Fault::CheckLost => proxy.check[i] != Check::No,
                    Fault::AnswerLost if self.scenario.pace == Pace::Brisk => proxy.reach[i] && node.alive,
                    Fault::AnswerLost => matches!(proxy.check[i], Check::Sent { .. }) && proxy.reach[i] && node.alive,
                    Fault::TailLost => once && node.server == Server::Up && node.own + node.applied > 0,
                    Fault::DiskFull => once && !node.disk_full,
                    Fault::PowerCut => only,
                };
                if may {
                    out.push(Action::Breaks(n, p as u8, fault));
                }
            }
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{self:?}");
        let (name, rest) = text.split_once('(').unwrap_or((&text, ""));
        let mut parts = rest.trim_end_matches(')').split(", ");
        let node = if parts.next() == Some("0") { "A" } else { "B" };
        write!(f, "{node}: {name}")?;
        for part in parts {
            match part {
                "0" => {}
                "1" => f.write_str(" (second HAProxy)")?,
                other => write!(f, " {other}")?,
            }
        }
        Ok(())
    }
}
