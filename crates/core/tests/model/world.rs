//! The world around two state machines: two servers that replicate from each other, the link between the two healthd,
//! one or two HAProxys, and clients that write whenever they can and read all the time.

use healthd_core::writer::{BootId, Epoch, Failback, Level, NodeId, Persistent, Rules};

use crate::channel::Channel;
use crate::fence::Fenced;
use crate::files::Log;
use crate::pool::{Commits, Pool, Seen, Visible};
use crate::scenario::{Fault, Pace, Scenario};
use crate::unwitnessed::Alone;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Server {
    Up,
    Dead,
    /// It neither answers nor ends (SIGSTOP, a hung disk).
    Frozen,
}

/// A commit that is in the binary log and waits for the replica's acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Waiting {
    Nobody,
    Client(u8),
    /// The client is gone, and the commit still happens.
    Gone,
}

/// Counts of commits: node `i` has its own up to `own`, of which clients see `seen`. Of the other node's, it has
/// received and applied these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Node {
    pub(crate) server: Server,
    pub(crate) boot: u8,
    pub(crate) own: u8,
    pub(crate) seen: u8,
    pub(crate) applied: u8,
    pub(crate) received: u8,
    pub(crate) channel: Channel,
    pub(crate) log: Log,
    pub(crate) semisync: bool,
    pub(crate) waiting: Waiting,
    /// From this number on, own commits have other contents than the lost ones.
    pub(crate) genuine: u8,
    pub(crate) alive: bool,
    pub(crate) starts: u8,
    pub(crate) machine: u32,
    pub(crate) disk: u32,
    pub(crate) disk_full: bool,
    /// The position that it reports is older than rule 12 allows.
    pub(crate) position_old: bool,
    /// The peer's report that it has is older than that.
    pub(crate) report_old: bool,
    /// The peer's timeout of semi-synchronous commits has not run out since its last quiet position.
    pub(crate) quiet: bool,
    /// healthd's own view of that has expired.
    pub(crate) proof_old: bool,
    /// An operator works on it.
    pub(crate) maintenance: bool,
    /// The last HAProxy was removed here.
    pub(crate) removed: bool,
    /// Its server was just rebuilt.
    pub(crate) rebuilt: bool,
    pub(crate) fence: Fenced,
    /// A probe that has begun, and what it saw.
    pub(crate) probing: Option<Option<Seen>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Check {
    No,
    /// Sent with an opinion. `probe`: 0 none since then, 1 one began, 2 one ended.
    Sent {
        me: bool,
        peer: bool,
        probe: u8,
    },
    Answered(bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Proxy {
    pub(crate) up: [bool; 2],
    pub(crate) reach: [bool; 2],
    pub(crate) check: [Check; 2],
    pub(crate) session: [bool; 2],
    pub(crate) disabled: [bool; 2],
    pub(crate) gone: bool,
}

/// The violations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Bad {
    TwoWriters,
    StaleRead,
    Evicted,
    SameEpoch,
    CutMissing,
    Unpersisted,
    /// Without a witness: 200 while something is missing that it was seen to receive.
    BehindMark,
    /// The same with something that the peer's last report had.
    BehindPeer,
    /// The same by itself, after its server restarted and the peer was written.
    CameBack,
    /// The same with something that a client was told, with semi-synchronous replication.
    BehindClient,
    /// A fence is set where HAProxy sends clients.
    FencedInUse,
    Deadlock,
}

/// What only the checker knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Ghost {
    /// Commits of each node that a client was told about, or shown.
    pub(crate) acked: [u8; 2],
    pub(crate) shown: [u8; 2],
    /// `known[i][j]`: commits of `j` that node `i` was seen to have received, or that were reported to it, while the
    /// other one was in use.
    pub(crate) known: [[u8; 2]; 2],
    /// The last gain, and the run of the server on which it was made.
    pub(crate) top: (u8, u8),
    pub(crate) run: u8,
    pub(crate) cut: [u8; 2],
    /// The node of the last acknowledged write under the highest epoch, and the epoch of each node's last one.
    pub(crate) writer: (u8, u8),
    pub(crate) under: [u8; 2],
    /// Commits of each node that an operator gave up at node `i`, as bits.
    pub(crate) given_up: [[u8; 2]; 2],
    pub(crate) alone: [Alone; 2],
    pub(crate) faults: u8,
    pub(crate) commands: u8,
    pub(crate) timers: u8,
    pub(crate) bad: Option<Bad>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) nodes: [Node; 2],
    /// Whether messages of node `i` reach the other one.
    pub(crate) links: [bool; 2],
    /// The report of node `i` on its way, and whether it is fresh.
    pub(crate) flying: [Option<(u32, bool)>; 2],
    pub(crate) proxies: [Proxy; 2],
    pub(crate) ghost: Ghost,
}

/// One search's rules, machines and settings.
pub(crate) struct Stage {
    pub(crate) scenario: Scenario,
    pub(crate) pool: Pool,
}

impl Stage {
    pub(crate) fn new(scenario: Scenario) -> Stage {
        let rules = scenario.without.map_or(Rules::ALL, |rule| Rules::ALL.without(rule));
        let witnesses = if scenario.level.is_some() { 0 } else { scenario.proxies };
        let level = scenario.level.unwrap_or(Level::Peer(Failback::Manual));
        Stage { pool: Pool::new(rules, witnesses, level), scenario }
    }

    /// Node 0 holds epoch 1, everything is healthy and every timer fresh; or nothing was ever decided.
    pub(crate) fn first(&mut self) -> World {
        let alone = self.scenario.level.is_some();
        let known = !self.scenario.bootstrap && !alone;
        let served = known || alone;
        let persistent = Persistent {
            epoch: known.then_some(Epoch { number: 1, holder: NodeId(0) }),
            boot: served.then_some(BootId(0)),
            proven: served,
            ..Persistent::default()
        };
        let nodes = [0, 1].map(|i| {
            let late = self.scenario.quarantined;
            let errant = Commits::first([0, u8::from(late && i == 1)]);
            let persistent =
                Persistent { boot: persistent.boot.filter(|_| i == 0 || alone), errant, ..persistent.clone() };
            let (own, applied) = (u8::from(late && i == 1), u8::from(late && i == 0));
            let disk = self.pool.keep(persistent);
            Node {
                server: Server::Up,
                boot: 0,
                own,
                seen: own,
                applied,
                received: applied,
                channel: Channel::Running,
                log: Log::default(),
                semisync: self.scenario.semisync,
                waiting: Waiting::Nobody,
                genuine: u8::MAX,
                alive: true,
                starts: 0,
                machine: self.pool.start(i, disk, i as u64 * 100, false),
                disk,
                disk_full: false,
                position_old: false,
                report_old: false,
                quiet: false,
                proof_old: false,
                maintenance: false,
                removed: false,
                rebuilt: false,
                fence: Fenced::default(),
                probing: None,
            }
        });
        let closed = self.scenario.disabled;
        let up = if known { [true, false] } else { [!closed; 2] };
        let proxy = Proxy {
            up,
            reach: [true; 2],
            check: [Check::No; 2],
            session: [false; 2],
            disabled: [closed && !known; 2],
            gone: false,
        };
        let top = if known { (1, 0) } else { (0, 0) };
        let ghost = Ghost {
            acked: [0; 2],
            shown: [0; 2],
            known: [[0; 2]; 2],
            top,
            run: 0,
            cut: [0; 2],
            writer: top,
            under: [top.0, 0],
            given_up: [[0; 2]; 2],
            alone: [Alone::default(); 2],
            faults: 0,
            commands: 0,
            timers: 0,
            bad: None,
        };
        let mut world = World { nodes, links: [true; 2], flying: [None; 2], proxies: [proxy; 2], ghost };
        for unused in &mut world.proxies[self.scenario.proxies..] {
            unused.up = [false; 2];
        }
        if served {
            for _ in 0..4 {
                self.round(&mut world, [0, 1]);
            }
            assert!(self.clean(&world), "the first state is clean: {world:?}");
            assert!(world.proxies[0].up == [true, alone] && world.ghost.bad.is_none());
        }
        if self.scenario.gone {
            let last = &mut world.proxies[self.scenario.proxies - 1];
            (last.up, last.reach, last.gone) = ([false; 2], [false; 2], true);
        }
        world
    }

    /// HAProxy gets an answer, or none.
    pub(crate) fn mark(&self, world: &mut World, p: usize, i: usize, up: bool) {
        let proxy = &mut world.proxies[p];
        proxy.check[i] = Check::No;
        proxy.up[i] = up;
        if !up && self.scenario.shutdown_sessions {
            proxy.session[i] = false;
            if world.nodes[i].waiting == Waiting::Client(p as u8) {
                world.nodes[i].waiting = Waiting::Gone;
            }
        }
    }

    /// Whether semi-synchronous replication promises that nothing is missing. It does not with a disk that loses
    /// writes.
    pub(crate) fn absolute(&self) -> bool {
        self.scenario.semisync && !self.scenario.faults.contains(&Fault::TailLost)
    }

    /// A commit of node `i` waits, and the other node has it.
    pub(crate) fn acknowledged(&self, world: &World, i: usize) -> bool {
        let (node, other) = (&world.nodes[i], &world.nodes[1 - i]);
        let up = node.server == Server::Up && other.server == Server::Up && world.links[1 - i];
        let fed = up && other.channel == Channel::Running;
        node.waiting != Waiting::Nobody && fed && other.received >= node.own
    }

    /// Clients connect and read wherever they can, at every moment.
    pub(crate) fn clients(&self, world: &mut World) {
        for p in 0..self.scenario.proxies {
            if let Some(i) = world.proxies[p].route()
                && world.open(p, i)
            {
                world.proxies[p].session[i] = true;
            }
        }
        for i in 0..2 {
            if (0..self.scenario.proxies).any(|p| world.proxies[p].session[i] && world.open(p, i)) {
                world.read(i, self.absolute());
            }
        }
        for i in 0..2 {
            // An acknowledgement needs less than a millisecond.
            if self.scenario.pace == Pace::Brisk && self.acknowledged(world, i) {
                self.committed(world, i);
            }
        }
        if self.absolute() {
            world.ghost.known = [[0; 2]; 2];
        }
        for i in 0..2 {
            // The contents of the disk matter only if healthd can still end.
            let node = &world.nodes[i];
            let last = world.ghost.faults == self.scenario.times && node.alive && !node.disk_full;
            if last && self.pool.persistent(node.disk).epoch == self.pool.visible(node.machine).epoch {
                self.persist(world, i);
            }
        }
        for p in 0..self.scenario.proxies {
            // A session where new ones would go too makes no difference.
            if self.scenario.shutdown_sessions && world.proxies[p].up[0] {
                world.proxies[p].session[0] = false;
            }
        }
    }
}

impl Proxy {
    /// A check, with the opinion of this moment.
    pub(crate) fn send(&mut self, i: usize) {
        self.check[i] = Check::Sent { me: self.up[i], peer: self.up[1 - i], probe: 0 };
    }

    /// Where new clients go: the other one is a backup.
    pub(crate) fn route(&self) -> Option<usize> {
        (0..2).find(|&i| self.up[i])
    }
}

impl World {
    pub(crate) fn epoch(&self, epoch: Option<Epoch>) -> (u8, u8) {
        epoch.map_or((0, 0), |epoch| (epoch.number as u8, epoch.holder.0 as u8))
    }

    pub(crate) fn executed(&self, i: usize) -> [u8; 2] {
        let mut executed = [self.nodes[i].applied; 2];
        executed[i] = self.nodes[i].own;
        executed
    }

    /// Whether a client of this HAProxy reaches the server.
    pub(crate) fn open(&self, p: usize, i: usize) -> bool {
        self.proxies[p].reach[i] && self.nodes[i].server == Server::Up
    }

    fn read(&mut self, i: usize, semisync: bool) {
        let (node, ghost) = (&self.nodes[i], &mut self.ghost);
        let mut visible = [node.applied; 2];
        visible[i] = node.seen.min(node.genuine);
        let stale = (0..2).any(|j| match semisync {
            true => lacks(visible[j], ghost.acked[j].max(ghost.shown[j]), ghost.given_up[i][j]),
            false => lacks(visible[j], ghost.acked[j].min(ghost.known[i][j]), ghost.given_up[i][j]),
        });
        if stale {
            ghost.bad.get_or_insert(Bad::StaleRead);
        }
        if semisync {
            ghost.shown = [0, 1].map(|j| ghost.shown[j].max(visible[j]));
        }
    }

    /// A client is told about the last commit of node `i`.
    pub(crate) fn acknowledge(&mut self, i: usize, visible: Option<Visible>) {
        let ghost = &mut self.ghost;
        ghost.acked[i] = ghost.acked[i].max(self.nodes[i].seen);
        if let Some(epoch) = visible.filter(|visible| visible.holds).and_then(|visible| visible.epoch) {
            ghost.under[i] = epoch.number as u8;
        }
        let mine = (ghost.under[i], i as u8);
        if mine >= ghost.writer {
            ghost.writer = mine;
        } else if ghost.writer.1 != i as u8 {
            ghost.bad.get_or_insert(Bad::TwoWriters);
        }
    }
}

/// Whether any of the first `wanted` commits is missing, except those that were given up.
pub(crate) fn lacks(there: u8, wanted: u8, given_up: u8) -> bool {
    (there..wanted).any(|commit| given_up >> commit & 1 == 0)
}
